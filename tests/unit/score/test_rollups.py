"""Roll-ups sum first and divide after."""

from __future__ import annotations

import pandas as pd

from cpsa.score import rollups
from cpsa.score.rollups import Rollups, Sum

Q1, Q2, Q3 = "2026-27-Q1", "2026-27-Q2", "2026-27-Q3"


def sums(framework, facts, targets=(), accepted=()):
    return ready(framework, facts, targets, accepted).by_agency()


def ready(framework, facts, targets=(), accepted=()) -> Rollups:
    return Rollups.of(
        framework,
        pd.DataFrame(facts, columns=["agency", "quarter", "indicator", "dimension", "hundredths"]),
        pd.DataFrame(list(targets), columns=["agency", "indicator", "quarter", "hundredths"]),
        pd.DataFrame(list(accepted), columns=["agency", "quarter"]),
    )


def test_never_an_average_of_averages(framework) -> None:
    facts = [("IA-A", Q1, "OP1", "", 100), ("IA-B", Q1, "OP1", "", 9000)]
    targets = [("IA-A", "OP1", Q1, 1000), ("IA-B", "OP1", Q1, 9000)]
    each = sums(framework, facts, targets, [("IA-A", Q1), ("IA-B", Q1)])
    assert (each["IA-A"]["OP1", ""].share, each["IA-B"]["OP1", ""].share) == (0.1, 1.0)
    assert rollups.together(each.values())["OP1", ""] == Sum(9100, 10_000)
    assert rollups.together(each.values())["OP1", ""].share == 0.91


def test_what_was_not_accepted_counts_neither_as_actual_nor_as_target(framework) -> None:
    facts = [("IA-A", Q1, "OP1", "", 100), ("IA-A", Q2, "OP1", "", 500)]
    targets = [("IA-A", "OP1", Q1, 200), ("IA-A", "OP1", Q2, 800)]
    assert sums(framework, facts, targets, [("IA-A", Q1)])["IA-A"]["OP1", ""] == Sum(100, 200)
    assert sums(framework, facts, targets) == {}


def test_stocks_are_at_their_latest_and_added_over_agencies(framework) -> None:
    facts = [
        ("IA-A", Q2, "SU1", "", 300),
        ("IA-A", Q1, "SU1", "", 500),
        ("IA-B", Q1, "SU1", "", 700),
    ]
    accepted = [("IA-A", Q1), ("IA-A", Q2), ("IA-A", Q3), ("IA-B", Q1)]
    each = sums(framework, facts, accepted=accepted)
    assert each["IA-A"]["SU1", ""].actual == 300
    assert rollups.together(each.values())["SU1", ""].actual == 1000


def test_parts_are_summed_apart_from_their_totals(framework) -> None:
    facts = [("IA-A", Q1, "OP2", "", 500), ("IA-A", Q1, "OP2", "women", 200)]
    each = sums(framework, facts, accepted=[("IA-A", Q1)])
    assert each["IA-A"]["OP2", "women"].actual == 200


def test_a_target_without_a_figure_and_a_figure_without_a_target(framework) -> None:
    facts = [("IA-A", Q1, "OP1", "", 100)]
    each = sums(framework, facts, [("IA-A", "OP2", Q1, 300)], [("IA-A", Q1)])["IA-A"]
    assert (each["OP1", ""], each["OP2", ""]) == (Sum(100, None), Sum(None, 300))
    assert (each["OP1", ""].share, each["OP2", ""].share) == (None, 0.0)


def test_targets_of_what_the_framework_does_not_aim_at_are_left_out(framework) -> None:
    each = sums(framework, [], [("IA-A", "A1", Q1, 300)], [("IA-A", Q1)])
    assert each == {}


def test_rupees_beyond_a_float_are_exact() -> None:
    most = 9_007_199_254_740_993
    one, other = {("B2", ""): Sum(most, most)}, {("B2", ""): Sum(1, 0)}
    assert rollups.together([one, other])["B2", ""] == Sum(most + 1, most)


def test_the_same_rows_are_summed_over_any_quarters_and_of_few_indicators(framework) -> None:
    facts = [
        ("IA-A", Q3, "OP1", "", 400),
        ("IA-A", Q1, "OP1", "", 100),
        ("IA-A", Q2, "OP1", "", 200),
        ("IA-A", Q1, "SU1", "", 500),
        ("IA-A", Q3, "SU1", "", 300),
    ]
    targets = [("IA-A", "OP1", one, 1000) for one in (Q1, Q2, Q3)]
    accepted = [("IA-A", one) for one in (Q1, Q2, Q3)]
    held = ready(framework, facts, targets, accepted)
    whole = held.by_agency()["IA-A"]
    assert (whole["OP1", ""], whole["SU1", ""].actual) == (Sum(700, 3000), 300)
    until = held.by_agency(last=Q2)["IA-A"]
    assert (until["OP1", ""], until["SU1", ""].actual) == (Sum(300, 2000), 500)
    assert held.by_agency(Q2, Q2)["IA-A"] == {("OP1", ""): Sum(200, 1000)}
    assert held.by_agency("2027-28-Q1") == {}
    assert held.by_agency(only=("SU1",)) == {"IA-A": {("SU1", ""): Sum(300, None)}}
