"""By the ledger: when a reply is due, for lists, the board, the form and the mail alike."""

from __future__ import annotations

from dataclasses import asdict, replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import insert
from tests.factories import Clerk, RegistryFolder, csv_text, day_after_quarter
from tests.stores import fill_office
from tests.unit.template.report_form.forms import filled
from typer.testing import CliRunner

from cpsa.calendar import IST, HalfYear, Quarter
from cpsa.cli import command_line
from cpsa.documents import edition_differences
from cpsa.documents.render.renderer import Renderer
from cpsa.errors import RequestError
from cpsa.intake.arrival import Arrival
from cpsa.intake.readers import entries_reader
from cpsa.services.app_context import AppContext
from cpsa.services.collection.load_entries import load_entries
from cpsa.services.decisions.list_actions import list_actions, list_pendency
from cpsa.services.decisions.record_decision import record_decision
from cpsa.services.decisions.record_decisions import record_decisions
from cpsa.services.decisions.reply_forms import list_open_actions
from cpsa.services.dispatch.build_documents import build_documents
from cpsa.services.dispatch.half_year_packs import HalfYearPacks
from cpsa.services.publication.edition_contents import EditionContents
from cpsa.services.publication.take_snapshot import SnapshotWithInputs, take_snapshot
from cpsa.services.publication.trace_figure import trace_figure
from cpsa.services.publication.write_report_form import write_report_form
from cpsa.store import schema
from cpsa.store.database import write_transaction
from cpsa.store.tables import registry_tables
from cpsa.store.tables.action_tables import action, decision
from cpsa.store.tables.dispatch_tables import dispatch, dispatch_event
from cpsa.translator import to_local_day
from cpsa.web.board.period_board import load_period_board

Q1, Q2 = Quarter.parse("2025-26-Q1"), Quarter.parse("2025-26-Q2")
HALF = HalfYear.parse("2025-26-H1")
NUMBER = f"PA-{Q1.key}-001"
SENT = datetime(2025, 12, 1, 11, 0, tzinfo=IST)  # long after the day of the calendar
DUE = datetime(2026, 3, 1, 9, 0, tzinfo=IST)


@pytest.fixture
def office(office: AppContext, clerk: Clerk, tmp_path: Path) -> AppContext:
    """One action asked of DOIC in the first quarter; both quarters closed."""

    def close() -> None:
        registry = RegistryFolder(
            agencies={"IA-A": Q1.key},
            recipients={"DOIC": "doic@example.org", "REV": "rev@example.org"},
        )
        registry.load(office, tmp_path / "registry", day_after_quarter(Q1.key))
        row = ("IA-A", Q1.key, "policy_support", "LAND", "DOIC", "No plots.", "Allot some.", "high")
        file = tmp_path / "entries.csv"
        file.write_text(csv_text([entries_reader.HEADER, (*row, "", "", "")]), "utf-8")
        load_entries(office, file, day_after_quarter(Q1.key))
        for quarter in (Q1, Q2):
            clerk.send("IA-A", quarter.key)
            clerk.close(quarter.key)

    fill_office(office, "one action asked of DOIC", close)
    return office


def mailed(
    office: AppContext,
    at: datetime = SENT,
    recipient: str = "DOIC:to:1",
    *,
    slot: str = "pack",
    half: str = HALF.key,
    revision: int = 0,
    bounced: datetime | None = None,
) -> None:
    """A mail of the ledger that its server accepted, and that came back where ``bounced``."""
    state = "bounced" if bounced else "accepted"
    text = ("to_name", "to_email", "subject", "html", "text", "digest")
    with write_transaction(office.engine) as connection:
        result = connection.execute(
            insert(dispatch).values(
                cycle=half, slot=slot, recipient=recipient, revision=revision, state=state,
                message_id=f"<{half}{slot}{recipient}{revision}@x>", planned_at=at, changed_at=at,
                language="en", attachments=[], attempts=1, fence=1, **dict.fromkeys(text, "x"),
            )
        )  # fmt: skip
        key = schema.new_id(result)
        events = [("accepted", at), *([("bounced", bounced)] if bounced else [])]
        for reached, when in events:
            connection.execute(
                insert(dispatch_event).values(dispatch=key, at=when, state=reached, fence=1)
            )


def row(office: AppContext, now: datetime) -> dict[str, object]:
    (found,) = list_actions(office, now, "DOIC").to_dict("records")
    return found


