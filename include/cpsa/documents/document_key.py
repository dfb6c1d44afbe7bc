"""What names a document: its kind, period, subject, language and format.

Paths and reference numbers come from here only. Which kinds there are is for ``document_registry``,
what a document says for the modules that write its content.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import TYPE_CHECKING

from cpsa.calendar import AnyPeriod
from cpsa.reference.programme_in_use import get_programme

if TYPE_CHECKING:
    from cpsa.documents.content_model import Content, Table
    from cpsa.documents.document_text import DocumentText
    from cpsa.documents.parameters import DocumentParameters
    from cpsa.provenance.snapshot import Snapshot

STATE = "STATE"
ALL = "ALL"
FORMATS = ("pdf", "html")


class DocumentAddressee(StrEnum):
    """Whom a kind of document is written for."""

    AGENCY = "agency"
    DEPARTMENT = "department"


ContentBuilder = Callable[["DocumentKey", "DocumentText", "DocumentParameters"], "Content"]
WorkbookBuilder = Callable[
    ["DocumentKey", "DocumentText", "DocumentParameters"], "tuple[Table, ...]"
]
FormRenderer = Callable[["DocumentKey", "Snapshot", "DocumentParameters", bytes], bytes]


@dataclass(frozen=True, order=True)
class DocumentKind:
    """All that the program knows of one kind of document; the records are in ``document_registry``.

    Two are the same, and are stored, by their code. All functions are those of a module, so that a
    record travels to other processes.
    """

    code: str
    short_code: str = field(compare=False)
    """As printed in reference numbers."""
    addressee: DocumentAddressee = field(compare=False)
    formats: tuple[str, ...] = field(default=FORMATS, compare=False)
    """The first is the one that is sent."""
    periods: tuple[type[AnyPeriod], ...] = field(default=(), compare=False)
    """The periods that it is built for; none where it is written on occasion."""
    list_subjects: Callable[[Snapshot, AnyPeriod], Sequence[str]] | None = field(
        default=None, compare=False
    )
    """Whom or what the documents of a period are about, in the order in which they are built."""
    has_subject: Callable[[Snapshot, str], bool] | None = field(default=None, compare=False)
    """Whether a document can be about it; also of some that a period does not build."""
    builder: ContentBuilder | None = field(default=None, compare=False)
    """Writes its content from a snapshot; none where it is no content, or is made of more."""
    workbook_builder: WorkbookBuilder | None = field(default=None, compare=False)
    """Makes the tables that its workbook has beside those that it prints."""
    terms: tuple[str, ...] = field(default=(), compare=False)
    """The words that it explains at its end (``reading_guide``), in their order."""
    form_renderer: FormRenderer | None = field(default=None, compare=False)
    """Makes the bytes of a form that is to be filled in, which has no content beside them."""
    shows_publications: bool = field(default=False, compare=False)
    """Whether it says what was published online."""

    def __str__(self) -> str:
        return self.code

    @property
    def is_form(self) -> bool:
        return self.form_renderer is not None

    @property
    def has_table_codes(self) -> bool:
        """Whether its tables have codes to trace: only of what a snapshot alone makes again."""
        return self.builder is not None


@dataclass(frozen=True, order=True)
class DocumentKey:
    """One document: kind, period, whom it is about or for, language and format."""

    kind: DocumentKind
    period: AnyPeriod
    subject: str
    language: str
    format: str

    @property
    def path(self) -> str:
        """Relative, such as ``2025-26-H2/policy_actions/BANKS.hi.pdf``."""
        return f"{self.period.key}/{self.kind}/{self.subject}.{self.language}.{self.format}"

    @property
    def reference(self) -> str:
        """The number printed on it; the same in every language and format."""
        prefix = get_programme().reference_prefix
        return f"{prefix}/{self.period.key}/{self.kind.short_code}/{self.subject}"

    def with_language(self, language: str) -> DocumentKey:
        return replace(self, language=language)

    def with_format(self, format: str) -> DocumentKey:
        return replace(self, format=format)
