"""Lines of benchmarks that run this version and the version before: each has a target of its own."""

from __future__ import annotations

from dataclasses import replace

import pytest
from bench import few_agencies, sqlite_quarter, whole_quarter
from bench.airflow_quarter import QuarterRun
from bench.lines import DisagreementError
from bench.rounds import Times, add_stages
from bench.targets import find_target

BARE = QuarterRun({"collect": 1.0, "check": 2.0, "close": 1.0}, 3.0, "agency,score\nA,0.5\n")
THROUGH = QuarterRun({"through Airflow": 8.0}, 9.0, BARE.scores, 2**29)


def test_stages_are_added_up_round_by_round() -> None:
    runs = [{"collect": 1.0, "check": 2.0}, {"collect": 3.0, "check": 4.0}]
    assert add_stages(runs, ("check", "collect")).seconds == (3.0, 7.0)
    assert add_stages(runs, ("check",)).seconds == (2.0, 4.0)


def test_a_quarter_through_airflow_is_held_to_bare_and_to_the_version_before() -> None:
    before = replace(THROUGH, stages={"through Airflow": 24.0})
    made = whole_quarter.make_lines({"bare": BARE, "airflow": THROUGH}, before, 20)
    assert [line.key for line in made] == ["airflow_bare", "airflow_before", ""]
    assert [line.ratio.median for line in made if line.ratio] == [2, 3, 512]
    assert all(line.is_met for line in made)
    assert "collect 1.0 s, check 2.0 s, close 1.0 s" in made[0].note


def test_scores_that_differ_between_versions_are_told() -> None:
    whole_quarter.require_same_scores([BARE, THROUGH, BARE])
    with pytest.raises(DisagreementError) as refused:
        whole_quarter.require_same_scores(
            [BARE, THROUGH, replace(BARE, scores="agency,score\nA,0.6\n")]
        )
    assert "-A,0.5" in refused.value.lines
    assert "+A,0.6" in refused.value.lines


def test_sqlite_is_not_slower_than_before_in_the_sum_of_its_stages() -> None:
    runs = {
        "own": [{"collect": 1.0, "check": 2.0, "close": 1.0}],
        "before": [{"collect": 8.0, "check": 2.0, "close": 0.5}],
    }
    made = sqlite_quarter.make_lines(runs, 40)
    assert [line.ratio.median for line in made if line.ratio] == [8, 1, 0.5, 10.5 / 4]
    assert [line.is_met for line in made] == [None, None, None, True]
    assert made[-1].key == "sqlite_before"


def test_what_few_agencies_feel_is_shown_beside_the_version_before() -> None:
    times = {"own": Times((2.0,)), "before": Times((3.0,))}
    keys = ("few_status", "few_upload", "few_airflow", "few_demo")
    made = few_agencies.make_lines({key: (f"stage of {key}", times) for key in keys})
    assert [line.key for line in made] == list(keys)
    assert all(line.is_met is None and line.ratio and line.ratio.median == 1.5 for line in made)
    assert all(find_target(key).bench == "few" for key in keys)
