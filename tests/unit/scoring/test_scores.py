"""Achievements, groups, composites, coverage and status, by hand."""

from __future__ import annotations

import math
import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.factories import INCLUDE
from tests.unit.checks.examining import hundredths, quarter_figures

from cpsa.calendar import Quarter
from cpsa.figures import places4
from cpsa.framework.loader import load_framework
from cpsa.scoring.achievement import achievement, score_panel, statuses
from cpsa.scoring.coverage import quarters_due
from cpsa.scoring.panel import Panel
from cpsa.scoring.reporting_rates import ReportingRates

Q1, Q2, Q3 = "2026-27-Q1", "2026-27-Q2", "2026-27-Q3"
FACTS = ["agency", "quarter", "indicator", "dimension", "hundredths"]


def panel(
    framework,
    values: dict[str, dict[str, object]],
    targets: dict[tuple[str, str], object],
    form: str = "IA",
    weights: dict[str, float] | None = None,
    accepted: list[str] | None = None,
    quarters: tuple[str, ...] = (Q1, Q2),
) -> Panel:
    """One agency's figures by quarter; ``accepted`` says which quarters count (all that are given)."""
    agency = f"{form}-A"
    rows = [
        (agency, quarter, code, "", hundredths(value))
        for quarter, told in values.items()
        for code, value in told.items()
    ]
    counted = list(values) if accepted is None else accepted
    return Panel.build(
        framework,
        form,
        [agency],
        quarters,
        quarter_figures(
            framework,
            form,
            pd.DataFrame({"agency": agency, "quarter": counted}, dtype=object),
            pd.DataFrame(rows, columns=FACTS),
        ),
        pd.DataFrame(
            [(agency, code, quarter, hundredths(v)) for (code, quarter), v in targets.items()],
            columns=["agency", "indicator", "quarter", "hundredths"],
        ),
        pd.DataFrame(
            [(agency, code, weight) for code, weight in (weights or {}).items()],
            columns=["agency", "indicator", "weight"],
        ),
    )


def scored(made: Panel, owed: int = 2) -> dict[str, object]:
    found = score_panel(made, np.array([owed]))
    return {
        "composite": found.composite[0],
        "status": found.status[0],
        "coverage": found.coverage[0],
        **dict(zip(found.groups, found.group_scores[0], strict=True)),
    }


def reached(made: Panel, code: str) -> float:
    return achievement(made)[0, made.indicator_place[code]]


def test_achievement_is_actual_over_target_to_date(framework) -> None:
    aims = {("OP1", Q1): 10, ("OP1", Q2): 30}
    made = panel(framework, {Q1: {"OP1": 5}, Q2: {"OP1": 5}}, aims)
    assert reached(made, "OP1") == 0.25


def test_the_target_of_a_quarter_that_was_not_accepted_is_left_out(framework) -> None:
    aims = {("OP1", Q1): 10, ("OP1", Q2): 30}
    values = {Q1: {"OP1": 5}, Q2: {"OP1": 30}}
    made = panel(framework, values, aims, accepted=[Q1])
    assert reached(made, "OP1") == 0.5
    # Nor does the figure of that quarter count.
    assert made.actual_to_date[0, made.indicator_place["OP1"]] == 500


def test_achievement_is_held_within_nought_and_one(framework) -> None:
    aims = {(code, Q1): 10 for code in ("OP1", "OC1", "OP2")}
    made = panel(framework, {Q1: {"OP1": 99, "OC1": -5}}, aims)
    assert (reached(made, "OP1"), reached(made, "OC1")) == (1.0, 0.0)
    assert reached(made, "OP2") == 0.0, "a missing value achieves nothing"


@pytest.mark.parametrize("aims", [{}, {("OP1", Q1): 0}, {("OP1", Q1): -10}, {("OP1", Q2): 10}])
def test_no_achievement_without_a_target_above_zero(framework, aims) -> None:
    made = panel(framework, {Q1: {"OP1": 5}}, aims)
    assert math.isnan(reached(made, "OP1"))


def test_no_achievement_where_the_framework_sets_no_target(framework) -> None:
    made = panel(framework, {Q1: {"A1": 5, "SU5": 3}}, {("A1", Q1): 5, ("SU5", Q1): 3})
    assert math.isnan(reached(made, "A1"))
    assert math.isnan(reached(made, "SU5"))


