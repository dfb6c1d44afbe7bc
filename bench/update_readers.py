"""Reading updates: the file guard and the readers against bare libraries on the same files.

A filled template through ``read_update`` against ``openpyxl.load_workbook`` and a look at the
same named cells; a long-form CSV against ``pandas.read_csv``. Files come in batches: both read a batch
in turn, so that each ratio is of the same files at the same time. What they find is compared first.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator, Sequence
from random import Random

import pandas as pd
from openpyxl import load_workbook

from bench.lines import DisagreementError, Line, Progress, Size, compare_duration
from bench.programme import FRAMEWORK
from bench.rounds import Work, measure_rivals
from cpsa.calendar import Quarter
from cpsa.framework.loader import load_framework
from cpsa.i18n.text import LANGUAGES, Text
from cpsa.intake.readers.read_update import read_update
from cpsa.intake.readers.workbook import defined_names
from cpsa.intake.readers.workbook.workbook_update import WorkbookUpdate
from cpsa.reference.reference_data import Reference
from cpsa.submissions.update import HEADER, Update
from cpsa.template.filled_values import FilledValues
from cpsa.template.template_context import TemplateAgency, TemplateContext
from cpsa.template.write_template import write_template

QUARTER = Quarter.parse("2026-27-Q4")
REFERENCE = FRAMEWORK.parent / "reference"
FILES, BATCHES = 1000, 10
MAX_TEMPLATE_RATIO, MAX_CSV_RATIO = 1.2, 1.0  # times as long as the bare library
NOTED_SHARE, ENTRIES = 0.1, 3  # the share of indicators explained; rows of entries of a kind
COMPARED = 10  # files of each kind that are compared before anything is timed

Batches = Sequence[Sequence[bytes]]


def lines(size: Size, progress: Progress) -> list[Line]:
    """Up to 1,000 templates and as many CSVs are filled in, and each read by both."""
    progress("filling templates in")
    files = min(FILES, size.agencies)
    contexts = list(_make_contexts(files, Random(size.seed)))
    workbooks = _make_batches([write_template(context) for context in contexts])
    tables = _make_batches([_format_csv(context) for context in contexts])
    progress("reading both ways")
    different = [
        *(line for content in workbooks[0][:COMPARED] for line in _list_cell_differences(content)),
        *(line for content in tables[0][:COMPARED] for line in _list_row_differences(content)),
    ]
    if different:
        raise DisagreementError(different)
    rivals = {
        "our reader": _make_reading_work(workbooks, lambda content: read_update(content)),
        "openpyxl": _make_reading_work(workbooks, read_by_openpyxl),
        "our CSV reader": _make_reading_work(tables, lambda content: read_update(content)),
        "pandas": _make_reading_work(tables, read_by_pandas),
    }
    own, bare, own_csv, bare_csv = measure_rivals(rivals, len(workbooks), progress).values()
    each = f"{files:,} in {len(workbooks)} lots; seconds of a lot"
    return [
        compare_duration(
            f"reading filled templates, door included ({each})",
            own,
            "bare openpyxl, the same named cells",
            bare,
            MAX_TEMPLATE_RATIO,
        ),
        compare_duration(
            f"reading long-form CSVs ({each})",
            own_csv,
            "bare pandas.read_csv",
            bare_csv,
            MAX_CSV_RATIO,
        ),
    ]


def read_by_openpyxl(content: bytes) -> dict[str, list[object]]:
    """Every cell that the template names, by the shortest way there is."""
    book = load_workbook(io.BytesIO(content), data_only=True)
    found: dict[str, list[object]] = {}
    for name, defined in book.defined_names.items():
        if defined_names.is_template_name(name):
            ((sheet, area),) = defined.destinations
            cells = book[sheet][area]
            rows = cells if isinstance(cells, tuple) else ((cells,),)
            found[name] = [cell.value for row in rows for cell in row]
    return found


def read_by_pandas(content: bytes) -> pd.DataFrame:
    return pd.read_csv(io.BytesIO(content), dtype=str, keep_default_na=False)


def _make_batches(files: list[bytes]) -> Batches:
    size = max(1, len(files) // BATCHES)
    return [files[start : start + size] for start in range(0, len(files) - size + 1, size)]


def _make_reading_work(batches: Batches, read: Callable[[bytes], object]) -> Work:
    """Reads the next batch each time it works; the first one twice, because once does not count."""
    ahead = iter((batches[0], *batches))

    def work() -> None:
        for content in next(ahead):
            read(content)

    return work


def _make_contexts(number: int, rng: Random) -> Iterator[TemplateContext]:
    """Filled templates of both forms in both languages, each with figures of its own."""
    framework, reference = load_framework(QUARTER, FRAMEWORK), Reference.load(REFERENCE)
    forms = list(framework.forms)
    for place in range(number):
        form, language = forms[place % 2], LANGUAGES[place // 2 % 2]
        indicators = framework.form_indicators(form)
        figures = {
            (indicator.code, part): f"{rng.randrange(10**7):,}"
            for indicator in indicators
            for part in ("", *indicator.dimensions)
        }
        notes = {
            indicator.code: "Rains came late."
            for indicator in indicators
            if rng.random() < NOTED_SHARE
        }
        row = {"theme": rng.choice(list(reference.themes)), "text": "Enterprises met every month."}
        agency = TemplateAgency(f"{form}-{place:05d}", form, Text("Agency", "एजेंसी"), language)
        yield TemplateContext(
            agency=agency,
            quarter=QUARTER,
            framework=framework,
            reference=reference,
            key=b"a key of the benchmark",
            last={key: rng.randrange(10**9) for key in figures},
            last_quarter=QUARTER - 1,
            targets={
                indicator.code: rng.randrange(10**9)
                for indicator in indicators
                if indicator.targeted
            },
            filled=FilledValues(figures, explanations=notes, entries={"success": [row] * ENTRIES}),
        )


def _format_csv(context: TemplateContext) -> bytes:
    """The same figures as an agency that writes CSV sends them."""
    owner = context.agency.code, context.quarter.key
    rows = (
        [*owner, *key, value.replace(",", ""), ""] for key, value in context.filled.values.items()
    )
    return "\n".join(map(",".join, (HEADER, *rows))).encode() + b"\n"


def _list_cell_differences(content: bytes) -> Iterator[str]:
    """Inputs for which the two readings of a template differ, one line each."""
    ours, bare = read_update(content), read_by_openpyxl(content)
    if not isinstance(ours, WorkbookUpdate):
        yield f"our reader refuses a template: {ours}"
        return
    for cell in ours.update.cells:
        (value,) = bare.pop(defined_names.input_name(cell.indicator, cell.dimension))
        if cell.text != value:
            yield f"{cell.place}: {cell.text!r} against {value!r}"
    yield from (f"{name} is not read" for name in bare if defined_names.input_key(name))


def _list_row_differences(content: bytes) -> Iterator[str]:
    ours, bare = read_update(content), read_by_pandas(content)
    if not isinstance(ours, Update):
        yield f"our reader refuses a CSV: {ours}"
        return
    own_rows = [[cell.indicator, cell.dimension, cell.text] for cell in ours.cells]
    if own_rows != bare[["indicator", "dimension", "value"]].to_numpy().tolist():
        yield f"a CSV of {len(own_rows)} rows is read in two ways"
