"""Says in one line when this Python is too old. Runs on any Python 3: keep its syntax plain."""

import sys

if not (3, 11) <= sys.version_info[:2] <= (3, 13):
    sys.exit(
        "Python %d.%d is not fit: CPSA Reporting needs 3.11, 3.12 or 3.13; "
        "call make with PYTHON=python3.11 (or 3.12, 3.13)." % sys.version_info[:2]
    )
