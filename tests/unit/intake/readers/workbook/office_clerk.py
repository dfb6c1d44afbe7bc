"""Fills in or corrects a workbook in LibreOffice as a person would, then saves it as .xlsx, .xls, .ods.

Run by the system's Python, which has LibreOffice's module ``uno``; imports nothing else of ours.
"""

import json
import subprocess
import sys
import time
from pathlib import Path
from uuid import uuid4

import uno
from com.sun.star.beans import PropertyValue

FORMATS = {"xlsx": "Calc MS Excel 2007 XML", "xls": "MS Excel 97", "ods": "calc8"}


def setting(name, value):
    made = PropertyValue()
    made.Name, made.Value = name, value
    return made


def connect(pipe):
    here = uno.getComponentContext()
    resolver = here.ServiceManager.createInstanceWithContext(
        "com.sun.star.bridge.UnoUrlResolver", here
    )
    for _ in range(240):
        try:
            there = resolver.resolve(f"uno:pipe,name={pipe};urp;StarOffice.ComponentContext")
            return there.ServiceManager.createInstanceWithContext(
                "com.sun.star.frame.Desktop", there
            )
        except Exception:
            time.sleep(0.5)
    raise SystemExit("LibreOffice did not answer")


def named(book, name):
    """The cell a defined name stands for, now."""
    return book.NamedRanges.getByName(name).getReferredCells().getCellByPosition(0, 0)


def fill_in(book):
    named(book, "in_OP2_total").setFormula("=100+20")
    named(book, "in_OP2_women").setString("४५")
    named(book, "in_OP1_total").setValue(12)
    named(book, "in_OP4_total").setFormula("=NA()")
    named(book, "in_OP5_total").setString("00123")
    named(book, "in_OP6_total").setFormula("=TRUE()")
    named(book, "in_OP7_total").setString("₹ 2.5 लाख")
    named(book, "in_OP8_total").setFormula('=""')
    named(book, "in_B2_total").setFormula("=0.1+0.2")
    named(book, "in_OC1_total").setValue(-1250000.25)
    named(book, "in_OC2_total").setValue(11800520)
    named(book, "in_PC1_total").setValue(1180052.5)
    named(book, "in_SC1_total").setValue(11.8)
    named(book, "signing_officer_name").setString("आशा वर्मा")
    named(book, "signing_officer_designation").setString("महाप्रबंधक")
    named(book, "nil_return").setString("हाँ")
    named(book, "note_OP2").setString("दो प्रशिक्षण एक साथ हुए।")
    lesson = named(book, "entry_lesson_theme")
    lesson.setString("CREDIT – समय पर ऋण")
    named(book, "entry_lesson_text").setString("बैंक से पहले मिलें।\nसमय बचता है।")


def rearrange(book):
    """Rows inserted, a column moved along, tabs renamed, a row and a sheet deleted."""
    for sheet in book.Sheets:
        sheet.unprotect("")
    output = book.Sheets.getByName("Output")
    output.Rows.insertByIndex(3, 2)
    output.Columns.insertByIndex(1, 1)
    lost = named(book, "in_OP13_total").CellAddress.Row
    output.Rows.removeByIndex(lost, 1)
    output.setName("मेरा पन्ना")
    book.Sheets.getByName("Budget").setName("It's 100 % ours")
    lessons = book.Sheets.getByName("Lessons")
    lessons.Rows.insertByIndex(7, 2)
    frame = book.NamedRanges.getByName("entry_lesson_text").getReferredCells()
    below = frame.RangeAddress.EndRow + 2
    lessons.getCellByPosition(frame.RangeAddress.StartColumn, below).setString("below the frame")
    book.Sheets.moveByName("Outcome", 0)
    book.Sheets.removeByName("Suggestions")


def fill_and_rearrange(desktop, folder):
    book = opened(desktop, folder / "template.xlsx")
    fill_in(book)
    rearrange(book)
    save_as(book, folder / "filled")
    for ending in ("xls", "ods"):
        to = (folder / f"filled under a password.{ending}").as_uri()
        book.storeToURL(to, (setting("FilterName", FORMATS[ending]), setting("Password", "secret")))
    book.close(True)
    change_formats_and_cut(desktop, folder)
    copy_sheets(desktop, folder)


def save_again(desktop, folder):
    """Open each file and save it as .xlsx, as letters advise; the template first as flat XML."""
    book = opened(desktop, folder / "template.xlsx")
    flat = (folder / "flat.fods").as_uri()
    book.storeToURL(flat, (setting("FilterName", "OpenDocument Spreadsheet Flat XML"),))
    book.close(True)
    for file in [*folder.glob("*.fods"), *folder.glob("broken-*")]:
        book = opened(desktop, file)
        to = (folder / f"again-{file.stem}.xlsx").as_uri()
        book.storeToURL(to, (setting("FilterName", FORMATS["xlsx"]),))
        book.close(True)


