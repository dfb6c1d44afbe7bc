"""Decisions come in by any channel, are recorded once, and are told where they are asked for."""

from __future__ import annotations

import base64
import io
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from openpyxl import load_workbook
from sqlalchemy import select
from tests.factories import Clerk, RegistryFolder, csv_text, day_after_quarter
from tests.mailserver import MailServer
from tests.stores import fill_office
from tests.unit.intake.channels.mails import mail, part
from tests.unit.intake.readers.workbook.samples import blank as template
from tests.unit.template.report_form.forms import filled, numbers, saved

from cpsa.calendar import HalfYear, Quarter
from cpsa.errors import RequestError
from cpsa.intake.arrival import Arrival
from cpsa.intake.readers import entries_reader
from cpsa.letters.letter_kinds import LetterKind
from cpsa.letters.letter_policy import LetterPolicy
from cpsa.services.agency_letters.due_letters import DueLetter
from cpsa.services.agency_letters.letter_builder import LetterBuilder
from cpsa.services.app_context import AppContext
from cpsa.services.collection.collect_mailbox import collect_mailbox
from cpsa.services.collection.collect_updates import collect_updates
from cpsa.services.collection.load_entries import load_entries
from cpsa.services.decisions.import_report import (
    import_report,
    list_departments_of_address,
    parse_department_code,
)
from cpsa.services.decisions.list_actions import list_actions, list_pendency
from cpsa.services.decisions.load_action_statuses import list_decisions_since
from cpsa.services.decisions.record_decision import record_decision
from cpsa.services.decisions.record_decisions import (
    DecisionSummary,
    record_decisions,
)
from cpsa.services.publication.write_report_form import write_report_form
from cpsa.services.quarter.load_registry import load_registry
from cpsa.services.reports.list_arrivals import list_arrivals
from cpsa.settings import MailTrust
from cpsa.store.database import read_transaction
from cpsa.store.tables.action_tables import action_report, decision

pytestmark = pytest.mark.slow

Q1, Q2 = Quarter.parse("2025-26-Q1"), Quarter.parse("2025-26-Q2")
HALF = HalfYear.parse("2025-26-H1")
NOW = HALF.dispatch_at + timedelta(days=30)
FIRST, SECOND, THIRD = (f"PA-2025-26-Q1-00{place}" for place in (1, 2, 3))


def ask(office: AppContext, folder: Path, quarter: Quarter, *asked: tuple[str, str, str]) -> None:
    """Requests of agencies: agency, department, text."""
    rows = [
        (agency, quarter.key, "policy_support", "CREDIT", department, text, "Help", "high", *"   ")
        for agency, department, text in asked
    ]
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / f"{quarter.key}.csv"
    file.write_text(csv_text([entries_reader.HEADER, *rows]), "utf-8")
    assert not load_entries(office, file, quarter.closes_at).items[0].problem


@pytest.fixture
def asked(clerk: Clerk, tmp_path: Path) -> AppContext:
    """A closed half-year with two requests to DOIC and one to BANKS."""
    office = clerk.office

    def closed() -> None:
        registry = RegistryFolder(
            agencies={"IA-A": Q1.key, "FC-B": Q1.key},
            targets={("IA-A", "OP1", Q1.key): 4},
            recipients={"DOIC": "dic@example.org", "BANKS": "banks@example.org"},
        )
        load_registry(office, registry.write(tmp_path / "registry"), day_after_quarter(Q1.key))
        ask(
            office,
            tmp_path / "entries",
            Q1,
            ("IA-A", "DOIC", "The feeder trips"),
            ("FC-B", "DOIC", "No plots are free"),
            ("IA-A", "BANKS", "Limits lapse"),
        )
        for quarter in (Q1, Q2):
            clerk.send("IA-A", quarter.key, {"OP1": 2})
            clerk.send("FC-B", quarter.key)
            clerk.close(quarter.key)

    fill_office(office, "three requests to two departments", closed)
    return office


def form(office: AppContext, department: str = "DOIC", **rows: Mapping[str, object]) -> bytes:
    """The form of a department with the rows of some actions (first, second, third) filled."""
    blank = write_report_form(office, department, HALF, "en")
    of_number = {FIRST: rows.get("first"), SECOND: rows.get("second"), THIRD: rows.get("third")}
    return filled(blank, [of_number[number] or {} for number in numbers(blank)])


