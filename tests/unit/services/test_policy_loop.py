"""The loop: a request, its compilation, the department's reply, and the figures afterwards."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import select
from tests.factories import ROOT, Clerk, RegistryFolder, csv_text, day_after_quarter
from tests.unit.intake.readers.workbook.conftest import let_the_clerk

from cpsa.calendar import IST, AnyPeriod, HalfYear, Quarter
from cpsa.documents.content_model import Case, Content, Table
from cpsa.documents.document_key import STATE, DocumentKey, DocumentKind
from cpsa.documents.document_registry import (
    ATR,
    LEARNING,
    POLICY_ACTIONS,
    build_content,
    list_document_keys,
)
from cpsa.documents.render.renderer import Renderer
from cpsa.intake.arrival import Arrival
from cpsa.intake.readers import entries_reader
from cpsa.letters.letter_kinds import LetterKind
from cpsa.letters.letter_policy import LetterPolicy
from cpsa.services.agency_letters.due_letters import DueLetter
from cpsa.services.agency_letters.letter_builder import LetterBuilder
from cpsa.services.app_context import AppContext
from cpsa.services.collection.load_entries import load_entries
from cpsa.services.decisions.record_decision import record_decision
from cpsa.services.decisions.record_decisions import record_decisions
from cpsa.services.publication.take_snapshot import take_snapshot
from cpsa.services.quarter.load_registry import load_registry
from cpsa.store.database import read_transaction
from cpsa.store.tables.action_tables import decision
from cpsa.template.report_form.report_form_reader import FilledReportForm, read_report_form

pytestmark = pytest.mark.slow

QUARTERS = [Quarter.parse(f"2025-26-Q{number}") for number in (1, 2, 3, 4)]
FIRST, SECOND = HalfYear.parse("2025-26-H1"), HalfYear.parse("2025-26-H2")
NUMBER = "PA-2025-26-Q1-001"
OFFICER, DECIDED = "संयुक्त संचालक", date(2025, 11, 20)  # as the form says them
REPORT_CLERK = ROOT / "tests" / "unit" / "template" / "report_form" / "report_clerk.py"
LOANS = {"2025-26-Q1": 200_000, "2025-26-Q2": 400_000, "2025-26-Q3": 0, "2025-26-Q4": 900_000}


def close(clerk: Clerk, quarters: list[Quarter]) -> None:
    for quarter in quarters:
        loans = {"OC6": LOANS[quarter.key], "OC6E": 1 if LOANS[quarter.key] else 0}
        clerk.send("IA-A", quarter.key, loans)
        clerk.close(quarter.key)


@pytest.fixture
def asked(clerk: Clerk, tmp_path: Path) -> AppContext:
    """Policy support asked in Q1, the first half-year closed."""
    office = clerk.office
    registry = RegistryFolder(
        agencies={"IA-A": QUARTERS[0].key},
        targets={("IA-A", "OC6", one.key): 500_000 for one in QUARTERS},
        baselines={("IA-A", "OC6"): 1},
        recipients={"BANKS": "banks@example.org"},
    )
    opened = day_after_quarter(QUARTERS[0].key)
    load_registry(office, registry.write(tmp_path / "registry"), opened)
    text, request = "Limits are not renewed in time.", "Renew them within 30 days."
    row = ("IA-A", QUARTERS[0].key, "policy_support", "CREDIT", "BANKS", text, request, "high")
    file = tmp_path / "entries.csv"
    file.write_text(csv_text([entries_reader.HEADER, (*row, "", "", "")]), "utf-8")
    assert not load_entries(office, file, opened).items[0].problem
    close(clerk, QUARTERS[:2])
    return office


def written(office: AppContext, period: AnyPeriod, kind: DocumentKind, subject: str) -> Content:
    key = DocumentKey(kind, period, subject, "en", "")
    return build_content(key, take_snapshot(office, period).snapshot)


def blocks(content: Content, section: str, kind: type) -> list:
    found = next(one for one in content.sections if one.id == section)
    return [block for block in found.blocks if isinstance(block, kind)]


def rows(tables: list[Table]) -> list[list[str]]:
    return [
        [cell.text for cell in row]
        for table in tables
        for body in table.bodies
        for row in body.rows
    ]


def replied(form: bytes, folder: Path) -> Mapping[str, bytes]:
    """The form as the department fills it in LibreOffice, saved in three formats."""
    folder.mkdir()
    answer = {"decision": "स्वीकार", "day": "20-11-2025", "remarks": "शाखाओं को निर्देश दिए गए।"}
    answer["promised"] = "31-03-2026"
    (folder / "form.xlsx").write_bytes(form)
    (folder / "answers.json").write_text(json.dumps({NUMBER: answer}), "utf-8")
    return let_the_clerk("fill", folder, REPORT_CLERK)


def test_a_request_comes_back_as_a_decision_and_its_effect(
    asked: AppContext, clerk: Clerk, tmp_path: Path
) -> None:
    # The compilation asks, and the form goes with it.
    (case,) = blocks(written(asked, FIRST, POLICY_ACTIONS, "BANKS"), "asked", Case)
    assert case.number.startswith(NUMBER)
    assert any("(OC6): ₹ 6.00 lakh of ₹ 10.00 lakh" in fact.value for fact in case.facts)
    taken = take_snapshot(asked, FIRST).snapshot
    forms = [key for key in list_document_keys(taken, FIRST) if key.kind is ATR]
    assert [(key.subject, key.language) for key in forms] == [("BANKS", "en"), ("BANKS", "hi")]
    renderer = Renderer(asked.settings.templates, seal_key=asked.seal_key)
    form = renderer.render(forms[1], taken)
    assert form == renderer.render(forms[1], taken)

    before = LetterBuilder(
        asked, LetterPolicy.load(asked.settings.reference), QUARTERS[2].opens_at
    ).build(DueLetter("IA-A", QUARTERS[2], LetterKind.REQUEST))

    # The department fills it in LibreOffice; the three formats say the same.
    files = replied(form, tmp_path / "department")
    said = [read_report_form(files[f"filled.{kind}"]) for kind in ("xlsx", "xls", "ods")]
    assert all(isinstance(one, FilledReportForm) for one in said)
    assert said[0] == said[1] == said[2]
    at = FIRST.dispatch_at.replace(day=25)
    reply = Arrival("mail", "<1@example.org>", "r.ods", files["filled.ods"], "BANKS", "", at)
    done = record_decisions(asked, reply, "mail", at)
    assert (done.recorded, done.faults) == (1, ())

    # Recorded: what was decided, by whom, when, who took it down and when, and where it stands.
    with read_transaction(asked.engine) as connection:
        (kept,) = connection.execute(select(decision)).mappings()
    assert (kept["action"], kept["decision"]) == (NUMBER, "accepted")
    assert (kept["decided_by"], kept["decided_at"].astimezone(IST).date()) == (OFFICER, DECIDED)
    assert (kept["recorded_by"], kept["recorded_at"]) == ("mail", at)
    assert kept["place"].startswith("हमारा उत्तर")

    # The agency that requested it reads it in its next letter, and not before.
    scribe = LetterBuilder(asked, LetterPolicy.load(asked.settings.reference), QUARTERS[2].opens_at)
    letter = scribe.build(DueLetter("IA-A", QUARTERS[2], LetterKind.REQUEST))
    assert letter is not None
    assert f"{NUMBER}, " in letter.text
    printed = "Accepted, 20 November 2025: “शाखाओं को निर्देश दिए गए।”; promised 31 March 2026"
    assert printed in letter.text
    assert before is not None
    assert NUMBER not in before.text

    # The next compilation shows the decision, under the same number and pending until it is final;
    # no mail asked for it here, so no reply is due.
    close(clerk, QUARTERS[2:])
    after = written(asked, SECOND, POLICY_ACTIONS, "BANKS")
    (row,) = rows(blocks(after, "earlier", Table))
    assert row[0] == NUMBER
    promised = "promised 31 March 2026; 31 days past that date"
    assert row[2] == "Renew them within 30 days."
    assert row[3:] == [f"not yet sent; {promised}", "शाखाओं को निर्देश दिए गए।"]
    (row,) = rows(blocks(after, "open-actions", Table))
    assert row[3:6] == ["not yet sent", "–", "31 March 2026, 31 days past"]
    assert not blocks(after, "asked", Case)

    # The next learning document follows the figures that had been the evidence.
    effects = rows(blocks(written(asked, SECOND, LEARNING, STATE), "effects", Table))
    shown = {one[3]: one[4:] for one in effects}
    assert shown["Loans disbursed (OC6)"] == ["₹ 3.00 lakh", "₹ 9.00 lakh", "2 before, 1 after"]
    assert {one[0] for one in effects} == {NUMBER}

    # The year's final one does so too, and the one before the decision had nothing to follow.
    final = written(asked, SECOND.year, LEARNING, STATE)
    assert rows(blocks(final, "effects", Table)) == effects
    assert not blocks(written(asked, FIRST, LEARNING, STATE), "effects", Table)

    # Once it is done, the agency still reads what had been promised.
    now = SECOND.dispatch_at
    assert record_decision(asked, NUMBER, "done", "20-04-2026", "Limits renewed", OFFICER, now)
    letter = scribe.build(DueLetter("IA-A", QUARTERS[3] + 1, LetterKind.REQUEST))
    assert letter is not None
    assert "Done, 20 April 2026: “Limits renewed”; promised 31 March 2026" in letter.text
