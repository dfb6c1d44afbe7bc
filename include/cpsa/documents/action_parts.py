"""Sections that both compilations have: what is asked, systemic issues, convergence, standings."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from cpsa.calendar import AnyPeriod
from cpsa.documents import evidence, sums
from cpsa.documents.model import Case, Cell, CellKind, Fact, Table, Tone
from cpsa.documents.parameters import Parameters
from cpsa.documents.parts import (
    URGENCIES,
    URGENCY_TONES,
    code,
    column,
    number,
    own_words,
    plain,
    present,
    quote,
    said,
    table,
    urgency,
)
from cpsa.documents.standing import Pendency, Standing, pendency, standings
from cpsa.documents.systemic import Issue, systemic_issues
from cpsa.documents.words import NONE, Words
from cpsa.framework import TOTAL

SCHEMES_SUGGESTED = 2
DECISION_TONES = {
    "done": Tone.GOOD,
    "accepted": Tone.GOOD,
    "not_pursued": Tone.MUTED,
    "reply_not_accepted": Tone.BAD,
    "reply_awaited": Tone.WATCH,
}


@dataclass(frozen=True)
class Asked:
    """All actions up to a period, split into those of the period and the earlier ones."""

    words: Words
    period: AnyPeriod
    parameters: Parameters

    @cached_property
    def standings(self) -> tuple[Standing, ...]:
        return standings(self.words.snapshot, self.parameters, self.period.last_quarter)

    @property
    def quarters(self) -> set[str]:
        return {quarter.key for quarter in self.period.quarters}

    def now(self, department: str | None = None) -> list[Standing]:
        """Asked in the period, most urgent first; of equal urgency, systemic issues first."""
        systemic = {(issue.department, issue.theme) for issue in self._issues}

        def weight(one: Standing) -> tuple[Any, ...]:
            row = one.action
            level = URGENCIES.index(row.urgency) if row.urgency in URGENCIES else len(URGENCIES)
            return level, (row.department, row.theme) not in systemic, row.number

        return sorted(self._of(department, in_period=True), key=weight)

    def earlier(self, department: str | None = None) -> list[Standing]:
        return self._of(department, in_period=False)

    def issues(self, department: str | None = None) -> tuple[Issue, ...]:
        return tuple(one for one in self._issues if department in (None, one.department))

    @cached_property
    def _issues(self) -> tuple[Issue, ...]:
        rows = [one.action for one in self.standings]
        return systemic_issues(rows, self.quarters, self.parameters)

    def pendency(self, department: str | None = None) -> Pendency:
        return pendency(self.standings, department)

    def _of(self, department: str | None, *, in_period: bool) -> list[Standing]:
        return [
            one
            for one in self.standings
            if department in (None, one.action.department)
            and (one.action.quarter in self.quarters) == in_period
        ]


def case(asked: Asked, one: Standing, systemic: set[str]) -> Case:
    """One action in full: the agency's words, and what speaks for it."""
    words, row = asked.words, one.action
    theme = words.theme(row.theme)
    facts = [
        (words("case.request"), said(row.request) or NONE),
        (words("case.standing"), _score(words, asked.period, row.agency)),
        (words("case.evidence"), _evidence(words, asked.period, row.agency, row.theme)),
        (words("case.schemes"), _schemes(words, row)),
        (words("case.others"), _others(asked, row)),
    ]
    if row.theme in systemic:
        facts.append((words("case.systemic"), words("case.systemic_note")))
    if one.decision != "reply_awaited":
        facts.append((words("case.decision"), words(f"decision.{one.decision}")))
    badge = words(f"urgency.{row.urgency}") if row.urgency in URGENCIES else NONE
    return Case(
        number=f"{row.number} · {words.agency_with_code(row.agency)}",
        title=theme,
        badge=words("case.urgency", urgency=badge),
        tone=URGENCY_TONES.get(row.urgency, Tone.MUTED),
        quote=quote(words, row),
        facts=tuple(Fact(label, value) for label, value in facts),
    )


def _score(words: Words, period: AnyPeriod, agency: str) -> str:
    rows = words.snapshot.of("scores", agency=agency, quarter=period.last_quarter.key)
    row = next(rows.itertuples(index=False), None)
    if row is None or not present(row.composite):
        return words("case.no_score")
    return words("case.score", score=words.score(row.composite), status=words.status(row.status))


def _evidence(words: Words, period: AnyPeriod, agency: str, theme: str) -> str:
    form = words.snapshot.agencies[agency]["form"] if agency in words.snapshot.agencies else ""
    held = sums.of_agencies(words.snapshot, period.last_quarter).get(agency, {})
    told = []
    for one in evidence.indicators(words.snapshot.framework, theme, form):
        figure = held.get((one.code, TOTAL), sums.NONE)
        if figure.actual is None:
            continue
        params = {
            "label": words.indicator(one.code),
            "code": one.code,
            "actual": words.quantity(figure.actual, one.unit),
            "target": words.quantity(figure.target, one.unit),
            "share": words.percent(figure.share),
        }
        aimed = figure.share is not None
        told.append(words("case.figure_of_target" if aimed else "case.figure", **params))
    return "; ".join(told) or words("case.no_evidence")


