"""Fills an action taken report form in LibreOffice as a person would; saves it in three formats.

Run by the system's Python, which has LibreOffice's module ``uno``:
``report_clerk.py fill FOLDER``, where ``answers.json`` says what to choose for each action of ``form.xlsx``.
"""

import json
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "intake" / "readers" / "workbook"))
from office_clerk import main, named, opened, save_as


def rows_of(book):
    """Where each number stands now: its cell's position."""
    area = book.NamedRanges.getByName("entry_report_number").getReferredCells()
    cells = [area.getCellByPosition(0, row) for row in range(area.Rows.Count)]
    return {cell.String: cell.CellAddress.Row for cell in cells}


def fill_in(desktop, folder):
    answers = json.loads((folder / "answers.json").read_text("utf-8"))
    book = opened(desktop, folder / "form.xlsx")
    offered = named(book, "entry_report_decision").Validation.getFormula1()
    assert "list_decision" in offered, offered
    sheet = named(book, "entry_report_number").Spreadsheet
    sheet.unprotect("")
    sheet.Rows.insertByIndex(2, 1)
    sheet.setName("हमारा उत्तर")
    named(book, "note_post").setString("संयुक्त संचालक")
    columns = {
        name: named(book, f"entry_report_{name}").CellAddress.Column
        for name in ("decision", "day", "promised", "remarks")
    }
    rows = rows_of(book)
    for number, said in answers.items():
        for name, text in said.items():
            sheet.getCellByPosition(columns[name], rows[number]).setFormula(text)
    save_as(book, folder / "filled")
    book.close(True)


if __name__ == "__main__":
    main({"fill": fill_in}[sys.argv[1]], Path(sys.argv[2]))