def test_stocks_take_their_latest_value_flows_their_sum(framework) -> None:
    values = {Q1: {"SU1": 5, "OP1": 5, "SU5": 8}, Q2: {"SU1": 3, "OP1": 3}}
    made = panel(framework, values, {})
    place = made.indicator_place
    to_date = made.actual_to_date[0] / 100
    assert (to_date[place["SU1"]], to_date[place["OP1"]]) == (3, 8)
    assert to_date[place["SU5"]] == 8, "the latest there is"


def test_a_group_is_the_weighted_mean_of_what_has_a_target(framework) -> None:
    aims = {("FW3", Q1): 10, ("FW4", Q1): 10}
    values = {Q1: {"FW3": 10, "FW4": 5, "FW5": 0}}
    assert scored(panel(framework, values, aims, "FC"))["awareness"] == 0.75
    weighed = panel(framework, values, aims, "FC", weights={"FW3": 3})
    assert scored(weighed)["awareness"] == 0.875


def test_a_weight_of_nothing_leaves_an_indicator_out(framework) -> None:
    aims = {("FW3", Q1): 10, ("FW4", Q1): 10}
    values = {Q1: {"FW3": 10, "FW4": 5}}
    made = panel(framework, values, aims, "FC", weights={"FW3": 0})
    assert scored(made)["awareness"] == 0.5
    none = panel(framework, values, aims, "FC", weights={"FW3": 0, "FW4": 0})
    assert math.isnan(scored(none)["awareness"])
    assert scored(none)["status"] == "no_data"


def test_groups_without_a_score_drop_out_and_the_rest_is_rescaled(framework) -> None:
    aims = {("OC1", Q1): 100, ("OP1", Q1): 10, ("B2", Q1): 100}
    found = scored(panel(framework, {Q1: {"OC1": 50, "OP1": 10, "B2": 1}}, aims))
    assert places4(found["composite"]) == places4((0.4 * 0.5 + 0.3 * 1.0) / 0.7)
    assert found["budget"] == 0.01, "shown, not weighed"
    assert math.isnan(found["contribution"])


def test_all_groups_of_an_fc_are_weighed(framework) -> None:
    aims = {("FA2", Q1): 10, ("FB2", Q1): 10, ("FW3", Q1): 10}
    values = {Q1: {"FA1": 10, "FA2": 10, "FB2": 5, "FW3": 0}}
    found = scored(panel(framework, values, aims, "FC"))
    assert places4(found["composite"]) == "0.6000"


# Rates: FA2 of FA1 against 0.90, FA4 of FA3 against 0.60


def test_a_centre_that_resolves_every_request_reaches_its_target(framework) -> None:
    made = panel(framework, {Q1: {"FA1": 18, "FA2": 18}}, {("FA2", Q1): 66}, "FC")
    assert reached(made, "FA2") == 1.0, "not 18 of the 66 that were planned"


@pytest.mark.parametrize(
    ("values", "share"),
    [
        ({"FA1": 10, "FA2": 9}, 1.0),
        ({"FA1": 100, "FA2": 45}, 0.5),
        ({"FA3": 100, "FA4": 30}, 0.5),
        ({"FA3": 100}, 0.0),
    ],
)
def test_a_rate_is_measured_against_its_own_target(framework, values, share: float) -> None:
    code = "FA2" if "FA1" in values else "FA4"
    made = panel(framework, {Q1: values}, {(code, Q1): 7}, "FC")
    assert reached(made, code) == pytest.approx(share, abs=1e-14)


def test_a_rate_divides_the_sums_to_date(framework) -> None:
    values = {Q1: {"FA1": 90, "FA2": 9}, Q2: {"FA1": 10, "FA2": 36}}
    made = panel(framework, values, {("FA2", Q1): 1}, "FC")
    assert reached(made, "FA2") == pytest.approx(0.5, abs=1e-14), "45 of 100, against 0.90"


@pytest.mark.parametrize(
    ("values", "aims"),
    [
        ({"FA1": 10, "FA2": 9}, {}),
        ({"FA1": 10, "FA2": 9}, {("FA2", Q1): 0}),
        ({"FA1": 0, "FA2": 0}, {("FA2", Q1): 5}),
        ({"FA2": 3}, {("FA2", Q1): 5}),
    ],
)
def test_no_rate_without_a_target_or_of_nothing(framework, values, aims) -> None:
    assert math.isnan(reached(panel(framework, {Q1: values}, aims, "FC"), "FA2"))


