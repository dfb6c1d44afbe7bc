"""The second page: a half-year or year, department by department, with what is still unanswered."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Row

from cpsa.actions.decision import FINAL
from cpsa.actions.standing import due_by
from cpsa.board.asked import PAGE
from cpsa.board.post import Post, post
from cpsa.calendar import FiscalYear, HalfYear, Quarter
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
    all_in_time: int
    all_late: int


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
    late: frozenset[str]
    documents: Sequence[Row]
    post: Post

    @property
    def pages(self) -> int:
        return max(1, -(-self.found // PAGE))

    @property
    def total(self) -> Department:
        names = ("asked", "final", "in_time", "late", "all_in_time", "all_late")
        return Department(
            "", *(sum(getattr(one, name) for one in self.departments) for name in names)
        )


def period_board(
    office: Office, period: HalfYear | FiscalYear, department: str, page: int, now: datetime
) -> PeriodBoard:
    """How the actions of a half-year or year stand at an instant."""
    reference = office.reference
    department = department if department in reference.departments else ""
    quarters = [one.key for one in period.quarters]
    halves = period.halves if isinstance(period, FiscalYear) else (period,)
    cycles = [period.key, *(half.key for half in halves if half != period)]
    with reading(office.engine) as connection:
        counted = overview.action_counts(connection)
        overdue = frozenset(
            key
            for key in {row.quarter for row in counted}
            if now > due_by(key, reference.replies.term)
        )
        rows = overview.actions_page(connection, quarters, department, (page - 1) * PAGE, PAGE)
        known = {Quarter.parse(key) for key in overview.quarters(connection)} or {
            period.last_quarter
        }
        return PeriodBoard(
            period=period,
            periods=_periods(known),
            departments=[
                _department(code, counted, quarters, overdue) for code in reference.departments
            ],
            department=department,
            actions=rows,
            found=rows[0].found if rows else 0,
            page=page,
            late=overdue,
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


def _department(
    code: str, counted: Sequence[Row], quarters: Sequence[str], overdue: frozenset[str]
) -> Department:
    own: Counter[str] = Counter()
    for row in counted:
        if row.department != code:
            continue
        here = row.quarter in quarters
        pending = "late" if row.quarter in overdue else "in_time"
        kind = "final" if row.decision in FINAL else pending
        own["asked"] += row.number if here else 0
        own[kind] += row.number if here else 0
        own[f"all_{kind}"] += row.number
    return Department(
        code,
        *(own[name] for name in ("asked", "final", "in_time", "late", "all_in_time", "all_late")),
    )
