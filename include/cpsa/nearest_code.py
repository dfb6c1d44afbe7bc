"""The known code that is nearest to a mistyped one, for messages that suggest it.

What must not go here: reading the nearest code in place of what was typed. It is only ever named.
"""

from __future__ import annotations

from collections.abc import Iterable
from difflib import SequenceMatcher

_ALIKE = 0.6  # from here on a code may be another one mistyped


def find_alike_code(typed: str, codes: Iterable[str]) -> str:
    """The nearest code where it may have been meant; blank where none is like what was typed."""
    nearest = find_nearest_code(typed, codes)
    likeness = SequenceMatcher(a=nearest.casefold(), b=typed.casefold()).ratio()
    return nearest if likeness >= _ALIKE else ""


def find_nearest_code(typed: str, codes: Iterable[str]) -> str:
    """The code most like what was typed, in any case; blank where there are no codes."""
    matcher = SequenceMatcher(b=typed.casefold())

    def likeness(code: str) -> float:
        matcher.set_seq1(code.casefold())
        return matcher.ratio()

    return max(codes, key=likeness, default="")
