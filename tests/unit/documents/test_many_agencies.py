"""A state's update of a country: divisions in place of agencies, and no table without an end."""

from __future__ import annotations

import pytest

from cpsa.documents.content_model import Paragraph, Table
from cpsa.provenance.snapshot import Snapshot

STATE_UPDATE = ("quarterly_update", "2025-26-Q4", "STATE")


def section_of(content, id: str):
    (found,) = [section for section in content.sections if section.id == id]
    return found


@pytest.mark.parametrize("language", ["en", "hi"])
def test_beyond_a_number_of_agencies_the_state_shows_divisions(
    write, snapshot: Snapshot, monkeypatch, language: str
) -> None:
    module = "cpsa.documents.quarterly_update.division_table"
    monkeypatch.setattr(f"{module}.MAX_LISTED_AGENCIES", 3)
    content = write(*STATE_UPDATE, language)
    agencies = snapshot.registry.agencies
    for form in ("IA", "FC"):
        (table,) = section_of(content, f"agencies-{form.lower()}").blocks
        assert isinstance(table, Table)
        rows = [row for body in table.bodies for row in body.rows]
        due = snapshot.select_rows("scores", quarter="2025-26-Q4")
        own = agencies[agencies["code"].isin(due["agency"]) & (agencies["form"] == form)]
        assert [row[0].text for row in rows] == sorted(own["division"].unique())
        assert sum(len(row[1].origin.rows) for row in rows) == len(own)
        for row in rows:
            assert int(row[1].text) == sum(int(cell.text) for cell in row[3:])
            assert all(int(cell.text) == len(cell.origin.rows) for cell in row[1:])


def test_figures_to_be_confirmed_are_listed_up_to_a_number(write, monkeypatch) -> None:
    whole = section_of(write(*STATE_UPDATE), "unconfirmed").blocks
    listed = sum(len(body.rows) for body in whole[1].bodies)
    assert listed > 2 and len(whole) == 2
    monkeypatch.setattr("cpsa.documents.unconfirmed_section.MAX_ROWS", 2)
    _, table, more = section_of(write(*STATE_UPDATE), "unconfirmed").blocks
    assert sum(len(body.rows) for body in table.bodies) == 2
    assert isinstance(more, Paragraph) and more.text.startswith(f"{listed - 2} more rows")
