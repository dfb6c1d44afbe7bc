"""Where a statement repeats a definition of ``cpsa.submissions``: both are equal on any data."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, insert
from tests.factories import day_after_quarter
from tests.store.statement_examples import run_statement

from cpsa.calendar import Quarter
from cpsa.framework.model import Framework
from cpsa.services.app_context import AppContext
from cpsa.services.quarter.closing_rates import count_reporting
from cpsa.store.database import read_transaction, write_transaction
from cpsa.store.queries import (
    board_queries,
    closing_queries,
    examination_queries,
    explanation_queries,
    obligation_queries,
    submission_queries,
    work_item_queries,
)
from cpsa.store.queries.examination_queries import NewExamination
from cpsa.store.queries.stored_submissions import StoredSubmissions
from cpsa.store.tables.closing_tables import ClosingKind, closing
from cpsa.store.tables.examination_tables import examination, finding
from cpsa.store.tables.explanation_tables import explanation
from cpsa.store.tables.obligation_tables import obligation
from cpsa.store.tables.registry_tables import agency, registry_load
from cpsa.store.tables.submission_tables import submission
from cpsa.submissions import current
from cpsa.submissions.due_date import DueDate
from cpsa.submissions.explanations import Explanation
from cpsa.submissions.finding import Finding
from cpsa.submissions.open_finding import is_for_agency, open_findings, rules_for_cpsa
from cpsa.submissions.state import REPORTED, SubmissionState

QUARTER = Quarter.parse("2026-27-Q2")
NOW = day_after_quarter(QUARTER.key, 40)
AGENCIES = ("FC-A", "IA-A", "IA-B")
FORMS = {code: code[:2] for code in AGENCIES}
STORED = [
    state
    for state in SubmissionState
    if state not in (SubmissionState.RECEIVED, SubmissionState.SUPERSEDED)
]
DUE_BY = [day_after_quarter(QUARTER.key, days) for days in (6, 12)]

# Explanations of Q05 last for four quarters, whatever the value; M02 is for CPSA alone.
rules = st.sampled_from(["V02", "Q01", "Q05", "M01", "M02"])
subjects = st.fixed_dictionaries(
    {
        "rule": rules,
        "indicator": st.sampled_from(["OP1", "OP2"]),
        "observed": st.sampled_from(["3", "4"]),
    }
)
# When a finding was explained, and at which value.
answers = st.tuples(
    st.sampled_from(["2025-26-Q2", "2025-26-Q3", "2026-27-Q2", "2026-27-Q3"]),
    st.sampled_from(["3", "4"]),
)
findings = st.lists(
    st.tuples(subjects, st.sampled_from([False, False, True]), st.none() | answers), max_size=3
)
# The states that a version's examinations found, one after the other; none: not examined yet.
examinations = st.lists(st.sampled_from(STORED), max_size=2)
versions = st.lists(st.tuples(examinations, st.integers(1, 20), findings), max_size=4)
dates = st.builds(DueDate, st.sampled_from(DUE_BY), st.booleans())
closings = st.lists(
    st.tuples(st.sampled_from(ClosingKind), st.sampled_from([*AGENCIES, "IA"]), findings),
    max_size=3,
)


@dataclass(frozen=True)
class GeneratedStore:
    """What is put into a store: by agency in the order of ``AGENCIES``."""

    versions: Sequence[Sequence[tuple]]
    dates: Sequence[DueDate]
    closings: Sequence[tuple]


@dataclass(frozen=True)
class Received:
    """One received version as it was put in, with the state that follows from its examinations."""

    id: int
    agency: str
    quarter: str
    version: int
    state: str
    received_at: datetime
    examination_id: int | None


stores = st.builds(
    GeneratedStore,
    st.lists(versions, min_size=len(AGENCIES), max_size=len(AGENCIES)),
    st.lists(dates, min_size=len(AGENCIES), max_size=len(AGENCIES)),
    closings,
)


def register_agencies(connection: Connection) -> None:
    load = connection.execute(insert(registry_load).values(loaded_at=NOW, changed_rows=1))
    texts = ("cluster_en", "cluster_hi", "sector", "district", "division", "email", "language")
    for position, code in enumerate(AGENCIES):
        row = dict.fromkeys(("name_en", "name_hi", *texts), code)
        row |= {"code": code, "form": FORMS[code], "active_from": "2017-18-Q1", "active_to": ""}
        number = load.inserted_primary_key[0]
        connection.execute(insert(agency).values(**row, position=position, since=number))
    obligation_queries.record_obligations(connection, QUARTER.key, FORMS, NOW)


def make_findings(code: str, entries: Sequence[tuple]) -> list[Finding]:
    """Findings of an agency or form, each subject once, as a check records them."""
    found = [
        Finding(
            subject["rule"],
            "error" if subject["rule"].startswith("V") else "warning",
            code,
            QUARTER.key,
            indicator=subject["indicator"],
            observed=subject["observed"],
            waived=waived,
        )
        for subject, waived, _ in entries
    ]
    return list({(row.rule, row.indicator): row for row in found}.values())


def make_explanations(code: str, entries: Sequence[tuple]) -> list[Explanation]:
    return [
        Explanation(code, answer[0], subject["rule"], subject["indicator"], "", answer[1], "reason")
        for subject, _, answer in entries
        if answer is not None
    ]


def fill(
    connection: Connection, store: GeneratedStore
) -> tuple[list[Received], dict[int, list[Finding]], list[Explanation], int | None, list[Finding]]:
    """Put a generated store in: what is there, by the tests' own reckoning."""
    for table in (finding, explanation, examination, submission, closing):
        connection.execute(table.delete())
    received, by_examination = [], {}
    for code, sent in zip(AGENCIES, store.versions, strict=True):
        for number, (states, day, entries) in enumerate(sent, 1):
            at = day_after_quarter(QUARTER.key, day)
            id_ = submission_queries.add_submission(
                connection,
                agency=code,
                quarter=QUARTER.key,
                version=number,
                sha256=f"{code}{number}",
                size=1,
                file_name="a.csv",
                channel="cli",
                received_at=at,
                collected_at=at,
            )
            newest = None
            for state in states:
                found = make_findings(code, entries)
                examined = NewExamination(id_, state, "", found)
                (newest,) = examination_queries.add_examinations(connection, [examined], at, "")
                by_examination[newest] = found
            state = states[-1] if states else SubmissionState.RECEIVED
            received.append(Received(id_, code, QUARTER.key, number, state, at, newest))
    explained = [
        *(
            row
            for code, sent in zip(AGENCIES, store.versions, strict=True)
            for *_, entries in sent
            for row in make_explanations(code, entries)
        ),
        *(row for _, code, entries in store.closings for row in make_explanations(code, entries)),
    ]
    with_source = [(answer, "portal") for answer in explained]
    explanation_queries.add_explanations(connection, with_source, NOW)
    newest_closing, at_closing = None, []
    for version, (kind, code, entries) in enumerate(store.closings, 1):
        id_ = closing_queries.add_closing(
            connection,
            quarter=QUARTER.key,
            version=version,
            closed_at=NOW + timedelta(days=version),
            framework="",
            registry_load=1,
            basis="",
            kind=kind,
        )
        found = make_findings(code, entries)
        examination_queries.add_closing_findings(connection, found, id_)
        is_closed = kind is ClosingKind.CLOSED
        newest_closing, at_closing = (id_, found) if is_closed else (None, [])
    return received, by_examination, explained, newest_closing, at_closing


