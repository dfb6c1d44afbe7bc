"""Q02 to Q10: what is unlikely, exactly at its threshold and just beyond."""

from __future__ import annotations

import pytest
from tests.oracle import framework as by_hand
from tests.unit.checks.examining import NOW, before, examined, found, only

# Values of a steady history with median 8000 and MAD 1349: 3.5 / 0.6745 is 7000 / 1349.
SPREAD = [8000 - 1349, 8000 - 1349, 8000 - 1349, 8000, 8000, 8000, 8000 + 1349, 8000 + 1349]


# Q02: a jump against the latest quarter


@pytest.mark.parametrize(
    ("earlier", "now", "is_jump"),
    [
        (10, 50, False),  # exactly five times
        (10, 51, True),
        (4, 24, True),  # the difference is the floor
        (4, 23, False),  # and just under it
        (30, 6, False),  # exactly a fifth
        (30, 5, True),
        (24, 4, True),
        (23, 4, False),
        (0, 500, False),
        (500, 0, False),
        (None, 500, False),
    ],
)
def test_q02_five_times_and_the_floor(framework, earlier, now, is_jump) -> None:
    history = before({"CB1": 9999}, {"CB1": earlier})
    expected = {"CB1"} if is_jump else set()
    assert only(framework, "Q02", {"CB1": now}, history=history) == expected


@pytest.mark.parametrize(
    ("earlier", "now", "is_jump"),
    [
        ("100000", "600000", True),  # 500,000 apart
        ("100000", "599999.99", False),
        ("200000", "1000000", False),  # five times
        ("200000", "1000000.01", True),
    ],
)
def test_q02_the_floor_of_rupees(framework, earlier, now, is_jump) -> None:
    expected = {"PC1"} if is_jump else set()
    history = before({"PC1": earlier})
    assert only(framework, "Q02", {"PC1": now}, history=history) == expected


def test_q02_looks_at_totals_stocks_too_but_not_at_b1(framework) -> None:
    history = before({"SU1": 10, "SU2": 10, "OP1": 1, "OP2": 500, "OP2:women": 1, "B1": 1})
    values = {"SU1": 100, "SU2": 10, "OP1": 1, "OP2": 500, "OP2:women": 400, "B1": "9000000"}
    assert only(framework, "Q02", values, history=history) == {"SU1"}


def test_q02_compares_with_the_latest_accepted_quarter_over_a_gap(framework) -> None:
    history = {"2024-25-Q1": {"CB1": 1}, "2025-26-Q1": {"CB1": 100}}
    assert only(framework, "Q02", {"CB1": 400}, history=history) == set()
    assert only(framework, "Q02", {"CB1": 501}, history=history) == {"CB1"}


def test_q02_figures_below_zero_do_not_jump(framework) -> None:
    history = before({"OC5": -10})
    assert only(framework, "Q02", {"OC5": 500}, history=history) == set()


# Q03: unlike its own history


def history_of(values, code: str = "CB1"):
    return before(*({code: value} for value in values))


def test_q03_exactly_at_the_limit_and_just_beyond(framework) -> None:
    history = history_of(SPREAD)
    assert only(framework, "Q03", {"CB1": 8000 + 7000}, history=history) == set()
    assert only(framework, "Q03", {"CB1": 8000 + 7001}, history=history) == {"CB1"}
    assert only(framework, "Q03", {"CB1": 8000 - 7000}, history=history) == set()
    assert only(framework, "Q03", {"CB1": 8000 - 7001}, history=history) == {"CB1"}


def test_q03_needs_the_floor_between_value_and_median(framework) -> None:
    history = history_of([99, 100, 101, 99, 100, 101])
    assert only(framework, "Q03", {"CB1": 119}, history=history) == set()
    assert only(framework, "Q03", {"CB1": 120}, history=history) == {"CB1"}


def test_q03_half_of_the_history_may_be_near(framework) -> None:
    # Three of six are less than the floor away; the median, 76, is 21 away and the spread is 4.
    history = history_of([72, 80, 72, 80, 72, 80])
    assert only(framework, "Q03", {"CB1": 97}, history=history) == {"CB1"}
    assert only(framework, "Q03", {"CB1": 96}, history=history) == set()


