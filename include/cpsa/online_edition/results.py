"""The programme's results on the first page: this quarter, to date, and a line over the last quarters.

Which results is data of the programme (``public_results`` of ``programme.yaml``). What must not go here: how well
agencies report, or any figure of an agency.
"""

from __future__ import annotations

from dataclasses import dataclass

from cpsa.calendar import Quarter
from cpsa.documents import period_sums
from cpsa.documents.blocks import UNCONFIRMED
from cpsa.documents.period_sums import NO_SUM, Sums
from cpsa.figures import NO_FIGURE
from cpsa.framework.model import TOTAL, Indicator
from cpsa.online_edition import page_addresses
from cpsa.online_edition.site_edition import SiteEdition
from cpsa.reference.programme import PublicResult
from cpsa.reference.programme_in_use import get_programme
from cpsa.scoring.reporting_rates import compute_share

QUARTERS = 8
"""How many quarters the line has."""
WIDTH, HEIGHT, EDGE = 160.0, 40.0, 4.0


@dataclass(frozen=True)
class Result:
    """One result as it is shown. ``points``: of the line, one text for each unbroken part; ``last``: its end.

    ``address``: where the parts of the sum to date are listed; ``restated``: whether a figure in it was.
    """

    name: str
    quarter: str
    to_date: str
    mark: str
    address: str
    points: tuple[str, ...]
    last: tuple[float, float] | None
    alternative: str
    restated: bool


def build_results(edition: SiteEdition) -> tuple[Result, ...]:
    """The results that have a figure, in the order of the programme's file."""
    by_code = edition.snapshot.framework.by_code
    return tuple(
        built
        for result in get_programme().public_results
        if result.indicator in by_code
        and (built := _build_result(edition, result, by_code[result.indicator])) is not None
    )


def list_restated(edition: SiteEdition) -> tuple[tuple[str, str], ...]:
    """Where it is shown what changed: address and name of each agency and quarter, the newest first."""
    restated = edition.snapshot.restatements
    pairs = {(row.quarter, row.agency) for row in restated.itertuples(index=False)}
    return tuple(
        (
            f"{page_addresses.make_agency_source_address(agency, quarter)}#restated",
            f"{edition.words.agency(agency)}, {edition.words.period(Quarter.parse(quarter))}",
        )
        for quarter, agency in sorted(pairs, reverse=True)
        if agency in edition.agencies_with_pages
        and edition.find_score(agency, Quarter.parse(quarter))
        is not None  # else it has no such page
    )


def _build_result(
    edition: SiteEdition, result: PublicResult, indicator: Indicator
) -> Result | None:
    words, snapshot, last = edition.words, edition.snapshot, edition.quarter
    to_date = period_sums.sum_of_state(snapshot, last)
    total = to_date.get((indicator.code, TOTAL), NO_SUM)
    if total.actual is None:
        return None
    quarters = edition.quarters[:QUARTERS][::-1]
    sums = [period_sums.sum_of_state(snapshot, quarter, quarter) for quarter in quarters]
    values = [_compute_value(result, quarter_sums) for quarter_sums in sums]
    printed = [_print_value(edition, result, indicator, value) for value in values]
    points, end = _draw_line(values)
    anchor = page_addresses.make_figure_anchor(indicator.code)
    source = page_addresses.make_state_source_address(page_addresses.TO_DATE, indicator.group)
    return Result(
        name=words.label(result.name),
        quarter=printed[-1],
        to_date=_print_value(edition, result, indicator, _compute_value(result, to_date)),
        mark=UNCONFIRMED if total.unconfirmed else "",
        address=f"{source}#{anchor}",
        points=points,
        last=end,
        alternative="; ".join(
            f"{words.months(quarter)}: {text}"
            for quarter, text in zip(quarters, printed, strict=True)
        ),
        restated=bool((snapshot.restatements["indicator"] == indicator.code).any()),
    )


def _compute_value(result: PublicResult, sums: Sums) -> float | None:
    """Hundredths, or the share of a dimension in the total; None where nothing was reported."""
    total = sums.get((result.indicator, TOTAL), NO_SUM).actual
    if not result.dimension:
        return total
    part = sums.get((result.indicator, result.dimension), NO_SUM).actual
    return compute_share(part, total) if part is not None and total else None


def _print_value(
    edition: SiteEdition, result: PublicResult, indicator: Indicator, value: float | None
) -> str:
    if value is None:
        return NO_FIGURE
    if result.dimension:
        return edition.words.percent(value)
    return edition.words.quantity(int(value), indicator.unit)


def _draw_line(
    values: list[float | None],
) -> tuple[tuple[str, ...], tuple[float, float] | None]:
    """The points of a small line from 0 to the highest value; broken where nothing was reported."""
    known = [value for value in values if value is not None]
    low, high = min([0.0, *known]), max([0.0, *known])
    span = (high - low) or 1.0
    step = (WIDTH - 2 * EDGE) / max(len(values) - 1, 1)
    parts: list[list[str]] = [[]]
    end = None
    for place, value in enumerate(values):
        if value is None:
            parts.append([])
            continue
        x = round(EDGE + place * step, 1)
        y = round(HEIGHT - EDGE - (value - low) / span * (HEIGHT - 2 * EDGE), 1)
        parts[-1].append(f"{x:g},{y:g}")
        end = x, y
    return tuple(" ".join(part) for part in parts if part), end
