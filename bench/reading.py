"""Reading updates: the door and the readers against bare libraries on the same files.

A filled template through ``readers.read`` against ``openpyxl.load_workbook`` and a look at the
same named cells; a long-form CSV against ``pandas.read_csv``. Files come in lots: both read a lot
in turn, so that each ratio is of the same files at the same time. What they find is compared first.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator, Sequence
from random import Random

import pandas as pd
from openpyxl import load_workbook

from bench.lines import DisagreementError, Line, Progress, Size, longer
from bench.programme import FRAMEWORK
from bench.rounds import Work, interleaved
from cpsa.bilingual import LANGUAGES, Text
from cpsa.calendar import Quarter
from cpsa.collect import readers, template
from cpsa.collect.template import Filled
from cpsa.collect.update import HEADER, Update
from cpsa.collect.workbook import WorkbookUpdate, names
from cpsa.framework import Framework
from cpsa.reference import Reference

QUARTER = Quarter.parse("2026-27-Q4")
REFERENCE = FRAMEWORK.parent / "reference"
FILES, LOTS = 1000, 10
TEMPLATES_AT_MOST, CSV_AT_MOST = 1.2, 1.0  # times as long as the bare library
NOTED, ENTRIES = 0.1, 3  # the share of indicators explained; rows of entries of a kind
COMPARED = 10  # files of each kind that are compared before anything is timed

Lots = Sequence[Sequence[bytes]]


def lines(size: Size, progress: Progress) -> list[Line]:
    """Up to 1,000 templates and as many CSVs are filled in, and each read by both."""
    progress("filling templates in")
    files = min(FILES, size.agencies)
    said = list(_updates(files, Random(size.seed)))
    workbooks = _lots([template.write(context) for context in said])
    tables = _lots([_long_form(context) for context in said])
    progress("reading both ways")
    different = [
        *(line for one in workbooks[0][:COMPARED] for line in _other_cells(one)),
        *(line for one in tables[0][:COMPARED] for line in _other_rows(one)),
    ]
    if different:
        raise DisagreementError(different)
    rivals = {
        "our reader": _reading(workbooks, lambda one: readers.read(one)),
        "openpyxl": _reading(workbooks, by_openpyxl),
        "our CSV reader": _reading(tables, lambda one: readers.read(one)),
        "pandas": _reading(tables, by_pandas),
    }
    own, bare, own_csv, bare_csv = interleaved(rivals, len(workbooks), progress).values()
    each = f"{files:,} in {len(workbooks)} lots; seconds of a lot"
    return [
        longer(
            f"reading filled templates, door included ({each})",
            own,
            "bare openpyxl, the same named cells",
            bare,
            TEMPLATES_AT_MOST,
        ),
        longer(
            f"reading long-form CSVs ({each})",
            own_csv,
            "bare pandas.read_csv",
            bare_csv,
            CSV_AT_MOST,
        ),
    ]


def by_openpyxl(content: bytes) -> dict[str, list[object]]:
    """Every cell that the template names, by the shortest way there is."""
    book = load_workbook(io.BytesIO(content), data_only=True)
    found: dict[str, list[object]] = {}
    for name, defined in book.defined_names.items():
        if names.is_ours(name):
            ((sheet, area),) = defined.destinations
            cells = book[sheet][area]
            rows = cells if isinstance(cells, tuple) else ((cells,),)
            found[name] = [cell.value for row in rows for cell in row]
    return found


def by_pandas(content: bytes) -> pd.DataFrame:
    return pd.read_csv(io.BytesIO(content), dtype=str, keep_default_na=False)


def _lots(files: list[bytes]) -> Lots:
    size = max(1, len(files) // LOTS)
    return [files[at : at + size] for at in range(0, len(files) - size + 1, size)]


def _reading(lots: Lots, read: Callable[[bytes], object]) -> Work:
    """Reads the next lot each time it works; the first one twice, because once does not count."""
    ahead = iter((lots[0], *lots))

    def work() -> None:
        for one in next(ahead):
            read(one)

    return work


def _updates(number: int, rng: Random) -> Iterator[template.Context]:
    """Filled templates of both forms in both languages, each with figures of its own."""
    framework, reference = Framework.holding(QUARTER, FRAMEWORK), Reference.load(REFERENCE)
    forms = list(framework.forms)
    for place in range(number):
        form, language = forms[place % 2], LANGUAGES[place // 2 % 2]
        listed = framework.form_indicators(form)
        figures = {
            (one.code, part): f"{rng.randrange(10**7):,}"
            for one in listed
            for part in ("", *one.dimensions)
        }
        notes = {one.code: "Rains came late." for one in listed if rng.random() < NOTED}
        row = {"theme": rng.choice(list(reference.themes)), "text": "Enterprises met every month."}
        agency = template.Agency(f"{form}-{place:05d}", form, Text("Agency", "एजेंसी"), language)
        yield template.Context(
            agency=agency,
            quarter=QUARTER,
            framework=framework,
            reference=reference,
            key=b"a key of the benchmark",
            last={key: rng.randrange(10**9) for key in figures},
            last_quarter=QUARTER - 1,
            targets={one.code: rng.randrange(10**9) for one in listed if one.targeted},
            filled=Filled(figures, False, notes, {"success": [row] * ENTRIES}),
        )


def _long_form(context: template.Context) -> bytes:
    """The same figures as an agency that writes CSV sends them."""
    owner = context.agency.code, context.quarter.key
    rows = (
        [*owner, *key, value.replace(",", ""), ""] for key, value in context.filled.values.items()
    )
    return "\n".join(map(",".join, (HEADER, *rows))).encode() + b"\n"


def _other_cells(content: bytes) -> Iterator[str]:
    """Inputs for which the two readings of a template differ, one line each."""
    ours, bare = readers.read(content), by_openpyxl(content)
    if not isinstance(ours, WorkbookUpdate):
        yield f"our reader refuses a template: {ours}"
        return
    for cell in ours.update.cells:
        (value,) = bare.pop(names.input_name(cell.indicator, cell.dimension))
        if cell.text != value:
            yield f"{cell.place}: {cell.text!r} against {value!r}"
    yield from (f"{name} is not read" for name in bare if names.input_key(name))


def _other_rows(content: bytes) -> Iterator[str]:
    ours, bare = readers.read(content), by_pandas(content)
    if not isinstance(ours, Update):
        yield f"our reader refuses a CSV: {ours}"
        return
    said = [[one.indicator, one.dimension, one.text] for one in ours.cells]
    if said != bare[["indicator", "dimension", "value"]].to_numpy().tolist():
        yield f"a CSV of {len(said)} rows is read in two ways"
