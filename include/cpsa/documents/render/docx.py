"""From content to a Word file, by docxtpl: for departments that edit what they were sent.

``template.docx`` says how it looks and may be restyled in Word; ``blocks.xml.j2`` draws the blocks
with its styles. Everything an agency wrote is escaped, braces too, so it stays text. The same
content gives the same bytes. What must not go here: a word or figure the content does not have.
"""

from __future__ import annotations

import io
import re
import zipfile
from datetime import datetime
from pathlib import Path
from typing import Any

from markupsafe import Markup, escape

from cpsa.documents.content_model import Cell, CellKind, Content, Section, Tone, get_block_kind
from cpsa.documents.render import docx_columns
from cpsa.documents.render.chart_tables import chart_to_table
from cpsa.i18n.template_environment import make_xml_environment
from cpsa.i18n.template_files import find_template_file

_FIRST_DATE = (1980, 1, 1, 0, 0, 0)  # of the format; a date of ours would be the clock's

# What no XML can hold, and what docxtpl would make breaks of; a tab and a line's end may stay.
_UNFIT = re.compile("[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff\ufffe\uffff]")
_BRACES = {ord("{"): "&#123;", ord("}"): "&#125;"}
_PIECES = re.compile(r"(\{pages?\})")
_LONGEST_PROPERTY = 255
_COLOURS = {
    Tone.PLAIN: "12425C",
    Tone.GOOD: "00735F",
    Tone.WATCH: "8A5A00",
    Tone.BAD: "9C1739",
    Tone.MUTED: "5C6A72",
}


class WordWriter:
    """Fills ``template.docx`` in a folder of templates; holds its bytes and the drawing of blocks."""

    def __init__(self, templates: Path) -> None:
        self._template = find_template_file(Path(templates), "template.docx").read_bytes()
        self._environment = make_xml_environment(Path(templates), _escape_text)
        self._environment.filters |= {
            "kind": get_block_kind,
            "pieces": _PIECES.split,
            "as_table": chart_to_table,
            "colour": _COLOURS.__getitem__,
            "unbroken": _break_between_codes,
            "numbered": _is_numbered,
            "widths": docx_columns.compute_widths,
            "evenly": docx_columns.compute_even_widths,
            "bar_widths": docx_columns.compute_bar_widths,
            "fact_widths": docx_columns.compute_fact_widths,
        }
        self._blocks: Any = self._environment.get_template("blocks.xml.j2").module

    def write(self, content: Content) -> bytes:
        from docxtpl import DocxTemplate  # slow to import, and few processes write documents

        word = DocxTemplate(io.BytesIO(self._template))
        drawn = {
            "document": content,
            "body": self._blocks.body(content),
            "pages": self._blocks.pages(content.wording),
        }
        word.render(drawn, self._environment)
        _set_properties(word.docx, content)
        written = io.BytesIO()
        word.docx.save(written)
        return _repack(written)


def _break_between_codes(cell: Cell) -> str:
    """A cell's text; of several codes each on a line of its own, so that none is cut at its hyphens."""
    return cell.text.replace(" ", "\n") if cell.kind is CellKind.CODE else cell.text


def _is_numbered(section: Section) -> bool:
    """A covering letter and annexes, which have letters of their own, are not."""
    return section.id != "letter" and not section.id.startswith("annex")


def _escape_text(value: object) -> object:
    """Text as text: no markup, no template code, nothing that XML cannot hold."""
    if not isinstance(value, str) or isinstance(value, Markup):
        return value
    return Markup(escape(_UNFIT.sub("", value)).translate(_BRACES))


def _set_properties(document: Any, content: Content) -> None:
    """Set the properties of the file; its dates are the day of the figures."""
    day = datetime.fromisoformat(content.date)
    core_properties = document.core_properties
    properties = {
        "title": content.title,
        "subject": content.reference,
        "author": content.cover.programme,
        "last_modified_by": content.cover.programme,
    }
    for name, text in properties.items():
        setattr(core_properties, name, text[:_LONGEST_PROPERTY])
    core_properties.language = f"{content.language}-IN"
    core_properties.created = core_properties.modified = day
    core_properties.revision = 1
    # Letters of Devanagari go by ``bidi`` in either edition; this is for all others.
    names = {"w": "http://schemas.openxmlformats.org/wordprocessingml/2006/main"}
    for language in document.styles.element.findall("w:docDefaults//w:lang", names):
        language.set(f"{{{names['w']}}}val", f"{content.language}-IN")


def _repack(written: io.BytesIO) -> bytes:
    """The same parts without the hour at which they were put together."""
    repacked = io.BytesIO()
    with (
        zipfile.ZipFile(written) as before,
        zipfile.ZipFile(repacked, "w", zipfile.ZIP_DEFLATED) as after,
    ):
        for name in before.namelist():
            part = zipfile.ZipInfo(name, _FIRST_DATE)
            part.compress_type = zipfile.ZIP_DEFLATED
            after.writestr(part, before.read(name))
    return repacked.getvalue()
