"""From content to PDF, by Typst: tagged, PDF/A-2a and UA-1, the same bytes for the same content.

Content goes in as JSON data, so nothing an agency wrote can become markup. One compiler per
process, made when first needed: a child forked after its parent compiled would wait for ever, so
that is refused. Start workers by spawning.
"""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

import typst

from cpsa.documents.content_model import Content, as_data
from cpsa.documents.render.glyphs import Glyphs
from cpsa.documents.render.pdf_packing import pack_pdf
from cpsa.i18n.template_files import find_template_file

STANDARDS: tuple[Literal["a-2a"], Literal["ua-1"]] = ("a-2a", "ua-1")


def list_bundled_fonts() -> tuple[Path, ...]:
    """The font files installed with the package: one family for Latin and Devanagari."""
    import fontpkg_noto_sans

    return (Path(fontpkg_noto_sans.ROOT),)


class PdfWriter:
    """Compiles ``templates/typst/document.typ`` with a content as its data."""

    def __init__(self, templates: Path, fonts: Sequence[Path] = ()) -> None:
        self._templates = Path(templates)
        self._fonts = tuple(Path(folder) for folder in fonts) or list_bundled_fonts()
        self._compiler: typst.Compiler | None = None
        self._process = 0
        self._glyphs = Glyphs.from_folders(self._fonts)

    def write(self, content: Content) -> bytes:
        data = as_data(content, self._glyphs.printable)
        day = datetime.fromisoformat(content.date).replace(tzinfo=UTC)
        pdf = self._get_compiler().compile(
            format="pdf",
            sys_inputs={
                "data": json.dumps(data, ensure_ascii=False, separators=(",", ":")),
                "agency_code": content.wording.agency_code,
            },
            pdf_standards=[*STANDARDS],
            timestamp=int(day.timestamp()),
        )
        assert isinstance(pdf, bytes), "one format and no page template give one file"
        return pack_pdf(pdf)

    def _get_compiler(self) -> typst.Compiler:
        if self._compiler is None:
            self._process = os.getpid()
            document = find_template_file(self._templates, "document.typ")
            self._compiler = typst.Compiler(
                document,
                root=document.parent,
                font_paths=list(self._fonts),
                ignore_system_fonts=True,
            )
        elif self._process != os.getpid():
            raise RuntimeError("a compiler cannot be used in a forked child: spawn workers instead")
        return self._compiler

    def __getstate__(self) -> dict[str, object]:
        return {**self.__dict__, "_compiler": None, "_process": 0}