def test_q03_no_finding_where_there_is_no_spread(framework) -> None:
    history = history_of([100, 100, 100, 100, 50, 150])
    assert only(framework, "Q03", {"CB1": 450}, history=history) == set()


def test_q03_needs_six_quarters_with_a_value(framework) -> None:
    wild = {"CB1": 1000}
    assert only(framework, "Q03", wild, history=history_of([90, 95, 100, 105, 110])) == set()
    five = [90, None, 95, None, 100, 105, 110]
    assert only(framework, "Q03", wild, history=history_of(five)) == set()
    assert only(framework, "Q03", wild, history=history_of([*five, 100])) == {"CB1"}


def test_q03_looks_back_twelve_accepted_quarters_and_no_further(framework) -> None:
    # Twelve of them without spread; the older ones would give one.
    flat, older = [100] * 12, [10, 500, 10, 500, 10, 500] * 3
    assert only(framework, "Q03", {"CB1": 300}, history=history_of(older + flat)) == set()
    spread = [95, 105] * 6
    assert only(framework, "Q03", {"CB1": 300}, history=history_of(older + spread)) == {"CB1"}
    # A blank quarter is one of the twelve: only five of these hold a value.
    sparse = [*[95, 105] * 6, *[None] * 7, 95, 105, 95, 105, 100]
    assert only(framework, "Q03", {"CB1": 300}, history=history_of(sparse)) == set()


def test_q03_counts_accepted_quarters_not_calendar_quarters(framework) -> None:
    years = ["2020-21", "2021-22", "2022-23", "2023-24", "2024-25", "2025-26"]
    history = {f"{year}-Q1": {"CB1": 100 + step} for step, year in enumerate(years)}
    assert only(framework, "Q03", {"CB1": 400}, history=history) == {"CB1"}


def test_q03_spares_stocks_and_dimensions(framework) -> None:
    quarters = [{"SU5": 100 + n, "OP2": 400 + n, "OP1": 1, "OP2:women": 5 + n} for n in range(6)]
    values = {"SU5": 400, "OP1": 1, "OP2": 402, "OP2:women": 300}
    assert only(framework, "Q03", values, history=before(*quarters)) == set()


# Q04: spending and activity apart


def apart(framework, now, history=(), aims=None):
    aims = {("B2", NOW): 1000} if aims is None else aims
    return only(framework, "Q04", now, history=before(*history), targets=aims)


def test_q04_a_quarter_apart_is_allowed_and_no_more(framework) -> None:
    assert apart(framework, {"A1": 100, "A2": 75, "B2": "500"}) == set()
    assert apart(framework, {"A1": 100, "A2": 76, "B2": "500"}) == {"A2"}
    assert apart(framework, {"A1": 100, "A2": 25, "B2": "500"}) == set()
    assert apart(framework, {"A1": 100, "A2": 24, "B2": "500"}) == {"A2"}
    # 0.55 - 0.30 is a little over 0.25 in floats.
    assert apart(framework, {"A1": 100, "A2": 55, "B2": "300"}) == set()


def test_q04_does_not_cap(framework) -> None:
    assert apart(framework, {"A1": 10, "A2": 11, "B2": "1000"}) == set()
    assert apart(framework, {"A1": 10, "A2": 11, "B2": "1400"}) == {"A2"}
    assert apart(framework, {"A1": 10, "A2": 15, "B2": "1500"}) == set()


def test_q04_is_told_to_date_and_over_targets_of_accepted_quarters_only(framework) -> None:
    history = [{"A1": 10, "A2": 10, "B2": "1000"}]
    before_last = "2025-26-Q3"  # not accepted: neither its figures nor its target count
    aims = {("B2", before_last): 8000, ("B2", "2025-26-Q4"): 1000, ("B2", NOW): 1000}
    assert apart(framework, {"A1": 10, "A2": 10, "B2": "1000"}, history, aims) == set()
    assert apart(framework, {"A1": 10, "A2": 10, "B2": "400"}, history, aims) == {"A2"}
    answer = examined(
        framework, {"A1": 10, "A2": 10, "B2": "400"}, history=before(*history), targets=aims
    )
    (told,) = [one for one in answer.findings if one.rule == "Q04"]
    assert (told.observed, told.expected) == ("1.0000", "0.7000")


