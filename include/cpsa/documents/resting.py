"""From a figure's origin to the parts it rests on, and what they come to.

Adds up what it finds by itself, apart from ``sums`` and from the scoring, so that a figure that
does not follow from its parts is noticed. What must not go here: how sources are shown.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from cpsa import figures
from cpsa.documents import shares
from cpsa.documents.looked_up import ACCEPTED, LookedUp
from cpsa.documents.origin import (
    Amount,
    Held,
    Listed,
    Measure,
    Origin,
    Reporting,
    Scored,
    What,
    whole_of,
)
from cpsa.documents.parts import present
from cpsa.documents.words import NONE
from cpsa.framework import TOTAL
from cpsa.score.rollups import Sum


@dataclass(frozen=True, slots=True)
class Part:
    """One thing a figure rests on: what, of whom, of which quarter; ``value`` in hundredths, or a
    score, or a count. ``row`` is the snapshot's row behind it, if there is one."""

    what: str
    agency: str
    quarter: str
    value: float | None
    indicator: str = ""
    dimension: str = TOTAL
    group: str = ""
    weight: float | None = None
    row: Any = None


@dataclass(frozen=True, slots=True)
class Rests:
    """The parts of a figure, and every way to print what they come to."""

    parts: tuple[Part, ...]
    texts: frozenset[str]

    def adds_up(self, text: str) -> bool:
        return text in self.texts