def test_nothing_is_due_by_the_calendar_alone(office: AppContext) -> None:
    """Found: the term ran from 15 November though nothing had been sent to the department."""
    later = HALF.dispatch_at + timedelta(days=400)
    assert (row(office, later)["pending"], row(office, later)["due"]) == ("not_sent", "")
    (shown,) = list_pendency(office, later, "DOIC").to_dict("records")
    assert shown == {
        "department": "DOIC", "actions": 1, "final": 0, "pending": 1, "in_time": 0, "late": 0,
        "not_sent": 1, "days_0_30": 0, "days_31_60": 0, "days_61_90": 0, "days_91_180": 0,
        "days_over_180": 0,
    }  # fmt: skip
    board = load_period_board(office, HALF, "", 1, later)
    assert (board.total.late, board.total.not_sent, board.total.all_not_sent) == (0, 1, 1)
    assert board.not_sent == {NUMBER} and board.late == frozenset() and not board.due


def test_the_term_runs_from_the_first_mail(office: AppContext) -> None:
    mailed(office)
    assert row(office, DUE)["due"] == "2026-03-01"
    assert row(office, DUE)["sent_on"] == "2025-12-01"
    assert row(office, DUE)["pending"] == "in_time"
    day_after = DUE + timedelta(days=1)
    assert (row(office, day_after)["pending"], row(office, day_after)["days_overdue"]) == (
        "late", 1,
    )  # fmt: skip
    (shown,) = list_pendency(office, day_after, "DOIC").to_dict("records")
    assert (shown["late"], shown["days_91_180"], shown["not_sent"]) == (1, 1, 0)
    board = load_period_board(office, HALF, "", 1, day_after)
    assert board.late == {NUMBER}
    assert str(to_local_day(board.due[NUMBER])) == "2026-03-01"
    assert (board.total.late, board.total.not_sent) == (1, 0)


@pytest.mark.parametrize(
    "other",
    [
        {"recipient": "DOIC:cc:1"},
        {"recipient": "DOIC:info:1"},
        {"recipient": "REV:to:1"},
        {"slot": "test 2025-12-01 11:00:00", "half": f"{HALF.key}-test"},
        {"bounced": SENT + timedelta(hours=1)},
    ],
)
def test_no_other_mail_starts_it(office: AppContext, other: dict[str, object]) -> None:
    mailed(office, **other)
    assert row(office, DUE)["pending"] == "not_sent"


def test_a_mail_that_came_back_later_counts_until_then(office: AppContext) -> None:
    """So that a document made as of a day before has the same bytes when it is made again."""
    mailed(office, bounced=SENT + timedelta(days=5))
    assert row(office, SENT + timedelta(days=4))["pending"] == "in_time"
    assert row(office, SENT + timedelta(days=6))["pending"] == "not_sent"


def test_a_revision_does_not_change_the_date(office: AppContext) -> None:
    mailed(office)
    mailed(office, SENT + timedelta(days=30), revision=1)
    assert row(office, DUE)["due"] == "2026-03-01"


def test_a_document_knows_only_what_was_sent_by_its_date(office: AppContext) -> None:
    mailed(office)
    snapshot = take_snapshot(office, HALF).snapshot
    assert snapshot.as_of < SENT
    assert list(snapshot.actions["sent_at"]) == [None]
    record_decision(office, NUMBER, "accepted", "", "", "clerk", SENT + timedelta(days=9))
    snapshot = take_snapshot(office, HALF).snapshot
    assert list(snapshot.actions["sent_at"]) == [SENT]


def test_the_mail_states_the_date(office: AppContext) -> None:
    packing = HalfYearPacks.load(office, HALF, SENT)
    seat = next(seat for seat in packing.seats if seat.id == "DOIC:to:1")
    mail = packing.build_mail(replace(seat, language="en"), [])
    assert "1 action is requested from your department. Please reply by 1 March 2026." in mail.text
    assert "1 March 2026" in mail.html
    assert mail.subject.startswith("1 action requested, reply by 1 March 2026 (")
    mailed(office)
    later = HalfYearPacks.load(office, HALF, SENT + timedelta(days=20))
    mail = later.build_mail(replace(seat, language="en"), [])
    assert "Please reply by 1 March 2026. No reply is overdue." in mail.text
    overdue = HalfYearPacks.load(office, HALF, DUE + timedelta(days=20))
    mail = overdue.build_mail(replace(seat, language="en"), [])
    assert "1 action was requested from your department. 1 reply is overdue" in mail.text
    assert mail.subject.startswith("1 action requested; 1 reply overdue (")


