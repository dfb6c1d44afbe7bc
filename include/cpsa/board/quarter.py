"""The first page: how a quarter stands, agency by agency and in all, read in a few statements."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, Row

from cpsa.board.asked import OWING, PAGE, Asked
from cpsa.board.post import Post, post
from cpsa.calendar import Quarter
from cpsa.cycle.closing_conditions import is_undone
from cpsa.cycle.due_dates import closes_at, due_dates
from cpsa.cycle.office import Office
from cpsa.framework import Framework
from cpsa.store import overview
from cpsa.store.database import reading
from cpsa.store.quarters import waiting_channels
from cpsa.submissions.due_date import DueDate
from cpsa.submissions.open_finding import rules_for_cpsa

PAST_QUARTERS = 8
_AGENCYS_OWN = ("quarterly_update",)
_STATE = "STATE"


@dataclass(frozen=True)
class Totals:
    """How many obligations stand how."""

    states: Mapping[str, int]
    late: int = 0
    reported: int = 0
    on_time: int = 0
    warnings: int = 0
    warned: int = 0
    held: int = 0
    not_requested: int = 0

    @property
    def expected(self) -> int:
        return sum(self.states.values())

    @property
    def accepted(self) -> int:
        return self.states.get("accepted", 0)

    @property
    def owing(self) -> int:
        return sum(self.states.get(state, 0) for state in OWING)

    @classmethod
    def of(cls, rows: Sequence[Row]) -> Totals:
        states: dict[str, int] = {}
        for row in rows:
            states[row.state] = states.get(row.state, 0) + row.number
        names = ("late", "reported", "on_time", "warnings", "warned", "held", "not_requested")
        return cls(states, **{name: sum(getattr(row, name) for row in rows) for name in names})


@dataclass(frozen=True)
class Rate:
    """One quarter's reporting. ``closed``: as its closing counted it; else as it stands now."""

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
    """All that the page of a quarter shows. ``agencies`` is one page of ``found``."""

    quarter: Quarter
    framework: Framework
    asked: Asked
    quarters: Sequence[Quarter]
    closed_at: datetime | None
    closings: int
    closes_at: datetime
    waits_for: str
    undone: bool
    totals: Totals
    by_form: Mapping[str, Totals]
    agencies: Sequence[Row]
    found: int
    districts: Sequence[str]
    updates: Mapping[str, Sequence[Row]]
    rates: Sequence[Rate]
    rules: Sequence[Row]
    rules_for_cpsa: Sequence[Row]
    forms_of_rules: Mapping[str, Sequence[str]]
    document_counts: Sequence[Row]
    documents: Sequence[Row]
    post: Post

    @property
    def pages(self) -> int:
        return max(1, -(-self.found // PAGE))


def quarter_board(office: Office, quarter: Quarter, asked: Asked) -> QuarterBoard:
    """How a quarter stands now, with the page of agencies that is asked for."""
    framework = office.framework(quarter)
    with reading(office.engine) as connection:
        overview.hurry(connection)
        closed = overview.closed_at(connection, quarter.key)
        dates = due_dates(connection, quarter)
        scope = _scope(quarter, framework, closed is not None, dates)
        told = overview.told(connection, scope)
        findings = overview.open_findings(connection, scope, told)
        owed = overview.obligations(connection, scope, told, findings)
        counted = overview.totals(connection, owed)
        totals = Totals.of(counted)
        rows = overview.page(
            connection, owed, asked.wanted(owed), asked.order(owed), asked.offset, PAGE
        )
        rules = overview.rules_open(connection, findings)
        periods = (quarter.key, quarter.half.key, quarter.year.key)
        return QuarterBoard(
            quarter=quarter,
            framework=framework,
            asked=asked,
            quarters=[Quarter.parse(key) for key in overview.quarters(connection)],
            closed_at=closed[0] if closed else None,
            closings=closed[1] if closed else 0,
            closes_at=closes_at(connection, quarter),
            waits_for="" if closed else waiting_channels(connection, quarter.key),
            undone=is_undone(connection, quarter),
            totals=totals,
            by_form={
                form: Totals.of([row for row in counted if row.form == form])
                for form in framework.forms
            },
            agencies=rows,
            found=rows[0].found if rows else 0,
            districts=overview.districts(connection),
            updates=_updates(connection, quarter, [row.agency for row in rows]),
            rates=_rates(connection, quarter, totals),
            rules=[row for row in rules if row.rule not in scope.for_cpsa],
            rules_for_cpsa=[row for row in rules if row.rule in scope.for_cpsa],
            forms_of_rules=overview.forms_of_rules(connection, findings, list(framework.forms)),
            document_counts=overview.document_counts(connection, periods),
            documents=[
                *overview.documents(connection, [quarter.key], [_STATE]),
                *overview.documents(connection, periods, but=_AGENCYS_OWN),
            ],
            post=post(connection, periods),
        )


def _scope(
    quarter: Quarter, framework: Framework, shut: bool, dates: Mapping[str, DueDate]
) -> overview.Scope:
    lasting = {
        rule.id: (quarter - (rule.explanation_quarters - 1)).key
        for rule in framework.rules.values()
        if rule.explanation_quarters is not None
    }
    for_cpsa = rules_for_cpsa(framework)
    return overview.Scope(quarter.key, quarter.due_by, dates, shut, lasting, for_cpsa)


def _updates(
    connection: Connection, quarter: Quarter, agencies: Sequence[str]
) -> dict[str, list[Row]]:
    """The documents about each of these agencies."""
    found: dict[str, list[Row]] = {}
    if agencies:
        for row in overview.documents(connection, [quarter.key], agencies, limit=8 * PAGE):
            found.setdefault(row.subject, []).append(row)
    return found


def _rates(connection: Connection, quarter: Quarter, totals: Totals) -> list[Rate]:
    """This quarter and those before it, newest first."""
    keys = [(quarter - step).key for step in range(PAST_QUARTERS)]
    shut = {
        row.quarter: Rate(
            Quarter.parse(row.quarter),
            int(row.expected),
            int(row.received),
            int(row.accepted),
            int(row.on_time),
            True,
            int(row.not_requested),
        )
        for row in overview.rates(connection, keys)
    }
    shut.setdefault(
        quarter.key,
        Rate(
            quarter,
            totals.expected,
            totals.reported,
            totals.accepted,
            totals.on_time,
            False,
            totals.not_requested,
        ),
    )
    return [shut[key] for key in keys if key in shut]
