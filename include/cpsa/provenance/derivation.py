"""Finds the parts that a figure is computed from, by its origin, and what they come to.

Adds up what it finds by itself, apart from ``period_sums`` and the scoring, so that a figure that
does not follow from its parts is noticed. What must not go here: how sources are shown.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from cpsa import figures
from cpsa.figures import NO_FIGURE
from cpsa.framework.model import TOTAL
from cpsa.provenance import share_format
from cpsa.provenance.baselines import list_baselines
from cpsa.provenance.origin import (
    AmountKind,
    AmountOrigin,
    Origin,
    ReportingOrigin,
    RowsMeasure,
    RowsOrigin,
    ScoreKind,
    ScoreOrigin,
    find_denominator,
)
from cpsa.provenance.snapshot import Snapshot, has_value
from cpsa.provenance.snapshot_index import SnapshotIndex
from cpsa.provenance.table_text import format_text_value
from cpsa.registry.cluster_register import MONEY_COLUMNS
from cpsa.scoring.rollups import Sum
from cpsa.submissions.state import SubmissionState
from cpsa.submissions.table_rows import make_column_code
from cpsa.translator import Translator


@dataclass(frozen=True, slots=True)
class DerivationPart:
    """One part of a figure: its kind, agency and quarter; ``value`` in hundredths, or a
    score, or a count. ``row`` is the snapshot's row behind it, if there is one."""

    kind: str
    agency: str
    quarter: str
    value: float | None
    indicator: str = ""
    dimension: str = TOTAL
    group: str = ""
    weight: float | None = None
    row: Any = None


@dataclass(frozen=True, slots=True)
class Derivation:
    """The parts of a figure, and every way to print what they come to."""

    parts: tuple[DerivationPart, ...]
    texts: frozenset[str]

    def has_text(self, text: str) -> bool:
        return text in self.texts


