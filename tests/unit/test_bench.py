"""The benchmark: its programme, its two readings, and that it says so when they differ."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest
import typer
from bench import __main__ as bench_command
from bench import plain_agency, plain_loop, programme, report, rounds
from bench.__main__ import main
from bench.check_and_score import list_differences
from bench.lines import (
    DisagreementError,
    Line,
    Progress,
    Size,
    compare_duration,
    compare_speed,
)
from bench.programme import Programme
from bench.versions import OWN
from typer.testing import CliRunner

from cpsa.checks.comparison import Comparison
from cpsa.checks.examine_submissions import build_comparison
from cpsa.checks.rule_kinds import apply_rules, list_kinds
from cpsa.scoring.achievement import Scores, score_panel
from cpsa.submissions.finding import Finding

pytestmark = pytest.mark.slow

Reading = tuple[list[Finding], Scores, plain_loop.Outcome]


def readings(made: Programme) -> list[Reading]:
    """What the package and the plain loop make of each form."""
    both = []
    for data in made.forms:
        case = build_comparison(
            made.framework,
            data.form,
            made.quarter,
            data.judged,
            data.spread_history(made.framework),
        )
        found = apply_rules(made.framework, case)
        plain = plain_loop.run_loop(
            made.framework, data.form, made.quarter, plain_agency.gather_agencies(data)
        )
        both.append((found, score_panel(case.panel, data.due_quarters), plain))
    return both


def test_the_same_seed_makes_the_same_programme() -> None:
    one, again, other = (
        programme.make_programme({"IA": 5, "FC": 5}, 3, seed) for seed in (1, 1, 2)
    )
    assert [form.judged for form in one.forms] == [form.judged for form in again.forms]
    for form, same in zip(one.forms, again.forms, strict=True):
        assert form.history.facts.equals(same.history.facts)
        assert form.history.targets.equals(same.history.targets)
    assert [form.judged for form in one.forms] != [form.judged for form in other.forms]


def test_every_comparing_rule_has_work_to_do() -> None:
    made = programme.make_programme({"IA": 600, "FC": 600}, 8, seed=3)
    found = {finding.rule for findings, _, _ in readings(made) for finding in findings}
    assert found == {
        rule.id for rule in made.framework.rules.values() if rule.kind in list_kinds(Comparison)
    }


@pytest.mark.parametrize(("quarters", "seed"), [(1, 11), (6, 12), (7, 13), (15, 14)])
def test_both_readings_find_the_same(quarters: int, seed: int) -> None:
    for findings, scores, plain in readings(
        programme.make_programme({"IA": 90, "FC": 90}, quarters, seed)
    ):
        assert list_differences(findings, scores, plain) == []
        assert findings


def test_what_differs_is_told() -> None:
    findings, scores, plain = readings(programme.make_programme({"IA": 60}, 7, seed=5))[0]
    assert list_differences(findings[1:], scores, plain)[0].startswith("only by the loop")
    assert list_differences([*findings, findings[0]], scores, plain)[0].startswith("only by arrays")
    seen = [findings[0]._replace(observed="1"), *findings[1:]]
    assert len(list_differences(seen, scores, plain)) == 2
    raised = replace(scores, composite=scores.composite + 1e-6)
    assert len(list_differences(findings, raised, plain)) == len(scores.agencies)
    told = replace(scores, status=("no_data", *scores.status[1:]))
    assert len(list_differences(findings, told, plain)) == 1


def test_rivals_work_in_turn_and_the_first_round_does_not_count() -> None:
    worked: list[str] = []
    rivals = {name: lambda name=name: worked.append(name) for name in ("one", "other")}
    times = rounds.measure_rivals(rivals, 2, lambda name: None)
    assert worked == ["one", "other"] * 3
    assert {name: len(taken.seconds) for name, taken in times.items()} == {"one": 2, "other": 2}


def run(*arguments: str):
    app = typer.Typer()
    app.command()(main)
    return CliRunner().invoke(app, arguments)


def test_the_command_prints_and_writes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    small = ("--agencies", "20", "--quarters", "7", "--rounds", "1")
    result = run("check", "recheck", *small)
    assert result.exit_code == 0, result.output
    assert "check and score, a quarter in memory" in result.output
    assert "recheck of 8 quarters, 20 agencies" in result.output
    assert not list(tmp_path.iterdir())


def test_a_process_of_its_own_has_the_programme_that_templates_need() -> None:
    small = ("--agencies", "20", "--quarters", "1", "--rounds", "1")
    done = subprocess.run(
        [sys.executable, "-m", "bench", "reading", *small],
        env=OWN.make_environment({}),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    assert "reading filled templates" in done.stdout


def test_a_benchmark_that_is_none_is_told() -> None:
    result = run("chekc")
    assert result.exit_code == 2
    assert "No benchmark chekc; there are startup, check," in result.output


@pytest.fixture
def two_benches(monkeypatch: pytest.MonkeyPatch) -> Callable[[Exception], None]:
    """Lets the first of two benchmarks fail."""

    def fail(error: Exception) -> None:
        def give(size: Size, progress: Progress) -> list[Line]:
            return [Line("a stage of the second", rounds.Times((1.0,)))]

        def refuse(size: Size, progress: Progress) -> list[Line]:
            raise error

        for name, lines in (("first", refuse), ("second", give)):
            monkeypatch.setitem(sys.modules, name, SimpleNamespace(lines=lines))
        monkeypatch.setattr(bench_command, "BENCHES", {"first": "first", "second": "second"})

    return fail


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (DisagreementError(["only by arrays: a finding"]), "  only by arrays: a finding"),
        (RuntimeError("the server has gone"), "RuntimeError: the server has gone"),
    ],
)
def test_a_benchmark_that_fails_is_said_and_costs_the_others_nothing(
    two_benches: Callable[[Exception], None], error: Exception, said: str
) -> None:
    two_benches(error)
    result = run()
    assert result.exit_code == 1
    assert said in result.output
    assert "second: 0.0 minutes" in result.output
    assert "a stage of the second" in result.output
    assert "Failed: first" in result.output


def test_targets_are_met_from_the_side_they_say() -> None:
    quick, slow = rounds.Times((1.0,)), rounds.Times((10.0,))
    assert compare_speed("a", quick, "b", slow, 10).is_met
    assert not compare_speed("a", quick, "b", slow, 11).is_met
    assert compare_duration("a", slow, "b", quick, 10).is_met
    assert not compare_duration("a", slow, "b", quick, 9).is_met
    assert Line("a", quick).is_met is None


def test_the_page_keeps_its_words(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("Before.\n<!-- measured -->\nold\n<!-- end of what was measured -->\nAfter.\n")
    quick, slow = rounds.Times((1.0,)), rounds.Times((10.0,))
    for _ in range(2):
        lines = [compare_speed("a stage", quick, "a reference", slow, 5)]
        report.write_page({"check": lines}, Size(), ("check",), page)
    said = page.read_text()
    assert said.startswith("Before.\n<!-- measured -->\n")
    assert said.endswith("<!-- end of what was measured -->\nAfter.\n")
    assert said.count("| a stage |") == 1
    assert "10.00 times as fast (10.00 to 10.00) | at least 5 | yes |" in said
    assert "old" not in said


def test_benchmarks_that_were_not_run_keep_their_lines(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("<!-- measured -->\n<!-- end of what was measured -->\n")
    order = ("check", "growth")
    for name, stage in (("growth", "grows"), ("check", "old"), ("check", "new")):
        report.write_page(
            {name: [Line(stage, rounds.Times((1.0,)), note="so")]}, Size(), order, page
        )
    rows = [line for line in page.read_text().splitlines() if line.startswith("| ")]
    assert [row.split(" | ")[:2] for row in rows[2:]] == [["| check", "new"], ["| growth", "grows"]]
    notes = [line for line in page.read_text().splitlines() if line.startswith("- ")]
    assert [note.split(" on ")[0] for note in notes] == [
        "- check, new: so",
        "- check ran",
        "- growth, grows: so",
        "- growth ran",
    ]


def test_a_pass_is_timed_many_times_over() -> None:
    worked: list[int] = []
    rounds.repeat_work(lambda: worked.append(1), 10)()
    assert len(worked) == 10


def test_ratios_are_of_the_same_round() -> None:
    slow, fast = rounds.Times((4.0, 9.0)), rounds.Times((2.0, 3.0))
    assert slow.over(fast).seconds == (2.0, 3.0)
