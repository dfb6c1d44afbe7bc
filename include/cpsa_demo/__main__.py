"""``python -m cpsa_demo``: says in one line when Python is too old, before newer syntax is read."""

import sys

OLDEST = (3, 11)

if sys.version_info < OLDEST:
    needed, found = ("{}.{}".format(*version) for version in (OLDEST, sys.version_info))
    sys.exit(
        f"CPSA needs Python {needed} or newer, this is {found} / "
        f"CPSA को Python {needed} या नया चाहिए, यह {found} है।"
    )

from cpsa_demo.command import main  # noqa: E402

main()