def came(
    content: bytes,
    at: datetime = NOW,
    department: str = "DOIC",
    half: str = "",
    key: str = "mail-1",
) -> Arrival:
    return Arrival("mail", key, f"{department}.atr.xlsx", content, department, half, at)


def record(
    office: AppContext, content: bytes, at: datetime = NOW, department: str = "DOIC"
) -> DecisionSummary:
    return record_decisions(office, came(content, at, department), "mail", at)


def decided(office: AppContext) -> dict[str, str]:
    table = list_actions(office, NOW)
    return dict(zip(table["number"], table["decision"], strict=True))


def test_a_form_has_a_row_for_every_unfinished_action_of_its_department(asked: AppContext) -> None:
    assert numbers(write_report_form(asked, "DOIC", HALF)) == [FIRST, SECOND]
    record(asked, form(asked, first={"decision": "Done"}, second={"decision": "Accepted"}))
    assert numbers(write_report_form(asked, "DOIC", HALF)) == [SECOND]
    with pytest.raises(RequestError, match="MPPCB has no action"):
        write_report_form(asked, "MPPCB", HALF)
    with pytest.raises(RequestError, match="not a department"):
        write_report_form(asked, "dic", HALF)


def test_decisions_are_recorded_with_who_and_when_and_the_report_is_kept(asked: AppContext) -> None:
    content = form(
        asked,
        first={"decision": "Done", "day": "01-12-2025", "remarks": "Feeder replaced"},
        second={"decision": "Accepted"},
    )
    done = record(asked, content)
    assert (done.department, done.half, done.outcome) == ("DOIC", HALF.key, "report")
    assert (done.recorded, done.unchanged, done.faults) == (2, 0, ())
    assert decided(asked) == {FIRST: "done", SECOND: "accepted", THIRD: "reply_awaited"}
    with read_transaction(asked.engine) as connection:
        first, second = connection.execute(select(decision).order_by(decision.c.action)).all()
        (report,) = connection.execute(select(action_report)).all()
    assert (first.decided_by, first.recorded_by, first.recorded_at) == (
        "Joint Director", "mail", NOW,
    )  # fmt: skip
    assert first.decided_at.isoformat().startswith("2025-11-30T18:30"), "midnight in India"
    assert (first.remarks, first.place) == ("Feeder replaced", "Action taken report!I10")
    assert first.report_id == second.report_id == report.id
    assert asked.read_received_bytes(report.sha256) == content
    assert (report.version, report.post, report.problems) == (1, "Joint Director", [])


def test_identical_bytes_are_a_repeat_and_a_corrected_report_adds_what_is_new(
    asked: AppContext,
) -> None:
    content = form(asked, first={"decision": "Done"})
    assert record(asked, content).outcome == "report"
    assert record(asked, content, NOW + timedelta(days=1)).outcome == "repeat"
    more = filled(
        content, [{"decision": "Done"}, {"decision": "Not pursued", "remarks": "No land"}]
    )
    done = record(asked, more)
    assert (done.recorded, done.unchanged) == (1, 1)


def test_good_rows_count_and_faulty_ones_stay_as_they_were(asked: AppContext) -> None:
    done = record(
        asked,
        form(asked, first={"decision": "Done", "day": "31-12-2099"}, second={"decision": "Done"}),
    )
    assert (done.recorded, len(done.faults)) == (1, 1)
    assert decided(asked)[FIRST] == "reply_awaited"
    assert done.problems("en") == [
        f"Action taken report!J10 (action {FIRST}): the date “31-12-2099” is after the day on which "
        "we received the form; the action is unchanged."
    ]
    assert "यथावत" in done.problems("hi")[0]
    with read_transaction(asked.engine) as connection:
        (kept,) = connection.execute(select(action_report.c.problems)).scalars()
    assert kept[0]["key"] == "actions.fault.future"


def test_an_action_keeps_its_number_and_every_decision_on_it(asked: AppContext) -> None:
    record(asked, form(asked, first={"decision": "Done"}))
    assert record_decision(asked, FIRST, "reply_not_accepted", "", "It trips still", "clerk", NOW)
    assert not record_decision(
        asked, FIRST, "reply_not_accepted", "", "It trips still", "clerk", NOW
    )
    assert decided(asked)[FIRST] == "reply_not_accepted"
    assert FIRST in numbers(write_report_form(asked, "DOIC", HALF))
    record(asked, form(asked, first={"decision": "Done", "remarks": "New transformer"}))
    with read_transaction(asked.engine) as connection:
        rows = connection.execute(select(decision.c.decision).order_by(decision.c.id))
        assert list(rows.scalars()) == ["done", "reply_not_accepted", "done"]
    with pytest.raises(RequestError, match="changed without a reason"):
        record_decision(asked, FIRST, "accepted", "", "", "clerk", NOW)
    with pytest.raises(RequestError, match="no action"):
        record_decision(asked, "PA-2020-21-Q1-001", "done", "", "", "clerk", NOW)


