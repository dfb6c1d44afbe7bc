"""Hindi words of a PDF in one piece, for those who search in it or copy from it.

Typst says of each syllable what it reads (``/ActualText``). A syllable that ends in a sign above or
below its letter seems to end where that sign stands, so that readers see a blank between it and
the rest of the word, as in the word for centre. Here such a syllable and the next are said together.
Nothing that is drawn, and no place of it, is changed.
What must not go here: what a document says, and how its file is packed (``pdf_packing``).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache, partial
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pikepdf

# Candrabindu, anusvara, nukta, u, uu, vocalic r, the e's and virama take no room of their own.
_SIGN = rb"(?:0901|0902|093C|0941|0942|0943|0944|0945|0946|0947|0948|094D)"
_SIGNED_SYLLABLE = re.compile(rb"/ActualText<FEFF[0-9A-F]*" + _SIGN + rb">")
_SIGNED = rb"/Span<</ActualText<FEFF(?:[0-9A-F]{4})*?" + _SIGN + rb">>>BDC(?>.*?\nEMC)"
_SYLLABLE = rb"/Span<</ActualText<FEFF(?:[0-9A-F]{4})*>>>BDC(?>.*?\nEMC)"
_PLACE = rb" 0 Tr/(?P<font>f\d+) [\d.]+ Tf(?: [-\d.]+){6} Tm"
_CLOSINGS = {b"[(": b")]TJ", b"(": b")Tj", b"[<": b">]TJ", b"<": b">Tj"}
"""How strings of glyphs begin and end: of characters or of hexadecimal digits."""
_CHARACTER = rb"(?:\\[0-7]{3}|\\[^0-7]|[^\\)])"
_GLYPH = rb"(?:(?<=\()" + _CHARACTER + rb"{2}|(?<=<)[0-9A-Fa-f]{4})"
_PARTED = re.compile(
    rb"(?P<signed>(?:" + _SIGNED + rb")+)(?:(?P<syllable>" + _SYLLABLE + rb")"
    rb"|(?P<place>" + _PLACE + rb")(?P<opening>\[?[(<])(?P<glyph>" + _GLYPH + rb"))",
    re.DOTALL,
)
"""Syllables that end in a sign, and behind them another one, or the first glyph of plain text."""
_PART = re.compile(rb"/Span<</ActualText<FEFF([0-9A-F]*)>>>BDC(.*?)\nEMC", re.DOTALL)
_ESCAPED = re.compile(rb"\\([0-7]{3}|[^0-7])", re.DOTALL)
_ESCAPED_LETTERS = {b"n": b"\n", b"r": b"\r", b"t": b"\t", b"b": b"\b", b"f": b"\f"}
_NESTED = re.compile(rb"\((?:\\.|[^\\()])*\(", re.DOTALL)
"""A string that has a bracket in it which is not escaped, since another one closes it."""
_BRACKET = re.compile(rb"\\.|[()]", re.DOTALL)
_GLYPH_TEXT = re.compile(rb"<([0-9A-Fa-f]{4})>\s*<([0-9A-Fa-f]+)>")
_BLANKS = (b"0020", b"00A0")

GlyphTexts = Mapping[int, bytes]
"""What each glyph of a font reads, as UTF-16 in hexadecimal digits."""


def join_parted_words(pdf: pikepdf.Pdf) -> bool:
    """Say each syllable that ends in a sign together with the one that follows it, on every page.

    Whether there were any.
    """

    @cache
    def read_texts(font: tuple[int, int]) -> GlyphTexts:
        return _read_glyph_texts(pdf.get_object(font).ToUnicode.read_bytes())

    joined = 0
    for page in pdf.pages:
        stream = page.obj.Contents.read_bytes()
        if _SIGNED_SYLLABLE.search(stream):
            fonts = {
                name.removeprefix("/").encode(): read_texts(font.objgen)
                for name, font in page.obj.Resources.Font.items()
            }
            stream, parts = _PARTED.subn(partial(_join, fonts), _escape_brackets(stream))
            if parts:
                page.obj.Contents.write(stream)
            joined += parts
    return joined > 0


def _escape_brackets(stream: bytes) -> bytes:
    """Write brackets within strings escaped, so that a string can be parted anywhere."""
    if not _NESTED.search(stream):
        return stream
    depth = 0

    def escape(match: re.Match[bytes]) -> bytes:
        nonlocal depth
        bracket = match[0]
        if bracket == b"(":
            depth += 1
            return bracket if depth == 1 else rb"\("
        if bracket == b")":
            depth -= 1
            return bracket if depth == 0 else rb"\)"
        return bracket

    return _BRACKET.sub(escape, stream)


def _join(fonts: Mapping[bytes, GlyphTexts], match: re.Match[bytes]) -> bytes:
    """What stands for a match; ``fonts``: by their names on the page."""
    syllables = _PART.findall(match["signed"] + (match["syllable"] or b""))
    text = b"".join(text for text, _ in syllables)
    drawn = b"".join(drawn for _, drawn in syllables)
    if match["syllable"]:
        return _say(text, drawn)
    place, opening, code = match["place"], match["opening"], match["glyph"]
    glyph = fonts[match["font"]].get(_read_glyph(opening, code))
    if glyph is None or glyph in _BLANKS:  # the word ends
        return _say(text, drawn) + place + opening + code
    # The rest of the plain text is drawn where its first glyph ends.
    first = place + opening + code + _CLOSINGS[opening]
    return _say(text + glyph, drawn + first) + opening


def _say(text: bytes, drawn: bytes) -> bytes:
    return b"/Span<</ActualText<FEFF%s>>>BDC%s\nEMC" % (text, drawn)


def _read_glyph(opening: bytes, code: bytes) -> int:
    """The number of a glyph from its two bytes as they are written in a string."""
    if opening.endswith(b"<"):
        return int(code, 16)
    return int.from_bytes(_ESCAPED.sub(_unescape, code), "big")


def _unescape(match: re.Match[bytes]) -> bytes:
    escaped = match[1]
    if escaped.isdigit():
        return bytes([int(escaped, 8)])
    return _ESCAPED_LETTERS.get(escaped, escaped)


def _read_glyph_texts(to_unicode: bytes) -> GlyphTexts:
    """From a font's table of what its glyphs read, as Typst writes it: a line for each glyph."""
    parts = to_unicode.split(b"beginbfchar")[1:]
    lines = b"".join(part.split(b"endbfchar")[0] for part in parts)
    return {int(glyph, 16): text.upper() for glyph, text in _GLYPH_TEXT.findall(lines)}
