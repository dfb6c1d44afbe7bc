"""Which sources the figures of a content call for, each once, and where each will be found.

Anchors are made here only, so that links and their targets agree. What must not go here: how
sources are shown (``source_tables``, ``source_lists``).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field

from cpsa.documents.content_model import Bars, Case, Content, Table, Tiles
from cpsa.figures import NO_FIGURE
from cpsa.provenance.derivation import DerivationResolver
from cpsa.provenance.origin import (
    AmountKind,
    AmountOrigin,
    Origin,
    ReportingOrigin,
    RowsOrigin,
    ScoreKind,
    ScoreOrigin,
)

MAX_FIGURES = 50_000
"""Beyond so many figures a page with all their sources would be too large for a browser."""

FigureKey = tuple[str, str]  # indicator and dimension
QuarterSpan = tuple[str, str]  # first quarter (blank: the beginning) and last


def list_origins(content: Content) -> Iterator[Origin]:
    """The origin of every printed figure, in the order of print; repetitions included."""
    for section in content.sections:
        for block in section.blocks:
            match block:
                case Table():
                    for row in (*(row for body in block.bodies for row in body.rows), block.total):
                        for cell in row:
                            if cell.origin is not None and cell.text not in ("", NO_FIGURE):
                                yield cell.origin
                case Tiles():
                    yield from (tile.origin for tile in block.tiles if tile.origin is not None)
                case Bars():
                    yield from (bar.origin for bar in block.bars if bar.origin is not None)
                case Case():
                    for fact in block.facts:
                        yield from (origin for _, origin in fact.figures or ())


@dataclass
class AgencyNeeds:
    """What is needed of one agency: figures with the spans they are summed over."""

    actual: dict[FigureKey, set[QuarterSpan]] = field(default_factory=lambda: defaultdict(set))
    target: dict[str, set[QuarterSpan]] = field(default_factory=lambda: defaultdict(set))
    updates: set[str] = field(default_factory=set)
    baselines: bool = False


@dataclass
class NeededSources:
    """All sources that are needed."""

    agencies: dict[str, AgencyNeeds] = field(default_factory=lambda: defaultdict(AgencyNeeds))
    sums: dict[FigureKey, set[QuarterSpan]] = field(default_factory=lambda: defaultdict(set))
    scores: dict[tuple[str, str], None] = field(default_factory=dict)
    reporting: dict[tuple[str, str], None] = field(default_factory=dict)
    lists: dict[tuple[str, tuple[object, ...]], int] = field(default_factory=dict)
    too_many: bool = False
    """Whether showing all would make a page too large to be opened."""

    @classmethod
    def from_content(cls, content: Content, resolver: DerivationResolver) -> NeededSources:
        needs, distinct_origins = cls(), dict.fromkeys(list_origins(content))
        for origin in distinct_origins:
            needs._add_origin(origin, resolver)
        counted = sum(map(len, resolver.accepted.values()))
        row_count = sum(len(rows) for _, rows in needs.lists)
        needs.too_many = len(distinct_origins) + counted * len(needs.sums) + row_count > MAX_FIGURES
        if not needs.too_many:
            needs._add_parts(resolver)
        return needs

    def _add_origin(self, origin: Origin, resolver: DerivationResolver) -> None:
        match origin:
            case AmountOrigin():
                self._add_amount(origin, resolver)
            case ScoreOrigin():
                self.scores[origin.agency, origin.quarter] = None
            case ReportingOrigin():
                for row in resolver.resolve(origin).parts:
                    self.reporting[row.quarter, row.agency] = None
            case RowsOrigin() if origin.rows:
                self.lists.setdefault((origin.frame, origin.rows), len(self.lists) + 1)
                for part in resolver.resolve(origin).parts:
                    if part.agency:
                        self.agencies[part.agency].updates.add(part.quarter)

    def _add_amount(self, amount: AmountOrigin, resolver: DerivationResolver) -> None:
        place, span = (amount.indicator, amount.dimension), (amount.since, amount.until)
        if not amount.agency:
            self.sums[place].add(span)
            return
        agency_needs = self.agencies[amount.agency]
        if amount.kind is AmountKind.BASELINE:
            agency_needs.baselines = True
            return
        if amount.kind is not AmountKind.TARGET:
            agency_needs.actual[place].add(span)
        if amount.kind in (
            AmountKind.TARGET,
            AmountKind.SHARE,
            AmountKind.WITH_TARGET,
            AmountKind.COMPARED,
        ):
            agency_needs.target[amount.indicator].add(span)
        if amount.kind is AmountKind.SHARE and (rate_of := resolver.indicator(amount).rate_of):
            agency_needs.actual[rate_of, ""].add(span)
        if amount.kind is AmountKind.PART:
            agency_needs.actual[amount.indicator, ""].add(span)

    def _add_parts(self, resolver: DerivationResolver) -> None:
        """Add what sums and scores are computed from."""
        for place, spans in self.sums.items():
            for since, until in spans:
                amount = AmountOrigin(AmountKind.SHARE, *place, since=since, until=until)
                for agency in resolver.agencies(amount):
                    if resolver.list_actuals(amount, agency):
                        self.agencies[agency].actual[place].add((since, until))
                    if resolver.list_targets(amount, agency):
                        self.agencies[agency].target[amount.indicator].add((since, until))
                        if rate_of := resolver.indicator(amount).rate_of:
                            self.agencies[agency].actual[rate_of, ""].add((since, until))
        for agency, quarter in self.scores:
            for part in resolver.list_all_achievements(agency, quarter):
                rate_of = resolver.snapshot.framework.by_code[part.indicator].rate_of
                for code in filter(None, (part.indicator, rate_of)):
                    self.agencies[agency].actual[code, ""].add(("", quarter))
                self.agencies[agency].target[part.indicator].add(("", quarter))

    def list_quarters(self, agency: str, resolver: DerivationResolver) -> tuple[str, ...]:
        """An agency's accepted quarters in which something is needed."""
        agency_needs = self.agencies[agency]
        spans = {
            span
            for spans_by_key in (agency_needs.actual, agency_needs.target)
            for key_spans in spans_by_key.values()
            for span in key_spans
        }
        return tuple(
            quarter
            for quarter in sorted(resolver.accepted.get(agency, ()))
            if quarter in agency_needs.updates
            or any(since <= quarter <= until for since, until in spans)
        )