REFUSALS = {
    "actions.refused.other_department": lambda office: came(form(office), department="BANKS"),
    "actions.refused.other_half": lambda office: came(form(office), half="2025-26-H2"),
    "actions.refused.no_form": lambda office: came(template()),
    "actions.refused.tampered": lambda office: came(tampered(form(office))),
    "actions.refused.unreadable": lambda office: came(b"PK broken"),
    "actions.refused.no_department": lambda office: came(form(office), department="NOBODY"),
}


def tampered(content: bytes) -> bytes:
    """The form with another department written into its hidden sheet."""
    book = load_workbook(io.BytesIO(content))
    for row in book.worksheets[-1].iter_rows():
        if row[0].value == "agency":
            row[1].value = "BANKS"
    return saved(book)


@pytest.mark.parametrize("key", REFUSALS)
def test_a_form_that_is_not_the_departments_own_changes_nothing(
    asked: AppContext, key: str
) -> None:
    arrival = REFUSALS[key](asked)
    with pytest.raises(RequestError) as refused:
        record_decisions(asked, arrival, "mail", NOW)
    assert refused.value.key == key
    for language in ("en", "hi"):
        told = refused.value.text(language)
        assert "\n" not in told
        assert "{" not in told
    assert set(decided(asked).values()) == {"reply_awaited"}
    item = import_report(asked, arrival, NOW)
    assert (item.outcome, item.reason) == ("refused", key)
    (row,) = list_arrivals(asked).tail(1).to_dict("records")
    assert (row["outcome"], row["problem_en"]) == ("refused", refused.value.text("en"))


def test_a_sender_of_several_departments_is_known_by_the_seal(asked: AppContext) -> None:
    content = form(asked, first={"decision": "Done"})
    arrival = came(content).for_agency("", "")
    assert import_report(asked, arrival, NOW, {"BANKS", "DOIC"}).outcome == "report"
    assert import_report(asked, arrival, NOW, {"BANKS", "DOIC"}).outcome == "repeat"
    other = came(form(asked, second={"decision": "Done"}), key="mail-2").for_agency("", "")
    refused = import_report(asked, other, NOW, {"BANKS", "MPPCB"})
    assert refused.reason == "actions.refused.other_department"
    with read_transaction(asked.engine) as connection:
        registry = asked.load_registry(connection)
    assert list_departments_of_address(registry, " DIC@example.org") == {"DOIC"}
    assert list_departments_of_address(registry, "") == frozenset()
    assert parse_department_code(asked, "doic.ATR.ods") == "DOIC"
    assert parse_department_code(asked, "IA-A.xlsx") is None


def test_pendency_is_one_figure_per_department(asked: AppContext) -> None:
    """Nothing was sent yet, so that nothing is late; test_reply_terms has what was."""
    record(asked, form(asked, first={"decision": "Done"}, second={"decision": "Accepted"}))
    (row,) = list_pendency(asked, NOW + timedelta(days=400), "DOIC").to_dict("records")
    counts = {name: row[name] for name in ("actions", "final", "pending", "not_sent", "late")}
    assert counts == {"actions": 2, "final": 1, "pending": 1, "not_sent": 1, "late": 0}
    table = list_actions(asked, NOW + timedelta(days=400), "DOIC")
    assert list(table["pending"]) == ["", "not_sent"]
    assert len(list_pendency(asked, NOW)) == len(asked.reference.departments)


def test_decisions_go_down_to_the_agency_that_asked(asked: AppContext) -> None:
    before = NOW - timedelta(seconds=1)
    content = form(asked, first={"decision": "Accepted"}, second={"decision": "Done"})
    record(asked, content)
    later = NOW + timedelta(days=5)
    record_decision(asked, FIRST, "done", "", "Replaced", "clerk", later)
    with read_transaction(asked.engine) as connection:
        told = list_decisions_since(connection, "IA-A", before)
        assert [(row.number, row.decision) for row in told.itertuples()] == [(FIRST, "done")]
        told = list_decisions_since(connection, "FC-B", before)
        assert [(row.number, row.department) for row in told.itertuples()] == [(SECOND, "DOIC")]
        assert list_decisions_since(connection, "FC-B", NOW).empty


