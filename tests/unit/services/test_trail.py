"""Whatever a person does by hand leaves who, what, to what and why, together with the deed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from tests.factories import Clerk, RegistryFolder, day_after_quarter
from tests.stores import fill_office

from cpsa.calendar import HalfYear, Quarter
from cpsa.delivery.delivery_log import Evidence
from cpsa.errors import RequestError
from cpsa.i18n.catalogue import load_catalogue
from cpsa.services.app_context import AppContext
from cpsa.services.backfill_quarters.backfill_request import BackfillRequest
from cpsa.services.backfill_quarters.execute_backfill import decline_backfill, execute_backfill
from cpsa.services.dispatch.approve_dispatch import APPROVED, approve_dispatch
from cpsa.services.dispatch.resolve_mails import resolve_mails
from cpsa.services.dispatch.retry_mails import retry_mails
from cpsa.services.quarter.close_quarter import close_quarter
from cpsa.services.quarter.load_registry import load_registry
from cpsa.services.quarter.reopen_quarter import reopen_quarter
from cpsa.services.quarter.waive_rule import waive_rule
from cpsa.services.reports.list_audit_entries import describe_audit_entries, list_audit_entries
from cpsa.store.database import write_transaction
from cpsa.store.queries import audit_queries

Q1 = "2025-26-Q1"
QUARTER = Quarter.parse(Q1)
LATER = QUARTER.closes_at + timedelta(days=60)
WHO, WHY = "asha", "as agreed"


@pytest.fixture
def closed(clerk: Clerk, tmp_path: Path) -> AppContext:
    def close() -> None:
        registry = RegistryFolder(agencies={"IA-A": Q1}, recipients={"SNT": "ind@example.org"})
        load_registry(clerk.office, registry.write(tmp_path / "one"), day_after_quarter(Q1))
        clerk.send("IA-A", Q1)
        clerk.close(Q1)

    fill_office(clerk.office, "a closed quarter without an audit", close)
    return clerk.office


def rows(office: AppContext, **only) -> list[tuple[str, str, str, str]]:
    table = list_audit_entries(office, **only)
    return list(table[["who", "verb", "subject", "reason"]].itertuples(index=False, name=None))


def test_what_the_calendar_does_leaves_no_trace(closed: AppContext) -> None:
    assert rows(closed) == []


def test_every_deed_leaves_its_row(closed: AppContext, tmp_path: Path) -> None:
    office = closed
    reopen_quarter(office, "IA-A", QUARTER, WHY, WHO, LATER)
    waive_rule(office, "IA-A", QUARTER, "V03", WHY, WHO, LATER)
    order = BackfillRequest.parse(Q1, Q1, (), ("score",), WHY)
    execute_backfill(office, order, WHO, LATER)
    decline_backfill(office, order, WHO, WHY, LATER)
    approve_dispatch(office, HalfYear.parse("2025-26-H1"), WHO, "at_once", LATER)
    approve_dispatch(office, HalfYear.parse("2025-26-H1"), WHO, "at_once", LATER)
    retry_mails(office, Q1, also_failed=False, reason=WHY, who=WHO, now=LATER)
    resolve_mails(office, lambda: Evidence({}, LATER, LATER), "maillog", WHY, WHO, LATER)
    assert rows(office) == [
        (WHO, "reopen", f"IA-A {Q1}", WHY),
        (WHO, "waive", f"IA-A {Q1} V03", WHY),
        (WHO, "backfill", f"{Q1}..{Q1} score", WHY),
        (WHO, "decline backfill", f"{Q1}..{Q1} score", WHY),
        (WHO, APPROVED, "2025-26-H1", "at_once"),
        (WHO, "retry mail", Q1, WHY),
        (WHO, "resolve mail", "maillog", WHY),
    ]


def test_a_corrected_address_is_kept_without_the_address(
    closed: AppContext, tmp_path: Path
) -> None:
    registry = RegistryFolder(
        agencies={"IA-A": Q1, "IA-B": Q1}, recipients={"SNT": "other@example.org"}
    )
    folder = registry.write(tmp_path / "two")
    file = folder / "agencies.csv"
    file.write_text(file.read_text("utf-8").replace("ia-a@", "new-a@"), "utf-8")
    load_registry(closed, folder, LATER, WHO, WHY)
    assert rows(closed) == [
        (WHO, "load registry", "two", WHY),
        (WHO, "correct address", "IA-A", WHY),
        (WHO, "correct address", "SNT to", WHY),
    ]
    load_registry(closed, folder, LATER, WHO, WHY)
    assert len(rows(closed)) == 3, "nothing changed, nothing was done"


def test_closing_by_hand_is_kept_and_only_where_it_did_something(clerk: Clerk, closed) -> None:
    later = QUARTER + 1
    close_quarter(clerk.office, later, later.closes_at, WHO)
    close_quarter(clerk.office, later, later.closes_at, WHO)
    assert rows(clerk.office) == [(WHO, "close", later.key, "")]


def test_a_deed_that_is_refused_leaves_nothing(closed: AppContext) -> None:
    with pytest.raises(RequestError):
        reopen_quarter(closed, "IA-NONE", QUARTER, WHY, WHO, LATER)
    with pytest.raises(RequestError):
        execute_backfill(
            closed, BackfillRequest.parse(Q1, "2025-26-Q2", (), ("score",), WHY), WHO, LATER
        )
    assert rows(closed) == []


def test_the_trail_can_be_narrowed(closed: AppContext) -> None:
    at = datetime(2026, 11, 1, 18, 30, tzinfo=UTC)
    with write_transaction(closed.engine) as connection:
        for hours, verb, subject in ((0, "reopen", "IA-A x"), (1, "waive", "IA_B x")):
            when = at + timedelta(hours=hours)
            audit_queries.add_audit(connection, when, WHO, verb, subject, WHY)
    assert [row[1] for row in rows(closed, since=at + timedelta(minutes=1))] == ["waive"]
    assert [row[1] for row in rows(closed, subject="IA-A")] == ["reopen"]
    assert rows(closed, subject="%") == []
    assert [row[1] for row in rows(closed, verb="waive")] == ["waive"]
    assert list_audit_entries(closed)["at"].tolist()[0] == "2026-11-02T00:00:00+05:30"


@pytest.mark.parametrize(("language", "done"), [("en", "reopened"), ("hi", "फिर खोला")])
def test_it_is_told_in_both_languages(closed: AppContext, language: str, done: str) -> None:
    with write_transaction(closed.engine) as connection:
        audit_queries.add_audit(connection, LATER, WHO, "reopen", "IA-A", WHY)
        audit_queries.add_audit(connection, LATER, WHO, "of tomorrow", "x", WHY)
    shown = describe_audit_entries(list_audit_entries(closed), language)
    assert shown.iloc[:, 2].tolist() == [done, "of tomorrow"]


def test_every_verb_that_is_kept_has_its_words() -> None:
    from cpsa.services.backfill_quarters.execute_backfill import BACKFILL_VERB, DECLINE_VERB
    from cpsa.services.decisions.record_decision import DECIDED
    from cpsa.services.dispatch import approval_notices
    from cpsa.services.dispatch.dispatch_half_year import BACKFILLED, BY_HAND
    from cpsa.services.dispatch.plan_dispatch import REVISED
    from cpsa.services.quarter.close_quarter import CLOSED
    from cpsa.services.quarter.load_registry import LOADED, READDRESSED

    kept = {
        *(APPROVED, approval_notices.REJECTED, CLOSED, DECIDED),
        *(BY_HAND, REVISED, BACKFILLED),
        *(
            LOADED,
            READDRESSED,
            BACKFILL_VERB,
            DECLINE_VERB,
        ),
        *("reopen", "waive", "retry mail", "resolve mail", "retain"),
    }
    assert {f"audit.verb.{verb.replace(' ', '_')}" for verb in kept} <= set(load_catalogue())
