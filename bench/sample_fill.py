"""``python -P bench/sample_fill.py FOLDER QUARTER``: the sample closed up to a quarter, in a home of its own.

It runs with the package and the bench of whichever version PYTHONPATH names.
"""

from __future__ import annotations

import sys
from pathlib import Path

from bench.sample_store import open_sample
from cpsa.calendar import Quarter

if __name__ == "__main__":
    with open_sample(Path(sys.argv[1]), Quarter.parse(sys.argv[2])):
        pass