class DerivationResolver(SnapshotIndex):
    """Finds the parts of figures of one snapshot, and prints what they come to in one language."""

    def __init__(self, snapshot: Snapshot, formats: Translator) -> None:
        super().__init__(snapshot)
        self._formats = formats

    def resolve(self, origin: Origin) -> Derivation:
        match origin:
            case AmountOrigin():
                return self._resolve_amount(origin)
            case ScoreOrigin():
                return self._resolve_score(origin)
            case ReportingOrigin():
                return self._resolve_reporting(origin)
            case RowsOrigin():
                return self._resolve_rows(origin)

    # Amounts

    def _resolve_amount(self, amount: AmountOrigin) -> Derivation:
        actual, targets = (
            tuple(self._find_actual_parts(amount)),
            tuple(self._find_target_parts(amount)),
        )
        match amount.kind:
            case AmountKind.ACTUAL:
                return Derivation(actual, self._format_quantity(amount, _sum_parts(actual)))
            case AmountKind.TARGET:
                return Derivation(targets, self._format_quantity(amount, _sum_parts(targets)))
            case AmountKind.WITH_TARGET:
                parts = tuple(self._find_compared_parts(amount))
                given = (_sum_parts(parts) or 0) if targets else None
                return Derivation(parts, self._format_quantity(amount, given))
            case AmountKind.COMPARED:
                return self._resolve_compared(amount, actual, targets)
            case AmountKind.RATE_OF:
                rate_of = self.indicator(amount).rate_of
                parts = tuple(self._find_compared_parts(amount, rate_of)) if rate_of else ()
                return Derivation(parts, self._format_quantity(amount, _sum_parts(parts)))
            case AmountKind.SHARE:
                return self._resolve_share(amount, targets)
            case AmountKind.WITHOUT_TARGET:
                return self._resolve_without_target(amount, actual)
            case AmountKind.BASELINE:
                parts = tuple(self._find_baseline_parts(amount))
                return Derivation(parts, self._format_quantity(amount, _sum_parts(parts)))
            case AmountKind.PART:
                whole = tuple(self._find_actual_parts(_drop_dimension(amount)))
                part, total = _sum_parts(actual), _sum_parts(whole)
                reached = part / total if part is not None and total else None
                return Derivation((*actual, *whole), self._format_percent(reached))
            case AmountKind.MEAN:
                value = _sum_parts(actual)
                mean = None if value is None else round(value / len(actual))
                return Derivation(actual, self._format_quantity(amount, mean))
            case AmountKind.REPORTERS:
                return Derivation(actual, self._format_count(len({part.agency for part in actual})))

    def _resolve_share(
        self, amount: AmountOrigin, targets: tuple[DerivationPart, ...]
    ) -> Derivation:
        """The share of the target that its pairs gave; of a rate, of the figure it is a rate of."""
        compared, indicator = tuple(self._find_compared_parts(amount)), self.indicator(amount)
        if indicator.rate_of is None:
            found = Sum(
                target=_sum_parts_as_int(targets), actual_with_target=_sum_parts_as_int(compared)
            )
            parts: tuple[DerivationPart, ...] = (*compared, *targets)
        else:
            answered = tuple(self._find_compared_parts(amount, indicator.rate_of))
            found = Sum(
                actual_with_target=_sum_parts_as_int(compared),
                rate_of_sum=_sum_parts_as_int(answered),
            )
            parts = (*compared, *answered)
        texts = (
            share_format.format_share(self._formats, indicator, found, lines=lines)
            for lines in (True, False)
        )
        return Derivation(parts, frozenset(texts))

    def _resolve_compared(
        self,
        amount: AmountOrigin,
        actual: tuple[DerivationPart, ...],
        targets: tuple[DerivationPart, ...],
    ) -> Derivation:
        """The two figures of a share, as they are printed of one agency and of many."""
        compared = tuple(self._find_compared_parts(amount))
        found = self._count_agencies_without_target(amount, actual)._replace(
            target=_sum_parts_as_int(targets),
            actual_with_target=_sum_parts_as_int(compared),
        )
        text = share_format.format_compared(
            self._formats, self.indicator(amount), found, of_many=not amount.agency
        )
        return Derivation((*compared, *targets), frozenset((text,)))

    def _resolve_without_target(
        self, amount: AmountOrigin, actual: tuple[DerivationPart, ...]
    ) -> Derivation:
        found = self._count_agencies_without_target(amount, actual)
        return Derivation(
            actual, frozenset((share_format.format_without_target(self._formats, found),))
        )

    def _count_agencies_without_target(
        self, amount: AmountOrigin, actual: tuple[DerivationPart, ...]
    ) -> Sum:
        agencies = dict.fromkeys(part.agency for part in actual)
        without = sum(self.has_no_target(amount, agency) for agency in agencies)
        partly = sum(self.has_target_for_some(amount, agency) for agency in self.agencies(amount))
        return Sum(
            agencies=len(agencies),
            agencies_without_target=without,
            agencies_partly_without_target=partly,
        )

    def _find_compared_parts(
        self, amount: AmountOrigin, indicator: str = ""
    ) -> Iterator[DerivationPart]:
        for agency in self.agencies(amount):
            for row in self.list_compared_rows(amount, agency, indicator):
                yield DerivationPart(
                    *("actual", agency, row.quarter, int(row.hundredths)),
                    *(indicator or amount.indicator, TOTAL),
                    row=row,
                )

    def _find_actual_parts(self, amount: AmountOrigin) -> Iterator[DerivationPart]:
        for agency in self.agencies(amount):
            for row in self.list_actuals(amount, agency):
                yield DerivationPart(
                    *("actual", agency, row.quarter, int(row.hundredths)),
                    *(amount.indicator, amount.dimension),
                    row=row,
                )

    def _find_target_parts(self, amount: AmountOrigin) -> Iterator[DerivationPart]:
        for agency in self.agencies(amount):
            for quarter, value in self.list_share_targets(amount, agency).items():
                yield DerivationPart("target", agency, quarter, value, amount.indicator)

    def _find_baseline_parts(self, amount: AmountOrigin) -> Iterator[DerivationPart]:
        for found in list_baselines(self.snapshot, amount.agency):
            if found.indicator == amount.indicator:
                yield DerivationPart(
                    *("baseline", amount.agency, found.as_of, found.hundredths, amount.indicator)
                )

    # What a closing recorded

    def _resolve_score(self, origin: ScoreOrigin) -> Derivation:
        match origin.kind:
            case ScoreKind.COMPOSITE:
                parts = tuple(self._find_group_parts(origin))
                return Derivation(parts, self._format_score(_compute_weighted_mean(parts)))
            case ScoreKind.COVERAGE:
                due_rows = [
                    row
                    for row in self.quarters_due.get(origin.agency, ())
                    if row.quarter <= origin.quarter
                ]
                parts = tuple(
                    DerivationPart(
                        "state",
                        origin.agency,
                        row.quarter,
                        int(row.state == SubmissionState.ACCEPTED),
                        row=row,
                    )
                    for row in due_rows
                )
                return Derivation(
                    parts,
                    self._format_percent((_sum_parts(parts) or 0) / len(parts) if parts else None),
                )
            case ScoreKind.GROUP:
                parts = self.list_achievements(origin.agency, origin.quarter, origin.group)
                return Derivation(parts, self._format_score(_compute_weighted_mean(parts)))

    def _find_group_parts(self, origin: ScoreOrigin) -> Iterator[DerivationPart]:
        """The groups that make a composite, each computed from its achievements."""
        agencies = self.snapshot.agencies
        form = agencies[origin.agency]["form"] if origin.agency in agencies else ""
        for group in self.snapshot.framework_of(origin.quarter).form_groups(form):
            reached = _compute_weighted_mean(
                self.list_achievements(origin.agency, origin.quarter, group.code)
            )
            if group.weight and reached is not None:
                yield DerivationPart(
                    *("group", origin.agency, origin.quarter, reached),
                    group=group.code,
                    weight=group.weight,
                )

    def list_all_achievements(self, agency: str, quarter: str) -> tuple[DerivationPart, ...]:
        """All achievements behind an agency's scores of a quarter."""
        agencies = self.snapshot.agencies
        form = agencies[agency]["form"] if agency in agencies else ""
        return tuple(
            part
            for group in self.snapshot.framework_of(quarter).form_groups(form)
            for part in self.list_achievements(agency, quarter, group.code)
        )

    def list_achievements(
        self, agency: str, quarter: str, group: str
    ) -> tuple[DerivationPart, ...]:
        """What makes a group's score: achievements to date, within 0 and 1, with their weights."""
        weights = self.weights.get(agency, {})
        parts = []
        for indicator in self.snapshot.framework_of(quarter).group_indicators(group):
            amount = AmountOrigin(AmountKind.SHARE, indicator.code, agency=agency, until=quarter)
            target = sum(self.list_targets(amount, agency).values())
            measure = float(target)
            if indicator.rate_of is not None and indicator.rate_target is not None:
                answered = self._sum_to_date(replace(amount, indicator=indicator.rate_of), agency)
                measure = answered * indicator.rate_target
            if target > 0 and measure > 0:
                actual = self._sum_to_date(amount, agency)
                reached = min(max(actual / measure, 0.0), 1.0)
                weight = weights.get(indicator.code, 1.0)
                parts.append(
                    DerivationPart(
                        "achievement", agency, quarter, reached, indicator.code, weight=weight
                    )
                )
        return tuple(parts)

    def _sum_to_date(self, amount: AmountOrigin, agency: str) -> int:
        return sum(int(row.hundredths) for row in self.list_actuals(amount, agency))

    def _resolve_reporting(self, origin: ReportingOrigin) -> Derivation:
        rows = self.snapshot.reporting
        rows = rows[(rows["quarter"] >= origin.since) & (rows["quarter"] <= origin.until)]
        if origin.form:
            rows = rows[rows["form"] == origin.form]
        parts = tuple(
            DerivationPart(name, row.form, row.quarter, int(getattr(row, name)), row=row)
            for row in rows.itertuples(index=False)
            for name in (
                (origin.count, find_denominator(origin.count)) if origin.rate else (origin.count,)
            )
        )
        counted = sum(int(row) for row in rows[origin.count])
        if not origin.rate:
            return Derivation(parts, self._format_count(counted))
        whole = sum(int(row) for row in rows[find_denominator(origin.count)])
        return Derivation(parts, self._format_percent(counted / whole if whole else None))

    # Rows

    def _resolve_rows(self, origin: RowsOrigin) -> Derivation:
        rows = self._find_rows(origin)
        name = _VALUE_COLUMNS.get(origin.measure)
        parts = tuple(
            DerivationPart(
                *(origin.frame, getattr(row, "agency", ""), row.quarter),
                _number_or_none(getattr(row, name)) if name else 1,
                *_name_subject(origin.frame, row),
                row=row,
            )
            for row in rows
        )
        match origin.measure:
            case RowsMeasure.ROWS:
                return Derivation(parts, self._format_count(len(parts)))
            case RowsMeasure.AGENCIES:
                return Derivation(parts, self._format_count(len({part.agency for part in parts})))
            case RowsMeasure.EXPLAINED:
                explained = tuple(part for part in parts if has_value(part.row.explanation))
                return Derivation(explained, self._format_count(len(explained)))
            case RowsMeasure.ISSUES:
                return Derivation(
                    parts, self._format_count(len({(r.department, r.theme) for r in rows}))
                )
            case RowsMeasure.PEOPLE | RowsMeasure.WOMEN | RowsMeasure.UNITS:
                known = tuple(part for part in parts if part.value is not None)
                return Derivation(known, self._format_count(int(_sum_parts(known) or 0)))
            case RowsMeasure.AMOUNT | RowsMeasure.RATE:
                known = tuple(part for part in parts if part.value is not None)
                return Derivation(known, self._format_money(int(_sum_parts(known) or 0)))
            case RowsMeasure.OLD | RowsMeasure.NEW:
                unit = self.snapshot.framework.by_code.get(parts[0].indicator)
                value = parts[0].value
                hundredths = None if value is None else int(value)
                return Derivation(
                    parts,
                    frozenset((self._formats.in_full(hundredths, unit.unit if unit else "count"),)),
                )
            case RowsMeasure.DAYS:
                days = _count_days(rows, origin.until)
                return Derivation(parts, self._format_count(days))
            case RowsMeasure.DIFFERENCE:
                own = [part for part in parts if part.indicator == parts[0].indicator]
                rest = [part for part in parts if part.indicator != parts[0].indicator]
                value = int(_sum_parts(own) or 0) - int(_sum_parts(rest) or 0)
                return Derivation(parts, self._format_column(parts[0].indicator, value))
            case RowsMeasure.TABLE_VALUE:
                return Derivation(parts, self._format_table_value(parts))
            case RowsMeasure.CLUSTER_FIGURE:
                return Derivation(parts, self._format_cluster_figure(parts))

    def _format_cluster_figure(self, parts: tuple[DerivationPart, ...]) -> frozenset[str]:
        total = int(_sum_parts(parts) or 0)
        if parts[0].indicator in MONEY_COLUMNS:
            return self._format_money(total)
        return frozenset((self._formats.in_full(total, "count"),))

    def _format_table_value(self, parts: tuple[DerivationPart, ...]) -> frozenset[str]:
        """The sum of figures of one column; of a date or text its only value."""
        found = self.snapshot.framework.find_table_column(parts[0].indicator)
        if found is None:
            return frozenset()
        column = found[1]
        if not column.is_figure:
            value = str(parts[0].row.value)
            text = format_text_value(self.snapshot.reference, self._formats, column, value)
            return frozenset((text,))
        return self._format_column(parts[0].indicator, int(_sum_parts(parts) or 0))

    def _format_column(self, code: str, hundredths: int) -> frozenset[str]:
        """A figure of a table's column."""
        found = self.snapshot.framework.find_table_column(code)
        if found is None or found[1].type == "inr":
            return self._format_money(hundredths)
        return frozenset((self._formats.in_full(hundredths, found[1].type),))

    def _find_rows(self, origin: RowsOrigin) -> list[Any]:
        rows_by_label = self.rows_by_label(origin.frame)
        return [rows_by_label[label] for label in origin.rows]

    # How it prints

    def _format_quantity(self, amount: AmountOrigin, value: float | None) -> frozenset[str]:
        if value is None:
            return frozenset((NO_FIGURE,))
        if self.indicator(amount).unit == "inr":
            return self._format_money(int(value))
        return frozenset((self._formats.in_full(int(value), "count"),))

    def _format_money(self, value: int) -> frozenset[str]:
        """In full, in lakh or crore, and as the bare number of a table in crore."""
        short, full = self._formats.quantity(value, "inr"), self._formats.in_full(value, "inr")
        return frozenset((short, full, figures.crore(value)))

    def _format_percent(self, value: float | None) -> frozenset[str]:
        return frozenset((self._formats.percent(value),))

    def _format_score(self, value: float | None) -> frozenset[str]:
        return frozenset((self._formats.score(value),))

    def _format_count(self, value: int) -> frozenset[str]:
        return frozenset((self._formats.number(value), *((NO_FIGURE,) if not value else ())))


