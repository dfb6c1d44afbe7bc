"""Rows of tables in an agency's quarterly update: which are shown, in both languages, each value with its source."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.factories import Clerk, update
from tests.unit.tables.table_office import COLUMNS, Q1, Q2, send, table

from cpsa.calendar import Quarter
from cpsa.documents.agency_tables import list_counted_rows
from cpsa.documents.content_model import Content, Section, Table
from cpsa.documents.document_key import DocumentKey
from cpsa.documents.document_registry import build_content, get_kind
from cpsa.documents.document_text import DocumentText
from cpsa.documents.linked_blocks import AnchoredRows, LinkedCell
from cpsa.documents.render.renderer import Renderer
from cpsa.documents.sources.linked_document import add_sources
from cpsa.provenance.snapshot import Snapshot
from cpsa.services.dispatch.build_documents import build_documents
from cpsa.services.publication.take_snapshot import take_snapshot
from cpsa.services.publication.trace_figure import trace_figure

LATER = Quarter.parse("2026-27-Q1").opens_at
GIVEN = (("DIC", "MSE-CDP", 2, 10, 4, ""), ("DOMSME", "Own scheme", "", 2, "", 1))


@pytest.fixture
def given(clerk: Clerk, tmp_path: Path) -> Clerk:
    """A closed quarter whose update came with a table, and then once more without it."""
    send(clerk, tmp_path, Q1, update=update("FC-C", Q1, {"FA3": 12}))
    send(clerk, tmp_path, Q1, applications=table(Q1, *GIVEN))
    send(clerk, tmp_path, Q1, update=update("FC-C", Q1, {"FA3": 12, "FA1": 7}))
    clerk.close(Q1)
    return clerk


def read_snapshot(clerk: Clerk, quarter: str) -> Snapshot:
    return take_snapshot(clerk.office, Quarter.parse(quarter)).snapshot


def build(snapshot: Snapshot, quarter: str, language: str, agency: str = "FC-C") -> Content:
    key = DocumentKey(
        get_kind("quarterly_update"), Quarter.parse(quarter), agency, language, "html"
    )
    return build_content(key, snapshot)


def find_section(content: Content) -> Section | None:
    return next((section for section in content.sections if section.id == "tables"), None)


def get_table(content: Content) -> Table:
    section = find_section(content)
    assert section is not None
    (block,) = section.blocks
    assert isinstance(block, Table)
    return block


def show(block: Table) -> tuple[str, list[str], list[list[str]]]:
    """Caption, heads and rows of a table."""
    rows = [[cell.text for cell in row] for body in block.bodies for row in body.rows]
    return block.caption, [column.title for column in block.columns], rows


def test_the_rows_that_count_are_shown_with_labels_in_both_languages(given) -> None:
    snapshot = read_snapshot(given, Q1)
    for language, caption in (("en", "Applications"), ("hi", "हिंदी Applications")):
        shown, heads, rows = show(get_table(build(snapshot, Q1, language)))
        words = DocumentText(snapshot, language)
        assert shown == caption and all(("हिंदी" in head) == (language == "hi") for head in heads)
        assert len(heads) == len(COLUMNS) + 1, "what is computed is shown, too"
        assert rows == [
            [words.department("DOIC"), words.scheme("MSE-CDP"), "2", "10", "4", "8", "–"],
            [words.department("DOMSME"), "Own scheme", "–", "2", "–", "2", "1"],
        ]


def test_an_agency_without_rows_has_no_such_section(given) -> None:
    assert find_section(build(read_snapshot(given, Q1), Q1, "en", "FC-D")) is None


def test_rows_given_for_an_earlier_quarter_are_shown_with_it(given, tmp_path) -> None:
    send(given, tmp_path, Q2, update=update("FC-C", Q2, {"FA3": 3}))
    given.close(Q2)
    snapshot = read_snapshot(given, Q2)
    caption, _, rows = show(get_table(build(snapshot, Q2, "en")))
    assert "last given for" in caption and "2025-26-Q1" in caption and len(rows) == 2
    own = list_counted_rows(snapshot, "FC-C", "applications", Quarter.parse(Q2), Quarter.parse(Q2))
    assert own == []
    assert find_section(build(read_snapshot(given, Q1), Q1, "en")) is not None


def test_each_value_leads_to_its_place_in_the_file(given) -> None:
    snapshot = read_snapshot(given, Q1)
    words = DocumentText(snapshot, "en")
    content = add_sources(words, build(snapshot, Q1, "en"))
    filed = get_table(content).bodies[0].rows[0][3]
    assert isinstance(filed, LinkedCell)
    sources = [
        dict(zip(body.ids, body.rows, strict=True))
        for listed in content.sections[-1].blocks
        if isinstance(listed, Table)
        for body in listed.bodies
        if isinstance(body, AnchoredRows) and filed.href in body.ids
    ]
    (rows,) = sources
    assert [cell.text for cell in rows[filed.href]][2:] == [
        *("2", "Applications: Filed", "DOIC/MSE-CDP", "line 2")
    ]


def test_a_printed_value_is_traced_to_the_version_that_gave_it(given, monkeypatch) -> None:
    monkeypatch.setattr(Renderer, "render", lambda self, key, snapshot: key.path.encode())
    build_documents(given.office, Quarter.parse(Q1), LATER)
    block = get_table(build(read_snapshot(given, Q1), Q1, "en"))
    for language in ("en", "hi"):
        traced = trace_figure(given.office, block.code, language)
        assert traced.adds_up and len(traced.figures) == 4 + 3
        figure = next(one for one in traced.figures if one.column == 4)
        (source,) = figure.sources
        assert (source.named, source.value) == ("applications.filed DOIC/MSE-CDP", "10")
        assert (source.version, source.place) == (2, "line 2")
    (file,) = traced.updates
    assert file.file.endswith("FC-C.applications.csv")


def test_documents_made_before_there_were_tables_keep_their_inputs(clerk, tmp_path) -> None:
    send(clerk, tmp_path, Q1, update=update("FC-C", Q1, {"FA3": 12}))
    clerk.close(Q1)
    taken = take_snapshot(clerk.office, Quarter.parse(Q1))
    assert taken.snapshot.table_values.empty
