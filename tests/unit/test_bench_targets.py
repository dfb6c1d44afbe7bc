"""The table of targets: each is measured by a benchmark that exists, and met, missed or not measured."""

from __future__ import annotations

from dataclasses import replace

import pytest
from bench.__main__ import BENCHES
from bench.lines import Line, compare_duration
from bench.rounds import Times
from bench.targets import (
    HEAD,
    MET,
    MISSED,
    NOT_MEASURED,
    SHOWN,
    TARGETS,
    find_target,
    format_target,
    hold_to,
    make_target_table,
)
from rich.console import Console

OWN, FLOOR = Times((4.0, 9.0, 6.0)), Times((1.0, 1.0, 1.0))


def measure(key: str) -> Line:
    return hold_to(key, compare_duration("a stage", OWN, "its floor", FLOOR))


def test_each_target_has_a_key_of_its_own_and_a_benchmark_that_exists() -> None:
    assert len({target.key for target in TARGETS}) == len(TARGETS)
    assert {target.bench for target in TARGETS} <= set(BENCHES)


def test_a_line_is_held_to_what_its_target_wants() -> None:
    line = measure("bare_floor")
    assert (line.key, line.target, line.at_least) == ("bare_floor", 5, False)
    assert line.is_met is False
    assert measure("bare_before").is_met is True


def test_a_target_that_is_none_is_an_error() -> None:
    with pytest.raises(KeyError):
        measure("bare")


def test_a_missed_target_names_the_command_that_says_where_the_time_goes() -> None:
    target = find_target("bare_floor")
    row = dict(zip(HEAD, format_target(target, measure("bare_floor")), strict=True))
    assert row == {
        "what": "collect, check and close, bare",
        "wanted": "at most 5 times its floor",
        "measured, median (range)": "6.00 times its floor (4.00 to 9.00)",
        "met": f"{MISSED}; python -m bench.quarter_profile",
    }


def test_a_target_is_met_not_measured_or_only_shown() -> None:
    target = find_target("bare_before")
    line = measure("bare_before")
    assert format_target(target, line)[3] == MET
    assert format_target(target, None)[2:] == ("python -m bench floor", NOT_MEASURED)
    shown = replace(target, wanted=None)
    assert format_target(shown, replace(line, target=None))[1::2] == ("", SHOWN)


def test_the_table_has_every_target_and_the_figures_of_those_measured() -> None:
    table = make_target_table([measure("bare_floor"), Line("another", OWN)])
    assert table.row_count == len(TARGETS)
    console = Console(width=250)
    with console.capture() as captured:
        console.print(table)
    assert captured.get().count(NOT_MEASURED) == len(TARGETS) - 1
    assert "6.00 times its floor" in captured.get()
