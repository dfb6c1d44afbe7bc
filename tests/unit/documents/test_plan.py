"""Which documents a period has, and what they are called."""

from __future__ import annotations

import pytest

from cpsa.calendar import parse_period
from cpsa.documents.document_key import DocumentKey, DocumentKind
from cpsa.documents.document_registry import (
    ATR,
    LEARNING,
    POLICY_ACTIONS,
    QUARTERLY_UPDATE,
    ROLLOUT,
    build_content,
    list_document_keys,
)
from cpsa.errors import RequestError
from cpsa.provenance.snapshot import Snapshot


def subjects(snapshot: Snapshot, period: str) -> dict[DocumentKind, list[str]]:
    held: dict[DocumentKind, list[str]] = {}
    for key in list_document_keys(snapshot, parse_period(period)):
        if (key.language, key.format) == ("en", "pdf"):
            held.setdefault(key.kind, []).append(key.subject)
    return held


def test_a_quarter_has_updates_and_compilations(snapshot: Snapshot) -> None:
    held = subjects(snapshot, "2025-26-Q4")
    assert set(held) == {QUARTERLY_UPDATE, POLICY_ACTIONS}
    assert held[QUARTERLY_UPDATE][:2] == ["STATE", "IA-INDPH"]
    assert len(held[QUARTERLY_UPDATE]) == 1 + 20
    assert held[POLICY_ACTIONS][-1] == "ALL"
    assert len(held[POLICY_ACTIONS]) == 12 + 1


def test_an_agency_not_yet_active_gets_no_update(snapshot: Snapshot) -> None:
    assert "IA-CHHAN" not in subjects(snapshot, "2024-25-Q4")[QUARTERLY_UPDATE]
    assert "IA-CHHAN" in subjects(snapshot, "2025-26-Q1")[QUARTERLY_UPDATE]


def test_a_half_has_compilations_the_learning_document_and_the_programmes_page(
    snapshot: Snapshot,
) -> None:
    held = subjects(snapshot, "2025-26-H2")
    assert held.keys() == {POLICY_ACTIONS, LEARNING, ROLLOUT}
    assert held[LEARNING] == held[ROLLOUT] == ["STATE"]


def test_only_a_department_with_an_open_action_gets_a_form(snapshot: Snapshot) -> None:
    keys = list_document_keys(snapshot, parse_period("2025-26-H2"))
    forms = {key.subject for key in keys if key.kind is ATR}
    asked = set(snapshot.actions["department"])
    assert forms == asked != set(snapshot.reference.departments)
    assert not [
        key for key in list_document_keys(snapshot, parse_period("2025-26-Q4")) if key.kind is ATR
    ]


def test_a_year_has_its_final_learning_document(snapshot: Snapshot) -> None:
    assert subjects(snapshot, "2025-26") == {
        LEARNING: ["STATE"],
        ROLLOUT: ["STATE"],
    }


def test_every_document_comes_in_both_languages_and_formats(snapshot: Snapshot) -> None:
    keys = list_document_keys(snapshot, parse_period("2025-26-H2"))
    forms = [key for key in keys if key.kind is ATR]
    assert len(keys) == len(set(keys)) == 13 * 2 * 4 + 2 * 2 * 3 + len(forms)
    assert {(key.language, key.format) for key in forms} == {("en", "xlsx"), ("hi", "xlsx")}
    assert POLICY_ACTIONS.formats == ("pdf", "html", "docx", "xlsx")
    assert LEARNING.formats == ("pdf", "html", "xlsx")
    assert QUARTERLY_UPDATE.formats == ("pdf", "html")
    assert len({key.path for key in keys}) == len(keys)


def test_path_and_reference() -> None:
    key = DocumentKey(POLICY_ACTIONS, parse_period("2025-26-H2"), "BANKS", "hi", "pdf")
    assert key.path == "2025-26-H2/policy_actions/BANKS.hi.pdf"
    assert key.reference == "CPSA/2025-26-H2/PAC/BANKS"
    assert key.with_language("en").with_format("html").reference == key.reference


@pytest.mark.parametrize(
    ("kind", "period", "subject"),
    [
        (LEARNING, "2025-26-Q4", "STATE"),
        (ROLLOUT, "2025-26-Q4", "STATE"),
        (QUARTERLY_UPDATE, "2025-26-H2", "STATE"),
        (QUARTERLY_UPDATE, "2025-26-Q4", "IA-NONE"),
        (POLICY_ACTIONS, "2025-26-Q4", "NOBODY"),
    ],
)
def test_a_document_that_is_not_planned_is_refused(
    snapshot: Snapshot, kind: DocumentKind, period: str, subject: str
) -> None:
    key = DocumentKey(kind, parse_period(period), subject, "en", "pdf")
    with pytest.raises(RequestError) as refused:
        build_content(key, snapshot)
    assert key.path in refused.value.text("hi")
