"""Sources of sums over agencies: what each agency gave, leading to its own figures.

What must not go here: an agency's quarters (``source_tables``).
"""

from __future__ import annotations

from collections.abc import Iterator

from cpsa.documents import source_needs as at
from cpsa.documents.linked import Anchored, Linked
from cpsa.documents.model import Cell, CellKind, Table
from cpsa.documents.origin import Amount, What
from cpsa.documents.parts import column, plain, table
from cpsa.documents.resting import Resting
from cpsa.documents.source_needs import Needs, Place, Span
from cpsa.documents.source_tables import span_in_words
from cpsa.documents.words import Words
from cpsa.framework import TOTAL, Indicator


def sums(words: Words, resting: Resting, needs: Needs) -> Table | None:
    """What each sum over agencies is made of, each part leading to the agency's own figures."""
    spans = sorted({span for some in needs.sums.values() for span in some})
    bodies = [
        body
        for one in words.snapshot.framework.indicators
        for dimension in (TOTAL, *one.dimensions)
        if (one.code, dimension) in needs.sums
        and (body := _sum_of(words, resting, one, (one.code, dimension), needs, spans))
    ]
    if not bodies:
        return None
    columns = [column(words("actions.agency"), 3)]
    whats = _whats(words, needs)
    for span in spans:
        told = span_in_words(words, span)
        columns += [
            column(words(f"source.{_HEADS[what]}", span=told), figure=True) for what in whats
        ]
    return table(words("source.sums"), columns, bodies=bodies, dense=True)


_HEADS = {
    What.ACTUAL: "reported",
    What.WITH_TARGET: "with_target",
    What.TARGET: "target",
    What.RATE_OF: "rate_of",
}


def _whats(words: Words, needs: Needs) -> tuple[What, ...]:
    """What is shown of every sum; what a rate is of where one is among them."""
    known = words.snapshot.framework.by_code
    rates = any(known[indicator].rate_of for indicator, _ in needs.sums)
    return tuple(what for what in _HEADS if rates or what is not What.RATE_OF)


def _sum_of(
    words: Words, resting: Resting, one: Indicator, place: Place, needs: Needs, spans: list[Span]
) -> Anchored | None:
    called, whats = needs.sums[place], _whats(words, needs)
    held: dict[str, dict[tuple[What, Span], float]] = {}
    sums: dict[tuple[What, Span], float] = {}
    for span in called:
        for what in whats:
            for part in resting.of(Amount(what, *place, "", *span)).parts:
                own = held.setdefault(part.agency, {})
                own[what, span] = own.get((what, span), 0) + (part.value or 0)
                sums[what, span] = sums.get((what, span), 0) + (part.value or 0)

    def cells(of: dict[tuple[What, Span], float], agency: str) -> Iterator[Cell]:
        for span in spans:
            for what in whats:
                value = of.get((what, span))
                text = words.in_full(int(value), one.unit) if value is not None else ""
                href = ""
                if agency and text:
                    href = (
                        at.of_target(agency, one.code)
                        if what is What.TARGET
                        else at.of_row(agency, place)
                    )
                yield Linked(text, CellKind.FIGURE, href=href)

    known = words.snapshot.agencies
    order = [code for code in known if code in held] + [code for code in held if code not in known]
    rows = [
        (plain(words.agency_with_code(agency)), *cells(held[agency], agency)) for agency in order
    ]
    if not rows:
        return None
    rows.append((plain(words("source.sum")), *cells(sums, "")))
    title = f"{one.code} {words.indicator(one.code)}"
    if place[1]:
        title = f"{title}: {words.dimension(place[1])}"
    return Anchored(tuple(rows), title, id=at.of_sum(place))
