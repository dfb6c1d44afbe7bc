"""Where each page is: addresses within one language's folder, made of codes that do not change.

Every address is relative to ``en/`` or ``hi/``; what both languages share is one folder up.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata

from cpsa.calendar import Quarter
from cpsa.framework import TOTAL

HOME = "index.html"
NAMES = "names.html"
DISTRICTS = "districts.html"
CHECKS = "checks.html"
DATA = "data.html"
TO_DATE = "to-date"
DOWNLOADS = "../data/"

_CODE = re.compile(r"[A-Za-z0-9]+(-[A-Za-z0-9]+)*")


def name_of(code: str) -> str:
    """A code as it may stand in an address; one with other signs gets a digest, to stay unique."""
    if _CODE.fullmatch(code):
        return code
    plain = unicodedata.normalize("NFKD", code).encode("ascii", "ignore").decode().lower()
    words = re.findall(r"[a-z0-9]+", plain)
    return "-".join([*words, hashlib.sha256(code.encode()).hexdigest()[:8]])


def slug(district: str) -> str:
    """A district in an address: its name in small letters, blanks made hyphens."""
    return name_of("-".join(district.split()).lower()) if district.strip() else "none"


def agency(code: str) -> str:
    return f"agencies/{name_of(code)}.html"


def district(name: str) -> str:
    return f"districts/{slug(name)}.html"


def quarter(one: Quarter) -> str:
    return f"quarters/{one.key}.html"


def agency_source(code: str, period: str) -> str:
    """Where an agency's figures of a quarter, or to date, come from."""
    return f"sources/agencies/{name_of(code)}/{period}.html"


def district_source(name: str, period: str) -> str:
    return f"sources/districts/{slug(name)}/{period}.html"


def state_source(period: str, group: str) -> str:
    """The state's sums are a page for each group, so that no page grows with the country."""
    return f"sources/state/{period}-{group}.html"


def anchor(indicator: str, dimension: str = TOTAL) -> str:
    return indicator if dimension == TOTAL else f"{indicator}-{dimension}"