def make_origin_anchor(origin: Origin, needs: NeededSources) -> str:
    """The id a figure is linked to; the sources decide whether it exists."""
    match origin:
        case AmountOrigin(kind=AmountKind.BASELINE):
            return f"{origin.agency}.baselines"
        case AmountOrigin() if not origin.agency:
            return make_sum_anchor((origin.indicator, origin.dimension))
        case AmountOrigin(kind=AmountKind.TARGET):
            return make_target_anchor(origin.agency, origin.indicator)
        case AmountOrigin(kind=AmountKind.ACTUAL) if origin.since == origin.until:
            return make_cell_anchor(
                origin.agency, (origin.indicator, origin.dimension), origin.until
            )
        case AmountOrigin():
            return make_row_anchor(origin.agency, (origin.indicator, origin.dimension))
        case ScoreOrigin(kind=ScoreKind.GROUP):
            return f"{make_score_anchor(origin.agency, origin.quarter)}.{origin.group}"
        case ScoreOrigin():
            return make_score_anchor(origin.agency, origin.quarter)
        case ReportingOrigin():
            return (
                make_reporting_anchor(origin.until, origin.form)
                if origin.form
                else make_reporting_anchor()
            )
        case RowsOrigin(frame="table_values", rows=(row,)):
            return make_value_anchor(row)
        case RowsOrigin():
            number = needs.lists.get((origin.frame, origin.rows))
            return f"rows.{number}" if number else ""


def make_sum_anchor(place: FigureKey) -> str:
    return ".".join(("all", *filter(None, place)))


def make_row_anchor(agency: str, place: FigureKey) -> str:
    return ".".join((agency, *filter(None, place)))


def make_cell_anchor(agency: str, place: FigureKey, quarter: str) -> str:
    return f"{make_row_anchor(agency, place)}.{quarter}"


def make_target_anchor(agency: str, indicator: str) -> str:
    return f"{agency}.{indicator}.target"


def make_value_anchor(row: object) -> str:
    """Of one value of a table that an agency gave, by its label in the snapshot's frame."""
    return f"value.{row}"


def make_update_anchor(agency: str, quarter: str) -> str:
    return f"{agency}.{quarter}"


def make_score_anchor(agency: str, quarter: str) -> str:
    return f"{agency}.{quarter}.score"


def make_reporting_anchor(quarter: str = "", form: str = "") -> str:
    return ".".join(("closed", *filter(None, (quarter, form))))
