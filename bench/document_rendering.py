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

from bench import weasyprint_reference
from bench.lines import Line, Progress, Size, compare_speed
from bench.rounds import Times, Work, measure_rivals
from bench.sample_store import open_sample, vary_figures
from cpsa.calendar import AnyPeriod, HalfYear, Quarter, parse_period
from cpsa.documents.content_model import Content
from cpsa.documents.document_key import STATE, DocumentKey, DocumentKind
from cpsa.documents.document_registry import LEARNING, QUARTERLY_UPDATE, build_content
from cpsa.documents.render.renderer import Renderer
from cpsa.provenance.snapshot import Snapshot
from cpsa.services.publication.take_snapshot import take_snapshot

LAST = Quarter.parse("2025-26-Q4")
HALF = parse_period("2025-26-H2")
LANGUAGES = ("en", "hi")
LEFT_OUT = ("annex-scores", "annex-figures")
FIRST_PAGE = ("standing", "brief")  # of an update: all that an agency's page says
MIN_PER_SECOND, TIMES_AS_FAST = 5, 8
UPDATES = 12  # of a round
COUNTRY = 7000
Written = tuple[Snapshot, Sequence[DocumentKey]]


def lines(size: Size, progress: Progress) -> list[Line]:
    """CPU seconds of a round: the learning document in both languages, a dozen updates."""
    with tempfile.TemporaryDirectory(prefix="cpsa-bench-") as folder:
        progress("closing the sample's quarters")
        with open_sample(Path(folder), LAST) as context:
            templates = context.settings.templates
            taken = {period: take_snapshot(context, period).snapshot for period in (HALF, LAST)}
    generator = np.random.default_rng(size.seed)
    renderer = Renderer(templates)

    def vary(
        period: AnyPeriod, list_keys: Callable[[Snapshot], Sequence[DocumentKey]]
    ) -> list[Written]:
        varied = [vary_figures(taken[period], generator) for _ in range(size.rounds + 1)]
        return [(snapshot, list_keys(snapshot)) for snapshot in varied]

    written = vary(HALF, _list_learning_keys)
    learning = _measure(written, renderer, size.rounds, progress)
    again = _measure_again(written[-1], renderer, size.rounds, progress)
    updates = _measure(vary(LAST, _list_update_keys), renderer, size.rounds, progress)
    return [
        *_make_learning_lines(learning, len(LANGUAGES)),
        _make_again_line(again, len(LANGUAGES)),
        *_make_update_lines(updates, UPDATES),
    ]


class DocumentTimes:
    """What a kind of document took, and the pages of the last round."""

    def __init__(self, times: dict[str, Times], pages: Sequence[int]) -> None:
        self.own = times["typst"]
        self.reference = times.get("weasyprint")
        self.pages = pages

    def compare(self, stage: str, note: str) -> Line:
        """A line against WeasyPrint, or one that says that it is not there."""
        if self.reference is None:
            return Line(stage, self.own, note=f"{note}; {weasyprint_reference.NOT_INSTALLED_NOTE}")
        line = compare_speed(
            stage, self.own, "WeasyPrint, the same content", self.reference, TIMES_AS_FAST
        )
        return replace(line, note=note)


def _make_learning_lines(measured: DocumentTimes, number: int) -> list[Line]:
    pages = " and ".join(map(str, measured.pages))
    stage = f"the learning document, English and Hindi ({pages} pages)"
    each_second = _compute_rate(measured.own, number)
    note = (
        "from a ready snapshot to PDF; cover, contents and all sections but the annexes, whose "
        "content is made all the same"
    )
    return [
        Line(stage, measured.own, "", each_second, "documents a CPU second", MIN_PER_SECOND),
        measured.compare(stage, note),
    ]


def _make_again_line(times: Times, number: int) -> Line:
    stage = "the same learning documents once more, with the same figures"
    return Line(stage, times, "", _compute_rate(times, number), "documents a CPU second")


def _compute_rate(times: Times, number: int) -> Times:
    return Times(tuple(number / seconds for seconds in times.seconds))


def _make_update_lines(measured: DocumentTimes, number: int) -> list[Line]:
    on_one = sum(pages == 1 for pages in measured.pages)
    minutes = measured.own.median / number * COUNTRY / 60
    note = (
        f"{on_one} of {number} fill one page; {COUNTRY:,} would take {minutes:.1f} CPU minutes, "
        f"{number / measured.own.median:.1f} a CPU second"
    )
    return [measured.compare(f"{number} one-page quarterly updates, PDF", note)]


def _measure(
    rounds: Sequence[Written], renderer: Renderer, number: int, progress: Progress
) -> DocumentTimes:
    pages: list[int] = []

    def typst(content: Content) -> None:
        pages.append(_count_pages(renderer.write(content, "pdf")))

    rivals = {"typst": _make_work(rounds, typst)}
    if write := weasyprint_reference.make_writer():
        rivals["weasyprint"] = _make_work(
            rounds, lambda written: write(renderer.write(written, "html"))
        )
    times = measure_rivals(rivals, number, progress)
    return DocumentTimes(times, pages[-len(rounds[0][1]) :])


def _measure_again(written: Written, renderer: Renderer, number: int, progress: Progress) -> Times:
    """What Typst has set before and remembers costs next to nothing; the content is made again."""
    work = _make_work([written] * (number + 1), lambda content: renderer.write(content, "pdf"))
    return measure_rivals({"again": work}, number, progress)["again"]


def _make_work(rounds: Sequence[Written], write: Callable[[Content], object]) -> Work:
    """Makes the contents of the next round each time it works, and prints them."""
    ahead: Iterator[Written] = iter(rounds)

    def work() -> None:
        snapshot, keys = next(ahead)
        snapshot = replace(snapshot)  # nothing that a rival worked out of it is left
        for key in keys:
            write(_select_sections(key.kind, build_content(key, snapshot)))

    return work


def _select_sections(kind: DocumentKind, whole: Content) -> Content:
    """The sections that are measured: a page of an update, all but the annexes of the other."""
    of_update = kind is QUARTERLY_UPDATE
    sections = tuple(
        section
        for section in whole.sections
        if (section.id in FIRST_PAGE if of_update else section.id not in LEFT_OUT)
    )
    return replace(whole, sections=sections)


def _list_learning_keys(snapshot: Snapshot) -> list[DocumentKey]:
    assert isinstance(HALF, HalfYear)
    return [DocumentKey(LEARNING, HALF, STATE, language, "pdf") for language in LANGUAGES]


def _list_update_keys(snapshot: Snapshot) -> list[DocumentKey]:
    agencies = snapshot.list_agencies_due(LAST)[:UPDATES]
    return [
        DocumentKey(QUARTERLY_UPDATE, LAST, agency, LANGUAGES[place % 2], "pdf")
        for place, agency in enumerate(agencies)
    ]


def _count_pages(pdf: bytes) -> int:
    with pikepdf.open(io.BytesIO(pdf)) as opened:
        return len(opened.pages)
