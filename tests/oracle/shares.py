"""Shares of target of roll-ups: sums first, over the pairs of agency and quarter that compare.

A pair counts in a share when its update is accepted and it has a row in targets.csv; what is
missing in such an update counts as nothing.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction

from tests.oracle.framework import INDICATORS, Indicator
from tests.oracle.history import Accepted
from tests.oracle.replay import Replay
from tests.oracle.unconfirmed import Figure

Pair = tuple[str, Accepted]


@dataclass(frozen=True)
class Share:
    """Sums over a period and some agencies; None where nothing is to be added."""

    actual: Fraction | None  # of all accepted values
    with_target: Fraction | None  # of the pairs that have a target
    target: Fraction | None
    answered: Fraction | None  # of a rate: what the other indicator comes to in these pairs
    without_target: int  # agencies with a value, and no target in any accepted quarter
    partly_without_target: int
    unconfirmed: bool  # one of the figures in `actual` is
    share_unconfirmed: bool  # one of the figures in the share, or in either side of the rate

    @property
    def share(self) -> Fraction | None:
        return (self.with_target or Fraction(0)) / self.target if self.target else None

    @property
    def rate(self) -> Fraction | None:
        return (self.with_target or Fraction(0)) / self.answered if self.answered else None


def roll_up(
    replay: Replay,
    agencies: Iterable[str],
    first: str,
    last: str,
    indicator: Indicator,
    dimension: str = "",
    doubts: frozenset[Figure] = frozenset(),
    without_doubts: bool = False,
) -> Share:
    """One indicator's sums; ``without_doubts`` leaves the pairs out whose figure is in doubt."""
    code = indicator.code
    accepted = {
        agency: [one for one in replay.histories[agency] if first <= one.quarter <= last]
        for agency in agencies
        if replay.programme.registry.agencies[agency].form == indicator.form
    }
    valued = [
        (agency, one)
        for agency, quarters in accepted.items()
        for one in quarters
        if (code, dimension) in one.values
    ]
    if without_doubts:
        valued = [pair for pair in valued if not _doubted(pair, code, dimension, doubts)]
    if indicator.kind == "stock":
        valued = list({agency: (agency, one) for agency, one in valued}.values())  # the latest
    compared: list[Pair] = []
    if indicator.targeted and not dimension:
        rows = replay.programme.registry.targets
        pairs = [(agency, one) for agency, quarters in accepted.items() for one in quarters]
        if indicator.kind == "stock":
            pairs = valued
        compared = [(agency, one) for agency, one in pairs if (agency, code, one.quarter) in rows]
        if without_doubts:
            compared = [pair for pair in compared if not _in_doubt(pair, indicator, doubts)]
    without, partly = _holes(replay, accepted, indicator) if not dimension else (0, 0)
    return Share(
        actual=_sum(valued, code, dimension) if valued else None,
        with_target=_sum(compared, code) if compared else None,
        target=_targets(replay, compared, code) if compared else None,
        answered=_sum(compared, indicator.rate_of) if compared and indicator.rate_of else None,
        without_target=without,
        partly_without_target=partly,
        unconfirmed=any(_doubted(pair, code, dimension, doubts) for pair in valued),
        share_unconfirmed=any(_in_doubt(pair, indicator, doubts) for pair in compared),
    )


def _holes(
    replay: Replay, accepted: dict[str, list[Accepted]], indicator: Indicator
) -> tuple[int, int]:
    """How many agencies gave a value and have no target, and how many have one now and then."""
    without = partly = 0
    if not indicator.targeted:
        return 0, 0
    for agency, quarters in accepted.items():
        rows = replay.programme.registry.targets
        planned = sum((agency, indicator.code, one.quarter) in rows for one in quarters)
        gave = any((indicator.code, "") in one.values for one in quarters)
        without += gave and planned == 0
        partly += 0 < planned < len(quarters)
    return without, partly


def _sum(pairs: list[Pair], code: str, dimension: str = "") -> Fraction:
    return sum((one.values.get((code, dimension), Fraction(0)) for _, one in pairs), Fraction(0))


def _targets(replay: Replay, pairs: list[Pair], code: str) -> Fraction:
    rows = replay.programme.registry.targets
    return sum((rows[agency, code, one.quarter] for agency, one in pairs), Fraction(0))


def _doubted(pair: Pair, code: str, dimension: str, doubts: frozenset[Figure]) -> bool:
    agency, one = pair
    return (agency, one.quarter, code, dimension) in doubts


def _in_doubt(pair: Pair, indicator: Indicator, doubts: frozenset[Figure]) -> bool:
    """Of a rate either of its two figures."""
    codes = [indicator.code, *([indicator.rate_of] if indicator.rate_of else [])]
    return any(_doubted(pair, code, "", doubts) for code in codes)


def all_indicators() -> list[Indicator]:
    return [indicator for form in INDICATORS.values() for indicator in form.values()]
