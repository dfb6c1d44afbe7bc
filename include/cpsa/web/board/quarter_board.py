"""The first page: the state of a quarter, by agency and in all, read in a few statements."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from cpsa.calendar import Quarter
from cpsa.documents.document_key import DocumentAddressee
from cpsa.documents.document_registry import list_kind_codes
from cpsa.framework.model import Framework
from cpsa.services.app_context import AppContext
from cpsa.services.due_dates import find_closing_time, load_due_dates
from cpsa.services.quarter.closing_conditions import is_undone
from cpsa.store.database import read_transaction
from cpsa.store.queries import board_queries
from cpsa.store.queries.quarter_queries import find_unread_channels
from cpsa.store.stored_row import StoredRow
from cpsa.submissions.due_date import DueDate
from cpsa.submissions.open_finding import rules_for_cpsa
from cpsa.submissions.state import SubmissionState
from cpsa.web.board.agency_filter import OUTSTANDING_STATES, PAGE_SIZE, AgencyFilter, count_pages
from cpsa.web.board.mail_counts import MailCounts, count_mails_by_period

PAST_QUARTERS = 8
_AGENCY_KINDS = list_kind_codes(DocumentAddressee.AGENCY)
_STATE = "STATE"


@dataclass(frozen=True)
class Totals:
    """The number of obligations by state."""

    states: Mapping[str, int]
    late: int = 0
    reported: int = 0
    on_time: int = 0
    warnings: int = 0
    warned: int = 0
    locked_out: int = 0
    not_requested: int = 0

    @property
    def expected(self) -> int:
        return sum(self.states.values())

    @property
    def accepted(self) -> int:
        return self.states.get(SubmissionState.ACCEPTED, 0)

    @property
    def outstanding(self) -> int:
        return sum(self.states.get(state, 0) for state in OUTSTANDING_STATES)

    @classmethod
    def from_rows(cls, rows: Sequence[StoredRow]) -> Totals:
        states: dict[str, int] = {}
        for row in rows:
            states[row.state] = states.get(row.state, 0) + row.number
        names = ("late", "reported", "on_time", "warnings", "warned", "locked_out", "not_requested")
        return cls(states, **{name: sum(getattr(row, name) for row in rows) for name in names})


@dataclass(frozen=True)
class Rate:
    """One quarter's reporting. ``closed``: as its closing counted it; else as of now."""

    quarter: Quarter
    expected: int
    received: int
    accepted: int
    on_time: int
    closed: bool
    not_requested: int = 0

    def percent(self, part: str) -> float | None:
        """None where nothing was expected: a rate of nothing is not zero.

        Those not requested are left out of the on-time rate.
        """
        whole = self.expected - (self.not_requested if part == "on_time" else 0)
        return 100 * getattr(self, part) / whole if whole else None


@dataclass(frozen=True)
class QuarterBoard:
    """All that the page of a quarter shows. ``agencies`` is one page of ``found``, chosen from all ``listed``."""

    quarter: Quarter
    framework: Framework
    agency_filter: AgencyFilter
    quarters: Sequence[Quarter]
    closed_at: datetime | None
    closings: int
    closes_at: datetime
    waits_for: str
    undone: bool
    totals: Totals
    by_form: Mapping[str, Totals]
    agencies: Sequence[StoredRow]
    listed: int
    found: int
    districts: Sequence[str]
    updates: Mapping[str, Sequence[StoredRow]]
    rates: Sequence[Rate]
    rules: Sequence[StoredRow]
    rules_for_cpsa: Sequence[StoredRow]
    forms_of_rules: Mapping[str, Sequence[str]]
    document_counts: Sequence[StoredRow]
    documents: Sequence[StoredRow]
    mail_counts: MailCounts

    @property
    def pages(self) -> int:
        return count_pages(self.found)