@pytest.mark.parametrize("missing", ["A1", "A2", "B2"])
def test_q04_needs_all_three_in_this_update(framework, missing: str) -> None:
    values = {"A1": 10, "A2": 10, "B2": "10"} | {missing: ""}
    assert apart(framework, values, [{"A1": 10, "A2": 10}]) == set()


def test_q04_needs_a_plan_and_a_target(framework) -> None:
    assert apart(framework, {"A1": 0, "A2": 0, "B2": "900"}) == set()
    assert apart(framework, {"A1": 10, "A2": 10, "B2": "1"}, aims={}) == set()
    assert apart(framework, {"A1": 10, "A2": 10, "B2": "1"}, aims={("B2", NOW): 0}) == set()
    assert apart(framework, {"A1": 0, "A2": 10, "B2": "1"}, [{"A1": 10}]) == {"A2"}


# Q05: a group far behind


def test_q05_half_is_enough_and_less_is_not(framework) -> None:
    aims = {("FW3", NOW): 100, ("FW4", NOW): 100}
    low = {"form": "FC", "targets": aims}
    assert only(framework, "Q05", {"FW3": 50, "FW4": 50}, **low) == set()
    assert only(framework, "Q05", {"FW3": 50, "FW4": 49}, **low) == {"awareness"}
    assert only(framework, "Q05", {"FW3": 70, "FW4": 29}, **low) == {"awareness"}
    # 0.7 and 0.3 have a mean that floats put a little off a half.
    assert only(framework, "Q05", {"FW3": 70, "FW4": 30}, **low) == set()


def test_q05_caps_each_achievement_and_weighs_them(framework) -> None:
    aims = {("FW3", NOW): 100, ("FW4", NOW): 100}
    far = {"FW3": 900, "FW4": 0}
    assert only(framework, "Q05", far, form="FC", targets=aims) == set()
    weighed = {"form": "FC", "targets": aims, "weights": {"FW3": 0.9}}
    assert only(framework, "Q05", far, **weighed) == {"awareness"}


def test_q05_loss_is_no_less_than_nothing(framework) -> None:
    aims = {("OC1", NOW): 100, ("OC2", NOW): 100}
    assert only(framework, "Q05", {"OC1": 100, "OC2": -900}, targets=aims) == set()


def test_q05_is_to_date_and_groups_without_targets_are_not_judged(framework) -> None:
    aims = {("A2", "2025-26-Q4"): 10, ("A2", NOW): 10}
    history = before({"A1": 10, "A2": 10})
    values = {"A1": 10, "A2": 0}
    assert only(framework, "Q05", values, history=history, targets=aims) == set()
    assert only(framework, "Q05", values, targets=aims) == {"activity"}
    assert only(framework, "Q05", {"IM1": 0}, targets={("IM1", NOW): 10}) == set()


def test_q05_a_missing_value_achieves_nothing(framework) -> None:
    assert only(framework, "Q05", {"CB1": "x"}, targets={("CB1", NOW): 5}) == {"capacity"}


# Q06: far more done than planned


@pytest.mark.parametrize(
    ("planned", "done", "is_found"),
    [
        *(
            (8, 10, False),
            (100, 110, False),
            (100, 125, False),
            (100, 126, True),
            (4, 5, False),
            (3, 5, True),
        ),
        *((0, 1, False), (0, 2, True), (7, 9, True), (8, 11, True)),
    ],
)
def test_q06_a_quarter_more_and_two_at_least(framework, planned, done, is_found) -> None:
    expected = {"A2"} if is_found else set()
    assert only(framework, "Q06", {"A1": planned, "A2": done}) == expected


def test_q06_looks_at_this_quarter_alone_and_needs_both(framework) -> None:
    history = before({"A1": 100, "A2": 0})
    assert only(framework, "Q06", {"A1": 4, "A2": 9}, history=history) == {"A2"}
    assert only(framework, "Q06", {"A1": "", "A2": 9}) == set()


