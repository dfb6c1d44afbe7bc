"""How the lines are shown: a table on the terminal, and the page docs/benchmarks.md."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from rich.table import Table

from bench import machine
from bench.lines import Line, Size

PAGE = Path(__file__).resolve().parents[1] / "docs" / "benchmarks.md"
_START, _END = "<!-- measured -->", "<!-- end of what was measured -->"
_HEAD = ("stage", "seconds, median (range)", "against", "ratio, median (range)", "target", "met")


def table(lines: Iterable[Line]) -> Table:
    shown = Table(box=None, pad_edge=False, header_style="bold")
    for column in _HEAD:
        shown.add_column(column)
    for line in lines:
        shown.add_row(*_cells(line))
    return shown


def write(lines: Sequence[Line], size: Size, page: Path = PAGE) -> None:
    """Put what was measured between the page's two marks; the words around them are people's."""
    before, _, rest = page.read_text("utf-8").partition(_START)
    after = rest.partition(_END)[2]
    said = [
        machine.described(),
        "",
        f"{size.agencies:,} agencies, {size.quarters} quarters of history, {size.rounds} rounds, "
        f"seed {size.seed}.",
        "",
        _row(_HEAD),
        _row("---" for _ in _HEAD),
        *(_row(_cells(line)) for line in lines),
        "",
        *(f"- {line.stage}: {line.note}" for line in lines if line.note),
    ]
    page.write_text(f"{before}{_START}\n" + "\n".join(said) + f"\n{_END}{after}", "utf-8")


def _row(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _cells(line: Line) -> tuple[str, ...]:
    ratio = target = met = ""
    if line.ratio is not None:
        low, high = min(line.ratio.seconds), max(line.ratio.seconds)
        ratio = f"{line.ratio.median:.2f} {line.words} ({low:.2f} to {high:.2f})"
    if line.target is not None:
        target = f"{'at least' if line.at_least else 'at most'} {line.target:g}"
        met = "yes" if line.met else "**no**"
    low, high = min(line.seconds.seconds), max(line.seconds.seconds)
    taken = f"{line.seconds.median:.4g} ({low:.4g} to {high:.4g})"
    return line.stage, taken, line.reference, ratio, target, met
