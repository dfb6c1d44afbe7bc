"""Which text the document's fonts can show, and what replaces what they cannot.

An archival PDF must not hold a character without a glyph: one emoji or one word in another script
would stop the whole document. Such characters are printed as U+FFFD; the store keeps the original.
The shaper behind Typst panics on a syllable of more than some 120 characters, so an endless one is
broken. Reads only the fonts' character maps.
"""

from __future__ import annotations

import re
import struct
import unicodedata
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path

REPLACEMENT = "\ufffd"
_INVISIBLE = frozenset("\n\t\u200b\u200c\u200d")  # need no glyph: breaks and joiners
_ENDLESS = re.compile("[\u0900-\u097f\u200c\u200d]{48}")  # no word of Hindi comes near
_BREAK = "\u200b"
_NEVER_PRINTED = frozenset(("Cc", "Co", "Cs", "Cn", "Cf"))


class Glyphs:
    """Characters that can be printed."""

    def __init__(self, covered: Iterable[int]) -> None:
        allowed = {
            code for code in covered if unicodedata.category(chr(code)) not in _NEVER_PRINTED
        }
        allowed |= {ord(character) for character in _INVISIBLE}
        self._foreign = re.compile(f"[^{''.join(_ranges(sorted(allowed)))}]")

    @classmethod
    def from_folders(cls, folders: tuple[Path, ...]) -> Glyphs:
        return _load_folders(folders)

    def printable(self, text: str) -> str:
        """The text with a replacement for each character no font has; controls are dropped."""
        return _ENDLESS.sub(rf"\g<0>{_BREAK}", self._foreign.sub(_replace_character, text))


@lru_cache(maxsize=4)
def _load_folders(folders: tuple[Path, ...]) -> Glyphs:
    files = [file for folder in folders for file in sorted(folder.rglob("*.[to]tf"))]
    upright = [file for file in files if "Italic" not in file.name]
    return Glyphs(code for file in upright for code in list_covered_characters(file.read_bytes()))


def _replace_character(match: re.Match[str]) -> str:
    return "" if unicodedata.category(match[0]) in ("Cc", "Cf") else REPLACEMENT


def _ranges(codes: list[int]) -> Iterable[str]:
    start = previous = codes[0]
    for code in [*codes[1:], -1]:
        if code == previous + 1:
            previous = code
            continue
        yield f"{re.escape(chr(start))}-{re.escape(chr(previous))}"
        start = previous = code


def list_covered_characters(font: bytes) -> set[int]:
    """The characters of a TrueType font, from its Unicode character map (formats 4 and 12)."""
    tables = struct.unpack_from(">H", font, 4)[0]
    for index in range(tables):
        tag, _, offset, _ = struct.unpack_from(">4sIII", font, 12 + 16 * index)
        if tag == b"cmap":
            return _character_map(font, offset)
    return set()


def _character_map(font: bytes, start: int) -> set[int]:
    found: set[int] = set()
    for index in range(struct.unpack_from(">H", font, start + 2)[0]):
        platform, _, offset = struct.unpack_from(">HHI", font, start + 4 + 8 * index)
        at = start + offset
        kind = struct.unpack_from(">H", font, at)[0]
        if platform in (0, 3) and kind == 4:
            found |= _format_4(font, at)
        elif platform in (0, 3) and kind == 12:
            found |= _format_12(font, at)
    return found


def _format_4(font: bytes, at: int) -> set[int]:
    count = struct.unpack_from(">H", font, at + 6)[0] // 2
    ends = struct.unpack_from(f">{count}H", font, at + 14)
    starts = struct.unpack_from(f">{count}H", font, at + 16 + 2 * count)
    pairs = zip(starts, ends, strict=True)
    return {code for first, last in pairs if last != 0xFFFF for code in range(first, last + 1)}


def _format_12(font: bytes, at: int) -> set[int]:
    count = struct.unpack_from(">I", font, at + 12)[0]
    groups = (struct.unpack_from(">III", font, at + 16 + 12 * index) for index in range(count))
    return {code for first, last, _ in groups for code in range(first, last + 1)}
