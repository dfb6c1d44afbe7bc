"""Every document that shows a status says so where coverage limits it."""

from __future__ import annotations

import pytest
from tests.unit.documents.sample_snapshot import sample

from cpsa.documents.blocks import make_limited_note, status_cell
from cpsa.documents.document_text import DocumentText

NOTES = {
    "en": "(since only {share} of its updates are accepted)",
    "hi": "(क्योंकि केवल {share} प्रतिवेदन स्वीकृत हैं)",
}
LIMITED, CRITICAL = "FC-GWA", "FC-SHA"


def words(language: str) -> DocumentText:
    return DocumentText(sample(), language)


def row_of(own: DocumentText, agency: str):
    rows = own.snapshot.select_rows("scores", agency=agency, quarter="2025-26-Q4")
    return next(rows.itertuples(index=False))


@pytest.mark.parametrize(
    ("language", "label"),
    [("en", "Lagging"), ("hi", "लक्ष्य से पीछे")],
)
def test_a_status_below_what_the_score_would_give_says_why(language: str, label: str) -> None:
    own = words(language)
    row = row_of(own, LIMITED)
    assert status_cell(own, row).text == f"{label} †"
    assert (
        own.status_of(row) == f"{label} {NOTES[language].format(share=own.percent(row.coverage))}"
    )


def test_a_low_score_with_any_coverage_has_no_note() -> None:
    own = words("en")
    assert status_cell(own, row_of(own, CRITICAL)).text == "Critical"


def test_counts_of_statuses_say_how_many_are_limited() -> None:
    own = words("en")
    note = make_limited_note(own, own.snapshot.select_rows("scores", quarter="2025-26-Q4"))
    assert note.text.startswith(
        "† The status of 1 agency is limited by its share of accepted updates, which is beside it."
    )
    assert make_limited_note(own, own.snapshot.select_rows("scores", quarter="2024-25-Q3")) is None