def require_equal(connection: Connection, store: GeneratedStore, framework: Framework) -> None:
    received, by_examination, explained, newest_closing, at_closing = fill(connection, store)
    known = current.CurrentSubmissions(received)
    is_closed = newest_closing is not None
    due_dates = dict(zip(AGENCIES, store.dates, strict=True))

    stored = StoredSubmissions.load(connection, QUARTER.key)
    assert [(row.id, row.state, row.examination_id) for row in stored.submissions] == [
        (row.id, row.state, row.examination_id) for row in received
    ]
    assert closing_queries.find_newest_closing_id(connection, QUARTER.key) == newest_closing
    latest = closing_queries.load_latest_closings(connection)
    assert list(latest["id"]) == ([newest_closing] if is_closed else [])

    scope = make_scope(framework, due_dates, is_closed)
    board_queries.cache_submissions(connection, scope)
    open_rows = connection.execute(board_queries.cache_open_findings(connection, scope).select())
    candidates = [
        row
        for version in known.current.values()
        for row in by_examination.get(version.examination_id or 0, ())
    ]
    expected = open_findings([*candidates, *at_closing], explained, framework)
    assert sorted((row.agency, row.rule, row.severity) for row in open_rows) == sorted(
        (row.agency, row.rule, row.severity) for row in expected
    )

    obligations = board_queries.cache_obligations(connection, scope)
    rows = {row.agency: row for row in connection.execute(obligations.select())}
    assert set(rows) == set(AGENCIES)
    for code in AGENCIES:
        own = list(known.versions.get((code, QUARTER.key), ()))
        row, due = rows[code], due_dates[code]
        assert row.state == current.agency_state(own, closed=is_closed)
        assert bool(row.locked_out) == current.is_locked_out(own)
        arrived = [version.received_at for version in own if version.state in REPORTED]
        assert bool(row.reported) == bool(arrived)
        assert bool(row.on_time) == any(not due.is_late(at) and due.requested for at in arrived)
        first = min((version.received_at for version in own), default=None)
        assert bool(row.late) == (first is not None and due.is_late(first))
        assert bool(row.not_requested) == (not due.requested)
        answerable = [
            found
            for found in expected
            if found.agency == code
            and found.severity == "warning"
            and is_for_agency(found, framework)
        ]
        assert row.warnings == len(answerable)
        require_newest(connection, code, own)

    require_same_rates(connection, known, received, due_dates, is_closed)
    waiting = {
        code
        for code in AGENCIES
        if current.is_locked_out(known.versions.get((code, QUARTER.key), ()))
    }
    found = work_item_queries.count_locked_out_files(connection)
    assert [(row.quarter, row.number) for row in found] == (
        [(QUARTER.key, len(waiting))] if waiting else []
    )


