"""Documents by Typst against the same content by WeasyPrint, from a snapshot that is ready.

Both write the content's words and print it; every round has figures of its own, so that nothing
set once serves twice. The learning document goes without its annexes, whose pages grow with the
programme, and an agency's update with its one page, without the charts and tables after it.
"""

from __future__ import annotations

import io
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pikepdf

from bench import weasy
from bench.lines import Line, Progress, Size, faster
from bench.rounds import Times, Work, interleaved
from bench.sample_office import another, sample_office
from cpsa.calendar import AnyPeriod, HalfYear, Quarter, parse_period
from cpsa.cycle import snapshots
from cpsa.documents import STATE, Content, DocumentKey, Kind, Renderer, Snapshot, content

LAST = Quarter.parse("2025-26-Q4")
HALF = parse_period("2025-26-H2")
LANGUAGES = ("en", "hi")
LEFT_OUT = ("annex-scores", "annex-figures")
FIRST_PAGE = ("standing", "brief")  # of an update: all that an agency's page says
A_SECOND, TIMES_AS_FAST = 5, 8
UPDATES = 12  # of a round
COUNTRY = 7000
Written = tuple[Snapshot, Sequence[DocumentKey]]


def lines(size: Size, progress: Progress) -> list[Line]:
    """CPU seconds of a round: the learning document in both languages, a dozen updates."""
    with tempfile.TemporaryDirectory(prefix="cpsa-bench-") as folder:
        progress("closing the sample's quarters")
        with sample_office(Path(folder), LAST) as office:
            templates = office.settings.templates
            taken = {period: snapshots.take(office, period).snapshot for period in (HALF, LAST)}
    generator = np.random.default_rng(size.seed)
    renderer = Renderer(templates)

    def each(period: AnyPeriod, of: Callable[[Snapshot], Sequence[DocumentKey]]) -> list[Written]:
        some = [another(taken[period], generator) for _ in range(size.rounds + 1)]
        return [(snapshot, of(snapshot)) for snapshot in some]

    written = each(HALF, _learning_keys)
    learning = _measured(written, renderer, size.rounds, progress)
    again = _again(written[-1], renderer, size.rounds, progress)
    updates = _measured(each(LAST, _update_keys), renderer, size.rounds, progress)
    return [
        *_learning_lines(learning, len(LANGUAGES)),
        _again_line(again, len(LANGUAGES)),
        *_update_lines(updates, UPDATES),
    ]


class Measured:
    """What a kind of document took, and the pages of the last round."""

    def __init__(self, times: dict[str, Times], pages: Sequence[int]) -> None:
        self.own = times["typst"]
        self.other = times.get("weasyprint")
        self.pages = pages

    def against(self, stage: str, note: str) -> Line:
        """A line against WeasyPrint, or one that says that it is not there."""
        if self.other is None:
            return Line(stage, self.own, note=f"{note}; {weasy.NOT_THERE}")
        line = faster(stage, self.own, "WeasyPrint, the same content", self.other, TIMES_AS_FAST)
        return replace(line, note=note)


def _learning_lines(measured: Measured, number: int) -> list[Line]:
    pages = " and ".join(map(str, measured.pages))
    stage = f"the learning document, English and Hindi ({pages} pages)"
    each_second = _each_second(measured.own, number)
    note = (
        "from a ready snapshot to PDF; cover, contents and all sections but the annexes, whose "
        "content is made all the same"
    )
    return [
        Line(stage, measured.own, "", each_second, "documents a CPU second", A_SECOND),
        measured.against(stage, note),
    ]


def _again_line(times: Times, number: int) -> Line:
    stage = "the same learning documents once more, with the same figures"
    return Line(stage, times, "", _each_second(times, number), "documents a CPU second")


def _each_second(times: Times, number: int) -> Times:
    return Times(tuple(number / seconds for seconds in times.seconds))


def _update_lines(measured: Measured, number: int) -> list[Line]:
    on_one = sum(pages == 1 for pages in measured.pages)
    minutes = measured.own.median / number * COUNTRY / 60
    note = (
        f"{on_one} of {number} fill one page; {COUNTRY:,} would take {minutes:.1f} CPU minutes, "
        f"{number / measured.own.median:.1f} a CPU second"
    )
    return [measured.against(f"{number} one-page quarterly updates, PDF", note)]


def _measured(
    rounds: Sequence[Written], renderer: Renderer, number: int, progress: Progress
) -> Measured:
    pages: list[int] = []

    def typst(content: Content) -> None:
        pages.append(_pages(renderer.write(content, "pdf")))

    rivals = {"typst": _writing(rounds, typst)}
    if write := weasy.writer():
        rivals["weasyprint"] = _writing(rounds, lambda one: write(renderer.write(one, "html")))
    times = interleaved(rivals, number, progress)
    return Measured(times, pages[-len(rounds[0][1]) :])


def _again(one: Written, renderer: Renderer, number: int, progress: Progress) -> Times:
    """What Typst has set before and remembers costs next to nothing; the content is made anew."""
    work = _writing([one] * (number + 1), lambda content: renderer.write(content, "pdf"))
    return interleaved({"again": work}, number, progress)["again"]


def _writing(rounds: Sequence[Written], write: Callable[[Content], object]) -> Work:
    """Makes the contents of the next round each time it works, and prints them."""
    ahead: Iterator[Written] = iter(rounds)

    def work() -> None:
        snapshot, keys = next(ahead)
        snapshot = replace(snapshot)  # nothing that a rival worked out of it is left
        for key in keys:
            write(_part(key.kind, content(key, snapshot)))

    return work


def _part(kind: Kind, whole: Content) -> Content:
    """What is measured of a document: a page of an update, all but the annexes of the other."""
    of_update = kind is Kind.QUARTERLY_UPDATE
    sections = tuple(
        one
        for one in whole.sections
        if (one.id in FIRST_PAGE if of_update else one.id not in LEFT_OUT)
    )
    return replace(whole, sections=sections)


def _learning_keys(snapshot: Snapshot) -> list[DocumentKey]:
    assert isinstance(HALF, HalfYear)
    return [DocumentKey(Kind.LEARNING, HALF, STATE, language, "pdf") for language in LANGUAGES]


def _update_keys(snapshot: Snapshot) -> list[DocumentKey]:
    agencies = snapshot.owing(LAST)[:UPDATES]
    return [
        DocumentKey(Kind.QUARTERLY_UPDATE, LAST, agency, LANGUAGES[place % 2], "pdf")
        for place, agency in enumerate(agencies)
    ]


def _pages(pdf: bytes) -> int:
    with pikepdf.open(io.BytesIO(pdf)) as opened:
        return len(opened.pages)
