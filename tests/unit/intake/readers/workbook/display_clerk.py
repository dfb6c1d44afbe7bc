"""Opens workbooks in LibreOffice, cuts and pastes what it is asked to, and notes what each cell shows.

Run by the system's Python, beside ``office_clerk``. For each ``<name>.xlsx`` with ``<name>.json`` (what
to enter by defined name, and which inputs to swap) it leaves ``<name>.shown.json`` (sheet, row, column:
the text shown, and the number stored) and the workbook as ``<name>.saved.xlsx``, ``.xls`` and ``.ods``.
"""

import json
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from office_clerk import main, named, opened, save_as


def enter(book, entries):
    locale, formats = book.CharLocale, book.NumberFormats
    for name, entry in entries.items():
        cell = named(book, name)
        if "text" in entry:
            cell.setString(entry["text"])
        elif "formula" in entry:
            cell.setFormula(entry["formula"])
        else:
            cell.setValue(entry["value"])
        if code := entry.get("code"):
            key = formats.queryKey(code, locale, False)
            cell.NumberFormat = key if key != -1 else formats.addNew(code, locale)


def swap(book, first, second):
    """Cut and paste over a free cell: the names go along."""
    sheet = named(book, first).Spreadsheet
    free = sheet.getCellByPosition(25, named(book, first).CellAddress.Row)
    ranges = {name: named(book, name).RangeAddress for name in (first, second)}
    places = {name: named(book, name).CellAddress for name in (first, second)}
    sheet.moveRange(free.CellAddress, ranges[first])
    sheet.moveRange(places[first], ranges[second])
    sheet.moveRange(places[second], free.RangeAddress)


def shown(book):
    cells = []
    for sheet in book.Sheets:
        cursor = sheet.createCursor()
        cursor.gotoEndOfUsedArea(False)
        for row in range(cursor.RangeAddress.EndRow + 1):
            for column in range(cursor.RangeAddress.EndColumn + 1):
                cell = sheet.getCellByPosition(column, row)
                if cell.Type.value != "EMPTY":
                    said = [sheet.Name, row + 1, column + 1, cell.getString(), cell.getValue()]
                    cells.append(said)
    return cells


def note_what_is_shown(desktop, folder):
    for task in sorted(folder.glob("*.json")):
        asked = json.loads(task.read_text("utf-8"))
        book = opened(desktop, task.with_suffix(".xlsx"))
        for sheet in book.Sheets:
            sheet.unprotect("")
        enter(book, asked["entries"])
        for first, second in asked["swapped"]:
            swap(book, first, second)
        book.calculateAll()
        seen = task.with_name(f"{task.stem}.shown.json")
        seen.write_text(json.dumps(shown(book)), "utf-8")
        save_as(book, folder / f"{task.stem}.saved")
        book.close(True)


if __name__ == "__main__":
    main(note_what_is_shown, Path(sys.argv[2]))
