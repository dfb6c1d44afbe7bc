"""Shares of target and figures to be confirmed: the package and the second reading agree.

On made-up programmes with agencies without a target, with one in some quarters only, targets of
nothing, open and explained findings, agencies that left, and half-years of one quarter.
"""

from __future__ import annotations

import csv
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from random import Random

import pytest
from tests.agreement.replaying import replay
from tests.agreement.test_agreement import assert_agreement
from tests.oracle import shares as by_hand
from tests.oracle.programme import load_programme
from tests.oracle.replay import Replay
from tests.oracle.unconfirmed import (
    PUT_IN_DOUBT,
    Explanation,
    Figure,
    is_explained,
    load_explanations,
    unconfirmed_figures,
    warnings,
)
from tests.programmes.generate import generate
from tests.stores import sqlite_only

from cpsa.calendar import Quarter
from cpsa.documents import period_sums, share_text
from cpsa.framework.model import TOTAL
from cpsa.provenance.snapshot import Snapshot
from cpsa.scoring.rollups import Sum, add_sums
from cpsa.services.app_context import AppContext
from cpsa.services.examination.explain_warnings import WarningAnswer, explain_warnings
from cpsa.services.publication.take_snapshot import take_snapshot

SEEDS = range(1, 61)
FAST = 3


@dataclass(frozen=True)
class Case:
    """A made-up programme, and what the second reading says of it."""

    folder: Path
    reading: Replay
    explanations: list[Explanation]
    doubts: frozenset[Figure]

    @property
    def quarters(self) -> list[str]:
        return sorted(self.reading.programme.arrivals)


def make_case(seed: int, folder: Path) -> Case:
    """Small ones: what differs from programme to programme matters, not their size."""
    rng = Random(seed)
    size = {"quarters": rng.choice((1, 2, 3, 3, 4)), "ias": rng.choice((3, 5)), "fcs": 3}
    generate(seed, folder, second_rounds=rng.random() < 0.3, **size)
    reading = Replay(load_programme(folder))
    reading.run()
    ask_some(reading, folder, Random(f"queries {seed}"))
    reading = Replay(load_programme(folder))
    reading.run()
    explain_some(reading, folder, rng)
    explanations = load_explanations(folder)
    doubts = frozenset(unconfirmed_figures(reading, explanations))
    return Case(folder, reading, explanations, doubts)


def ask_some(reading: Replay, folder: Path, rng: Random) -> None:
    """CPSA asks about some accepted figures, total or part, and takes some questions back."""
    rows = []
    for (agency, quarter), submission in sorted(reading.accepted.items()):
        versions = reading.versions[agency, quarter]
        accepted = [number for number, one in enumerate(versions, 1) if one.state == "accepted"]
        for indicator, dimension in sorted(submission.values):
            if rng.random() > 0.03:
                continue
            number = rng.choice(accepted)
            if (indicator, dimension) in versions[number - 1].values:
                withdrawn = "yes" if rng.random() < 0.2 else ""
                rows.append((agency, quarter, number, indicator, dimension, withdrawn))
    with (folder / "queries.csv").open("w", encoding="utf-8", newline="") as handle:
        writer = csv.writer(handle, lineterminator="\n")
        names = ("agency", "quarter", "version", "indicator", "dimension", "withdrawn")
        writer.writerows([names, *rows])


def explain_some(reading: Replay, folder: Path, rng: Random) -> None:
    """A third of all warnings, those that put a figure in doubt and others."""
    found = sorted(
        {(*place, one.rule, one.indicator, one.dimension) for *place, one in warnings(reading)}
    )
    chosen = [row for row in found if rng.random() < 0.35]
    chosen.sort(key=lambda row: row[1])
    with (folder / "explanations.csv").open("w", encoding="utf-8", newline="") as handle:
        writer = csv.writer(handle, lineterminator="\n")
        writer.writerow(("agency", "quarter", "rule", "indicator", "dimension"))
        writer.writerows(chosen)


def replay_case(office: AppContext, case: Case, desk: Path) -> None:
    replay(office, case.folder, desk)
    for given in case.explanations:
        quarter = Quarter.parse(given.quarter)
        said = WarningAnswer(
            given.rule, given.indicator, given.dimension, "The lists were checked."
        )
        explain_warnings(office, given.agency, quarter, [said], "letter", quarter.closes_at)


def periods(quarters: list[str]) -> Iterator[tuple[str, str]]:
    """To date, each quarter, and each half-year with what it has of quarters."""
    yield quarters[0], quarters[-1]
    for quarter in quarters:
        yield quarter, quarter
    halves: dict[str, list[str]] = defaultdict(list)
    for quarter in quarters:
        halves[Quarter.parse(quarter).half.key].append(quarter)
    for of_half in halves.values():
        yield of_half[0], of_half[-1]


def groups(snapshot: Snapshot, agencies: Iterable[str]) -> dict[str, list[str]]:
    """Every agency alone, those of each district, and all."""
    made: dict[str, list[str]] = {"all": list(agencies)}
    for agency in agencies:
        made[agency] = [agency]
        made.setdefault(f"district {snapshot.agencies[agency]['district']}", []).append(agency)
    return made


Facts = dict[str, object]


def ours(indicator, figure: Sum) -> Facts:
    """What documents print of a sum."""
    is_rate = indicator.rate_of is not None
    whole = (figure.rate_of_sum if is_rate else figure.target) or 0
    return {
        "actual": figure.actual,
        "with_target": figure.actual_with_target,
        "target": figure.target,
        "share": Fraction(figure.actual_with_target or 0, whole) if whole > 0 else None,
        "printed": figure.rate if is_rate else figure.share,
        "without": figure.agencies_without_target,
        "partly": figure.agencies_partly_without_target,
        "unconfirmed": figure.unconfirmed > 0,
        "share_unconfirmed": share_text.is_unconfirmed(indicator, figure),
    }