def copy_sheets(desktop, folder):
    """A sheet copied; the copy changed; the original deleted; and a sheet deleted without a copy."""
    book = opened(desktop, folder / "template.xlsx")
    named(book, "in_A1_total").setValue(7)
    named(book, "in_A2_total").setValue(10)
    place = named(book, "in_A2_total").CellAddress
    book.Sheets.copyByName("Activities", "Activities_2", 3)
    save_as(book, folder / "copied")
    copy = book.Sheets.getByName("Activities_2")
    copy.unprotect("")
    copy.getCellByPosition(place.Column, place.Row).setValue(11)
    save_as(book, folder / "copied and changed")
    book.Sheets.removeByName("Activities")
    save_as(book, folder / "copied and deleted")
    book.Sheets.removeByName("Activities_2")
    save_as(book, folder / "deleted")
    book.close(True)


def change_formats_and_cut(desktop, folder):
    """Give figures number formats, and swap two by cut and paste over a free cell."""
    book = opened(desktop, folder / "template.xlsx")
    locale = book.CharLocale
    for name, value, code in (
        ("in_B2_total", 11.8, '0.00" lakh"'),
        ("in_A1_total", 7, "#,##0.00"),
        ("in_A2_total", 0.5, "0%"),
        ("in_PC1_total", 1250000, "[$₹-4009] #,##,##0"),
    ):
        cell = named(book, name)
        cell.setValue(value)
        formats = book.NumberFormats
        key = formats.queryKey(code, locale, False)
        cell.NumberFormat = key if key != -1 else formats.addNew(code, locale)
    named(book, "in_OP5_total").setValue(15)
    named(book, "in_OP6_total").setValue(7)
    named(book, "in_OP7_total").setValue(3)
    named(book, "in_OP2_total").setValue(3)
    named(book, "in_OP2_women").setValue(5)
    named(book, "in_OP4_total").setString("2 lakh")
    sheet = named(book, "in_OP5_total").Spreadsheet
    sheet.unprotect("")
    fifth = named(book, "in_OP5_total").RangeAddress
    sixth = named(book, "in_OP6_total").CellAddress
    free = sheet.getCellByPosition(25, sixth.Row)
    at_fifth = named(book, "in_OP5_total").CellAddress
    sheet.moveRange(free.CellAddress, fifth)
    sheet.moveRange(at_fifth, named(book, "in_OP6_total").RangeAddress)
    sheet.moveRange(sixth, free.RangeAddress)
    save_as(book, folder / "moved")
    book.close(True)


def mend(desktop, folder):
    """Look at a marked workbook, correct it in place, and save it; notes what was seen."""
    book = opened(desktop, folder / "marked.xlsx")
    notes = {
        f"{sheet.Name}!{note.Position.Column},{note.Position.Row}": note.getString()
        for sheet in book.Sheets
        for note in sheet.Annotations
    }
    seen = {
        "sheets": [sheet.Name for sheet in book.Sheets],
        "protected": all(sheet.isProtected() for sheet in book.Sheets),
        "hidden": [sheet.Name for sheet in book.Sheets if not sheet.IsVisible],
        "notes": notes,
        "active": book.CurrentController.ActiveSheet.Name,
        "choices": named(book, "entry_lesson_theme").Validation.getFormula1(),
        "calculated": named(book, "in_OP3_total").getString(),
    }
    (folder / "seen.json").write_text(json.dumps(seen), "utf-8")
    output = book.Sheets.getByName("Output")
    output.unprotect("")
    output.Rows.insertByIndex(3, 2)
    save_as(book, folder / "unmended")
    named(book, "in_OP2_total").setString("1,250")
    save_as(book, folder / "mended")
    book.close(True)


def insert_and_resave(desktop, folder):
    """Insert two rows above each table of figures, and save each workbook in one of the formats."""
    (folder / "resaved").mkdir()
    for number, file in enumerate(sorted(folder.glob("*.xlsx"))):
        book = opened(desktop, file)
        inputs = (name for name in book.NamedRanges.ElementNames if name.startswith("in_"))
        for sheet in {named(book, name).Spreadsheet.Name for name in inputs}:
            page = book.Sheets.getByName(sheet)
            page.unprotect("")
            page.Rows.insertByIndex(3, 2)
        ending, kind = list(FORMATS.items())[number % len(FORMATS)]
        to = folder / "resaved" / f"{file.stem}.{ending}"
        book.storeToURL(to.as_uri(), (setting("FilterName", kind),))
        book.close(True)


def opened(desktop, file):
    return desktop.loadComponentFromURL(file.as_uri(), "_blank", 0, (setting("Hidden", True),))


def save_as(book, file):
    for ending, kind in FORMATS.items():
        to = file.with_name(f"{file.name}.{ending}").as_uri()
        book.storeToURL(to, (setting("FilterName", kind),))


def main(work, folder):
    pipe = f"cpsa-{uuid4().hex[:8]}"
    office = subprocess.Popen(
        [
            *("soffice", "--headless", "--norestore", "--nologo"),
            f"--accept=pipe,name={pipe};urp;",
            f"-env:UserInstallation={(folder / 'profile').as_uri()}",
        ],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        desktop = connect(pipe)
        work(desktop, folder)
        try:
            desktop.terminate()
        except Exception as error:  # it may be gone before it answers
            print(error, file=sys.stderr)
        office.wait(30)
    finally:
        office.kill()


if __name__ == "__main__":
    works = {
        "fill": fill_and_rearrange,
        "mend": mend,
        "insert": insert_and_resave,
        "again": save_again,
    }
    main(works[sys.argv[1]], Path(sys.argv[2]))
