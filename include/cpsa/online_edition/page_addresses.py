"""Where each page is: addresses within one language's folder, made of codes that do not change.

Every address is relative to ``en/`` or ``hi/``; what both languages share is one folder up.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata

from cpsa.calendar import Quarter
from cpsa.framework.model import TOTAL

HOME = "index.html"
NAMES = "names.html"
DISTRICTS = "districts.html"
CHECKS = "checks.html"
DATA = "data.html"
TO_DATE = "to-date"
DOWNLOADS = "../data/"

_CODE = re.compile(r"[A-Za-z0-9]+(-[A-Za-z0-9]+)*")


def make_file_name(code: str) -> str:
    """A code as it may be used in an address; one with other signs gets a digest, to stay unique."""
    if _CODE.fullmatch(code):
        return code
    plain = unicodedata.normalize("NFKD", code).encode("ascii", "ignore").decode().lower()
    words = re.findall(r"[a-z0-9]+", plain)
    return "-".join([*words, hashlib.sha256(code.encode()).hexdigest()[:8]])


def make_district_slug(district: str) -> str:
    """A district in an address: its name in small letters, blanks made hyphens."""
    return make_file_name("-".join(district.split()).lower()) if district.strip() else "none"


def make_agency_address(code: str) -> str:
    return f"agencies/{make_file_name(code)}.html"


def make_district_address(name: str) -> str:
    return f"districts/{make_district_slug(name)}.html"


def make_quarter_address(quarter: Quarter) -> str:
    return f"quarters/{quarter.key}.html"


def make_agency_source_address(code: str, period: str) -> str:
    """Where an agency's figures of a quarter, or to date, come from."""
    return f"sources/agencies/{make_file_name(code)}/{period}.html"


def make_district_source_address(name: str, period: str) -> str:
    return f"sources/districts/{make_district_slug(name)}/{period}.html"


def make_state_source_address(period: str, group: str) -> str:
    """The state's sums are a page for each group, so that no page grows with the country."""
    return f"sources/state/{period}-{group}.html"


def make_figure_anchor(indicator: str, dimension: str = TOTAL) -> str:
    return indicator if dimension == TOTAL else f"{indicator}-{dimension}"


def make_table_anchor(table: str, position: object, column: str = "") -> str:
    """A row of a table that an agency gave, or one value of it."""
    return "-".join(filter(None, ("table", table, str(position), column)))


def make_pending_anchor(table: str, place: int) -> str:
    """The parts of what is pending with one office, by its place among those of a table."""
    return f"pending-{table}-{place}"