def theirs(indicator: by_hand.Indicator, found: by_hand.Share) -> Facts:
    def hundredths(value: Fraction | None) -> int | None:
        return None if value is None else int(value * 100)

    share = found.rate if indicator.rate_of else found.share
    return {
        "actual": hundredths(found.actual),
        "with_target": hundredths(found.with_target),
        "target": hundredths(found.target),
        "share": share,
        "printed": None if share is None else pytest.approx(float(share), abs=1e-12),
        "without": found.without_target,
        "partly": found.partly_without_target,
        "unconfirmed": found.unconfirmed,
        "share_unconfirmed": found.share_unconfirmed,
    }


def share_differences(office: AppContext, case: Case) -> list[str]:
    """Where the two readings of shares and of what is to be confirmed differ; nothing: they agree."""
    snapshot = take_snapshot(office, Quarter.parse(case.quarters[-1])).snapshot
    lines = _differing_doubts(snapshot, case)
    known = snapshot.framework.by_code
    for first, last in periods(case.quarters):
        since, until = Quarter.parse(first), Quarter.parse(last)
        of_agencies = period_sums.sum_by_agency(snapshot, until, since)
        confirmed = period_sums.sum_confirmed_by_agency(snapshot, until, since)
        for name, members in groups(snapshot, case.reading.programme.registry.agencies).items():
            mine = add_sums(of_agencies.get(agency, {}) for agency in members)
            sure = add_sums(confirmed.get(agency, {}) for agency in members)
            for indicator in by_hand.all_indicators():
                for dimension in ("", *indicator.dimensions):
                    asked = (case.reading, members, first, last, indicator, dimension, case.doubts)
                    place = indicator.code, dimension or TOTAL
                    pairs = [
                        (mine.get(place, Sum()), by_hand.roll_up(*asked), ""),
                        (sure.get(place, Sum()), by_hand.roll_up(*asked, True), " confirmed"),
                    ]
                    for figure, found, which in pairs:
                        left = ours(known[indicator.code], figure)
                        right = theirs(indicator, found)
                        if which:  # how many have no target is said of the whole
                            for facts in (left, right):
                                facts["without"] = facts["partly"] = 0
                        lines += [
                            f"{name} {first}..{last} {place}{which} {key}: {left[key]} {right[key]}"
                            for key in left
                            if left[key] != right[key]
                        ]
    return lines


def _differing_doubts(snapshot: Snapshot, case: Case) -> list[str]:
    rows = snapshot.facts.loc[snapshot.unconfirmed["figure"].unique()]
    mine = set(
        rows[["agency", "quarter", "indicator", "dimension"]].itertuples(index=False, name=None)
    )
    return [f"in doubt on one side only: {figure}" for figure in sorted(mine ^ case.doubts)]


@sqlite_only
@pytest.mark.parametrize(
    "seed",
    [pytest.param(seed, marks=[pytest.mark.nightly] if seed > FAST else []) for seed in SEEDS],
)
def test_shares_agree_on_made_up_programmes(office: AppContext, tmp_path: Path, seed: int) -> None:
    case = make_case(seed, tmp_path / "made")
    replay_case(office, case, tmp_path / "desk")
    assert_agreement(office, case.folder)
    assert "\n".join(share_differences(office, case)[:20]) == ""


@pytest.mark.nightly
def test_the_made_up_programmes_hold_every_case(tmp_path: Path) -> None:
    """An agreement on programmes in which nothing happens would prove nothing."""
    seen: Counter[str] = Counter()
    for seed in SEEDS:
        case = make_case(seed, tmp_path / str(seed))
        registry, reading = case.reading.programme.registry, case.reading
        halves = Counter(Quarter.parse(quarter).half.key for quarter in case.quarters)
        seen["half of one quarter"] += any(number == 1 for number in halves.values())
        seen["left"] += any(
            agency.active_to and agency.active_to < case.quarters[-1]
            for agency in registry.agencies.values()
        )
        seen["target of nothing"] += any(value == 0 for value in registry.targets.values())
        for agency, quarter, found in warnings(reading):
            if found.rule in PUT_IN_DOUBT:
                explained = is_explained(reading, case.explanations, agency, quarter, found)
                seen["explained" if explained else "open"] += 1
                seen[found.rule] += 1
        for indicator in by_hand.all_indicators():
            asked = (reading, registry.agencies, case.quarters[0], case.quarters[-1], indicator)
            found = by_hand.roll_up(*asked, doubts=case.doubts)
            seen["without target"] += found.without_target > 0
            seen["partly"] += found.partly_without_target > 0
            seen["unconfirmed share"] += found.share_unconfirmed
            seen["unconfirmed rate"] += bool(indicator.rate_of and found.share_unconfirmed)
            seen["rate"] += bool(indicator.rate_of and found.rate)
            seen["missing"] += any(
                (indicator.code, "") not in one.values
                and (agency, indicator.code, one.quarter) in registry.targets
                for agency, quarters in reading.histories.items()
                for one in quarters
                if registry.agencies[agency].form == indicator.form
            )
    wanted = (
        *("half of one quarter", "left", "target of nothing", "explained", "open"),
        *("without target", "partly", "unconfirmed share", "unconfirmed rate", "rate", "missing"),
        *("Q01", "Q02", "Q10", "M01"),
    )
    assert not [name for name in wanted if not seen[name]], seen
