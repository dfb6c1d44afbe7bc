"""Figures reckoned and printed a second time, from what the independent replay accepted.

What belongs here: sums, shares and rates over the replay's histories, and how a figure is written
(domain.md, "Scores" and "Money"). What must not: any reckoning or printing of the package.
"""

from __future__ import annotations

import csv
from fractions import Fraction
from pathlib import Path

from tests.oracle import shares
from tests.oracle.framework import INDICATORS
from tests.oracle.history import Accepted
from tests.oracle.programme import load_programme, number_of
from tests.oracle.replay import REPORTING, SCORES, Replay
from tests.oracle.unconfirmed import load_explanations, unconfirmed_figures

NONE = "–"
LAKH, CRORE = 100_000, 10_000_000
WORDS = {"en": ("crore", "lakh"), "hi": ("करोड़", "लाख")}
UNITS = {one.code: one.unit for form in INDICATORS.values() for one in form.values()}
STOCKS = {one.code for form in INDICATORS.values() for one in form.values() if one.kind == "stock"}
RATES = {
    one.code: (one.rate_of, one.rate_target)
    for form in INDICATORS.values()
    for one in form.values()
    if one.rate_of
}
TARGETED = {one.code for form in INDICATORS.values() for one in form.values() if one.targeted}


Sums = tuple[Fraction | None, Fraction | None]


class Accounts:
    """A programme folder replayed; every question is answered over quarters first to last."""

    def __init__(self, programme: Path) -> None:
        replay = Replay(load_programme(programme))
        results = replay.run()
        self._replay = replay
        self._doubts = frozenset(unconfirmed_figures(replay, load_explanations(programme)))
        self._histories = replay.histories
        self._registry = replay.programme.registry
        self._first = replay.programme.first_quarter
        self._scores = {row[:2]: dict(zip(SCORES, row, strict=True)) for row in results.scores}
        self._reporting = {
            row[:2]: dict(zip(REPORTING, row, strict=True)) for row in results.reporting
        }
        with (programme / "registry" / "baselines.csv").open(encoding="utf-8-sig") as stream:
            self._baselines = {
                (row["agency"], row["indicator"]): Fraction(row["value"])
                for row in csv.DictReader(stream)
            }

    @property
    def agencies(self) -> tuple[str, ...]:
        return tuple(self._histories)

    def actual(self, agency: str, code: str, first: str, last: str) -> Fraction | None:
        """A flow's sum, a stock's latest value; None where no accepted update gives one."""
        held = [one.values.get((code, "")) for one in self._accepted(agency, first, last)]
        known = [value for value in held if value is not None]
        if not known:
            return None
        return known[-1] if code in STOCKS else sum(known, Fraction(0))

    def target(self, agency: str, code: str, first: str, last: str) -> Fraction | None:
        aims = self._registry.targets
        places = [(agency, code, one.quarter) for one in self._accepted(agency, first, last)]
        held = [aims[place] for place in places if place in aims]
        return sum(held, Fraction(0)) if held and code in TARGETED else None

    def baseline(self, agency: str, code: str) -> Fraction | None:
        return self._baselines.get((agency, code))

    def with_target(self, agency: str, code: str, first: str, last: str, of: str = "") -> Sums:
        """An agency's actual and target over the accepted pairs that have a target; ``of``: the
        values of another indicator in the same pairs."""
        pairs = [
            (one.values.get((of or code, "")), self._registry.targets[place])
            for one in self._accepted(agency, first, last)
            if (place := (agency, code, one.quarter)) in self._registry.targets
        ]
        if code in STOCKS:
            latest = [
                one for one in self._accepted(agency, first, last) if (code, "") in one.values
            ]
            newest = {one.quarter for one in latest[-1:]}
            aims, held = self._registry.targets, latest[-1:]
            pairs = [
                (held[0].values[code, ""], aims[agency, code, quarter])
                for quarter in newest
                if (agency, code, quarter) in aims
            ]
        if not pairs or code not in TARGETED:
            return None, None
        zero = Fraction(0)
        return sum((one or zero for one, _ in pairs), zero), sum((aim for _, aim in pairs), zero)

    def all_with_target(self, code: str, first: str, last: str, of: str = "") -> Sums:
        held = [self.with_target(agency, code, first, last, of) for agency in self.agencies]
        return _total([one for one, _ in held]), _total([aim for _, aim in held])

    def without_target(self, code: str, first: str, last: str) -> tuple[int, int, int]:
        """Agencies with a value, those of them without a target, those with one for some quarters."""
        given = none = partly = 0
        for agency in self.agencies:
            accepted = self._accepted(agency, first, last)
            aims = sum((agency, code, one.quarter) in self._registry.targets for one in accepted)
            gave = any((code, "") in one.values for one in accepted)
            given += gave
            none += gave and not aims
            partly += 0 < aims < len(accepted)
        return given, none, partly

    def is_partly_without(self, agency: str, code: str, first: str, last: str) -> bool:
        """Whether some accepted quarters of the agency have a target and others none."""
        accepted = self._accepted(agency, first, last)
        aims = sum((agency, code, one.quarter) in self._registry.targets for one in accepted)
        return code in TARGETED and 0 < aims < len(accepted)

    def all_actual(self, code: str, first: str, last: str) -> Fraction | None:
        return _total([self.actual(agency, code, first, last) for agency in self.agencies])

    def all_confirmed(self, code: str, first: str, last: str) -> shares.Share:
        """All agencies' sums without the figures that are to be confirmed."""
        (indicator,) = (one for one in shares.all_indicators() if one.code == code)
        asked = self._replay, self.agencies, first, last, indicator
        return shares.roll_up(*asked, doubts=self._doubts, without_doubts=True)

    def score(self, agency: str, quarter: str, name: str) -> str:
        """A composite or group score as printed; a dash where the agency has none."""
        return self._scores.get((agency, quarter), {}).get(name) or NONE

    def coverage(self, agency: str, quarter: str) -> Fraction:
        since = max(self._registry.agencies[agency].active_from, self._first)
        owed = number_of(quarter) - number_of(since) + 1
        return Fraction(len(self._accepted(agency, "", quarter)), owed)

    def reporting(self, quarter: str, form: str, name: str) -> int:
        return int(self._reporting[quarter, form][name])

    def _accepted(self, agency: str, first: str, last: str) -> list[Accepted]:
        return [one for one in self._histories[agency] if first <= one.quarter <= last]


