"""Learning document: what the figures say by rule: far beyond and far below a target, and who moved.

Every row shows the figures its rule looked at. What must not go here: what agencies wrote
(``learning_voices``), or a reason for a figure.
"""

from __future__ import annotations

from collections.abc import Callable
from operator import itemgetter
from typing import Any

from cpsa.calendar import AnyPeriod, Quarter
from cpsa.documents import definitions, shares, sums
from cpsa.documents.model import Block, Cell, Paragraph, Subheading, Table
from cpsa.documents.origin import Amount, Held, Scored, What
from cpsa.documents.parameters import Parameters
from cpsa.documents.parts import CARRIED, code, column, number, plain, present, table
from cpsa.documents.words import Words
from cpsa.framework import TOTAL


def beyond(words: Words, period: AnyPeriod, parameters: Parameters) -> list[Block]:
    """Figures well beyond targets worth having, the highest first; none that is unconfirmed."""
    least = parameters.achievement_share
    found = _figures(words, period, parameters, lambda share: share >= least, highest=True)
    if found is None:
        return []
    rule = words("worked.rule", **_limits(words, parameters, least))
    return [Subheading(words("worked.achievements")), Paragraph(rule, note=True), found]


def below(words: Words, period: AnyPeriod, parameters: Parameters) -> list[Block]:
    """Figures far below targets worth having, the lowest first; none that is unconfirmed."""
    most = parameters.shortfall_share
    found = _figures(words, period, parameters, lambda share: share < most, highest=False)
    if found is None:
        return []
    rule = words("behind.rule", **_limits(words, parameters, most))
    return [Subheading(words("behind.achievements")), Paragraph(rule, note=True), found]


def _limits(words: Words, parameters: Parameters, share: float) -> dict[str, str]:
    floor = parameters.achievement_floor
    return {
        "share": words.whole_percent(share),
        "count": words.quantity(floor["count"], "count"),
        "rupees": words.quantity(floor["inr"], "inr"),
    }


def _figures(
    words: Words,
    period: AnyPeriod,
    parameters: Parameters,
    counts: Callable[[float], bool],
    *,
    highest: bool,
) -> Table | None:
    within = sums.of_agencies(words.snapshot, period.last_quarter, period.first_quarter)
    found = []
    for agency in words.snapshot.agencies:
        for one in words.snapshot.framework.indicators:
            figure = within.get(agency, {}).get((one.code, TOTAL), sums.NONE)
            reached = shares.reached(one, figure)
            if reached is None or not counts(reached) or shares.is_unconfirmed(one, figure):
                continue
            measure = figure.target if one.rate_of is None else figure.rate_of_sum
            if (measure or 0) >= parameters.achievement_floor[one.unit]:
                place = -reached if highest else reached
                found.append((place, agency, one.code, one, figure))
    found.sort(key=itemgetter(0, 1, 2))
    if not found:
        return None

    def of(what: What, agency: str, indicator: str) -> Amount:
        first, last = period.first_quarter.key, period.last_quarter.key
        return Amount(what, indicator, agency=agency, since=first, until=last)

    return table(
        "",
        (
            column(words("actions.agency"), 3),
            column(words("code"), 0.8),
            column(words("indicator"), 3.6),
            column(words("progress.actual"), 1.6, figure=True),
            column(words("progress.target"), 1.6, figure=True),
            column(words("progress.share"), 1.7, figure=True),
        ),
        (
            (
                plain(words.agency(agency)),
                code(one.code),
                plain(words.indicator(one.code)),
                number(
                    words.quantity(figure.actual_with_target, one.unit),
                    origin=of(What.WITH_TARGET, agency, one.code),
                ),
                number(
                    words.quantity(figure.target, one.unit),
                    origin=of(What.TARGET, agency, one.code),
                ),
                number(
                    shares.share(words, one, figure, lines=True),
                    origin=of(What.SHARE, agency, one.code),
                ),
            )
            for _, agency, _, one, figure in found[: parameters.achievements_shown]
        ),
    )


def movers(words: Words, period: AnyPeriod, parameters: Parameters) -> tuple[Block, ...]:
    """Agencies whose composite changed most since before the period, the greatest gain first.

    All that had an update accepted in the period; a score carried over from an earlier quarter is
    marked.
    """
    before, after = period.first_quarter - 1, period.last_quarter
    earlier = {
        row.agency: row for row in words.snapshot.of("scores", quarter=before.key).itertuples()
    }
    within = {quarter.key for quarter in period.quarters}
    accepted = {agency for agency, quarter in words.snapshot.accepted if quarter in within}
    moved = []
    for now in words.snapshot.of("scores", quarter=after.key).itertuples():
        was = earlier.get(now.agency)
        if now.agency not in accepted or was is None:
            continue
        if present(was.composite) and present(now.composite):
            moved.append((now.composite - was.composite, now.agency, was, now))
    far = [one for one in moved if round(abs(one[0]), 4) >= parameters.moved_least]
    far.sort(key=lambda one: (-abs(one[0]), one[1]))
    shown = sorted(far[: parameters.movers_shown], key=lambda one: (-one[0], one[1]))
    if not shown:
        return ()

    def score(row: Any, quarter: Quarter) -> Cell:
        mark = "" if (row.agency, quarter.key) in words.snapshot.accepted else CARRIED
        origin = Scored(Held.COMPOSITE, row.agency, quarter.key)
        return number(words.score(row.composite), mark=mark, origin=origin)

    found = table(
        words(
            "movers.caption", quarter=words.months(before), least=f"{parameters.moved_least:.2f}"
        ),
        (
            column(words("actions.agency"), 4),
            column(words.months(before), 1.6, figure=True),
            column(words.months(after), 1.6, figure=True),
        ),
        (
            (plain(words.agency_with_code(agency)), score(was, before), score(now, after))
            for _, agency, was, now in shown
        ),
    )
    carried = any(cell.mark for body in found.bodies for row in body.rows for cell in row)
    notes = [
        Paragraph(words("movers.carried", mark=CARRIED), note=True) if carried else None,
        definitions.changed_note(words, before, after),
    ]
    return (found, *(note for note in notes if note))
