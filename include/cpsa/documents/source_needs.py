"""Which sources the figures of a content call for, each once, and where each will be found.

Anchors are made here only, so that what leads and what is led to agree. What must not go here: how
sources are shown (``source_tables``, ``source_lists``).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field

from cpsa.documents.model import Bars, Case, Content, Table, Tiles
from cpsa.documents.origin import Amount, Held, Listed, Origin, Reporting, Scored, What
from cpsa.documents.resting import Resting
from cpsa.documents.words import NONE

MOST_FIGURES = 50_000
"""Beyond so many figures a page with all their sources would be too large for a browser."""

Place = tuple[str, str]  # indicator and dimension
Span = tuple[str, str]  # first quarter (blank: the beginning) and last


def origins(content: Content) -> Iterator[Origin]:
    """What every printed figure rests on, in the order of print; repetitions included."""
    for section in content.sections:
        for block in section.blocks:
            match block:
                case Table():
                    for row in (*(row for body in block.bodies for row in body.rows), block.total):
                        for cell in row:
                            if cell.origin is not None and cell.text not in ("", NONE):
                                yield cell.origin
                case Tiles():
                    yield from (one.origin for one in block.tiles if one.origin is not None)
                case Bars():
                    yield from (one.origin for one in block.bars if one.origin is not None)
                case Case():
                    for fact in block.facts:
                        yield from (origin for _, origin in fact.figures or ())


@dataclass
class OfAgency:
    """What is called for of one agency: places with the spans they are summed over."""

    actual: dict[Place, set[Span]] = field(default_factory=lambda: defaultdict(set))
    target: dict[str, set[Span]] = field(default_factory=lambda: defaultdict(set))
    updates: set[str] = field(default_factory=set)
    baselines: bool = False


@dataclass
class Needs:
    """All that is called for."""

    agencies: dict[str, OfAgency] = field(default_factory=lambda: defaultdict(OfAgency))
    sums: dict[Place, set[Span]] = field(default_factory=lambda: defaultdict(set))
    scores: dict[tuple[str, str], None] = field(default_factory=dict)
    reporting: dict[tuple[str, str], None] = field(default_factory=dict)
    lists: dict[tuple[str, tuple[object, ...]], int] = field(default_factory=dict)
    too_many: bool = False
    """Whether showing all would make a page too large to be opened."""

    @classmethod
    def of(cls, content: Content, resting: Resting) -> Needs:
        needs, all_of_them = cls(), dict.fromkeys(origins(content))
        for origin in all_of_them:
            needs._take(origin, resting)
        counted = sum(map(len, resting.accepted.values()))
        listed = sum(len(rows) for _, rows in needs.lists)
        needs.too_many = len(all_of_them) + counted * len(needs.sums) + listed > MOST_FIGURES
        if not needs.too_many:
            needs._follow(resting)
        return needs

    def _take(self, origin: Origin, resting: Resting) -> None:
        match origin:
            case Amount():
                self._take_amount(origin, resting)
            case Scored():
                self.scores[origin.agency, origin.quarter] = None
            case Reporting():
                for row in resting.of(origin).parts:
                    self.reporting[row.quarter, row.agency] = None
            case Listed() if origin.rows:
                self.lists.setdefault((origin.frame, origin.rows), len(self.lists) + 1)
                for part in resting.of(origin).parts:
                    if part.agency:
                        self.agencies[part.agency].updates.add(part.quarter)

    def _take_amount(self, of: Amount, resting: Resting) -> None:
        place, span = (of.indicator, of.dimension), (of.since, of.until)
        if not of.agency:
            self.sums[place].add(span)
            return
        own = self.agencies[of.agency]
        if of.what is What.BASELINE:
            own.baselines = True
            return
        if of.what is not What.TARGET:
            own.actual[place].add(span)
        if of.what in (What.TARGET, What.SHARE, What.WITH_TARGET, What.COMPARED):
            own.target[of.indicator].add(span)
        if of.what is What.SHARE and (other := resting.indicator(of).rate_of):
            own.actual[other, ""].add(span)
        if of.what is What.PART:
            own.actual[of.indicator, ""].add(span)

    def _follow(self, resting: Resting) -> None:
        """What sums and scores call for in turn."""
        for place, spans in self.sums.items():
            for since, until in spans:
                of = Amount(What.SHARE, *place, since=since, until=until)
                for agency in resting.agencies(of):
                    if resting.actuals(of, agency):
                        self.agencies[agency].actual[place].add((since, until))
                    if resting.plans(of, agency):
                        self.agencies[agency].target[of.indicator].add((since, until))
                        if other := resting.indicator(of).rate_of:
                            self.agencies[agency].actual[other, ""].add((since, until))
        for agency, quarter in self.scores:
            for part in resting.made_of(agency, quarter):
                other = resting.snapshot.framework.by_code[part.indicator].rate_of
                for code in filter(None, (part.indicator, other)):
                    self.agencies[agency].actual[code, ""].add(("", quarter))
                self.agencies[agency].target[part.indicator].add(("", quarter))

    def quarters(self, agency: str, resting: Resting) -> tuple[str, ...]:
        """An agency's accepted quarters that something called for is of."""
        own = self.agencies[agency]
        spans = {
            span for held in (own.actual, own.target) for some in held.values() for span in some
        }
        return tuple(
            quarter
            for quarter in sorted(resting.accepted.get(agency, ()))
            if quarter in own.updates or any(since <= quarter <= until for since, until in spans)
        )


def anchor(origin: Origin, needs: Needs) -> str:
    """The id a figure leads to; whether it is there is for the sources to say."""
    match origin:
        case Amount(what=What.BASELINE):
            return f"{origin.agency}.baselines"
        case Amount() if not origin.agency:
            return of_sum((origin.indicator, origin.dimension))
        case Amount(what=What.TARGET):
            return of_target(origin.agency, origin.indicator)
        case Amount(what=What.ACTUAL) if origin.since == origin.until:
            return of_cell(origin.agency, (origin.indicator, origin.dimension), origin.until)
        case Amount():
            return of_row(origin.agency, (origin.indicator, origin.dimension))
        case Scored(what=Held.GROUP):
            return f"{of_score(origin.agency, origin.quarter)}.{origin.group}"
        case Scored():
            return of_score(origin.agency, origin.quarter)
        case Reporting():
            return of_reporting(origin.until, origin.form) if origin.form else of_reporting()
        case Listed():
            number = needs.lists.get((origin.frame, origin.rows))
            return f"rows.{number}" if number else ""


def of_sum(place: Place) -> str:
    return ".".join(("all", *filter(None, place)))


def of_row(agency: str, place: Place) -> str:
    return ".".join((agency, *filter(None, place)))


def of_cell(agency: str, place: Place, quarter: str) -> str:
    return f"{of_row(agency, place)}.{quarter}"


def of_target(agency: str, indicator: str) -> str:
    return f"{agency}.{indicator}.target"


def of_update(agency: str, quarter: str) -> str:
    return f"{agency}.{quarter}"


def of_score(agency: str, quarter: str) -> str:
    return f"{agency}.{quarter}.score"


def of_reporting(quarter: str = "", form: str = "") -> str:
    return ".".join(("closed", *filter(None, (quarter, form))))
