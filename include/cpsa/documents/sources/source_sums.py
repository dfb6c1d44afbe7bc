"""Sources of sums over agencies: what each agency gave, leading to its own figures.

What must not go here: an agency's quarters (``source_tables``).
"""

from __future__ import annotations

from collections.abc import Iterator

from cpsa.documents.blocks import column, table, text_cell
from cpsa.documents.content_model import Cell, CellKind, Table
from cpsa.documents.document_text import DocumentText
from cpsa.documents.linked_blocks import AnchoredRows, LinkedCell
from cpsa.documents.sources import source_needs
from cpsa.documents.sources.source_needs import FigureKey, NeededSources, QuarterSpan
from cpsa.documents.sources.source_tables import format_span
from cpsa.framework.model import TOTAL, Indicator
from cpsa.provenance.derivation import DerivationResolver
from cpsa.provenance.origin import AmountKind, AmountOrigin


def build_sum_sources(
    words: DocumentText, resolver: DerivationResolver, needs: NeededSources
) -> Table | None:
    """What each sum over agencies is made of, each part leading to the agency's own figures."""
    spans = sorted({span for sum_spans in needs.sums.values() for span in sum_spans})
    bodies = [
        body
        for indicator in words.snapshot.framework.indicators
        for dimension in (TOTAL, *indicator.dimensions)
        if (indicator.code, dimension) in needs.sums
        and (
            body := _build_sum(
                words, resolver, indicator, (indicator.code, dimension), needs, spans
            )
        )
    ]
    if not bodies:
        return None
    columns = [column(words("actions.agency"), 3)]
    kinds = _list_amount_kinds(words, needs)
    for span in spans:
        span_text = format_span(words, span)
        columns += [
            column(words(f"source.{_HEADS[kind]}", span=span_text), figure=True) for kind in kinds
        ]
    return table(words("source.sums"), columns, bodies=bodies, dense=True)


_HEADS = {
    AmountKind.ACTUAL: "reported",
    AmountKind.WITH_TARGET: "with_target",
    AmountKind.TARGET: "target",
    AmountKind.RATE_OF: "rate_of",
}


def _list_amount_kinds(words: DocumentText, needs: NeededSources) -> tuple[AmountKind, ...]:
    """What is shown of every sum; what a rate is of where one is among them."""
    known = words.snapshot.framework.by_code
    rates = any(known[indicator].rate_of for indicator, _ in needs.sums)
    return tuple(kind for kind in _HEADS if rates or kind is not AmountKind.RATE_OF)


def _build_sum(
    words: DocumentText,
    resolver: DerivationResolver,
    indicator: Indicator,
    place: FigureKey,
    needs: NeededSources,
    spans: list[QuarterSpan],
) -> AnchoredRows | None:
    needed, kinds = needs.sums[place], _list_amount_kinds(words, needs)
    values_by_agency: dict[str, dict[tuple[AmountKind, QuarterSpan], float]] = {}
    totals: dict[tuple[AmountKind, QuarterSpan], float] = {}
    for span in needed:
        for kind in kinds:
            for part in resolver.resolve(AmountOrigin(kind, *place, "", *span)).parts:
                agency_values = values_by_agency.setdefault(part.agency, {})
                agency_values[kind, span] = agency_values.get((kind, span), 0) + (part.value or 0)
                totals[kind, span] = totals.get((kind, span), 0) + (part.value or 0)

    def cells(values: dict[tuple[AmountKind, QuarterSpan], float], agency: str) -> Iterator[Cell]:
        for span in spans:
            for kind in kinds:
                value = values.get((kind, span))
                text = words.in_full(int(value), indicator.unit) if value is not None else ""
                href = ""
                if agency and text:
                    href = (
                        source_needs.make_target_anchor(agency, indicator.code)
                        if kind is AmountKind.TARGET
                        else source_needs.make_row_anchor(agency, place)
                    )
                yield LinkedCell(text, CellKind.FIGURE, href=href)

    agencies = words.snapshot.agencies
    order = [code for code in agencies if code in values_by_agency] + [
        code for code in values_by_agency if code not in agencies
    ]
    rows = [
        (text_cell(words.agency_with_code(agency)), *cells(values_by_agency[agency], agency))
        for agency in order
    ]
    if not rows:
        return None
    rows.append((text_cell(words("source.sum")), *cells(totals, "")))
    title = f"{indicator.code} {words.figure(*place)}"
    return AnchoredRows(tuple(rows), title, id=source_needs.make_sum_anchor(place))