def test_coverage_is_accepted_over_due(framework) -> None:
    made = panel(framework, {Q1: {}, Q3: {}}, {}, quarters=(Q1, Q2, Q3))
    assert places4(scored(made, owed=3)["coverage"]) == "0.6667"


@pytest.mark.parametrize(("accepted", "coverage"), [([Q1], "1.0000"), ([], "0.0000")])
def test_coverage_over_one_quarter_is_all_or_nothing(framework, accepted, coverage) -> None:
    made = panel(framework, {Q1: {}}, {}, accepted=accepted, quarters=(Q1,))
    assert places4(scored(made, owed=1)["coverage"]) == coverage


@pytest.mark.parametrize(
    ("given", "due"),
    [
        ({}, [Q1, Q2, Q3]),
        ({"active_from": Q2}, [Q2, Q3]),
        ({"active_to": Q2}, [Q1, Q2]),
        ({"active_from": Q3, "active_to": Q2}, []),
        ({"first": Q2}, [Q2, Q3]),
        ({"active_from": Q1, "first": "2026-27-Q4"}, []),
        ({"not_requested": [Q2]}, [Q1, Q3]),
        ({"not_requested": [Q2], "with_update": [Q2]}, [Q1, Q2, Q3]),
        ({"with_update": [Q2]}, [Q1, Q2, Q3]),
        ({"not_requested": [Q1, Q2, Q3]}, []),
    ],
)
def test_quarters_due_are_those_of_active_agencies_that_were_requested(given, due) -> None:
    told = {"active_from": Q1, "active_to": "", "first": Q1, "until": Q3} | given
    assert quarters_due(**told) == tuple(due)


@pytest.mark.parametrize(
    ("composite", "coverage", "expected"),
    [
        (1.0, 1.0, "on_track"),
        (0.8, 0.75, "on_track"),
        (0.1 + 0.7, 1.0, "on_track"),  # 0.7999999999999999 in floats
        (0.79999, 1.0, "lagging"),  # prints as 0.8000
        (0.5, 1.0, "lagging"),
        (0.49999, 1.0, "critical"),
        (0.0, 1.0, "critical"),
        (1.0, 0.7499, "lagging"),
        (0.3, 0.5, "critical"),
        (float("nan"), 1.0, "no_data"),
        (float("nan"), 0.0, "no_data"),
    ],
)
def test_status_is_told_from_the_exact_figure(framework, composite, coverage, expected) -> None:
    told = statuses(framework, np.array([composite]), np.array([coverage]))
    assert told == (expected,)


ADDED = """
statuses:
  leading: {at_least: 0.95, label: {en: Leading, hi: अग्रणी}}
  slow: {at_least: 0.30, label: {en: Slow, hi: धीमा}}
dimensions: {disabled: {en: Persons with disabilities, hi: दिव्यांगजन}}
indicators: {OP2: {of: {dimensions: [women, disabled]}}}
"""


@pytest.mark.parametrize(
    ("composite", "coverage", "expected"),
    [
        (0.96, 1.0, "leading"),
        (0.8333, 1.0, "on_track"),
        (0.7807, 1.0, "lagging"),
        (0.49999, 1.0, "slow"),
        (0.29999, 1.0, "critical"),
        (0.96, 0.5, "lagging"),
        (0.4, 0.5, "slow"),
        (float("nan"), 1.0, "no_data"),
    ],
)
def test_an_added_status_lowers_nobody(
    tmp_path: Path, composite: float, coverage: float, expected: str
) -> None:
    """Wherever in the files it was added: statuses go by their bound."""
    folder = Path(shutil.copytree(INCLUDE / "programme" / "framework", tmp_path / "framework"))
    (folder / "2026-27-Q1.levels.yaml").write_text(ADDED, "utf-8")
    amended = load_framework(Quarter.parse(Q1), folder)
    assert statuses(amended, np.array([composite]), np.array([coverage])) == (expected,)
    tones = {code: status.tone for code, status in amended.statuses.items()}
    assert list(tones) == ["leading", "on_track", "lagging", "slow", "critical", "no_data"]
    assert (tones["leading"], tones["slow"], tones["critical"]) == ("good", "bad", "bad")


