"""Backfills: a preview changes nothing and says everything, and what is done is what it said."""

from __future__ import annotations

import random
from collections.abc import Iterable
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select
from tests.factories import RegistryFolder, day_after_quarter, put, update

from cpsa.calendar import Quarter
from cpsa.errors import RequestError
from cpsa.services.agency_letters.letter_review import list_unwritten_letters
from cpsa.services.app_context import AppContext
from cpsa.services.backfill_quarters.backfill_request import BackfillRequest
from cpsa.services.backfill_quarters.execute_backfill import execute_backfill, preview_backfill
from cpsa.services.backfill_quarters.store_changes import (
    FigureChange,
    StoreChanges,
    SubmissionChange,
)
from cpsa.services.collection.collect_inbox import collect_inbox
from cpsa.services.quarter.check_updates import check_updates
from cpsa.services.quarter.close_quarter import close_quarter
from cpsa.services.quarter.load_registry import load_registry
from cpsa.services.quarter.reopen_quarter import reopen_quarter
from cpsa.services.reports.list_findings import list_findings
from cpsa.services.reports.list_scores import list_scores
from cpsa.store.database import read_transaction
from cpsa.store.queries import closing_queries, examination_queries
from cpsa.store.schema import metadata
from cpsa.store.tables.audit_tables import audit
from cpsa.store.tables.exception_tables import lock_exception
from cpsa.store.tables.submission_tables import fact

pytestmark = pytest.mark.slow

Q1, Q2, Q3, Q4, Q5 = (
    one.key for one in Quarter.range(*map(Quarter.parse, ("2025-26-Q1", "2026-27-Q1")))
)
CLOSED = (Q1, Q2, Q3, Q4, Q5)
A, B, C = "IA-A", "IA-B", "FC-C"
LATER = Quarter.parse(Q5).closes_at + timedelta(days=90)
WHY = "the corrected file of the agency came"
ALL = ("collect", "check", "score", "documents")


def values(quarter: str, more: int = 0) -> dict[str, object]:
    number = 3 + CLOSED.index(quarter) + more
    return {"OP1": number, "OP2": number * 20, "OP2:women": number}


def content(agency: str, quarter: str, more: int = 0) -> bytes:
    return update(agency, quarter, values(quarter, more) if agency.startswith("IA") else {})


@pytest.fixture
def inbox(office: AppContext, tmp_path: Path) -> Path:
    """Five quarters of three agencies, imported from the inbox and closed in their time."""
    registry = RegistryFolder(
        agencies={A: Q1, B: Q1, C: Q1},
        targets={(agency, "OP1", key): 10 for agency in (A, B) for key in CLOSED},
    )
    registry.load(office, tmp_path / "registry", day_after_quarter(Q1))
    folder = Path(office.settings.inbox)
    for key in CLOSED:
        for agency in (A, B, C):
            put(folder, agency, key, content(agency, key))
        collect_inbox(office, day_after_quarter(key))
        quarter = Quarter.parse(key)
        close_quarter(office, quarter, quarter.closes_at)
    return folder


def order(
    first: str = Q1,
    last: str = Q4,
    agencies: Iterable[str] = (),
    redo: Iterable[str] = ("collect",),
    letters: bool = False,
) -> BackfillRequest:
    return BackfillRequest.parse(first, last, tuple(agencies), tuple(redo), WHY, letters=letters)


def everything(office: AppContext) -> dict[str, list[str]]:
    """The whole store, row by row, and the bytes that were kept."""
    with office.engine.connect() as connection:
        rows = {
            table.name: sorted(map(str, connection.execute(table.select())))
            for table in metadata.sorted_tables
        }
    kept = sorted(str(file) for file in office.settings.received.rglob("*") if file.is_file())
    return {**rows, "kept": kept}


def restatements(office: AppContext) -> list[tuple]:
    with read_transaction(office.engine) as connection:
        frame = closing_queries.load_restatements(connection, "9999-99-Q4")
    return [
        (row.quarter, row.agency, row.indicator, row.old, row.new, row.reason)
        for row in frame.itertuples()
    ]


