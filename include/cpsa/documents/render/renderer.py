"""From key and snapshot to bytes: the same input gives the same bytes, in any process."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from cpsa.documents.content_model import Content, Section
from cpsa.documents.document_key import DocumentKey
from cpsa.documents.document_registry import build_content
from cpsa.documents.document_text import DocumentText
from cpsa.documents.parameters import DEFAULT, DocumentParameters
from cpsa.documents.render import xlsx
from cpsa.documents.render.docx import WordWriter
from cpsa.documents.render.html import HtmlWriter
from cpsa.documents.render.pdf import PdfWriter
from cpsa.documents.sources.linked_document import add_sources
from cpsa.provenance.snapshot import Snapshot


class Renderer:
    """Makes documents; keep one per process, it holds the compiler and the templates.

    ``templates`` is the folder that holds ``typst``, ``web`` and ``word``; ``fonts`` are folders of fonts, the
    bundled ones when none is given. ``seal_key`` signs the forms that are to come back.
    """

    def __init__(
        self,
        templates: Path,
        fonts: Sequence[Path] = (),
        parameters: DocumentParameters = DEFAULT,
        seal_key: bytes = b"",
    ) -> None:
        self._parameters = parameters
        self._seal_key = seal_key
        self._pdf = PdfWriter(Path(templates) / "typst", fonts)
        self._html = HtmlWriter(Path(templates) / "web")
        self._word = WordWriter(Path(templates) / "word")
        self._last: tuple[DocumentKey, Snapshot, Content] | None = None

    def render(self, key: DocumentKey, snapshot: Snapshot) -> bytes:
        if key.kind.form_renderer is not None:
            return key.kind.form_renderer(key, snapshot, self._parameters, self._seal_key)
        document = self._build_content(key.with_format(""), snapshot)
        document = add_format_links(key, snapshot, document)
        if key.format == "xlsx":
            document = self._add_workbook_tables(key, snapshot, document)
        return self.write(document, key.format)

    def _add_workbook_tables(
        self, key: DocumentKey, snapshot: Snapshot, document: Content
    ) -> Content:
        """The content with the tables that only the workbook has, after the others."""
        if key.kind.workbook_builder is None:
            return document
        words = DocumentText(snapshot, key.language)
        tables = key.kind.workbook_builder(key, words, self._parameters)
        own = Section("workbook", words("long.section"), tables)
        return replace(document, sections=(*document.sections, own))

    def _build_content(self, key: DocumentKey, snapshot: Snapshot) -> Content:
        """The content of a document in any format; a plan's formats follow one another."""
        if self._last is None or self._last[0] != key or self._last[1] is not snapshot:
            self._last = key, snapshot, build_content(key, snapshot, self._parameters)
        return self._last[2]

    def write(self, document: Content, format: str) -> bytes:
        """The bytes of a content that is already there, in one format."""
        match format:
            case "pdf":
                return self._pdf.write(document)
            case "html":
                return self._html.write(document)
            case "docx":
                return self._word.write(document)
            case "xlsx":
                return xlsx.write_xlsx(document)
        raise ValueError(f"format {format!r} is not pdf, html, docx or xlsx")


def add_format_links(key: DocumentKey, snapshot: Snapshot, document: Content) -> Content:
    """The content of a document in its format: on web pages every figure links to its sources."""
    return (
        add_sources(DocumentText(snapshot, key.language), document)
        if key.format == "html"
        else document
    )
