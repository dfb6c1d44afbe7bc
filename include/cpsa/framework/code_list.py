"""The codes that a choice may have, found however people type them."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import Self


class CodeList(dict[str, str]):
    """Each code as people type it, with the code that it means. It is never changed once it is made."""

    @classmethod
    def from_codes(cls, codes: Mapping[str, str]) -> Self:
        """The same codes as a list; a list is returned as it is."""
        return codes if isinstance(codes, cls) else cls(codes)

    def find_code(self, text: str) -> str:
        """The code that a text means, in capitals or small letters; blank for none."""
        return self._by_small_letters.get(text.casefold(), "")

    @cached_property
    def _by_small_letters(self) -> Mapping[str, str]:
        return {typed.casefold(): code for typed, code in self.items()}
