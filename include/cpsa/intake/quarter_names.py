"""Quarters as people write them in names of files, subjects of mails and cells.

What belongs here: finding the one quarter that is meant. What must not: whose update it is.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from cpsa.calendar import is_quarter_key

_YEAR = r"(?P<start>20\d\d)-(?:20)?(?P<end>\d\d)"
_PART = r"(?:q|quarter|तिमाही)-?(?P<part>[1-4])"
_QUARTERS = [
    re.compile(rf"(?<!\d){_YEAR}-?{_PART}(?!\d)"),
    re.compile(rf"(?<![a-z]){_PART}-(?:fy-?)?{_YEAR}(?!\d)"),
]
_SEPARATORS = re.compile(r"[\s_./\\,;:()\[\]{}\u2010-\u2015-]+")


@lru_cache(maxsize=1024)  # every row of a file has it
def find_quarter_key(text: str) -> str:
    """Return the one quarter that a text means, however it is written; blank for none or more."""
    plain = plain_words(text)
    found = set()
    for pattern in _QUARTERS:
        for match in pattern.finditer(plain):
            key = f"{match['start']}-{match['end']}-Q{match['part']}"
            if is_quarter_key(key):
                found.add(key)
    return found.pop() if len(found) == 1 else ""


def plain_words(text: str) -> str:
    """Lower case, Western digits, and one hyphen wherever people put anything between words."""
    digits = "".join(
        str(unicodedata.decimal(character)) if character.isdecimal() else character
        for character in unicodedata.normalize("NFC", text.casefold())
    )
    return _SEPARATORS.sub("-", digits).strip("-")