def test_who_gets_it_for_information_is_not_requested_to_answer(office: AppContext) -> None:
    packing = HalfYearPacks.load(office, HALF, SENT)
    (seat,) = (seat for seat in packing.seats if seat.department == "DOIC")
    for language, words in (("en", "no answer is expected"), ("hi", "उत्तर अपेक्षित नहीं")):
        mail = packing.build_mail(replace(seat, kind="info", language=language), [])
        assert words in mail.text and words in mail.html
        assert "1 March 2026" not in mail.text
        assert "reply sheet" not in mail.text


class TestPromisedDate:
    """A department names the date by which it will have acted."""

    def promise(
        self, office: AppContext, day: str, at: datetime, decided: str = "accepted"
    ) -> bool:
        return record_decision(office, NUMBER, decided, "", "Soon", "clerk", at, day)

    def test_a_new_date_is_a_new_decision(self, office: AppContext) -> None:
        mailed(office)
        at = SENT + timedelta(days=10)
        assert self.promise(office, "31-03-2027", at)
        assert not self.promise(office, "31-03-2027", at), "the same again is nothing new"
        assert self.promise(office, "30-06-2027", at + timedelta(days=1))
        shown = row(office, at + timedelta(days=2))
        assert (shown["promised"], shown["promised_first"]) == ("2027-06-30", "2027-03-31")
        assert shown["promise"] == "running"
        shown = row(office, datetime(2027, 7, 10, 9, tzinfo=IST))
        assert shown["promise"] == "overrun"
        assert (shown["days_over_promise"], shown["days_over_first_promise"]) == (10, 101)

    def test_the_form_requests_a_reason_once_the_date_has_passed(self, office: AppContext) -> None:
        mailed(office)
        self.promise(office, "31-03-2027", SENT + timedelta(days=10))
        for day, needs_reason in ((31, False), (10, True)):
            now = datetime(2027, 3 if day == 31 else 4, day, 9, tzinfo=IST)
            (open_action,) = list_open_actions(office, "DOIC", HALF, now)
            shown = open_action.line.last
            assert "promised 31 March 2027" in shown.en and "31 मार्च 2027" in shown.hi
            assert ("10 days ago: please give the reason" in shown.en) == needs_reason
            assert ("10 दिन अधिक: कृपया कारण बताएँ" in shown.hi) == needs_reason

    def test_tracing_a_count_of_actions_names_decision_and_promised_date(
        self, office: AppContext, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(Renderer, "render", lambda self, key, snapshot: key.path.encode())
        mailed(office)
        at = SENT + timedelta(days=10)
        self.promise(office, "31-03-2027", at)
        build_documents(office, HALF, at)
        traced = trace_figure(office, f"CPSA/{HALF.key}/PAC/ALL-01", "en")
        values = {
            source.value
            for figure in traced.figures
            for source in figure.sources
            if source.named == NUMBER
        }
        (value,) = values
        assert value.startswith("Accepted; ") and value.endswith("; promised 31 March 2027")

    @pytest.mark.parametrize(
        ("day", "decided", "key"),
        [
            ("soon", "accepted", "no_promised_date"),
            ("31-03-2027", "done", "promised_without_acceptance"),
            ("01-01-2020", "accepted", "promised_in_the_past"),
        ],
    )
    def test_what_cannot_be_is_refused(
        self, office: AppContext, day: str, decided: str, key: str
    ) -> None:
        with pytest.raises(RequestError) as refused:
            self.promise(office, day, SENT, decided)
        assert refused.value.key == f"actions.fault.{key}"
        assert day in refused.value.text("en") and day in refused.value.text("hi")

    def test_the_command_takes_it(
        self, office: AppContext, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("CPSA_HOME", str(office.settings.home))
        url = office.engine.url.render_as_string(hide_password=False)
        monkeypatch.setenv("CPSA_DATABASE_URL", url)
        done = CliRunner().invoke(
            command_line.app, ["decide", NUMBER, "accepted", "--by", "31-03-2037"]
        )
        assert done.exit_code == 0
        assert row(office, SENT)["promised"] == "2037-03-31"

    def test_the_form_takes_it(self, office: AppContext) -> None:
        answer = {"decision": "Accepted", "promised": "31-03-2027", "remarks": "Sanctioned"}
        content = filled(write_report_form(office, "DOIC", HALF, "en"), [answer])
        arrival = Arrival("mail", "1", "DOIC.atr.xlsx", content, "DOIC", "", SENT)
        done = record_decisions(office, arrival, "mail", SENT)
        assert (done.recorded, done.faults) == (1, ())
        assert row(office, SENT)["promised"] == "2027-03-31"


class TestFormerCode:
    """A store of version 1.0.0 has DIC in actions, seats and recipients."""

    @pytest.fixture
    def old(self, office: AppContext) -> AppContext:
        with write_transaction(office.engine) as connection:
            for table in (action, registry_tables.recipient):
                connection.execute(
                    table.update().where(table.c.department == "DOIC").values(department="DIC")
                )
        mailed(office, recipient="DIC:to:1")
        return office

    def test_actions_show_under_the_present_code(self, old: AppContext) -> None:
        for code in ("DOIC", "DIC"):
            (found,) = list_actions(old, DUE, code).to_dict("records")
            assert (found["department"], found["due"]) == ("DOIC", "2026-03-01")
        board = load_period_board(old, HALF, "DOIC", 1, DUE)
        assert board.found == 1

    def test_the_seat_keeps_the_name_by_which_the_ledger_knows_it(self, old: AppContext) -> None:
        seats = {seat.id: seat.department for seat in HalfYearPacks.load(old, HALF, DUE).seats}
        assert seats == {"DIC:to:1": "DOIC", "REV:to:1": "REV"}
        later = HalfYear.parse("2025-26-H2")
        assert "DOIC:to:1" in {seat.id for seat in HalfYearPacks.load(old, later, DUE).seats}

    def test_an_old_form_is_read_and_its_answers_count(self, old: AppContext) -> None:
        content = filled(write_report_form(old, "DIC", HALF, "en"), [{"decision": "Done"}])
        for sender in ("DIC", "DOIC"):
            arrival = Arrival("mail", sender, f"{sender}.atr.xlsx", content, sender, "", SENT)
            done = record_decisions(old, arrival, "mail", SENT)
            assert done.department == "DOIC"
        assert row(old, SENT)["decision"] == "done"

    def test_the_same_request_again_keeps_its_number(self, old: AppContext, tmp_path: Path) -> None:
        words = ("No plots.", "Allot some.", "high")
        row = ("IA-A", Q1.key, "policy_support", "LAND", "DOIC", *words, "", "", "")
        file = tmp_path / "again.csv"
        file.write_text(csv_text([entries_reader.HEADER, row]), "utf-8")
        load_entries(old, file, SENT)
        assert len(list_actions(old, SENT)) == 1


def test_a_recipient_of_no_department_never_stops_the_others(office: AppContext) -> None:
    """Found: after one line of recipients.csv with the department CMO nobody got anything."""
    with write_transaction(office.engine) as connection:
        connection.execute(
            insert(registry_tables.recipient).values(
                department="CMO", name="Office", email="cmo@example.org", language="hi",
                kind="to", position=99, since=0,
            )
        )  # fmt: skip
    packing = HalfYearPacks.load(AppContext(office.settings, office.engine), HALF, SENT)
    assert {seat.department for seat in packing.seats} == {"DOIC", "REV"}
    assert packing.unknown_departments == ("CMO",)


def test_promises_are_kept_in_the_decision(office: AppContext) -> None:
    record_decision(office, NUMBER, "accepted", "", "", "clerk", SENT, "31-03-2027")
    with write_transaction(office.engine) as connection:
        assert connection.execute(decision.select()).one().promised_on == "2027-03-31"


def test_days_that_pass_are_no_change_of_a_document(office: AppContext, tmp_path: Path) -> None:
    """Else every department would get a revision once another one's reply was recorded."""
    row = ("IA-A", Q2.key, "policy_support", "LAND", "REV", "No titles.", "Give them.", "low")
    file = tmp_path / "of-revenue.csv"
    file.write_text(csv_text([entries_reader.HEADER, (*row, "", "", "")]), "utf-8")
    load_entries(office, file, day_after_quarter(Q2.key))
    early = take_snapshot(office, HALF)
    mailed(office)
    mailed(office, recipient="REV:to:1")
    record_decision(office, NUMBER, "accepted", "", "Soon", "clerk", SENT + timedelta(days=9))
    late = take_snapshot(office, HALF)
    editions = EditionContents(office, HALF)

    def edition(taken: SnapshotWithInputs, subject: str) -> dict[str, object]:
        kind = "policy_actions"
        row = {"kind": kind, "period": HALF.key, "subject": subject, "language": "en"}
        return row | {"mark": asdict(taken.mark)}

    for subject, is_same in (("REV", True), ("DOIC", False)):
        old, new = edition(early, subject), edition(late, subject)
        same = edition_differences.is_same_content(
            editions.build_content(old), editions.build_content(new, date_of=old)
        )
        assert same == is_same, subject
