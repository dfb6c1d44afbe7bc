"""From a workbook's names and cells to an update: figures, tick, explanations, entries, tables, seal.

What belongs here: what each family of names means. What must not: file formats, and any judgement
of a value: a blank stays blank, an error stays its own text.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field

from cpsa.intake.readers.workbook import defined_names
from cpsa.intake.readers.workbook.copied_sheets import SheetFault, find_sheet_fault
from cpsa.intake.readers.workbook.defined_names import Area
from cpsa.intake.readers.workbook.moved_inputs import (
    Input,
    find_moved_inputs,
    find_rows_of_lost_inputs,
)
from cpsa.intake.readers.workbook.table_frames import read_tables
from cpsa.intake.readers.workbook.template_seal import FIELDS, Seal
from cpsa.intake.readers.workbook.workbook_cells import WorkbookCells
from cpsa.submissions.listed_choice import read_choice
from cpsa.submissions.signing_officer import SigningOfficer
from cpsa.submissions.update import Doubt, NamedValue, TypedCell, Update

# What the tick's drop-down offers, in both languages and the spellings people type.
_YES = {"yes", "true", "हाँ", "हां"}
_CODED = ("theme", "department", "urgency", "scheme", "help")
_TRAINING = "training_need"  # its request is the code of a module


@dataclass(frozen=True, slots=True)
class WorkbookExplanation:
    """An agency's explanation in its workbook. ``about``: an indicator, a group, "" for the update."""

    about: str
    text: str
    place: str


@dataclass(frozen=True)
class EntryRow:
    """One filled row of a sheet for entries; ``values`` are as typed, codes without labels."""

    kind: str
    values: Mapping[str, str]
    place: str


@dataclass(frozen=True)
class WorkbookUpdate:
    """All that a filled workbook says. ``sheet_fault``: why its figures are not surely those that its
    sender sees; None where they are."""

    update: Update
    seal: Seal | None
    explanations: tuple[WorkbookExplanation, ...] = ()
    entries: tuple[EntryRow, ...] = ()
    sheet_fault: SheetFault | None = None
    officer: SigningOfficer = field(default_factory=SigningOfficer)


def assemble_update(book: WorkbookCells) -> WorkbookUpdate:
    """Return the update that the named cells contain."""
    inputs = _list_inputs(book)
    strays = find_moved_inputs(book, inputs)
    rows = find_rows_of_lost_inputs(book, inputs)
    tick = book.names.get(defined_names.NIL)
    ticked = _format_place(tick) if tick and _is_yes(_get_text(book, tick)) else None
    seal = find_seal(book)
    return WorkbookUpdate(
        update=Update(
            cells=tuple(
                _make_lost_cell(indicator, dimension, rows[indicator])
                if area is None and indicator in rows
                else _make_cell(
                    book, indicator, dimension, area, strays.get((indicator, dimension), "")
                )
                for indicator, dimension, area in inputs
            ),
            agencies=_read_seal_value(book, "agency"),
            quarters=_read_seal_value(book, "quarter"),
            nil=ticked,
            tables=read_tables(book),
        ),
        seal=seal,
        explanations=tuple(_list_explanations(book)),
        entries=tuple(_list_entries(book)),
        sheet_fault=find_sheet_fault(book, inputs),
        officer=SigningOfficer.parse(
            *(
                _get_text(book, book.names.get(name))
                for name in (defined_names.OFFICER_NAME, defined_names.OFFICER_DESIGNATION)
            )
        ),
    )


def _list_inputs(book: WorkbookCells) -> list[Input]:
    """The inputs in an order that is the same whatever the format."""
    found = [
        (*key, area)
        for name, area in book.names.items()
        if (key := defined_names.input_key(name)) is not None
    ]
    return sorted(found, key=lambda found_input: found_input[:2])


def _make_cell(
    book: WorkbookCells, indicator: str, dimension: str, area: Area | None, moved: str
) -> TypedCell:
    """One figure as typed, with what puts it in doubt: it was moved, or shows another figure."""
    found = book.get_cell(area)
    text = found.text if found else ""
    if moved:
        return TypedCell(indicator, dimension, text, _format_place(area), Doubt.MOVED, moved)
    if found and found.shown:
        doubt = Doubt.SHOWN_OTHERWISE
        return TypedCell(
            indicator, dimension, text, _format_place(area), doubt, found.text, found.shown
        )
    formula = found.formula if found else ""
    return TypedCell(
        indicator,
        dimension,
        text,
        _format_place(area),
        formula=formula,
        outdated=book.outdated and bool(formula),
    )


def _make_lost_cell(indicator: str, dimension: str, row: Area) -> TypedCell:
    """A figure whose row is still there, but whose cell was deleted or pasted over."""
    return TypedCell(indicator, dimension, "–", _format_place(row), Doubt.LOST)


def _get_text(book: WorkbookCells, area: Area | None) -> str:
    found = book.get_cell(area)
    return found.text if found else ""


def _format_place(area: Area | None) -> str:
    return defined_names.format_place(area.sheet, area.top, area.left) if area else ""


def _is_yes(text: str) -> bool:
    return unicodedata.normalize("NFC", text).strip().casefold() in _YES


def _read_seal_value(book: WorkbookCells, field: str) -> tuple[NamedValue, ...]:
    area = book.names.get(defined_names.seal_name(field))
    text = _get_text(book, area).strip()
    return (NamedValue(text, _format_place(area)),) if text else ()


def find_seal(book: WorkbookCells) -> Seal | None:
    """Return the seal as found; None where a file has none, because it never was our template."""
    fields = {
        field: _get_text(book, book.names.get(defined_names.seal_name(field))) for field in FIELDS
    }
    return (
        Seal(**fields, present=defined_names.digest_names(book.names)) if fields["code"] else None
    )


def _list_explanations(book: WorkbookCells) -> list[WorkbookExplanation]:
    return [
        WorkbookExplanation(subject, text, _format_place(area))
        for name, area in sorted(book.names.items())
        if (subject := defined_names.note_subject(name)) is not None
        and (text := _get_text(book, area).strip())
    ]


def _list_entries(book: WorkbookCells) -> list[EntryRow]:
    """Every filled row within or below a frame, sheet by sheet, top to bottom."""
    frames: dict[str, dict[str, Area]] = {}
    for name, area in sorted(book.names.items()):
        if area is not None and (key := defined_names.entry_key(name)):
            frames.setdefault(key[0], {})[key[1]] = area
    filled: dict[tuple[str, int], dict[str, str]] = {}
    columns = {
        (area.sheet, area.left): (kind, column, area.top)
        for kind, frame in frames.items()
        for column, area in frame.items()
    }
    for (sheet, row, column), found in sorted(book.cells.items()):
        if (known := columns.get((sheet, column))) and row >= known[2] and found.text.strip():
            kind, name, _ = known
            filled.setdefault((kind, row), {})[name] = _read_entry_text(kind, name, found.text)
    return [_make_entry(kind, row, values, frames[kind]) for (kind, row), values in filled.items()]


def _make_entry(
    kind: str, row: int, values: Mapping[str, str], frame: Mapping[str, Area]
) -> EntryRow:
    first = min((frame[column] for column in values), key=lambda area: area.left)
    whole = {column: values.get(column, "") for column in frame}
    return EntryRow(kind, whole, defined_names.format_place(first.sheet, row, first.left))


def _read_entry_text(kind: str, column: str, text: str) -> str:
    if column in _CODED or (kind, column) == (_TRAINING, "request"):
        return read_choice(text)
    return text