def current(office: AppContext) -> dict[tuple[str, ...], int]:
    """The figures that count now, by a plain loop over the newest accepted versions."""
    with read_transaction(office.engine) as connection:
        rows = examination_queries.load_submissions(connection, "9999-99-Q4")
        counts = {(row.agency, row.quarter): row.id for row in rows if row.state == "accepted"}
        facts = connection.execute(select(fact)).all()
    return {
        (one.quarter, one.agency, one.indicator, one.dimension): one.hundredths
        for one in facts
        if counts.get((one.agency, one.quarter)) == one.submission_id
    }


def test_a_preview_names_the_one_figure_that_changes_and_what_follows(
    office: AppContext, inbox: Path
) -> None:
    put(inbox, A, Q2, content(A, Q2, 4))
    preview = preview_backfill(office, order(), LATER)
    changes = preview.changes
    assert changes.files == (SubmissionChange(Q2, A, 2, "", "accepted"),)
    assert [(one.indicator, one.dimension, one.old, one.new) for one in changes.figures] == [
        ("OP1", "", 400, 800),
        ("OP2", "", 8000, 16000),
        ("OP2", "women", 400, 800),
    ]
    assert {(one.quarter, one.agency) for one in changes.figures} == {(Q2, A)}
    assert changes.restatements == changes.figures
    # To date counts on: the quarters after it are closed again, also beyond the range.
    assert changes.closed == (Q2, Q3, Q4, Q5)
    scored = {(one.quarter, one.name): (one.old, one.new) for one in changes.scores}
    assert scored[Q2, "output"] == ("0.3500", "0.5500")
    assert {quarter for quarter, _ in scored} == {Q2, Q3, Q4, Q5}
    assert {one.agency for one in changes.scores} == {A}


def test_a_preview_leaves_the_store_as_it_was_and_says_the_same_again(
    office: AppContext, inbox: Path
) -> None:
    put(inbox, A, Q2, content(A, Q2, 4))
    before = everything(office)
    first = preview_backfill(office, order(redo=ALL), LATER)
    assert everything(office) == before
    again = preview_backfill(office, order(redo=ALL), LATER)
    assert again == first
    assert again.digest == first.digest


def test_what_is_done_is_what_was_shown_and_nothing_else(office: AppContext, inbox: Path) -> None:
    put(inbox, A, Q2, content(A, Q2, 4))
    before, figures = everything(office), current(office)
    preview = preview_backfill(office, order(), LATER)
    done = execute_backfill(office, order(), "admin", LATER, preview.digest)
    assert done.changes == preview.changes
    now = current(office)
    assert {
        key: (figures.get(key), now.get(key))
        for key in figures | now
        if figures.get(key) != now.get(key)
    } == {
        (Q2, A, one.indicator, one.dimension): (one.old, one.new) for one in preview.changes.figures
    }
    assert restatements(office) == [
        (one.quarter, one.agency, one.indicator, one.old, one.new, WHY)
        for one in preview.changes.restatements
    ]
    # History is only added to, and nothing that leaves the house was touched.
    after = everything(office)
    assert all(set(before[name]) <= set(after[name]) for name in before)
    for name in ("dispatch", "dispatch_event", "document", "action", "waiver", "registry_load"):
        assert after[name] == before[name]
    with read_transaction(office.engine) as connection:
        (kept,) = connection.execute(select(audit)).all()
    assert (kept.who, kept.verb, kept.reason) == ("admin", "backfill", WHY)
    assert kept.subject == f"{Q1}..{Q4} collect check score"


def test_done_again_it_changes_nothing_and_tells_what_to_build(
    office: AppContext, inbox: Path
) -> None:
    """A task that died after it was done is run again with the same approval."""
    put(inbox, A, Q3, content(A, Q3, 4))
    asked = order(redo=ALL)
    approved = preview_backfill(office, asked, LATER).digest
    done = execute_backfill(office, asked, "admin", LATER, approved)
    assert done.quarters == CLOSED
    before = everything(office)
    again = execute_backfill(office, asked, "admin", LATER, approved)
    assert again.changes == StoreChanges()
    assert again.quarters == done.quarters
    assert everything(office) == before


def test_nothing_is_done_when_the_store_has_changed_since_the_preview(
    office: AppContext, inbox: Path
) -> None:
    put(inbox, A, Q2, content(A, Q2, 4))
    approved = preview_backfill(office, order(), LATER).digest
    put(inbox, B, Q3, content(B, Q3, 2))
    before = everything(office)
    with pytest.raises(RequestError, match="Nothing was changed") as refused:
        execute_backfill(office, order(), "admin", LATER, approved)
    assert "\n" not in refused.value.text("hi")
    after = everything(office)
    after["kept"] = before["kept"]  # bytes are kept under their digest before anything is decided
    assert after == before


