"""The restatement note: which printed figures differ, where they stand, and why."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta

import pandas as pd
import pytest
from reading import texts
from sample_snapshot import sample
from test_texts import CODES, LATIN, allowed

from cpsa.calendar import parse_period
from cpsa.documents import edition_differences, restatement_note
from cpsa.documents.document_key import DocumentKey
from cpsa.documents.document_registry import (
    LEARNING,
    POLICY_ACTIONS,
    RESTATEMENT_NOTE,
    build_content,
)
from cpsa.documents.document_text import DocumentText
from cpsa.documents.render.renderer import Renderer
from cpsa.provenance.snapshot import Snapshot

pytestmark = pytest.mark.slow

HALF = parse_period("2025-26-H2")
QUARTER = "2025-26-Q4"


@pytest.fixture(scope="module")
def before() -> Snapshot:
    return sample()


@pytest.fixture(scope="module")
def after(before: Snapshot) -> Snapshot:
    """One agency's figure of one indicator is another, told twice with two reasons."""
    facts = before.facts.copy()
    here = (facts["quarter"] == QUARTER) & (facts["indicator"] == "OP2")
    at = facts.index[here & (facts["dimension"] == "total")]
    at = at if len(at) else facts.index[here]
    row = facts.loc[at[0]]
    facts.loc[at[0], "hundredths"] = int(row["hundredths"]) + 7_00
    since = before.as_of + timedelta(days=3)
    told = {
        "quarter": QUARTER,
        "agency": row["agency"],
        "indicator": "OP2",
        "dimension": "",
    }
    old = int(row["hundredths"])
    steps = pd.DataFrame(
        [
            {**told, "old": old, "new": old + 5_00, "reason": "first count", "at": since},
            {**told, "old": old + 5_00, "new": old + 7_00, "reason": "recount", "at": since},
            # Restated and back again: nothing to tell.
            {**told, "indicator": "OP1", "old": 1_00, "new": 2_00, "reason": "slip", "at": since},
            {**told, "indicator": "OP1", "old": 2_00, "new": 1_00, "reason": "slip", "at": since},
        ]
    )
    columns = list(before.restatements.columns)
    both = pd.concat([before.restatements[columns], steps[columns]], ignore_index=True)
    return replace(before, facts=facts, restatements=both, as_of=since)


def editions(before: Snapshot, after: Snapshot, language: str, known: bool = True):
    key = DocumentKey(LEARNING, HALF, "STATE", language, "")
    old = build_content(key, before) if known else None
    return [
        restatement_note.ComparedEdition(
            key, "CPSA/M", before.as_of, old, build_content(key, after)
        )
    ]


def written(before: Snapshot, after: Snapshot, language: str = "en", known: bool = True):
    key = DocumentKey(RESTATEMENT_NOTE, HALF, "DOIC-R1", language, "pdf")
    held = editions(before, after, language, known)
    return restatement_note.build_restatement_note(
        key, DocumentText(after, language), "DOIC", held, before.as_of
    )


def test_only_what_is_printed_differently_is_a_difference(before, after):
    for language in ("en", "hi"):
        (edition,) = editions(before, before, language)
        assert edition.old is not None
        assert edition_differences.is_same_content(edition.old, edition.new)
        assert edition_differences.list_differences(edition.old, edition.new) == ()
        (edition,) = editions(before, after, language)
        assert edition.old is not None
        assert not edition_differences.is_same_content(edition.old, edition.new)
        assert edition_differences.list_differences(edition.old, edition.new)


def test_the_day_of_the_figures_alone_is_no_difference(before):
    later = replace(before, as_of=before.as_of + timedelta(days=30))
    key = DocumentKey(POLICY_ACTIONS, HALF, "ALL", "en", "")
    one, other = build_content(key, before), build_content(key, replace(later, as_of=before.as_of))
    assert edition_differences.is_same_content(one, other)
    moved = replace(other, date="2030-01-01")
    assert edition_differences.is_same_content(one, moved)


def test_every_changed_figure_stands_with_its_place_and_both_values(before, after):
    (edition,) = editions(before, after, "en")
    assert edition.old is not None
    found = edition_differences.list_differences(edition.old, edition.new)
    places = {(one.place.section, one.place.column) for one in found}
    assert any(section.startswith("Annex B") for section, _ in places)
    for one in found:
        assert one.old != one.new
    told = " ".join(texts(written(before, after), own=True))
    for one in found:
        assert one.old in told
        assert one.new in told


def test_a_figure_restated_twice_is_told_once_with_both_reasons(before, after):
    (restated,) = [one for one in written(before, after).sections if one.id == "restated"]
    (table,) = restated.blocks
    (row,) = table.bodies[0].rows
    assert row[6].text == "first count; recount"
    assert row[0].text == "1"


def test_without_the_earlier_content_it_says_that_it_cannot_compare(before, after):
    told = " ".join(texts(written(before, after, known=False), own=True))
    assert "read the new edition as a whole" in told


def test_when_nothing_was_restated_it_says_so(before):
    told = " ".join(texts(written(before, before), own=True))
    assert "No agency restated a figure" in told
    assert "No printed figure has changed" in told


def test_the_hindi_note_has_no_english(before, after):
    known = allowed(after)
    for text in texts(written(before, after, "hi"), own=False):
        found = LATIN.findall(CODES.sub("", re.sub(r"\{pages?\}", "", text)))
        assert not [word for word in found if word.strip(".-") not in known], text


@pytest.mark.parametrize("language", ["en", "hi"])
def test_it_is_a_document_like_any_other(before, after, renderer: Renderer, language):
    one, other = (renderer.write(written(before, after, language), "pdf") for _ in range(2))
    assert one == other
    assert one.startswith(b"%PDF")
