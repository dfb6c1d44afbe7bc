"""The known code that is nearest to a mistyped one, for messages that suggest it.

What must not go here: reading the nearest code in place of what was typed. It is only ever named.
"""

from __future__ import annotations

from collections.abc import Iterable
from difflib import SequenceMatcher


def find_nearest_code(typed: str, codes: Iterable[str]) -> str:
    """The code most like what was typed, in any case; blank where there are no codes."""
    matcher = SequenceMatcher(b=typed.casefold())

    def likeness(code: str) -> float:
        matcher.set_seq1(code.casefold())
        return matcher.ratio()

    return max(codes, key=likeness, default="")
