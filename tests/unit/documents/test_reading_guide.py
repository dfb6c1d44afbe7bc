"""The guide at the end of documents: its words, and figures taken from what decides them."""

from __future__ import annotations

from dataclasses import replace

import pytest
from reading import rows, section

from cpsa.documents.content_model import Table, as_data, find_texts
from cpsa.i18n.text import LANGUAGES
from cpsa.provenance.snapshot import Snapshot

DOCUMENTS = (
    ("quarterly_update", "2025-26-Q4", "FC-MOR"),
    ("quarterly_update", "2025-26-Q4", "STATE"),
    ("policy_actions", "2025-26-H2", "DOIC"),
    ("policy_actions", "2025-26-H2", "ALL"),
    ("learning", "2025-26-H2", "STATE"),
    ("rollout", "2025-26-H2", "STATE"),
)


def guide(write, document: tuple[str, str, str], language: str = "en", **of: Snapshot) -> str:
    content = write(*document, language, **of)
    assert content.sections[-1].id == "annex-guide"
    (table,) = [one for one in section(content, "annex-guide").blocks if isinstance(one, Table)]
    return "\n".join(" | ".join(row) for row in rows(table))


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("document", DOCUMENTS)
def test_each_document_ends_with_its_words(write, document, language: str) -> None:
    text = guide(write, document, language)
    assert {"en": "Accepted | ", "hi": "स्वीकृत | "}[language] in text
    assert "{" not in text


def test_its_figures_are_those_of_the_framework(write, snapshot: Snapshot) -> None:
    text = guide(write, DOCUMENTS[4])
    assert "On track from 0.80; Lagging from 0.50; Critical below that" in text
    assert "Outcome 40 %" in text and "Below 75 % the status is at best Lagging" in text
    assert "At least 3 agencies" in text and "within 90 days" in text
    other = replace(snapshot, framework=replace(snapshot.framework, coverage_floor=0.6))
    assert "Below 60 % the status" in guide(write, DOCUMENTS[4], of=other)


def test_only_abbreviations_that_the_document_uses_are_listed(write) -> None:
    text = guide(write, DOCUMENTS[4])
    assert "BDS | Business development services" in text
    short = guide(write, ("policy_actions", "2025-26-H2", "TECH"))
    assert "BDS | " not in short


def list_texts(data: object) -> set[str]:
    """The texts of plain data, but those that say what a part is."""
    if isinstance(data, dict):
        return set().union(*(list_texts(data[name]) for name in data if name != "is"))
    if isinstance(data, list):
        return set().union(*map(list_texts, data))
    return {data} if isinstance(data, str) else set()


@pytest.mark.parametrize("document", DOCUMENTS)
def test_it_looks_into_every_text_that_is_printed(write, document) -> None:
    content = write(*document, "hi")
    assert find_texts(content) == list_texts(as_data(content))