def _schemes(words: Words, row: Any) -> str:
    reference = words.snapshot.reference
    named = said(row.scheme)
    if named:
        found = reference.scheme_named(named)
        return words.scheme(found.code) if found else named
    agency = words.snapshot.agencies.get(row.agency)
    sector = agency["sector"] if agency is not None else ""
    known = sector if sector in reference.sectors else None
    fitting = reference.schemes_for(theme=row.theme, sector=known)[:SCHEMES_SUGGESTED]
    if not fitting:
        return words("case.no_scheme")
    return words("case.may_fit", schemes="; ".join(words.scheme(one.code) for one in fitting))


def _others(asked: Asked, row: Any) -> str:
    others = dict.fromkeys(
        one.action.department
        for one in asked.now()
        if one.action.theme == row.theme and one.action.department != row.department
    )
    return "; ".join(map(asked.words.department, others)) or asked.words("case.no_others")


def actions_table(words: Words, rows: Iterable[Standing]) -> Table:
    """Actions in short, for the consolidated compilation."""
    return table(
        "",
        (
            column(words("actions.number"), 2.1),
            column(words("actions.agency"), 2.6),
            column(words("actions.theme"), 2.4),
            column(words("actions.text"), 3.6),
            column(words("actions.urgency"), 1.1),
        ),
        (
            (
                code(one.action.number),
                plain(words.agency(one.action.agency)),
                plain(words.theme(one.action.theme)),
                own_words(one.action.text),
                urgency(words, one.action.urgency),
            )
            for one in rows
        ),
    )


def issues_table(words: Words, issues: Sequence[Issue], *, by_department: bool) -> Table | None:
    if not issues:
        return None
    columns = [
        column(words("systemic.theme"), 2.6),
        column(words("systemic.agencies"), 3.4),
        column(words("systemic.quarters"), 1.5),
        column(words("systemic.numbers"), 2.1),
    ]
    if by_department:
        columns.insert(0, column(words("actions.department"), 2))

    def row(issue: Issue) -> list[Cell]:
        agencies = "; ".join(map(words.agency, issue.agencies))
        cells = [
            plain(words.theme(issue.theme)),
            plain(f"{words.number(len(issue.agencies))}: {agencies}"),
            code(", ".join(issue.quarters)),
            code(", ".join(issue.numbers)),
        ]
        return [plain(words.department(issue.department)), *cells] if by_department else cells

    return table("", columns, map(row, issues))


def convergence_table(
    words: Words, period: AnyPeriod, department: str | None = None
) -> Table | None:
    """What departments gave in the period, with amounts, people reached and a total."""
    rows = words.snapshot.during("entries", period.quarters)
    rows = rows[rows["kind"] == "convergence"]
    if department:
        rows = rows[rows["department"] == department]
    if rows.empty:
        return None
    amount, people = (rows[name].fillna(0).sum() for name in ("amount", "people"))
    whose = words("actions.agency") if department else words("convergence.who")

    def row(one: Any) -> list[Cell]:
        agency = words.agency(one.agency)
        given_by = agency if department else f"{words.department(one.department)}; {agency}"
        held = one.amount if present(one.amount) else None
        reached = words.number(int(one.people)) if present(one.people) else NONE
        return [
            plain(given_by),
            plain(words.theme(one.theme)),
            own_words(one.text),
            number(words.quantity(held, "inr")),
            number(reached),
        ]

    return table(
        "",
        (
            column(whose, 2.6),
            column(words("actions.theme"), 2.2),
            column(words("actions.text"), 3.2),
            column(words("convergence.amount"), 1.7, figure=True),
            column(words("convergence.people"), 1.1, figure=True),
        ),
        map(row, rows.itertuples(index=False)),
        total=(
            plain(words("total")),
            plain(""),
            plain(""),
            number(words.quantity(int(amount), "inr")),
            number(words.number(int(people))),
        ),
    )


def standings_table(words: Words, rows: Sequence[Standing], *, by_department: bool) -> Table | None:
    if not rows:
        return None
    columns = [
        column(words("actions.number"), 2),
        column(words("standing.about"), 3.4),
        column(words("standing.decision"), 2.1),
        column(words("standing.when"), 2),
        column(words("standing.remarks"), 2.4),
    ]
    if by_department:
        columns.insert(1, column(words("actions.department"), 2.2))

    def row(one: Standing) -> list[Cell]:
        tone = Tone.BAD if one.late else DECISION_TONES.get(one.decision, Tone.PLAIN)
        about = f"{words.theme(one.action.theme)}; {words.agency(one.action.agency)}"
        cells = [
            code(one.action.number),
            plain(about),
            Cell(words(f"decision.{one.decision}"), CellKind.TEXT, tone),
            plain(_when(words, one)),
            own_words(one.remarks),
        ]
        if by_department:
            cells.insert(1, plain(words.department(one.action.department)))
        return cells

    return table("", columns, map(row, rows))


def _when(words: Words, one: Standing) -> str:
    if one.due is not None:
        return words("standing.late" if one.late else "standing.due", day=words.day(one.due))
    return words("standing.decided", day=words.day(one.decided_at)) if one.decided_at else NONE