def test_a_report_in_the_folder_is_taken_in_by_what_its_path_says(
    asked: AppContext, tmp_path: Path
) -> None:
    folder = tmp_path / "inbox" / HALF.key
    folder.mkdir(parents=True)
    content = form(asked, first={"decision": "Done"}, second={"decision": "perhaps"})
    (folder / "doic.atr.xlsx").write_bytes(content)
    (item,) = collect_updates(asked, tmp_path / "inbox", NOW).items
    assert (item.outcome, item.reason) == ("report", "actions.fault.unknown_decision")
    assert decided(asked)[FIRST] == "done"
    (item,) = collect_updates(asked, folder / "doic.atr.xlsx", NOW).items
    assert item.outcome == "repeat"
    (folder / "BANKS.atr.xlsx").write_bytes(content)
    items = {Path(one.path).name: one for one in collect_updates(asked, folder.parent, NOW).items}
    assert items["BANKS.atr.xlsx"].reason == "actions.refused.other_department"
    other = folder.parent / Q2.key / "DOIC.atr.xlsx"
    other.parent.mkdir()
    other.write_bytes(form(asked, second={"decision": "Done"}))
    (item,) = collect_updates(asked, other, NOW).items
    assert item.reason == "actions.refused.other_half"
    assert not collect_updates(asked, folder.parent, NOW).quarters


def letter(content: bytes, sender: str, name: str = "reply.xlsx") -> bytes:
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    encoded = base64.encodebytes(content).replace(b"\n", b"\r\n")
    encoding = "Content-Transfer-Encoding: base64"
    attached = part(encoded, f'filename="{name}"', kind, "attachment", encoding)
    return mail(attached, sender=sender, message_id=f"<{sender}@mail.example.org>")


def test_a_report_is_taken_from_a_mail_of_the_departments_own_address(
    asked: AppContext, mail_server: MailServer
) -> None:
    office = replace(
        asked,
        settings=replace(asked.settings, imap_url=mail_server.url(), mail_trust=MailTrust.OPEN),
    )
    content = form(office, first={"decision": "Done", "remarks": "Feeder replaced"})
    mail_server.put(letter(content, "banks@example.org"), at=NOW)
    mail_server.put(letter(content, "stranger@example.org"), at=NOW)
    mail_server.put(letter(template(), "dic@example.org"), at=NOW)
    items = collect_mailbox(office, NOW).items
    assert [(item.outcome, item.reason) for item in items] == [
        ("refused", "actions.refused.other_department"),
        ("refused", "channels.unknown_sender"),
        ("reply", ""),
    ]
    assert set(decided(office).values()) == {"reply_awaited"}
    mail_server.empty()
    mail_server.put(letter(content, "Officer <DIC@example.org>"), at=NOW)
    (item,) = collect_mailbox(office, NOW).items
    assert (item.outcome, item.problem) == ("report", "")
    assert decided(office)[FIRST] == "done"
    with read_transaction(office.engine) as connection:
        (row,) = connection.execute(select(decision)).all()
    assert row.recorded_by == "mail"


def test_the_next_letter_of_the_agency_tells_what_was_decided(asked: AppContext) -> None:
    record(asked, form(asked, first={"decision": "Done", "remarks": "Feeder <replaced>"}), NOW)
    third, fourth = Quarter.parse("2025-26-Q3"), Quarter.parse("2025-26-Q4")
    at = third.opens_at
    policy = LetterPolicy.load(asked.settings.reference)

    def told(agency: str, quarter: Quarter, kind: LetterKind) -> str:
        message = LetterBuilder(asked, policy, NOW).build(DueLetter(agency, quarter, kind))
        assert message is not None
        assert "<replaced>" not in message.html
        return message.text

    assert at > NOW
    request = told("IA-A", third, LetterKind.REQUEST)
    assert f"{FIRST}, Department of Industry and Commerce\n   Help" in request
    assert "Done, 15 December 2025: “Feeder <replaced>”" in request
    assert FIRST not in told("FC-B", third, LetterKind.REQUEST), "it was not what FC-B asked"
    assert FIRST not in told("IA-A", fourth, LetterKind.REQUEST), "a decision is told once"
