"""References of benchmarks say the same as the package, or the benchmark says where they do not."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import pytest
from bench import growth, independent_sample, pandera_checks, rollup_sums
from bench.check_and_score import lines as check_lines
from bench.lines import DisagreementError, Size
from bench.programme import Programme, make_programme
from bench.targets import hold_to

from cpsa.scoring.rollups import SumTable

pytestmark = pytest.mark.slow

SMALL = Size(agencies=24, quarters=3, rounds=1, seed=5)


def quietly(doing: str) -> None:
    pass


@pytest.fixture(scope="module")
def programme() -> Programme:
    return make_programme({"IA": 40, "FC": 40}, 7, seed=9)


def test_an_independent_reading_finds_the_same(programme: Programme) -> None:
    line = independent_sample.make_line(programme, 1, quietly)
    assert line.stage.startswith("80 agencies drawn from 80")
    assert line.note.startswith("0 differences in ")
    assert "in 0 findings" not in line.note


def test_what_an_independent_reading_finds_else_is_told(
    programme: Programme, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = independent_sample.examine_submissions

    def lenient(*given: object) -> list:
        return [replace(one, findings=one.findings[1:], state="accepted") for one in real(*given)]

    monkeypatch.setattr(independent_sample, "examine_submissions", lenient)
    with pytest.raises(DisagreementError) as told:
        independent_sample.make_line(programme, 1, quietly)
    assert any("only by the other: ('" in line for line in told.value.lines)
    assert any("state accepted against returned" in line for line in told.value.lines)


def test_pandera_that_counts_else_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        pandera_checks, "make_checker", lambda framework: lambda frame: Counter(V01=1)
    )
    with pytest.raises(DisagreementError) as told:
        check_lines(SMALL, quietly)
    assert told.value.lines[0] == "pandera: {'V01': 2}"


def test_without_pandera_the_line_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pandera_checks, "make_checker", lambda framework: None)
    notes = [line.note for line in check_lines(SMALL, quietly)]
    assert pandera_checks.NOT_INSTALLED_NOTE in notes


def test_roll_ups_are_compared_before_they_are_timed(monkeypatch: pytest.MonkeyPatch) -> None:
    (line,) = rollup_sums.lines(SMALL, quietly)
    assert "24 agencies" in line.stage
    real = SumTable.add_by_area

    def without_the_first(table: SumTable, areas: dict) -> SumTable:
        return real(
            table, {name: area for name, area in areas.items() if name != next(iter(table))}
        )

    monkeypatch.setattr(SumTable, "add_by_area", without_the_first)
    with pytest.raises(DisagreementError) as told:
        rollup_sums.lines(SMALL, quietly)
    assert any("('state', '0')" in line for line in told.value.lines)


def test_growth_is_fitted_on_logarithms() -> None:
    assert growth.fit_exponent({10: 5.0, 100: 50.0, 1000: 500.0}) == pytest.approx(1)
    assert growth.fit_exponent({1: 3.0, 10: 300.0}) == pytest.approx(2)


def test_programmes_grow_to_ten_times_as_many_agencies() -> None:
    assert growth.list_sizes(7000) == [70, 700, 7000, 70000]
    assert growth.list_sizes(1000) == [10, 100, 1000, 10000]


def test_a_line_of_growth_names_each_stage() -> None:
    costs = {
        20: {"collect": [1.0, 3.0], "close": [1.0, 1.0]},
        200: {"collect": [20.0], "close": [1.0]},
    }
    line = hold_to("growth", growth._make_line("agencies", costs))
    assert line.ratio is not None
    assert line.ratio.median == pytest.approx(21 / 3)
    assert line.is_met
    assert "20: 3.00 s, 200: 21.00 s" in line.note
    assert "collect 1.00, close 0.00" in line.note
