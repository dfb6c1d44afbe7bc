"""What the store says is stale: published too early, never published, or asked about too early."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import delete
from tests.factories import Clerk, RegistryFolder
from tests.unit.services.published import compile_half, publish

from cpsa.calendar import HalfYear, Quarter
from cpsa.services.app_context import AppContext
from cpsa.services.collection.load_entries import load_entries
from cpsa.services.decisions.record_decision import record_decision
from cpsa.services.examination.explain_warnings import WarningAnswer, explain_warnings
from cpsa.services.publication import approval_questions
from cpsa.services.publication.approval_questions import is_newest_edition
from cpsa.services.publication.stale_periods import StalePeriods, find_stale_periods
from cpsa.services.quarter.check_updates import check_quarter
from cpsa.services.quarter.close_quarter import close_quarter
from cpsa.services.quarter.load_registry import load_registry
from cpsa.services.quarter.reopen_quarter import reopen_quarter
from cpsa.services.quarter.undo_closing import undo_closing
from cpsa.services.quarter.waive_rule import waive_rule
from cpsa.store.database import read_transaction, write_transaction
from cpsa.store.queries import obligation_queries, quarter_queries, question_queries
from cpsa.store.tables.publication_tables import QuestionOutcome, publication

pytestmark = pytest.mark.slow

Q1, Q2, Q3 = "2025-26-Q1", "2025-26-Q2", "2025-26-Q3"
H1 = HalfYear.parse("2025-26-H1")
NOW = Quarter.parse(Q2).closes_at + timedelta(hours=1)
DAY = timedelta(days=1)
AGENCIES = ("IA-A", "IA-B", "FC-C")


@pytest.fixture
def closed(clerk: Clerk, tmp_path) -> AppContext:
    """Three agencies; the two quarters of a half-year are closed, nothing is published."""
    office = clerk.office
    registry = RegistryFolder(dict.fromkeys(AGENCIES, Q1)).write(tmp_path / "registry")
    load_registry(office, registry, Quarter.parse(Q1).opens_at)
    for quarter in (Q1, Q2):
        for agency in AGENCIES:
            clerk.send(agency, quarter, {"OP1": 9, "OP2": 7} if agency == "IA-A" else {})
        clerk.close(quarter)
    return office


@pytest.fixture
def compiled(closed: AppContext) -> AppContext:
    publish(closed, Q1, Q2, now=NOW)
    compile_half(closed, H1, NOW)
    return closed


def keys(periods) -> list[str]:
    return [period.key for period in periods]


def stale(office: AppContext) -> tuple[list[str], list[str]]:
    found = find_stale_periods(office, NOW + DAY)
    return keys(found.quarters), keys(found.halves)


def restate(clerk: Clerk, quarter: str = Q1) -> None:
    clerk.send("IA-A", quarter, {"OP1": 9, "OP2": 8}, NOW + DAY)
    reopen_quarter(clerk.office, "IA-A", Quarter.parse(quarter), "typing error", "admin", NOW + DAY)


def test_an_empty_store_has_nothing_stale(office: AppContext) -> None:
    assert find_stale_periods(office, NOW) == StalePeriods()


def test_closed_quarters_are_published_first_then_their_half_year_is_compiled(
    closed: AppContext,
) -> None:
    assert stale(closed) == ([Q1, Q2], [])
    publish(closed, Q2, now=NOW)
    assert stale(closed) == ([Q1], [])
    publish(closed, Q1, Q2, now=NOW)
    assert stale(closed) == ([], [H1.key])


def test_a_compiled_half_year_is_asked_about_once(compiled: AppContext) -> None:
    assert stale(compiled) == ([], [H1.key])
    edition = compile_half(compiled, H1, NOW)
    assert approval_questions.record_question(compiled, H1, edition, "run 1", NOW) is not None
    assert stale(compiled) == ([], [])


def test_a_restated_quarter_is_published_again_and_its_half_year_compiled(
    compiled: AppContext, clerk: Clerk
) -> None:
    edition = compile_half(compiled, H1, NOW)
    asked = approval_questions.record_question(compiled, H1, edition, "run 1", NOW)
    assert asked is not None
    restate(clerk, Q2)
    assert stale(compiled) == ([Q2], [])
    publish(compiled, Q2, now=NOW + DAY)
    assert stale(compiled) == ([], [H1.key])
    newer = compile_half(compiled, H1, NOW + DAY)
    assert stale(compiled) == ([], [H1.key])
    assert approval_questions.record_question(compiled, H1, newer, "run 2", NOW + DAY) is not None
    assert stale(compiled) == ([], [])
    assert not approval_questions.is_open(compiled, asked.id)


def test_a_restated_quarter_changes_the_quarters_after_it(
    compiled: AppContext, clerk: Clerk
) -> None:
    restate(clerk, Q1)
    assert stale(compiled) == ([Q1, Q2], [])


def test_only_the_newest_edition_is_the_newest(compiled: AppContext, clerk: Clerk) -> None:
    edition = compile_half(compiled, H1, NOW)
    assert approval_questions.is_newest_edition(compiled, H1, edition)
    restate(clerk)
    assert not approval_questions.is_newest_edition(compiled, H1, edition)


def test_two_runs_ask_about_an_edition_once(compiled: AppContext) -> None:
    edition = compile_half(compiled, H1, NOW)
    first = approval_questions.record_question(compiled, H1, edition, "run 1", NOW)
    assert approval_questions.record_question(compiled, H1, edition, "run 1", NOW + DAY) == first
    assert approval_questions.record_question(compiled, H1, edition, "run 2", NOW) is None
    assert approval_questions.record_question(compiled, H1, "an older one", "run 2", NOW) is None


@pytest.mark.parametrize("outcome", [QuestionOutcome.SUPERSEDED, QuestionOutcome.VOID])
def test_a_question_that_ended_without_an_answer_is_asked_again(
    compiled: AppContext, outcome: QuestionOutcome
) -> None:
    edition = compile_half(compiled, H1, NOW)
    asked = approval_questions.record_question(compiled, H1, edition, "run 1", NOW)
    assert asked is not None
    assert approval_questions.end_question(compiled, asked.id, outcome, NOW)
    assert not approval_questions.end_question(compiled, asked.id, QuestionOutcome.APPROVED, NOW)
    assert stale(compiled) == ([], [H1.key])


def test_an_answered_question_is_not_requested_again(compiled: AppContext) -> None:
    edition = compile_half(compiled, H1, NOW)
    asked = approval_questions.record_question(compiled, H1, edition, "run 1", NOW)
    assert asked is not None
    approval_questions.end_question(compiled, asked.id, QuestionOutcome.APPROVED, NOW)
    assert stale(compiled) == ([], [])
    compile_half(compiled, H1, NOW)
    assert stale(compiled) == ([], [H1.key])


def test_what_has_nothing_to_send_is_not_offered_again(compiled: AppContext) -> None:
    edition = compile_half(compiled, H1, NOW)
    approval_questions.record_nothing_to_send(compiled, H1, edition, "run 1", NOW)
    assert stale(compiled) == ([], [])


def opened(office: AppContext, quarter: str, *, replayed: bool = False) -> None:
    at = Quarter.parse(quarter).opens_at
    with write_transaction(office.engine) as connection:
        quarter_queries.add_opening(connection, quarter, at, "", replayed=replayed)


def test_nothing_is_opened_before_an_admin_has_opened_the_first_quarter(closed: AppContext) -> None:
    in_window = Quarter.parse(Q3).opens_at + DAY
    assert keys(find_stale_periods(closed, in_window).to_open) == []
    with write_transaction(closed.engine) as connection:
        quarter_queries.add_setting(
            connection, quarter_queries.FIRST_QUARTER, Q1, "admin", in_window
        )
    assert keys(find_stale_periods(closed, in_window).to_open) == [Q3]
    assert keys(find_stale_periods(closed, Quarter.parse(Q3).window_ends).to_open) == []
    opened(closed, Q3)
    assert keys(find_stale_periods(closed, in_window).to_open) == []


def test_a_quarter_is_closed_once_its_last_due_date_has_passed(closed: AppContext) -> None:
    q3 = Quarter.parse(Q3)
    opened(closed, Q3)
    with write_transaction(closed.engine) as connection:
        obligation_queries.record_obligations(connection, Q3, {"IA-A": "IA"}, q3.opens_at)
    assert keys(find_stale_periods(closed, q3.closes_at - DAY).to_close) == []
    assert keys(find_stale_periods(closed, q3.closes_at).to_close) == [Q3]
    with write_transaction(closed.engine) as connection:
        quarter_queries.add_extension(
            connection,
            agency="IA-A",
            quarter=Q3,
            until=q3.window_ends + 5 * DAY,
            reason="flood",
            given_by="admin",
            given_at=q3.opens_at,
        )
    assert keys(find_stale_periods(closed, q3.closes_at).to_close) == []
    assert keys(find_stale_periods(closed, q3.closes_at + 5 * DAY).to_close) == [Q3]


def test_a_replayed_quarter_waits_for_a_person_to_close_it(closed: AppContext) -> None:
    opened(closed, Q3, replayed=True)
    assert keys(find_stale_periods(closed, Quarter.parse(Q3).closes_at).to_close) == []


def test_a_half_year_of_one_quarter_is_compiled_from_the_first_quarter_on(
    clerk: Clerk, tmp_path
) -> None:
    office = clerk.office
    registry = RegistryFolder({"IA-A": Q2}).write(tmp_path / "registry")
    load_registry(office, registry, Quarter.parse(Q2).opens_at)
    clerk.send("IA-A", Q2)
    clerk.close(Q2)
    publish(office, Q2, now=NOW)
    assert stale(office) == ([], [H1.key])
    with write_transaction(office.engine) as connection:
        quarter_queries.add_setting(connection, quarter_queries.FIRST_QUARTER, Q1, "admin", NOW)
    assert stale(office) == ([], [])


def request(office: AppContext, folder: Path, quarter: str, at: datetime) -> None:
    """An agency asks a department for something, in a file of entries."""
    header = "agency,quarter,kind,theme,department,text,request,urgency,scheme,amount,people\n"
    row = f"IA-A,{quarter},policy_support,CREDIT,BANKS,No loans,Lend,high,,,\n"
    file = folder / f"{quarter}-{at:%d%H}.csv"
    file.write_text(header + row, "utf-8")
    load_entries(office, file, at)


def test_entries_explanations_and_decisions_make_documents_stale(
    clerk: Clerk, tmp_path: Path
) -> None:
    office, q1, q2 = clerk.office, Quarter.parse(Q1), Quarter.parse(Q2)
    registry = RegistryFolder(dict.fromkeys(AGENCIES, Q1)).write(tmp_path / "registry")
    load_registry(office, registry, q1.opens_at)
    request(office, tmp_path, Q1, q1.opens_at)
    for quarter in (Q1, Q2):
        clerk.send("IA-A", quarter, {"OP1": 9, "OP2": 7})
        clerk.close(quarter)
    publish(office, Q1, Q2, now=NOW)
    assert stale(office)[0] == []

    assert explain_warnings(
        office, "IA-A", q2, [WarningAnswer("Q10", "OP2", "", "Small rooms")], "post", NOW
    )
    assert stale(office)[0] == [Q2]
    publish(office, Q2, now=NOW)
    assert stale(office)[0] == []

    assert record_decision(office, f"PA-{Q1}-001", "done", "", "Lent", "clerk", NOW + DAY)
    assert stale(office)[0] == [Q1, Q2]
    publish(office, Q1, Q2, now=NOW)
    assert stale(office)[0] == []

    request(office, tmp_path, Q2, NOW + DAY)
    assert stale(office)[0] == [Q2]


def test_a_waiver_makes_a_closed_quarter_stale(clerk: Clerk, tmp_path: Path) -> None:
    office = clerk.office
    registry = RegistryFolder({"IA-A": Q1}).write(tmp_path / "registry")
    load_registry(office, registry, Quarter.parse(Q1).opens_at)
    for quarter, sanctioned in ((Q1, 1_000_000), (Q2, 900_000)):
        clerk.send("IA-A", quarter, {"B1": sanctioned})
        clerk.close(quarter)
    reopen_quarter(office, "IA-A", Quarter.parse(Q2), "budget revised", "admin", NOW)
    publish(office, Q1, Q2, now=NOW)
    assert stale(office)[0] == []
    waive_rule(office, "IA-A", Quarter.parse(Q2), "V06", "budget revised", "admin", NOW)
    assert stale(office)[0] == [Q2]


def test_a_file_that_waits_for_a_lock_exception_changes_no_document(
    compiled: AppContext, clerk: Clerk
) -> None:
    edition = compile_half(compiled, H1, NOW)
    clerk.send("IA-A", Q2, {"OP1": 9, "OP2": 9}, NOW + DAY)
    check_quarter(compiled, Quarter.parse(Q2), NOW + DAY)
    assert stale(compiled)[0] == []
    assert is_newest_edition(compiled, H1, edition)


def test_the_online_edition_alone_is_published_again(compiled: AppContext) -> None:
    """As after `cpsa build`, which builds documents and puts nothing online."""
    with write_transaction(compiled.engine) as connection:
        connection.execute(delete(publication).where(publication.c.kind == "online_edition"))
    assert stale(compiled)[0] == [Q2]
    publish(compiled, Q1, now=NOW)  # the edition of an older quarter
    assert stale(compiled)[0] == [Q2]


def test_undoing_a_quarter_voids_the_question_about_its_half_year(compiled: AppContext) -> None:
    edition = compile_half(compiled, H1, NOW)
    asked = approval_questions.record_question(compiled, H1, edition, "run 1", NOW)
    assert asked is not None
    q2 = Quarter.parse(Q2)
    undo_closing(compiled, q2, NOW + DAY, "asha", "closed by mistake")
    with read_transaction(compiled.engine) as connection:
        ended = question_queries.find_question(connection, asked.id)
    assert ended is not None
    assert ended.outcome is QuestionOutcome.VOID
    assert not is_newest_edition(compiled, H1, edition)
    assert stale(compiled) == ([Q1], []), "the online edition goes back"

    close_quarter(compiled, q2, NOW + DAY, who="asha")
    assert stale(compiled) == ([Q2], [])
    publish(compiled, Q2, now=NOW + DAY)
    assert stale(compiled) == ([], [H1.key])
