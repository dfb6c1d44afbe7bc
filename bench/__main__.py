"""``python -m bench [NAME …]``: measures, prints one table, and with ``--write`` keeps it."""

from __future__ import annotations

import sys
from importlib import import_module
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from bench import machine, report
from bench.lines import DisagreementError, Line, Size

# Each is a module with ``lines(size, progress) -> list[Line]``, loaded only when it is asked for.
BENCHES = {
    "check": "bench.check_and_score",
    "recheck": "bench.rechecking",
    "loading": "bench.loading",
    "quarter": "bench.whole_quarter",
    "reading": "bench.reading",
    "delivery": "bench.delivery",
    "board": "bench.board",
    "documents": "bench.documents",
    "workers": "bench.spawned",
    "rollups": "bench.rolling_up",
    "portal": "bench.portal",
    "growth": "bench.growth",
}
# These fill a database with a country's years first, or several: minutes each, only when named.
LONG = frozenset(("quarter", "portal", "growth"))
SHOWN_DIFFERENCES = 10


def main(
    names: Annotated[
        list[str] | None,
        typer.Argument(
            help=f"Of {', '.join(BENCHES)}; by default all but {', '.join(sorted(LONG))}."
        ),
    ] = None,
    agencies: Annotated[int, typer.Option(min=2, help="Half of them IAs, half FCs.")] = 7000,
    quarters: Annotated[int, typer.Option(min=1, help="Quarters of history.")] = 19,
    rounds: Annotated[int, typer.Option(min=1, help="Rounds that count.")] = 3,
    seed: Annotated[int, typer.Option(help="Of the made-up programme.")] = 2017,
    write: Annotated[bool, typer.Option(help="Keep the table in docs/benchmarks.md.")] = False,
) -> None:
    """Measure stages of a country's quarter, each beside its reference in the same run."""
    console = Console(highlight=False)
    if not console.is_terminal:  # a file is as wide as its tables
        console.width = 180
    if unknown := set(names or ()) - set(BENCHES):
        console.print(f"No benchmark {', '.join(sorted(unknown))}; there are {', '.join(BENCHES)}.")
        raise typer.Exit(2)
    console.print(machine.described())
    size = Size(agencies, quarters, rounds, seed)
    measured: dict[str, list[Line]] = {}
    with Progress(
        SpinnerColumn(),
        TextColumn("{task.description}"),
        TimeElapsedColumn(),
        transient=True,
        console=Console(file=sys.stderr),
    ) as bar:
        task = bar.add_task("")
        for name in names or [name for name in BENCHES if name not in LONG]:

            def progress(doing: str, name: str = name) -> None:
                bar.update(task, description=f"{name}: {doing}")

            try:
                measured[name] = import_module(BENCHES[name]).lines(size, progress)
            except DisagreementError as error:
                say_differences(console, error)
    lines = [line for some in measured.values() for line in some]
    console.print(report.table(lines))
    for line in lines:
        if line.note:
            console.print(f"{line.stage}: {line.note}")
    if write:
        report.write(measured, size, tuple(BENCHES))


def say_differences(console: Console, error: DisagreementError) -> None:
    """Say where two readings differ; the figures of a benchmark that is wrong are worth nothing."""
    console.print(str(error))
    for line in error.lines[:SHOWN_DIFFERENCES]:
        console.print(f"  {line}")
    raise typer.Exit(1)


if __name__ == "__main__":
    typer.run(main)
