"""How the lines are shown: a table on the terminal, and the page docs/benchmarks.md."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from rich.table import Table

from bench import machine
from bench.lines import Line, Size

PAGE = Path(__file__).resolve().parents[1] / "docs" / "benchmarks.md"
_START, _END = "<!-- measured -->", "<!-- end of what was measured -->"
_HEAD = ("stage", "seconds, median (range)", "against", "ratio, median (range)", "target", "met")


def make_table(lines: Iterable[Line]) -> Table:
    shown = Table(box=None, pad_edge=False, header_style="bold")
    for column in _HEAD:
        shown.add_column(column)
    for line in lines:
        shown.add_row(*_format_cells(line))
    return shown


def write_page(
    measured: Mapping[str, Sequence[Line]], size: Size, order: Sequence[str], page: Path = PAGE
) -> None:
    """Put what was measured between the page's marks; the text around them is written by hand.

    Benchmarks that were not run keep what the page says of them. ``order``: all their names.
    """
    before, _, rest = page.read_text("utf-8").partition(_START)
    kept, _, after = rest.partition(_END)
    ran_on = (
        f"{machine.describe_machine()}; {size.agencies:,} agencies, {size.quarters} quarters of history, "
        f"{size.rounds} rounds, seed {size.seed}"
    )
    lines_by_bench = {
        name: [
            *(_format_row((name, *_format_cells(line))) for line in lines),
            *(f"- {name}, {line.stage}: {line.note}" for line in lines if line.note),
            f"- {name} ran on {ran_on}",
        ]
        for name, lines in measured.items()
    }
    for line in kept.splitlines():
        if (name := _get_bench_name(line)) in order and name not in measured:
            lines_by_bench.setdefault(name, []).append(line)
    page_lines = [line for name in order for line in lines_by_bench.get(name, ())]
    table = [_format_row(("bench", *_HEAD)), _format_row("---" for _ in ("bench", *_HEAD))]
    table += [line for line in page_lines if line.startswith("| ")]
    notes = [line for line in page_lines if line.startswith("- ")]
    body = "\n".join([*table, "", *notes])
    page.write_text(f"{before}{_START}\n{body}\n{_END}{after}", "utf-8")


def _get_bench_name(line: str) -> str:
    """Whose a line of the page is: the first word of a row or a note."""
    words = line.removeprefix("| ").removeprefix("- ").replace(",", " ").split()
    return words[0] if words and line.startswith(("| ", "- ")) else ""


def _format_row(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _format_cells(line: Line) -> tuple[str, ...]:
    ratio = target = met = ""
    if line.ratio is not None:
        low, high = min(line.ratio.seconds), max(line.ratio.seconds)
        ratio = f"{line.ratio.median:.2f} {line.words} ({low:.2f} to {high:.2f})"
    if line.target is not None:
        target = f"{'at least' if line.at_least else 'at most'} {line.target:g}"
        met = "yes" if line.is_met else "**no**"
    low, high = min(line.seconds.seconds), max(line.seconds.seconds)
    taken = f"{line.seconds.median:.4g} ({low:.4g} to {high:.4g})"
    return line.stage, taken, line.reference, ratio, target, met
