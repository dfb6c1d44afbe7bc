"""``python -m cpsa_demo``: says in one line when Python is too old, before newer syntax is read."""

import cpsa_demo.python_check  # noqa: F401
from cpsa_demo.command import main

main()
