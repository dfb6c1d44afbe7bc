"""The second page: a half-year or year, department by department, with what is still unanswered."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import datetime

from sqlalchemy import Row

from cpsa.actions import Standing, pendency
from cpsa.board.asked import PAGE
from cpsa.board.post import Post, post
from cpsa.calendar import FiscalYear, HalfYear, Quarter
from cpsa.cycle.decisions import standings_of
from cpsa.cycle.office import Office
from cpsa.store import overview
from cpsa.store.database import reading


@dataclass(frozen=True)
class Department:
    """Actions asked of a department in the period, and what it owes of all times."""

    code: str
    asked: int
    final: int
    in_time: int
    late: int
    not_sent: int
    all_in_time: int
    all_late: int
    all_not_sent: int


@dataclass(frozen=True)
class PeriodBoard:
    """All that the page shows. ``actions`` is one page of ``found``, of one department if asked."""

    period: HalfYear | FiscalYear
    periods: Sequence[HalfYear | FiscalYear]
    departments: Sequence[Department]
    department: str
    actions: Sequence[Row]
    found: int
    page: int
    late: frozenset[str]  # numbers of actions
    not_sent: frozenset[str]
    documents: Sequence[Row]
    post: Post

    @property
    def pages(self) -> int:
        return max(1, -(-self.found // PAGE))

    @property
    def total(self) -> Department:
        names = [field.name for field in fields(Department)[1:]]
        return Department(
            "", *(sum(getattr(one, name) for one in self.departments) for name in names)
        )


def period_board(
    office: Office, period: HalfYear | FiscalYear, department: str, page: int, now: datetime
) -> PeriodBoard:
    """How the actions of a half-year or year stand at an instant."""
    reference = office.reference
    department = department if department in reference.departments else ""
    codes = [code for code, present in reference.department_codes.items() if present == department]
    quarters = [one.key for one in period.quarters]
    halves = period.halves if isinstance(period, FiscalYear) else (period,)
    cycles = [period.key, *(half.key for half in halves if half != period)]
    with reading(office.engine) as connection:
        actions = standings_of(office, connection, now)
        rows = overview.actions_page(connection, quarters, codes, (page - 1) * PAGE, PAGE)
        known = {Quarter.parse(key) for key in overview.quarters(connection)} or {
            period.last_quarter
        }
        return PeriodBoard(
            period=period,
            periods=_periods(known),
            departments=[_department(code, actions, quarters) for code in reference.departments],
            department=department,
            actions=rows,
            found=rows[0].found if rows else 0,
            page=page,
            late=frozenset(one.action.number for one in actions if one.late),
            not_sent=frozenset(one.action.number for one in actions if one.not_sent),
            documents=overview.documents(connection, cycles, but=("quarterly_update",)),
            post=post(connection, cycles),
        )


def _periods(quarters: set[Quarter]) -> list[HalfYear | FiscalYear]:
    """Every half-year and year of these quarters, newest first, a year after its halves."""
    found: list[HalfYear | FiscalYear] = []
    for year in sorted({one.year for one in quarters}, reverse=True):
        halves = sorted({one.half for one in quarters if one.year == year}, reverse=True)
        found += [*halves, year]
    return found


def _department(code: str, actions: Sequence[Standing], quarters: Sequence[str]) -> Department:
    own = [one for one in actions if one.action.department == code and one.counts]
    here = [one for one in own if one.action.quarter in quarters]
    period, every = pendency(here), pendency(own)
    return Department(
        code=code,
        asked=len(here),
        final=len(here) - period.total,
        in_time=period.in_time,
        late=period.late,
        not_sent=period.not_sent,
        all_in_time=every.in_time,
        all_late=every.late,
        all_not_sent=every.not_sent,
    )