# Q07: a part not given


def test_q07_above_zero_the_parts_are_wanted(framework) -> None:
    values = {"OP1": 1, "OP2": 20}
    assert only(framework, "Q07", values) == {"OP2:women"}
    assert only(framework, "Q07", values | {"OP2:women": 0}) == set()
    assert only(framework, "Q07", {"OC5": -3}) == set()
    assert only(framework, "Q07", {"OC3": 5, "OC3P": 4}) == {"OC3P:women", "OC3P:poverty"}


def test_q07_nil_answers_the_parts(framework) -> None:
    values = {"OP1": 1, "OP2": 20}
    assert only(framework, "Q07", values, nil=True) == set()


# Q09: copied


FIVE = {"A1": 5, "A2": 5, "CB1": 3, "SU6": 2, "SU7": 2}


def test_q09_the_same_flows_again(framework) -> None:
    assert only(framework, "Q09", FIVE, history=before(FIVE)) == {""}
    answer = examined(framework, FIVE, history=before(FIVE))
    assert [one.expected for one in answer.findings if one.rule == "Q09"] == ["2025-26-Q4"]


def test_q09_needs_five_flows_above_zero(framework) -> None:
    four = FIVE | {"SU7": 0}
    assert only(framework, "Q09", four, history=before(four)) == set()
    with_loss = four | {"OC1": "-5"}
    assert only(framework, "Q09", with_loss, history=before(with_loss)) == set()


def test_q09_one_figure_of_another_size_is_enough(framework) -> None:
    assert only(framework, "Q09", FIVE | {"CB1": 4}, history=before(FIVE)) == set()


def test_q09_stocks_and_parts_may_differ(framework) -> None:
    now = FIVE | {"SU1": 5, "SU2": 5, "B1": "2000000"}
    assert only(framework, "Q09", now, history=before(FIVE)) == {""}


def test_q09_missing_equals_missing_and_no_zero(framework) -> None:
    gone = FIVE | {"IM1": None}
    assert only(framework, "Q09", FIVE, absent=["IM1"], history=before(gone)) == {""}
    assert only(framework, "Q09", FIVE, absent=["IM1"], history=before(FIVE)) == set()
    assert only(framework, "Q09", FIVE, history=before(gone)) == set()


def test_q09_looks_at_the_latest_accepted_quarter_alone(framework) -> None:
    assert only(framework, "Q09", FIVE, history=before(FIVE, {})) == set()
    assert only(framework, "Q09", FIVE, history={"2023-24-Q2": FIVE}) == {""}
    assert only(framework, "Q09", FIVE) == set()


def test_warnings_do_not_return_an_update(framework) -> None:
    answer = examined(framework, {"A1": 1, "A2": 9})
    assert answer.state == "accepted"
    assert [one.severity for one in answer.findings] == ["warning"]
    assert found(framework, {"A1": 1, "A2": 9}) == {("Q06", "A2", "")}


# Q10


@pytest.mark.parametrize("pair", by_hand.PAIRS_OF_PERSONS)
def test_fewer_persons_than_events_or_institutions_is_a_warning(framework, pair) -> None:
    events, persons = pair
    form = "FC" if events.startswith("F") else "IA"
    for count, expected in ((0, set()), (1, {persons}), (9, {persons}), (10, set()), (11, set())):
        given = {events: 10, persons: count}
        assert only(framework, "Q10", given, form=form) == expected, count


def test_q10_compares_only_what_was_given(framework) -> None:
    assert only(framework, "Q10", {"CB1": 10}, absent=["CB2"]) == set()
    assert only(framework, "Q10", {"CB1": "1O", "CB2": 3}) == set()


def test_q10_says_both_figures(framework) -> None:
    (finding,) = (
        finding
        for finding in examined(framework, {"CB1": 10, "CB2": 3}).findings
        if finding.rule == "Q10"
    )
    assert (finding.severity, finding.observed, finding.expected) == ("warning", "3", "10")