def test_a_file_that_was_taken_in_and_held_meanwhile_is_the_same_file(
    office: AppContext, inbox: Path
) -> None:
    """Collecting goes on every quarter of an hour, also while somebody reads a preview."""
    put(inbox, A, Q2, content(A, Q2, 4))
    approved = preview_backfill(office, order(), LATER).digest
    collect_inbox(office, LATER)
    assert [one.state for one in check_updates(office, LATER).judgements] == ["held"]
    done = execute_backfill(office, order(), "admin", LATER, approved)
    assert done.changes.files == (SubmissionChange(Q2, A, 2, "held", "accepted"),)
    assert len(done.changes.restatements) == 3


def test_only_the_agencies_and_quarters_asked_for_are_let_in(
    office: AppContext, inbox: Path
) -> None:
    for agency in (A, B):
        for key in (Q1, Q3):
            put(inbox, agency, key, content(agency, key, 4))
    changes = preview_backfill(office, order(Q2, Q4, [B]), LATER).changes
    assert {(one.quarter, one.agency) for one in changes.files} == {(Q3, B)}
    assert {(one.quarter, one.agency) for one in changes.figures} == {(Q3, B)}


def test_a_file_that_was_collected_before_and_waits_is_let_in(
    office: AppContext, inbox: Path
) -> None:
    put(inbox, A, Q2, content(A, Q2, 4))
    put(inbox, B, Q2, content(B, Q2, 4))
    collect_inbox(office, LATER)
    check_updates(office, LATER)
    changes = preview_backfill(office, order(agencies=[A], redo=["check"]), LATER).changes
    assert changes.files == (SubmissionChange(Q2, A, 2, "held", "accepted"),)
    assert len(changes.restatements) == 3


def test_a_faulty_file_changes_no_figure_and_lets_no_later_one_in(
    office: AppContext, inbox: Path
) -> None:
    put(inbox, A, Q2, update(A, Q2, {"OP1": "12 approx"}))
    done = execute_backfill(office, order(), "admin", LATER)
    assert [(one.version, one.new) for one in done.changes.files] == [(2, "returned")]
    assert "S01" in [one.rule for one in done.changes.findings if one.appears]
    assert done.changes.figures == done.changes.restatements == ()
    put(inbox, A, Q2, content(A, Q2, 4))
    collect_inbox(office, LATER + timedelta(days=1))
    checked = check_updates(office, LATER + timedelta(days=1))
    assert [(one.version, one.state) for one in checked.judgements] == [(3, "held")]


def test_a_quarter_keeps_the_registry_it_was_closed_with(
    office: AppContext, inbox: Path, tmp_path: Path
) -> None:
    registry = RegistryFolder(
        agencies={A: Q1, B: Q1, C: Q1},
        targets={(A, "OP1", key): 500 for key in CLOSED},
    )
    load_registry(office, registry.write(tmp_path / "another"), LATER)
    assert preview_backfill(office, order(), LATER).changes == StoreChanges()


@pytest.mark.parametrize("letters", [False, True])
def test_nobody_is_written_to_unless_told(office: AppContext, inbox: Path, letters: bool) -> None:
    """Just after a quarter was closed, when a late file that is admitted is recent."""
    now = Quarter.parse(Q5).closes_at + timedelta(days=2)
    before = {one.key for one in list_unwritten_letters(office, now)}
    put(inbox, A, Q5, content(A, Q5, 4))
    asked = order(Q5, Q5, letters=letters)
    done = execute_backfill(office, asked, "admin", now)
    assert [one.new for one in done.changes.files] == ["accepted"]
    owed = {one.key for one in list_unwritten_letters(office, now)} - before
    # Version 2 has its result in place of a receipt; version 1 has no result of its own any more.
    told = {(Q5, "accepted-v2", A), (Q5, "receipt-v1", A)}
    assert owed == (told if letters else set())


