"""The second page: a half-year or year, department by department, with what is still unanswered."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime

from cpsa.actions.status import ActionStatus, count_pendency
from cpsa.calendar import FiscalYear, HalfYear, Quarter
from cpsa.documents.document_key import DocumentAddressee
from cpsa.documents.document_registry import list_kind_codes
from cpsa.services.app_context import AppContext
from cpsa.services.decisions.load_action_statuses import read_action_statuses
from cpsa.store.database import read_transaction
from cpsa.store.queries import board_queries
from cpsa.store.stored_row import StoredRow
from cpsa.web.board.agency_filter import PAGE_SIZE, count_pages
from cpsa.web.board.mail_counts import MailCounts, count_mails_by_period


@dataclass(frozen=True)
class DepartmentCounts:
    """Actions raised to a department in the period, and its pending ones of all periods."""

    code: str
    requested: int
    final: int
    in_time: int
    late: int
    not_sent: int
    all_in_time: int
    all_late: int
    all_not_sent: int


@dataclass(frozen=True)
class PeriodBoard:
    """All that the page shows. ``actions`` is one page of ``found``, optionally of one department."""

    period: HalfYear | FiscalYear
    periods: Sequence[HalfYear | FiscalYear]
    departments: Sequence[DepartmentCounts]
    department: str
    actions: Sequence[StoredRow]
    found: int
    page: int
    due: Mapping[str, datetime]  # by when a reply is due, by the number of its action
    late: frozenset[str]  # numbers of actions
    not_sent: frozenset[str]
    documents: Sequence[StoredRow]
    mail_counts: MailCounts

    @property
    def pages(self) -> int:
        return count_pages(self.found)

    @property
    def total(self) -> DepartmentCounts:
        names = [field.name for field in fields(DepartmentCounts)[1:]]
        return DepartmentCounts(
            "", *(sum(getattr(row, name) for row in self.departments) for name in names)
        )


def load_period_board(
    context: AppContext, period: HalfYear | FiscalYear, department: str, page: int, now: datetime
) -> PeriodBoard:
    """The state of the actions of a half-year or year at an instant."""
    reference = context.reference
    department = department if department in reference.departments else ""
    codes = [code for code, present in reference.department_codes.items() if present == department]
    quarters = [quarter.key for quarter in period.quarters]
    halves = period.halves if isinstance(period, FiscalYear) else (period,)
    cycles = [period.key, *(half.key for half in halves if half != period)]
    with read_transaction(context.engine) as connection:
        actions = read_action_statuses(context, connection, now)
        rows = board_queries.load_actions_page(
            connection, quarters, codes, (page - 1) * PAGE_SIZE, PAGE_SIZE
        )
        known = {Quarter.parse(key) for key in board_queries.list_board_quarters(connection)} or {
            period.last_quarter
        }
        return PeriodBoard(
            period=period,
            periods=_list_periods(known),
            departments=[
                _count_department(code, actions, quarters) for code in reference.departments
            ],
            department=department,
            actions=rows,
            found=rows[0].found if rows else 0,
            page=page,
            due={status.action.number: status.due for status in actions if status.due},
            late=frozenset(status.action.number for status in actions if status.late),
            not_sent=frozenset(status.action.number for status in actions if status.not_sent),
            documents=board_queries.list_documents(
                connection, cycles, except_kinds=list_kind_codes(DocumentAddressee.AGENCY)
            ),
            mail_counts=count_mails_by_period(connection, cycles),
        )


def _list_periods(quarters: set[Quarter]) -> list[HalfYear | FiscalYear]:
    """Every half-year and year of these quarters, newest first, a year after its halves."""
    found: list[HalfYear | FiscalYear] = []
    for year in sorted({quarter.year for quarter in quarters}, reverse=True):
        halves = sorted(
            {quarter.half for quarter in quarters if quarter.year == year}, reverse=True
        )
        found += [*halves, year]
    return found


def _count_department(
    code: str, actions: Sequence[ActionStatus], quarters: Sequence[str]
) -> DepartmentCounts:
    own = [status for status in actions if status.action.department == code and status.counts]
    here = [status for status in own if status.action.quarter in quarters]
    period, every = count_pendency(here), count_pendency(own)
    return DepartmentCounts(
        code=code,
        requested=len(here),
        final=len(here) - period.total,
        in_time=period.in_time,
        late=period.late,
        not_sent=period.not_sent,
        all_in_time=every.in_time,
        all_late=every.late,
        all_not_sent=every.not_sent,
    )
