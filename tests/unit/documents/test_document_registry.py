"""A kind of document is one record: all that the program does with documents follows from it."""

from __future__ import annotations

import pickle

import pytest

from cpsa.calendar import AnyPeriod, FiscalYear, HalfYear, parse_period
from cpsa.documents.blocks import build_document, column, section, table, text_cell
from cpsa.documents.content_model import Content
from cpsa.documents.document_key import DocumentAddressee, DocumentKey, DocumentKind
from cpsa.documents.document_registry import (
    DOCUMENT_KINDS,
    QUARTERLY_UPDATE,
    build_content,
    get_kind,
    list_document_keys,
)
from cpsa.documents.document_text import DocumentText
from cpsa.documents.parameters import DocumentParameters
from cpsa.documents.render.renderer import Renderer
from cpsa.errors import RequestError
from cpsa.i18n import catalogue
from cpsa.provenance.snapshot import Snapshot
from cpsa.provenance.table_codes import make_table_code

YEAR = parse_period("2025-26")


def list_forms(snapshot: Snapshot, period: AnyPeriod) -> list[str]:
    return list(snapshot.framework.scored_forms)


def is_form(snapshot: Snapshot, subject: str) -> bool:
    return subject in snapshot.framework.scored_forms


def build_directory(
    key: DocumentKey, words: DocumentText, parameters: DocumentParameters
) -> Content:
    agencies = words.snapshot.agencies
    names = [
        (text_cell(words.agency(code)),)
        for code in agencies
        if agencies[code]["form"] == key.subject
    ]
    listed = table("", [column(words("actions.agency"))], names)
    form = words.form(key.subject)
    return build_document(words, key, form, [section("agencies", form, [listed], "")])


DIRECTORY = DocumentKind(
    code="directory",
    short_code="DIR",
    addressee=DocumentAddressee.AGENCY,
    formats=("html", "docx"),
    periods=(HalfYear, FiscalYear),
    list_subjects=list_forms,
    has_subject=is_form,
    builder=build_directory,
)


@pytest.fixture
def directory(monkeypatch: pytest.MonkeyPatch) -> DocumentKind:
    """A made-up kind, in the programme by its record and the text of its name."""
    monkeypatch.setitem(DOCUMENT_KINDS, DIRECTORY.code, DIRECTORY)
    texts = catalogue._load_area("documents")
    monkeypatch.setitem(texts, "documents.kind.directory", texts["documents.kind.learning"])
    return DIRECTORY


def test_a_new_kind_is_planned_from_its_record(snapshot: Snapshot, directory: DocumentKind) -> None:
    keys = [key for key in list_document_keys(snapshot, YEAR) if key.kind == directory]
    assert [key.path for key in keys[:2]] == [
        "2025-26/directory/IA.en.html",
        "2025-26/directory/IA.en.docx",
    ]
    assert len(keys) == 2 * 2 * 2  # forms, languages, formats
    assert keys[0].reference == "CPSA/2025-26/DIR/IA"
    assert get_kind("directory") is directory
    quarter = list_document_keys(snapshot, parse_period("2025-26-Q4"))
    assert directory not in {key.kind for key in quarter}


def test_a_new_kind_is_built_and_rendered(
    snapshot: Snapshot, renderer: Renderer, directory: DocumentKind
) -> None:
    key = DocumentKey(directory, YEAR, "IA", "en", "html")
    content = build_content(key, snapshot)
    (listed,) = content.sections[0].blocks
    assert listed.code == make_table_code(key.reference, 1)
    assert b"CPSA/2025-26/DIR/IA" in renderer.render(key, snapshot)
    assert renderer.render(key.with_format("docx"), snapshot)[:2] == b"PK"


@pytest.mark.parametrize(("period", "subject"), [("2025-26", "XX"), ("2025-26-Q4", "IA")])
def test_what_its_record_does_not_have_is_refused(
    snapshot: Snapshot, directory: DocumentKind, period: str, subject: str
) -> None:
    key = DocumentKey(directory, parse_period(period), subject, "en", "html")
    with pytest.raises(RequestError):
        build_content(key, snapshot)


def test_codes_are_used_once() -> None:
    kinds = DOCUMENT_KINDS.values()
    assert len({kind.short_code for kind in kinds}) == len(DOCUMENT_KINDS)
    assert [kind.code for kind in kinds] == list(DOCUMENT_KINDS)


def test_every_kind_has_its_names() -> None:
    texts = catalogue.load_catalogue()
    for code in DOCUMENT_KINDS:
        assert {f"documents.kind.{code}", f"board.kind.{code}"} <= texts.keys()


def test_a_record_travels_to_another_process() -> None:
    for kind in DOCUMENT_KINDS.values():
        assert pickle.loads(pickle.dumps(kind)) == kind
    assert str(QUARTERLY_UPDATE) == "quarterly_update"