def load_quarter_board(
    context: AppContext, quarter: Quarter, agency_filter: AgencyFilter
) -> QuarterBoard:
    """The state of a quarter now, with the chosen page of agencies."""
    framework, districts = context.load_framework(quarter), context.reference.districts
    with read_transaction(context.engine) as connection:
        board_queries.disable_jit(connection)
        closed = board_queries.find_closed_at(connection, quarter.key)
        dates = load_due_dates(connection, quarter)
        scope = _make_scope(quarter, framework, is_closed=closed is not None, dates=dates)
        board_queries.cache_submissions(connection, scope)
        board_queries.cache_open_findings(connection, scope)
        obligations = board_queries.cache_obligations(connection, scope)
        counted = board_queries.count_obligations(connection)
        by_form = {
            form: Totals.from_rows([row for row in counted if row.form == form])
            for form in framework.forms
        }
        totals = Totals.from_rows(
            [
                row
                for row in counted
                if row.form not in framework.forms or framework.forms[row.form].rated
            ]
        )
        rows = board_queries.load_obligations_page(
            connection,
            obligations,
            agency_filter.list_conditions(obligations, districts),
            agency_filter.list_sort_columns(obligations),
            agency_filter.offset,
            PAGE_SIZE,
        )
        rules = board_queries.count_open_findings_by_rule(connection)
        periods = (quarter.key, quarter.half.key, quarter.year.key)
        return QuarterBoard(
            quarter=quarter,
            framework=framework,
            agency_filter=agency_filter,
            quarters=[Quarter.parse(key) for key in board_queries.list_board_quarters(connection)],
            closed_at=closed[0] if closed else None,
            closings=closed[1] if closed else 0,
            closes_at=find_closing_time(connection, quarter),
            waits_for="" if closed else find_unread_channels(connection, quarter.key),
            undone=is_undone(connection, quarter),
            totals=totals,
            by_form={
                form: own
                for form, own in by_form.items()
                if own.expected or form in framework.rated_forms
            },
            agencies=rows,
            listed=Totals.from_rows(counted).expected,
            found=rows[0].found if rows else 0,
            districts=sorted(
                {*map(districts.find_present_name, board_queries.list_districts(connection))}
            ),
            updates=_load_updates(connection, quarter, [row.agency for row in rows]),
            rates=_load_rates(connection, quarter, totals),
            rules=[row for row in rules if row.rule not in scope.for_cpsa],
            rules_for_cpsa=[row for row in rules if row.rule in scope.for_cpsa],
            forms_of_rules=board_queries.list_forms_by_rule(connection, list(framework.forms)),
            document_counts=board_queries.count_documents(connection, periods),
            documents=[
                *board_queries.list_documents(connection, [quarter.key], [_STATE]),
                *board_queries.list_documents(connection, periods, except_kinds=_AGENCY_KINDS),
            ],
            mail_counts=count_mails_by_period(connection, periods),
        )


def _make_scope(
    quarter: Quarter, framework: Framework, *, is_closed: bool, dates: Mapping[str, DueDate]
) -> board_queries.BoardScope:
    lasting = {
        rule.id: (quarter - (rule.explanation_quarters - 1)).key
        for rule in framework.rules.values()
        if rule.explanation_quarters is not None
    }
    for_cpsa = rules_for_cpsa(framework)
    return board_queries.BoardScope(
        quarter.key, quarter.due_by, dates, is_closed, lasting, for_cpsa
    )


def _load_updates(
    connection: Connection, quarter: Quarter, agencies: Sequence[str]
) -> dict[str, list[StoredRow]]:
    """The documents about each of these agencies."""
    found: dict[str, list[StoredRow]] = {}
    if agencies:
        for row in board_queries.list_documents(
            connection, [quarter.key], agencies, limit=8 * PAGE_SIZE
        ):
            found.setdefault(row.subject, []).append(row)
    return found


def _load_rates(connection: Connection, quarter: Quarter, totals: Totals) -> list[Rate]:
    """This quarter and those before it, newest first."""
    keys = [(quarter - step).key for step in range(PAST_QUARTERS)]
    by_quarter = {
        row.quarter: Rate(
            Quarter.parse(row.quarter),
            int(row.expected),
            int(row.received),
            int(row.accepted),
            int(row.on_time),
            closed=True,
            not_requested=int(row.not_requested),
        )
        for row in board_queries.load_rates(connection, keys)
    }
    by_quarter.setdefault(
        quarter.key,
        Rate(
            quarter,
            totals.expected,
            totals.reported,
            totals.accepted,
            totals.on_time,
            closed=False,
            not_requested=totals.not_requested,
        ),
    )
    return [by_quarter[key] for key in keys if key in by_quarter]
