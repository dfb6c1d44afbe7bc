"""Roll-ups sum first and divide after."""

from __future__ import annotations

import random
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from cpsa.scoring import rollups
from cpsa.scoring.figure_rows import sum_cells
from cpsa.scoring.rollups import Rollups, Sum

Q1, Q2, Q3 = "2026-27-Q1", "2026-27-Q2", "2026-27-Q3"


def sums(framework, facts, targets=(), accepted=()):
    return ready(framework, facts, targets, accepted).by_agency()


def ready(framework, facts, targets=(), accepted=()) -> Rollups:
    return Rollups.from_frames(
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
    assert rollups.add_sums(each.values())["OP1", ""] == Sum(9100, 10_000, 9100, agencies=2)
    assert rollups.add_sums(each.values())["OP1", ""].share == 0.91


def test_what_was_not_accepted_counts_neither_as_actual_nor_as_target(framework) -> None:
    facts = [("IA-A", Q1, "OP1", "", 100), ("IA-A", Q2, "OP1", "", 500)]
    targets = [("IA-A", "OP1", Q1, 200), ("IA-A", "OP1", Q2, 800)]
    whole = sums(framework, facts, targets, [("IA-A", Q1)])["IA-A"]["OP1", ""]
    assert whole == Sum(100, 200, 100, agencies=1)
    assert sums(framework, facts, targets) == {}


def test_sums_of_many_agencies_are_each_their_own(framework) -> None:
    agencies = [f"IA-{number:03}" for number in range(2 * rollups.MADE_TOGETHER + 5)]
    facts = [(agency, Q1, "OP1", "", 100 * place) for place, agency in enumerate(agencies)]
    each = sums(framework, facts, accepted=[(agency, Q1) for agency in agencies])
    found = [each[agency]["OP1", ""].actual for agency in reversed(agencies)]
    assert found == [100 * place for place in reversed(range(len(agencies)))]


def test_stocks_are_at_their_latest_and_added_over_agencies(framework) -> None:
    facts = [
        ("IA-A", Q2, "SU1", "", 300),
        ("IA-A", Q1, "SU1", "", 500),
        ("IA-B", Q1, "SU1", "", 700),
    ]
    accepted = [("IA-A", Q1), ("IA-A", Q2), ("IA-A", Q3), ("IA-B", Q1)]
    each = sums(framework, facts, accepted=accepted)
    assert each["IA-A"]["SU1", ""].actual == 300
    assert rollups.add_sums(each.values())["SU1", ""].actual == 1000


def test_parts_are_summed_apart_from_their_totals(framework) -> None:
    facts = [("IA-A", Q1, "OP2", "", 500), ("IA-A", Q1, "OP2", "women", 200)]
    each = sums(framework, facts, accepted=[("IA-A", Q1)])
    assert each["IA-A"]["OP2", "women"].actual == 200


def test_a_target_without_a_figure_and_a_figure_without_a_target(framework) -> None:
    facts = [("IA-A", Q1, "OP1", "", 100)]
    each = sums(framework, facts, [("IA-A", "OP2", Q1, 300)], [("IA-A", Q1)])["IA-A"]
    assert each["OP1", ""] == Sum(100, None, agencies=1, agencies_without_target=1)
    assert each["OP2", ""] == Sum(None, 300, 0)
    assert (each["OP1", ""].share, each["OP2", ""].share) == (None, 0.0)


def test_targets_of_what_the_framework_does_not_aim_at_are_left_out(framework) -> None:
    each = sums(framework, [], [("IA-A", "A1", Q1, 300)], [("IA-A", Q1)])
    assert each == {}


def test_rupees_beyond_a_float_are_exact() -> None:
    most = 9_007_199_254_740_993
    one, other = {("B2", ""): Sum(most, most)}, {("B2", ""): Sum(1, 0)}
    assert rollups.add_sums([one, other])["B2", ""] == Sum(most + 1, most)


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
    assert (whole["OP1", ""], whole["SU1", ""].actual) == (Sum(700, 3000, 700, agencies=1), 300)
    until = held.by_agency(last=Q2)["IA-A"]
    assert (until["OP1", ""], until["SU1", ""].actual) == (Sum(300, 2000, 300, agencies=1), 500)
    assert held.by_agency(Q2, Q2)["IA-A"] == {("OP1", ""): Sum(200, 1000, 200, agencies=1)}
    assert held.by_agency("2027-28-Q1") == {}
    assert held.by_agency(only=("SU1",)) == {"IA-A": {("SU1", ""): Sum(300, agencies=1)}}


def test_a_share_is_of_those_that_have_a_target(framework) -> None:
    """The sum of all is beside it: 119 in all, 57 of 72 where a target is set, 1 of 2 has none."""
    facts = [("IA-A", Q1, "OC5", "", 5700), ("IA-B", Q1, "OC5", "", 6200)]
    accepted = [("IA-A", Q1), ("IA-B", Q1)]
    each = sums(framework, facts, [("IA-A", "OC5", Q1, 7200)], accepted)
    whole = rollups.add_sums(each.values())["OC5", ""]
    assert whole == Sum(11_900, 7200, 5700, agencies=2, agencies_without_target=1)
    assert round(whole.share, 3) == 0.792
    assert not whole.is_like_for_like


def test_a_target_in_some_quarters_only_counts_with_the_figures_of_these(framework) -> None:
    facts = [("IA-A", Q1, "OP1", "", 100), ("IA-A", Q2, "OP1", "", 900)]
    accepted = [("IA-A", Q1), ("IA-A", Q2)]
    whole = sums(framework, facts, [("IA-A", "OP1", Q1, 200)], accepted)["IA-A"]["OP1", ""]
    assert whole == Sum(1000, 200, 100, agencies=1, agencies_partly_without_target=1)
    assert whole.share == 0.5


def test_a_target_of_a_quarter_that_was_not_accepted_is_none(framework) -> None:
    facts = [("IA-A", Q1, "OP1", "", 100)]
    whole = sums(framework, facts, [("IA-A", "OP1", Q2, 200)], [("IA-A", Q1)])["IA-A"]["OP1", ""]
    assert whole == Sum(100, agencies=1, agencies_without_target=1)


def test_a_target_of_zero_is_a_target(framework) -> None:
    facts = [("IA-A", Q1, "OP1", "", 100), ("IA-B", Q1, "OP1", "", 300)]
    targets = [("IA-A", "OP1", Q1, 0), ("IA-B", "OP1", Q1, 200)]
    each = sums(framework, facts, targets, [("IA-A", Q1), ("IA-B", Q1)])
    assert each["IA-A"]["OP1", ""] == Sum(100, 0, 100, agencies=1)
    assert each["IA-A"]["OP1", ""].share is None
    assert rollups.add_sums(each.values())["OP1", ""].share == 2.0


def test_a_missing_value_counts_as_nothing_against_its_target(framework) -> None:
    facts = [("IA-A", Q1, "OP1", "", 100)]
    targets = [("IA-A", "OP1", quarter, 100) for quarter in (Q1, Q2)]
    accepted = [("IA-A", Q1), ("IA-A", Q2)]
    whole = sums(framework, facts, targets, accepted)["IA-A"]["OP1", ""]
    assert whole == Sum(100, 200, 100, agencies=1)


def test_a_stock_is_compared_with_the_target_of_its_own_quarter(framework) -> None:
    targeted = tuple(
        indicator.model_copy(update={"targeted": True}) if indicator.code == "SU1" else indicator
        for indicator in framework.indicators
    )
    framework = replace(framework, indicators=targeted)
    facts = [
        *(("IA-A", quarter, "SU1", "", value) for quarter, value in ((Q1, 500), (Q2, 700))),
        *(("IA-B", quarter, "SU1", "", value) for quarter, value in ((Q1, 300), (Q2, 400))),
    ]
    targets = [("IA-A", "SU1", Q1, 600), ("IA-A", "SU1", Q2, 1000), ("IA-B", "SU1", Q1, 300)]
    accepted = [(agency, quarter) for agency in ("IA-A", "IA-B") for quarter in (Q1, Q2)]
    each = sums(framework, facts, targets, accepted)
    assert each["IA-A"]["SU1", ""] == Sum(700, 1000, 700, agencies=1)
    assert each["IA-B"]["SU1", ""] == Sum(400, agencies=1, agencies_partly_without_target=1)
    assert rollups.add_sums(each.values())["SU1", ""].share == 0.7


def test_a_rate_is_over_the_pairs_that_have_a_row_for_it(framework) -> None:
    facts = [
        *(("FC-A", Q1, code, "", value) for code, value in (("FA1", 2000), ("FA2", 1800))),
        *(("FC-A", Q2, code, "", value) for code, value in (("FA1", 1000), ("FA2", 100))),
        *(("FC-B", Q1, code, "", value) for code, value in (("FA1", 500), ("FA2", 500))),
    ]
    targets = [("FC-A", "FA2", Q1, 6000), ("FC-A", "FA1", Q2, 9000)]
    accepted = [("FC-A", Q1), ("FC-A", Q2), ("FC-B", Q1)]
    each = sums(framework, facts, targets, accepted)
    whole = rollups.add_sums(each.values())["FA2", ""]
    assert whole == Sum(2400, 6000, 1800, 2000, 2, 1, 1)
    assert whole.rate == 0.9
    # The same, wherever the two are among the figures.
    others = [("FC-A", Q1, code, "", 100) for code in ("FA3", "FA4", "FA5", "FB1")]
    apart = sums(framework, [*others, *facts], targets, accepted)
    assert rollups.add_sums(apart.values())["FA2", ""] == whole


def test_what_no_target_is_set_for_counts_no_agency_without_one(framework) -> None:
    facts = [("IA-A", Q1, "A1", "", 100), ("IA-A", Q1, "OP2", "women", 100)]
    each = sums(framework, facts, accepted=[("IA-A", Q1)])["IA-A"]
    assert each == {("A1", ""): Sum(100, agencies=1), ("OP2", "women"): Sum(100, agencies=1)}


def test_areas_are_the_sums_of_their_agencies(framework) -> None:
    """Added up as arrays and one by one; an agency without an area is in none."""
    generator = random.Random(7)
    agencies = [f"IA-{number}" for number in range(9)]
    accepted = [(agency, quarter) for agency in agencies for quarter in (Q1, Q2, Q3)]
    facts = [
        (*pair, code, dimension, generator.randrange(10**9))
        for pair in generator.sample(accepted, 20)
        for code, dimension in (("OP1", ""), ("OP2", ""), ("OP2", "women"), ("SU1", ""))
        if generator.random() < 0.8
    ]
    targets = [(agency, "OP2", quarter, 500) for agency, quarter in generator.sample(accepted, 12)]
    each = sums(framework, facts, targets, accepted)
    areas = {agency: f"area {place % 3}" for place, agency in enumerate(agencies[1:])}
    by_area = each.add_by_area(areas)
    assert by_area == {
        area: rollups.add_sums(each[agency] for agency in each if areas.get(agency) == area)
        for area in sorted({areas[agency] for agency in each if agency in areas})
    }
    assert each.add_up() == rollups.add_sums(each.values())
    assert by_area["area 0"]["OP2", ""].target


def test_an_area_whose_only_agency_has_nothing_has_no_sums(framework) -> None:
    facts = [("IA-A", Q1, "OP1", "", 300)]
    each = sums(framework, facts, accepted=[("IA-A", Q1), ("IA-B", Q1)])
    by_area = each.add_by_area({"IA-A": "north", "IA-B": "south"})
    assert dict(by_area) == {"north": each["IA-A"]}


def test_the_largest_figures_of_many_agencies_do_not_overflow(framework) -> None:
    most, many = 9_000_000_000_000_000, 1200
    agencies = [f"IA-{number}" for number in range(many)]
    facts = [(agency, Q1, "OP1", "", most) for agency in agencies]
    each = sums(framework, facts, accepted=[(agency, Q1) for agency in agencies])
    whole = Sum(most * many, agencies=many, agencies_without_target=many)
    assert each.add_up() == {("OP1", ""): whole}


@pytest.mark.parametrize("large", [7, 2**51, 2**60])
def test_amounts_by_cell_are_added_up_without_rounding(large: int) -> None:
    cells, amounts = np.array([2, 0, 2, 2, 0]), np.array([large, 3, 1, 1, -5])
    assert sum_cells(cells, amounts, 4).tolist() == [-2, 0, large + 2, 0]


def test_categories_give_the_same_sums_as_texts(framework) -> None:
    facts = pd.DataFrame(
        [("IA-B", Q2, "OP1", "", 7), ("IA-A", Q1, "OC3", "women", 5), ("IA-C", Q1, "OP1", "", 9)],
        columns=["agency", "quarter", "indicator", "dimension", "hundredths"],
    )
    targets = pd.DataFrame(
        [("IA-B", "OP1", Q2, 10), ("IA-B", "OC3", Q2, 3)],
        columns=["agency", "indicator", "quarter", "hundredths"],
    )
    accepted = pd.DataFrame([("IA-A", Q1), ("IA-B", Q2)], columns=["agency", "quarter"])
    as_texts = Rollups.from_frames(framework, facts, targets, accepted).by_agency()
    texts = dict.fromkeys(["agency", "quarter", "indicator"], "category")
    as_categories = Rollups.from_frames(
        framework, facts.astype({**texts, "dimension": "category"}), targets.astype(texts), accepted
    ).by_agency()
    assert dict(as_categories) == dict(as_texts)
    assert set(as_texts) == {"IA-A", "IA-B"}
