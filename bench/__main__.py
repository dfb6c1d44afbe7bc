"""``python -m bench [NAME …]``: measures, prints lines and the table of targets; ``--write`` keeps the lines."""

from __future__ import annotations

import signal
import sys
import time
import traceback
from collections.abc import Iterable
from importlib import import_module
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from bench import machine, report, targets
from bench.filled_stores import FilledStores
from bench.lines import DisagreementError, Line, Size
from bench.programme import FRAMEWORK
from cpsa.reference.programme_in_use import use_programme

# Each is a module with ``lines(size, progress) -> list[Line]``, loaded only when it is requested; those that
# start from the stores of a country have these of the run as a third argument.
BENCHES = {
    "startup": "bench.startup",
    "check": "bench.check_and_score",
    "recheck": "bench.recheck",
    "loading": "bench.store_load",
    "quarter": "bench.whole_quarter",
    "floor": "bench.floor",
    "reading": "bench.update_readers",
    "delivery": "bench.delivery",
    "board": "bench.board",
    "documents": "bench.document_rendering",
    "workers": "bench.render_workers",
    "rollups": "bench.rollup_sums",
    "portal": "bench.portal",
    "growth": "bench.growth",
    "tables": "bench.quarter_with_tables",
    "build": "bench.build_memory",
    "sqlite": "bench.sqlite_quarter",
    "few": "bench.few_agencies",
}
ON_FILLED_STORES = frozenset(
    ("quarter", "floor", "board", "portal", "growth", "tables", "build", "few")
)
SHOWN_DIFFERENCES = 10


def main(
    names: Annotated[
        list[str] | None,
        typer.Argument(help=f"Of {', '.join(BENCHES)}; by default all."),
    ] = None,
    agencies: Annotated[int, typer.Option(min=2, help="Half of them IAs, half FCs.")] = 7000,
    quarters: Annotated[int, typer.Option(min=1, help="Quarters of history.")] = 19,
    rounds: Annotated[int, typer.Option(min=1, help="Rounds that count.")] = 5,
    seed: Annotated[int, typer.Option(help="Of the made-up programme.")] = 2017,
    *,
    write: Annotated[bool, typer.Option(help="Keep the table in docs/benchmarks.md.")] = False,
) -> None:
    """Measure stages of a country's quarter, each beside its reference in the same run."""
    console = Console(highlight=False)
    if not console.is_terminal:  # a file is as wide as its tables
        console.width = 180
    if unknown := set(names or ()) - set(BENCHES):
        console.print(f"No benchmark {', '.join(sorted(unknown))}; there are {', '.join(BENCHES)}.")
        raise typer.Exit(2)
    use_programme(FRAMEWORK.parent)
    console.print(machine.describe_machine())
    size = Size(agencies, quarters, rounds, seed)
    measured: dict[str, list[Line]] = {}
    failed: list[str] = []
    with FilledStores() as stores:
        for name in names or BENCHES:
            start = time.perf_counter()
            try:
                measured[name] = _measure(name, size, stores)
            except DisagreementError as error:
                print_differences(console, error)
                failed.append(name)
            except Exception:  # the others are measured all the same: a whole run takes an hour
                console.print(traceback.format_exc(), markup=False)
                failed.append(name)
            console.print(f"{name}: {(time.perf_counter() - start) / 60:.1f} minutes")
            if write and name in measured:
                report.write_page({name: measured[name]}, size, tuple(BENCHES))
    print_lines(console, [line for bench_lines in measured.values() for line in bench_lines])
    if failed:
        console.print(f"Failed: {', '.join(failed)}")
        raise typer.Exit(1)


def _measure(name: str, size: Size, stores: FilledStores) -> list[Line]:
    """Run one benchmark, and say on the terminal what it is doing."""
    with Progress(
        SpinnerColumn(),
        TextColumn("{task.description}"),
        TimeElapsedColumn(),
        transient=True,
        console=Console(file=sys.stderr),
    ) as bar:
        task = bar.add_task("")

        def progress(step: str) -> None:
            bar.update(task, description=f"{name}: {step}")

        lines = import_module(BENCHES[name]).lines
        given = (size, progress, stores) if name in ON_FILLED_STORES else (size, progress)
        measured: list[Line] = lines(*given)
        return measured


def print_lines(console: Console, lines: Iterable[Line]) -> None:
    """The table of lines, their notes, and the table of targets."""
    found = list(lines)
    console.print(report.make_table(found))
    for line in found:
        if line.note:
            console.print(f"{line.stage}: {line.note}")
    console.print(targets.make_target_table(found))


def print_differences(console: Console, error: DisagreementError) -> None:
    """Say where two readings differ; the figures of a benchmark that is wrong are worth nothing."""
    console.print(str(error))
    for line in error.lines[:SHOWN_DIFFERENCES]:
        console.print(f"  {line}")


if __name__ == "__main__":
    # A run that is ended from outside ends its processes and drops its databases.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    typer.run(main)