class Resting(LookedUp):
    """Finds parts for one snapshot and language."""

    def of(self, origin: Origin) -> Rests:
        match origin:
            case Amount():
                return self._amount(origin)
            case Scored():
                return self._scored(origin)
            case Reporting():
                return self._reporting(origin)
            case Listed():
                return self._listed(origin)

    # Amounts

    def _amount(self, of: Amount) -> Rests:
        actual, aimed = tuple(self._actual_parts(of)), tuple(self._target_parts(of))
        match of.what:
            case What.ACTUAL:
                return Rests(actual, self._quantity(of, _sum(actual)))
            case What.TARGET:
                return Rests(aimed, self._quantity(of, _sum(aimed)))
            case What.WITH_TARGET:
                parts = tuple(self._compared_parts(of))
                given = (_sum(parts) or 0) if aimed else None
                return Rests(parts, self._quantity(of, given))
            case What.COMPARED:
                return self._compared(of, actual, aimed)
            case What.RATE_OF:
                other = self.indicator(of).rate_of
                parts = tuple(self._compared_parts(of, other)) if other else ()
                return Rests(parts, self._quantity(of, _sum(parts)))
            case What.SHARE:
                return self._share(of, aimed)
            case What.WITHOUT_TARGET:
                return self._without_target(of, actual)
            case What.BASELINE:
                parts = tuple(self._baseline_parts(of))
                return Rests(parts, self._quantity(of, _sum(parts)))
            case What.PART:
                whole = tuple(self._actual_parts(_whole(of)))
                part, total = _sum(actual), _sum(whole)
                reached = part / total if part is not None and total else None
                return Rests((*actual, *whole), self._percent(reached))
            case What.MEAN:
                held = _sum(actual)
                mean = None if held is None else round(held / len(actual))
                return Rests(actual, self._quantity(of, mean))
            case What.REPORTERS:
                return Rests(actual, self._count(len({part.agency for part in actual})))

    def _share(self, of: Amount, aimed: tuple[Part, ...]) -> Rests:
        """Of the target what its own pairs gave; of a rate, of what the other figure came to."""
        compared, indicator = tuple(self._compared_parts(of)), self.indicator(of)
        if indicator.rate_of is None:
            found = Sum(target=_whole_number(aimed), actual_with_target=_whole_number(compared))
            parts: tuple[Part, ...] = (*compared, *aimed)
        else:
            answered = tuple(self._compared_parts(of, indicator.rate_of))
            found = Sum(
                actual_with_target=_whole_number(compared), rate_of_sum=_whole_number(answered)
            )
            parts = (*compared, *answered)
        texts = (shares.share(self.words, indicator, found, lines=lines) for lines in (True, False))
        return Rests(parts, frozenset(texts))

    def _compared(self, of: Amount, actual: tuple[Part, ...], aimed: tuple[Part, ...]) -> Rests:
        """The two figures of a share, as they are printed of one agency and of many."""
        compared = tuple(self._compared_parts(of))
        found = replace(
            self._agencies_without_target(of, actual),
            target=_whole_number(aimed),
            actual_with_target=_whole_number(compared),
        )
        told = shares.compared(self.words, self.indicator(of), found, of_many=not of.agency)
        return Rests((*compared, *aimed), frozenset((told,)))

    def _without_target(self, of: Amount, actual: tuple[Part, ...]) -> Rests:
        found = self._agencies_without_target(of, actual)
        return Rests(actual, frozenset((shares.without_target(self.words, found),)))

    def _agencies_without_target(self, of: Amount, actual: tuple[Part, ...]) -> Sum:
        agencies = dict.fromkeys(part.agency for part in actual)
        without = sum(self.has_no_target(of, agency) for agency in agencies)
        partly = sum(self.has_target_for_some(of, agency) for agency in self.agencies(of))
        return Sum(
            agencies=len(agencies),
            agencies_without_target=without,
            agencies_partly_without_target=partly,
        )

    def _compared_parts(self, of: Amount, indicator: str = "") -> Iterator[Part]:
        for agency in self.agencies(of):
            for row in self.compared(of, agency, indicator):
                yield Part(
                    *("actual", agency, row.quarter, int(row.hundredths)),
                    *(indicator or of.indicator, TOTAL),
                    row=row,
                )

    def _actual_parts(self, of: Amount) -> Iterator[Part]:
        for agency in self.agencies(of):
            for row in self.actuals(of, agency):
                yield Part(
                    *("actual", agency, row.quarter, int(row.hundredths)),
                    *(of.indicator, of.dimension),
                    row=row,
                )

    def _target_parts(self, of: Amount) -> Iterator[Part]:
        for agency in self.agencies(of):
            for quarter, value in self.aims(of, agency).items():
                yield Part("target", agency, quarter, value, of.indicator)

    def _baseline_parts(self, of: Amount) -> Iterator[Part]:
        rows = self.snapshot.registry.baselines
        rows = rows[(rows["agency"] == of.agency) & (rows["indicator"] == of.indicator)]
        for row in rows.itertuples(index=False):
            yield Part("baseline", of.agency, row.as_of, int(row.hundredths), of.indicator)

    # What a closing recorded

    def _scored(self, of: Scored) -> Rests:
        match of.what:
            case Held.COMPOSITE:
                parts = tuple(self._group_parts(of))
                return Rests(parts, self._score(_weighted(parts)))
            case Held.COVERAGE:
                owed = [one for one in self.owed.get(of.agency, ()) if one.quarter <= of.quarter]
                parts = tuple(
                    Part("state", of.agency, row.quarter, int(row.state == ACCEPTED), row=row)
                    for row in owed
                )
                return Rests(
                    parts, self._percent((_sum(parts) or 0) / len(parts) if parts else None)
                )
            case Held.GROUP:
                parts = self.achievements(of.agency, of.quarter, of.group)
                return Rests(parts, self._score(_weighted(parts)))

    def _group_parts(self, of: Scored) -> Iterator[Part]:
        """The groups that make a composite, each reckoned from its achievements."""
        known = self.snapshot.agencies
        form = known[of.agency]["form"] if of.agency in known else ""
        for one in self.snapshot.framework_of(of.quarter).form_groups(form):
            reached = _weighted(self.achievements(of.agency, of.quarter, one.code))
            if one.weight and reached is not None:
                yield Part(
                    *("group", of.agency, of.quarter, reached), group=one.code, weight=one.weight
                )

    def made_of(self, agency: str, quarter: str) -> tuple[Part, ...]:
        """All achievements behind an agency's scores of a quarter."""
        known = self.snapshot.agencies
        form = known[agency]["form"] if agency in known else ""
        return tuple(
            part
            for group in self.snapshot.framework_of(quarter).form_groups(form)
            for part in self.achievements(agency, quarter, group.code)
        )

    def achievements(self, agency: str, quarter: str, group: str) -> tuple[Part, ...]:
        """What makes a group's score: achievements to date, within 0 and 1, with their weights."""
        weights = self.weights.get(agency, {})
        parts = []
        for one in self.snapshot.framework_of(quarter).group_indicators(group):
            amount = Amount(What.SHARE, one.code, agency=agency, until=quarter)
            target = sum(self.plans(amount, agency).values())
            measure = float(target)
            if one.rate_of is not None and one.rate_target is not None:
                answered = self._to_date(replace(amount, indicator=one.rate_of), agency)
                measure = answered * one.rate_target
            if target > 0 and measure > 0:
                actual = self._to_date(amount, agency)
                reached = min(max(actual / measure, 0.0), 1.0)
                weight = weights.get(one.code, 1.0)
                parts.append(Part("achievement", agency, quarter, reached, one.code, weight=weight))
        return tuple(parts)

    def _to_date(self, amount: Amount, agency: str) -> int:
        return sum(int(row.hundredths) for row in self.actuals(amount, agency))

    def _reporting(self, of: Reporting) -> Rests:
        rows = self.snapshot.reporting
        rows = rows[(rows["quarter"] >= of.since) & (rows["quarter"] <= of.until)]
        if of.form:
            rows = rows[rows["form"] == of.form]
        parts = tuple(
            Part(name, row.form, row.quarter, int(getattr(row, name)), row=row)
            for row in rows.itertuples(index=False)
            for name in ((of.count, whole_of(of.count)) if of.rate else (of.count,))
        )
        counted = sum(int(row) for row in rows[of.count])
        if not of.rate:
            return Rests(parts, self._count(counted))
        whole = sum(int(row) for row in rows[whole_of(of.count)])
        return Rests(parts, self._percent(counted / whole if whole else None))

    # Rows

    def _listed(self, of: Listed) -> Rests:
        rows = self._rows(of)
        name = {"amount": "amount", "people": "people", "old": "old", "new": "new"}.get(of.measure)
        parts = tuple(
            Part(
                *(of.frame, getattr(row, "agency", ""), row.quarter),
                _number(getattr(row, name)) if name else 1,
                *(getattr(row, "indicator", ""), getattr(row, "dimension", TOTAL)),
                row=row,
            )
            for row in rows
        )
        match of.measure:
            case Measure.ROWS:
                return Rests(parts, self._count(len(parts)))
            case Measure.AGENCIES:
                return Rests(parts, self._count(len({part.agency for part in parts})))
            case Measure.EXPLAINED:
                told = tuple(part for part in parts if present(part.row.explanation))
                return Rests(told, self._count(len(told)))
            case Measure.ISSUES:
                return Rests(parts, self._count(len({(r.department, r.theme) for r in rows})))
            case Measure.PEOPLE:
                known = tuple(part for part in parts if part.value is not None)
                return Rests(known, self._count(int(_sum(known) or 0)))
            case Measure.AMOUNT:
                known = tuple(part for part in parts if part.value is not None)
                return Rests(known, self._money(int(_sum(known) or 0)))
            case Measure.OLD | Measure.NEW:
                unit = self.snapshot.framework.by_code.get(parts[0].indicator)
                value = parts[0].value
                held = None if value is None else int(value)
                return Rests(
                    parts, frozenset((self.words.in_full(held, unit.unit if unit else "count"),))
                )

    def _rows(self, of: Listed) -> list[Any]:
        held = self.labelled(of.frame)
        return [held[label] for label in of.rows]

    # How it prints

    def _quantity(self, of: Amount, value: float | None) -> frozenset[str]:
        if value is None:
            return frozenset((NONE,))
        if self.indicator(of).unit == "inr":
            return self._money(int(value))
        return frozenset((self.words.in_full(int(value), "count"),))

    def _money(self, value: int) -> frozenset[str]:
        """In full, in lakh or crore, and as the bare number of a table in crore."""
        short, full = self.words.quantity(value, "inr"), self.words.in_full(value, "inr")
        return frozenset((short, full, figures.crore(value)))

    def _percent(self, value: float | None) -> frozenset[str]:
        return frozenset((self.words.percent(value),))

    def _score(self, value: float | None) -> frozenset[str]:
        return frozenset((self.words.score(value),))

    def _count(self, value: int) -> frozenset[str]:
        return frozenset((self.words.number(value), *((NONE,) if not value else ())))


def _whole(of: Amount) -> Amount:
    return Amount(of.what, of.indicator, TOTAL, of.agency, of.since, of.until)


def _sum(parts: Iterable[Part]) -> float | None:
    """None where there is nothing to add."""
    values = [part.value for part in parts if part.value is not None]
    return sum(values) if values else None


def _whole_number(parts: Iterable[Part]) -> int | None:
    value = _sum(parts)
    return None if value is None else int(value)


def _weighted(parts: tuple[Part, ...]) -> float | None:
    weight = sum(part.weight or 0.0 for part in parts)
    held = sum((part.value or 0.0) * (part.weight or 0.0) for part in parts)
    return held / weight if weight else None


def _number(value: Any) -> float | None:
    return int(value) if present(value) else None
