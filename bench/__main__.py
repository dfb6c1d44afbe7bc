"""``python -m bench``: prints its tables and writes nothing."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table

from bench import check_and_score, machine, programme
from bench.check_and_score import ARRAYS, FROM_FRAMES, LOOP, LOOP_FROM_FRAMES, PASS, Measured
from bench.rounds import Times

SHOWN_MISMATCHES = 10
TIMES_AS_FAST = 18  # as the plain loop, at 7,000 agencies
PASSES_AT_MOST = 40

ROWS = {
    ARRAYS: "rules and scores, arrays ready",
    LOOP: "the same by a plain loop, dicts ready",
    PASS: "one bare pass over the arrays",
    FROM_FRAMES: "rules and scores, from frames",
    LOOP_FROM_FRAMES: "the same by a plain loop, row by row",
}


def main(
    agencies: Annotated[
        int, typer.Option(min=2, help="How many, half of them IAs, half of them FCs.")
    ] = 1400,
    quarters: Annotated[int, typer.Option(min=1, help="Quarters of history.")] = 19,
    rounds: Annotated[int, typer.Option(min=1, help="Rounds that count.")] = 3,
    seed: Annotated[int, typer.Option(help="Of the made-up programme.")] = 2017,
    frames: Annotated[bool, typer.Option(help="Also measure from frames (slow).")] = True,
) -> None:
    """Check and score a made-up national quarter, beside a plain loop and one bare pass."""
    console = Console(highlight=False)
    if not console.is_terminal:  # a file is as wide as its tables
        console.width = 120
    console.print(machine.described())
    each = {"IA": agencies - agencies // 2, "FC": agencies // 2}
    with Progress(
        SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn(), transient=True
    ) as bar:
        task = bar.add_task("making a programme up")
        made = programme.make(each, quarters, seed)
        measured = check_and_score.measure(
            made, rounds, frames, lambda name: bar.update(task, description=name)
        )
    console.print(
        f"{agencies:,} agencies ({each['IA']:,} IA, {each['FC']:,} FC), {quarters} quarters of "
        f"history, {made.figures:,} figures, seed {seed}"
    )
    by_rule = ", ".join(f"{rule} {number:,}" for rule, number in sorted(measured.findings.items()))
    console.print(f"{measured.findings.total():,} findings: {by_rule}")
    console.print(_table(measured.times, rounds))
    say_mismatches(console, measured)


def _table(times: dict[str, Times], rounds: int) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("check + score")
    for column in ("CPU s, median", f"range of {rounds}", "against", "range", "target"):
        table.add_column(column, justify="right")
    for name, taken in times.items():
        low, high = min(taken.seconds), max(taken.seconds)
        table.add_row(
            ROWS[name],
            f"{taken.median:.4f}",
            f"{low:.4f} to {high:.4f}",
            *_against(name, times),
        )
    return table


def _against(name: str, times: dict[str, Times]) -> tuple[str, str, str]:
    """How the rival compares with what it is measured against: ratio, its range, the target."""
    rivals = {
        LOOP: (times[LOOP].over(times[ARRAYS]), "{:.1f} × the arrays", f"≥ {TIMES_AS_FAST}"),
        ARRAYS: (times[ARRAYS].over(times[PASS]), "{:.1f} × one pass", f"≤ {PASSES_AT_MOST}"),
    }
    if LOOP_FROM_FRAMES in times:
        over = times[LOOP_FROM_FRAMES].over(times[FROM_FRAMES])
        rivals[LOOP_FROM_FRAMES] = over, "{:.1f} × the arrays", ""
    if name not in rivals:
        return "", "", ""
    ratio, words, target = rivals[name]
    spread = f"{min(ratio.seconds):.1f} to {max(ratio.seconds):.1f}"
    return words.format(ratio.median), spread, target


def say_mismatches(console: Console, measured: Measured) -> None:
    """Say where the two differ; the figures of a benchmark that is wrong are worth nothing."""
    number = len(measured.mismatches)
    console.print(f"Findings and scores that differ between the two: {number}")
    for line in measured.mismatches[:SHOWN_MISMATCHES]:
        console.print(f"  {line}")
    if number:
        raise typer.Exit(1)


if __name__ == "__main__":
    typer.run(main)