def _total(held: list[Fraction | None]) -> Fraction | None:
    known = [value for value in held if value is not None]
    return sum(known, Fraction(0)) if known else None


def share(actual: Fraction | None, target: Fraction | None) -> Fraction | None:
    return (actual or Fraction(0)) / target if target and target > 0 else None


# How figures are written


def short(value: Fraction | None, code: str, language: str) -> str:
    """Rupees of a lakh and more in lakh or crore to two places, half up; the rest in full."""
    if value is not None and UNITS[code] == "inr":
        for unit, word in zip((CRORE, LAKH), WORDS[language], strict=True):
            if abs(value) >= unit:
                sign = "-" if value < 0 else ""
                return f"{sign}₹ {_places(abs(value) / unit, 2)} {word}"
    return full(value, code)


def full(value: Fraction | None, code: str) -> str:
    """With Indian grouping; paise, or parts of a unit, only where there are some."""
    if value is None:
        return NONE
    size = _places(abs(value), 2)
    if UNITS[code] == "inr":
        return ("-" if value < 0 else "") + "₹ " + size.removesuffix(".00")
    return ("-" if value < 0 else "") + size.rstrip("0").removesuffix(".")


def percent(value: Fraction | None) -> str:
    return (
        NONE if value is None else ("-" if value < 0 else "") + f"{_places(abs(value) * 100, 1)} %"
    )


def number(value: int) -> str:
    return _places(Fraction(value), 0)


def _places(size: Fraction, places: int) -> str:
    """Half up, the whole part grouped 3-2-2."""
    steps = (size * 10**places + Fraction(1, 2)).__floor__()
    whole, rest = divmod(steps, 10**places)
    head, tail = str(whole)[:-3], str(whole)[-3:]
    pairs = [head[max(at - 2, 0) : at] for at in range(len(head), 0, -2)][::-1]
    return ",".join([*pairs, tail]) + (f".{rest:0{places}d}" if places else "")