def test_an_exception_given_by_hand_still_waits_for_a_file_without_fault(
    office: AppContext, inbox: Path
) -> None:
    with read_transaction(office.engine) as connection:
        assert connection.execute(select(lock_exception)).all() == []
    reopen_quarter(office, A, Quarter.parse(Q2), "agreed by phone", "admin", LATER)
    put(inbox, A, Q2, update(A, Q2, {"OP1": "12 approx"}))
    collect_inbox(office, LATER)
    assert [one.state for one in check_updates(office, LATER).judgements] == ["returned"]
    put(inbox, A, Q2, content(A, Q2, 4))
    collect_inbox(office, LATER)
    let_in, *later_quarters = check_updates(office, LATER).judgements
    assert (let_in.quarter, let_in.state) == (Q2, "accepted")
    assert {one.quarter for one in later_quarters} <= {Q3, Q4, Q5}


@pytest.mark.parametrize(
    ("first", "last", "agencies", "redo", "key"),
    [
        (Q4, Q1, (), ALL, "backfill.backwards"),
        (Q1, "2026-27-Q2", (), ALL, "backfill.not_closed"),
        ("2025-26", Q2, (), ALL, "calendar.bad_quarter"),
        (Q1, Q2, ("IA-NONE",), ALL, "cycle.no_agency"),
        (Q1, Q2, (), (), "backfill.no_part"),
        (Q1, Q2, (), ("send",), "backfill.unknown_part"),
    ],
)
def test_what_makes_no_sense_is_told_in_one_line(
    office: AppContext, inbox: Path, first: str, last: str, agencies, redo, key: str
) -> None:
    before = everything(office)
    with pytest.raises(RequestError) as refused:
        execute_backfill(
            office, BackfillRequest.parse(first, last, agencies, redo, WHY), "admin", LATER
        )
    for language in ("en", "hi"):
        assert "\n" not in refused.value.text(language)
    assert refused.value.key.startswith(key.partition(".")[0])
    if not key.startswith("calendar."):
        assert refused.value.key == key
    assert everything(office) == before


def test_a_reason_is_needed(office: AppContext) -> None:
    with pytest.raises(RequestError, match="needs a reason"):
        BackfillRequest.parse(Q1, Q2, (), ALL, "  ")


@pytest.mark.parametrize(
    ("redo", "parts"),
    [
        (("collect",), ("collect", "check", "score")),
        (("check",), ("check", "score")),
        (("score",), ("score",)),
        (("documents",), ("documents",)),
        (("documents", "check"), ("check", "score", "documents")),
    ],
)
def test_nothing_stops_halfway(redo, parts) -> None:
    assert BackfillRequest.parse(Q1, Q2, (), redo, WHY).steps == parts


def test_whatever_is_changed_happens_as_shown(office: AppContext, inbox: Path) -> None:
    """Backfill after backfill, each with files and a range drawn by lot: as shown, and only that."""
    lot = random.Random(7)
    for turn in range(8):
        for _ in range(lot.randint(1, 3)):
            agency, key = lot.choice((A, B)), lot.choice(CLOSED)
            drawn = {"OP1": lot.choice([0, 5, 60, "many"]), "OP2": lot.randint(0, 900), "A2": turn}
            put(inbox, agency, key, update(agency, key, drawn))
        first, last = sorted(lot.choices(CLOSED, k=2))
        asked = order(first, last, lot.choice([(), (A,), (B,)]))
        figures, scores, found = (
            current(office),
            list_scores(office),
            list_findings(office),
        )
        preview = preview_backfill(office, asked, LATER)
        assert (
            execute_backfill(office, asked, "admin", LATER, preview.digest).changes
            == preview.changes
        )
        now = current(office)
        assert {
            FigureChange(*key, figures.get(key), now.get(key))
            for key in figures | now
            if figures.get(key) != now.get(key)
        } == set(preview.changes.figures)
        changed = {(one.quarter, one.agency) for one in preview.changes.scores}
        merged = scores.merge(list_scores(office), indicator=True, how="outer")
        assert set(
            merged.loc[merged["_merge"] != "both", ["quarter", "agency"]].itertuples(
                index=False, name=None
            )
        ) == {key for key in changed if key[1] in (A, B, C)}
        names = ["quarter", "agency", "rule", "indicator", "dimension", "observed", "expected"]
        before, after = (
            set(frame[names].itertuples(index=False, name=None))
            for frame in (found, list_findings(office))
        )
        shown = {
            (
                one.quarter,
                one.agency,
                one.rule,
                one.indicator,
                one.dimension,
                one.observed,
                one.expected,
            )
            for one in preview.changes.findings
        }
        assert before ^ after <= shown