def test_an_added_dimension_lowers_nobody(framework, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(INCLUDE / "programme" / "framework", tmp_path / "framework"))
    (folder / "2026-27-Q1.levels.yaml").write_text(ADDED, "utf-8")
    amended = load_framework(Quarter.parse(Q1), folder)
    values, aims = {Q1: {"OP2": 9, "OC1": 50}}, {("OP2", Q1): 10, ("OC1", Q1): 50}
    before, after = (scored(panel(one, values, aims)) for one in (framework, amended))
    assert {**after, "status": ""} == pytest.approx({**before, "status": ""}, nan_ok=True)


@pytest.mark.parametrize(
    ("counts", "rates"),
    [
        ((7, 6, 5, 4), ("0.8571", "0.7143", "0.5714")),
        ((3, 3, 3, 3), ("1.0000", "1.0000", "1.0000")),
        ((3, 0, 0, 0), ("0.0000", "0.0000", "0.0000")),
        ((0, 0, 0, 0), ("", "", "")),
    ],
)
def test_rates_of_a_form(counts, rates) -> None:
    one = ReportingRates("IA", *counts)
    assert tuple(map(places4, (one.reporting_rate, one.accepted_rate, one.on_time_rate))) == rates


def test_rows_of_others_are_left_out(framework) -> None:
    made = Panel.build(
        framework,
        "IA",
        ["IA-A"],
        [Q1],
        quarter_figures(
            framework,
            "IA",
            pd.DataFrame({"agency": ["IA-A", "IA-B"], "quarter": [Q1, Q1]}),
            pd.DataFrame(
                [
                    ("IA-B", Q1, "OP1", "", 100),
                    ("IA-A", Q2, "OP1", "", 100),
                    ("IA-A", Q1, "FA1", "", 100),
                    ("IA-A", Q1, "OP1", "men", 100),
                    ("IA-A", Q1, "OP2", "women", 700),
                ],
                columns=FACTS,
            ),
        ),
        pd.DataFrame(columns=["agency", "indicator", "quarter", "hundredths"]),
        pd.DataFrame(columns=["agency", "indicator", "weight"]),
    )
    assert np.nansum(made.values) == 700
    assert math.isnan(made.total("OP1")[0])


def test_largest_rupees_are_summed_exactly(framework) -> None:
    most = "90000000000000"
    made = panel(framework, {Q1: {"B2": most}, Q2: {"B2": "0.01"}}, {})
    assert int(made.actual_to_date[0, made.indicator_place["B2"]]) == 9_000_000_000_000_001


@given(composite=st.floats(0, 1) | st.just(math.nan), coverage=st.floats(0, 1))
def test_coverage_limits_a_status_where_full_coverage_would_give_another(
    composite: float, coverage: float
) -> None:
    framework = load_framework(Quarter.parse("2024-25-Q3"), INCLUDE / "programme" / "framework")
    (status,) = statuses(framework, np.array([composite]), np.array([coverage]))
    (unlimited,) = statuses(framework, np.array([composite]), np.array([1.0]))
    limited = framework.is_limited_by_coverage(status, composite, coverage)
    assert limited == (status != unlimited)


def test_history_is_the_latest_counted_quarter_before_the_one_at_hand(framework) -> None:
    figures = {Q1: {"OP1": 3}, Q2: {"OP1": 5}, Q3: {"OP1": 7}}
    made = panel(framework, figures, {}, quarters=(Q1, Q2, Q3))
    place = made.place["OP1", ""]
    assert (made.latest[0, place], made.latest_quarter[0]) == (500, Q2)
    assert made.total("OP1")[0] == 700
    assert made.history[0, :, place].tolist() == [300, 500]
    sent_back = panel(framework, figures, {}, quarters=(Q1, Q2, Q3), accepted=[Q1, Q3])
    assert (sent_back.latest[0, place], sent_back.latest_quarter[0]) == (300, Q1)


@pytest.mark.parametrize("quarters", [(Q3,), (Q1, Q2, Q3)])
def test_without_a_counted_quarter_before_there_is_no_history(framework, quarters) -> None:
    made = panel(framework, {Q3: {"OP1": 7}}, {}, quarters=quarters)
    assert not made.has_history[0]
    assert np.isnan(made.latest).all()
    assert made.latest_quarter[0] == ""


def test_a_form_has_indicators_of_its_own_alone(framework) -> None:
    made = panel(framework, {}, {})
    others = {one.code for one in framework.form_indicators("FC")} - set(made.indicator_place)
    assert made.has("OP1", "OP2")
    assert others
    assert not any(made.has("OP1", code) for code in others)
