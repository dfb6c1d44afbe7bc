"""What an agency typed: taken from a file it sent, and its entries looked at before they are kept.

So that the form in a browser shows again what was sent before, by whatever channel.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from cpsa.calendar import Quarter
from cpsa.collect import entries_reader, readers
from cpsa.collect.template import Filled
from cpsa.collect.update import MISPLACED, Unreadable, Update
from cpsa.collect.workbook import WorkbookUpdate
from cpsa.cycle.accounts import Received
from cpsa.cycle.office import Office
from cpsa.errors import RequestError
from cpsa.store.database import reading


def typed(office: Office, received: Received) -> Filled:
    """What stands in a received file, as typed; nothing where it cannot be read."""
    found = readers.read(office.received_bytes(received.sha256))
    return Filled() if isinstance(found, Unreadable) else as_typed(found)


def as_typed(found: Update | WorkbookUpdate) -> Filled:
    """What a reader made of a file, as a template or a form takes it up."""
    update = found.update if isinstance(found, WorkbookUpdate) else found
    values: dict[tuple[str, str], str] = {}
    for cell in update.cells:
        if cell.doubt in MISPLACED:
            continue  # what is there may be another figure
        values.setdefault((cell.indicator, cell.dimension), cell.text)
    if not isinstance(found, WorkbookUpdate):
        return Filled(values, update.nil is not None)
    entries: dict[str, list[Mapping[str, str]]] = {}
    for row in found.entries:
        entries.setdefault(row.kind, []).append(row.values)
    explanations = {one.about: one.text for one in found.explanations}
    return Filled(values, update.nil is not None, explanations, entries, found.officer)


def entry_problems(
    office: Office, agency: str, quarter: Quarter, filled: Filled
) -> Sequence[tuple[str, int, RequestError]]:
    """The entries that could not be used: kind, which row of it (from 0), and why.

    The error names neither file nor place: whoever tells it knows what the row is called.
    """
    with reading(office.engine) as connection:
        codes = office.entry_codes(connection)
    owner = {"agency": agency, "quarter": quarter.key}
    found: list[tuple[str, int, RequestError]] = []
    for kind, rows in filled.entries.items():
        for number, row in enumerate(rows):
            line = {**dict.fromkeys(entries_reader.HEADER, ""), **row}
            if any(text.strip() for text in line.values()):
                whole = {**line, **owner, "kind": kind}
                told = entries_reader.sort_out([("", whole)], "", codes)
                found += [(kind, number, problem) for problem in told.problems]
    return found
