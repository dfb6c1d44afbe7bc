"""Keeps the results of formulas in a workbook that openpyxl writes again.

openpyxl keeps either formulas or their results. Without results a workbook that is sent back
before a spreadsheet has calculated it would read as if nobody had filled it in.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from xml.parsers import expat
from xml.sax.saxutils import escape, quoteattr

Result = tuple[str, str]  # its kind as the format spells it, and the result
# A formula's cell as openpyxl writes it.
_WRITTEN = re.compile(
    rb'<c r="([A-Z]+[0-9]+)"([^>]*)>(<f(?: [^>]*)?(?:/>|>[^<]*</f>))<v ?(?:/>|></v>)</c>', re.ASCII
)


def read_formula_results(xml: bytes) -> dict[str, Result]:
    """The result of each formula of a sheet, by its cell."""
    finder = _ResultFinder()
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.buffer_text = True
    parser.StartElementHandler = finder.start
    parser.EndElementHandler = finder.end
    parser.CharacterDataHandler = finder.text
    parser.Parse(xml, True)  # noqa: FBT003 (expat takes no keywords)
    return finder.found


def restore_formula_results(xml: bytes, results: Mapping[str, Result]) -> bytes:
    """A sheet as openpyxl wrote it, with the results that its formulas had."""

    def with_result(match: re.Match[bytes]) -> bytes:
        at, attributes, formula = match.groups()
        if (result := results.get(at.decode())) is None:
            return match[0]
        kind, value = result
        typed = f" t={quoteattr(kind)}".encode() if kind else b""
        content = escape(value).encode()
        return b'<c r="%s"%s%s>%s<v>%s</v></c>' % (at, attributes, typed, formula, content)

    return _WRITTEN.sub(with_result, xml) if results else xml


@dataclass
class _ResultFinder:
    found: dict[str, Result] = field(default_factory=dict)
    at: str = ""
    kind: str = ""
    is_formula: bool = False
    value: list[str] | None = None

    def start(self, tag: str, attributes: Mapping[str, str]) -> None:
        match tag.rpartition(" ")[2]:
            case "c":
                self.at, self.kind = attributes.get("r", ""), attributes.get("t", "")
                self.is_formula = False
            case "f":
                self.is_formula = True
            case "v":
                self.value = []

    def text(self, data: str) -> None:
        if self.value is not None:
            self.value.append(data)

    def end(self, tag: str) -> None:
        if tag.rpartition(" ")[2] == "v" and self.value is not None:
            if self.is_formula and self.at:
                self.found[self.at] = self.kind, "".join(self.value)
            self.value = None
