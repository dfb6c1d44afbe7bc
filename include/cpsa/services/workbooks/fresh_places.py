"""Where the rows of an agency's tables are in a fresh template that was filled from its file."""

from __future__ import annotations

from collections.abc import Mapping

from cpsa.intake.readers.workbook.workbook_reader import read_workbook
from cpsa.intake.readers.workbook.workbook_update import WorkbookUpdate
from cpsa.submissions.listed_choice import read_choice
from cpsa.submissions.table_rows import TypedTable, TypedValue

Row = Mapping[str, TypedValue]


def map_fresh_places(sent: WorkbookUpdate, fresh: bytes) -> Mapping[str, str]:
    """For the place of each row and value of a table in a file, its place in the fresh template.

    A row is found again by what was typed in it: rows with a locked key come first in a template.
    """
    made = read_workbook(fresh)
    if not isinstance(made, WorkbookUpdate):
        return {}
    tables = {table.code: table for table in made.update.tables}
    places: dict[str, str] = {}
    for table in sent.update.tables:
        if table.code in tables:
            places |= _map_rows(table, tables[table.code])
    return places


def _map_rows(sent: TypedTable, made: TypedTable) -> dict[str, str]:
    places: dict[str, str] = {}
    rest = list(made.rows)
    for place, row in sent.rows:
        same = next((found for found in rest if _list_texts(found[1]) == _list_texts(row)), None)
        if same is None:
            continue
        rest.remove(same)
        fresh_place, fresh_row = same
        places[place] = fresh_place
        places |= {
            value.place: fresh_row[column].place
            for column, value in row.items()
            if column in fresh_row
        }
    return places


def _list_texts(row: Row) -> dict[str, str]:
    """What is filled in a row, codes without the labels that the template adds."""
    return {code: text for code, value in row.items() if (text := read_choice(value.text))}