def make_scope(
    framework: Framework, due_dates: dict[str, DueDate], is_closed: bool
) -> board_queries.BoardScope:
    lasting = {
        rule.id: (QUARTER - (rule.explanation_quarters - 1)).key
        for rule in framework.rules.values()
        if rule.explanation_quarters is not None
    }
    return board_queries.BoardScope(
        QUARTER.key, QUARTER.due_by, due_dates, is_closed, lasting, rules_for_cpsa(framework)
    )


def require_newest(connection: Connection, code: str, own: Sequence[Received]) -> None:
    """The newest file of an agency, as an import finds it."""
    parameters = {"agencies": [code], "quarter": QUARTER.key}
    found = run_statement(connection, "import/list_received_versions", parameters)
    newest = [(row.version, row.state) for row in own[-1:]]
    assert [(row.version, row.state) for row in found[-1:]] == newest


def require_same_rates(
    connection: Connection,
    known: current.CurrentSubmissions,
    received: Sequence[Received],
    due_dates: dict[str, DueDate],
    is_closed: bool,
) -> None:
    """Who reported, as the board counts it and as a closing does."""
    states = {code: known.state(code, QUARTER.key, closed=is_closed) for code in AGENCIES}
    rates = count_reporting(FORMS, ["FC", "IA"], states, received, due_dates, NOW)  # type: ignore[arg-type]
    counted = board_queries.count_obligations(connection)
    for rate in rates:
        rows = [row for row in counted if row.form == rate.form]
        accepted = [row.number for row in rows if row.state == SubmissionState.ACCEPTED]
        found = (sum(row.reported for row in rows), sum(row.on_time for row in rows), sum(accepted))
        assert found == (rate.received, rate.on_time, rate.accepted)


def test_statements_and_definitions_agree_on_any_store(
    office: AppContext, framework: Framework
) -> None:
    with write_transaction(office.engine) as connection:
        connection.execute(obligation.delete())
        register_agencies(connection)

    @settings(max_examples=80, phases=[Phase.generate])
    @given(stores)
    def agree(store: GeneratedStore) -> None:
        with read_transaction(office.engine) as connection:
            require_equal(connection, store, framework)

    agree()