_VALUE_COLUMNS = {
    RowsMeasure.AMOUNT: "amount",
    RowsMeasure.PEOPLE: "people",
    RowsMeasure.WOMEN: "women",
    RowsMeasure.UNITS: "units",
    RowsMeasure.RATE: "rate",
    RowsMeasure.OLD: "old",
    RowsMeasure.NEW: "new",
    RowsMeasure.TABLE_VALUE: "hundredths",
    RowsMeasure.DIFFERENCE: "hundredths",
    RowsMeasure.CLUSTER_FIGURE: "hundredths",
}


def _count_days(rows: Sequence[Any], until: str) -> int:
    """From the date of the first row to that of the second, else to a day."""
    first, last = date.fromisoformat(rows[0].value), until or rows[-1].value
    return (date.fromisoformat(last) - first).days


def _name_subject(frame: str, row: Any) -> tuple[str, str]:
    """The indicator and dimension of a row; of a table's value its column and the key of its row."""
    if frame == "table_values":
        return make_column_code(row.table, row.column), row.row
    if frame == "cluster_figures":
        return row.column, row.cluster
    return getattr(row, "indicator", ""), getattr(row, "dimension", TOTAL)


def _drop_dimension(amount: AmountOrigin) -> AmountOrigin:
    return AmountOrigin(
        amount.kind, amount.indicator, TOTAL, amount.agency, amount.since, amount.until
    )


def _sum_parts(parts: Iterable[DerivationPart]) -> float | None:
    """None where there is nothing to add."""
    values = [part.value for part in parts if part.value is not None]
    return sum(values) if values else None


def _sum_parts_as_int(parts: Iterable[DerivationPart]) -> int | None:
    value = _sum_parts(parts)
    return None if value is None else int(value)


def _compute_weighted_mean(parts: tuple[DerivationPart, ...]) -> float | None:
    weight = sum(part.weight or 0.0 for part in parts)
    total = sum((part.value or 0.0) * (part.weight or 0.0) for part in parts)
    return total / weight if weight else None


def _number_or_none(value: Any) -> float | None:
    return int(value) if has_value(value) else None
