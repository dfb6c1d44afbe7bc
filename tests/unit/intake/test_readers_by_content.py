"""Files are read by what they are, whatever they are called, and out of a plain zip."""

from __future__ import annotations

import io
import zipfile

import pytest
from tests.factories import update
from tests.unit.intake.file_guard import hostile
from tests.unit.intake.readers.workbook.samples import blank, filled, packed

from cpsa.intake.file_guard.unwrap_zip import unwrap_zip
from cpsa.intake.readers.read_update import read_update
from cpsa.intake.readers.workbook.workbook_update import WorkbookUpdate
from cpsa.submissions.update import Unreadable, Update

CSV = update("IA-INDPH", "2026-27-Q2")
WORKBOOK = filled({"in_OP2_total": 12})


def figure(content: bytes) -> str:
    found = read_update(content)
    assert isinstance(found, WorkbookUpdate), found
    return next(
        one.text for one in found.update.cells if (one.indicator, one.dimension) == ("OP2", "")
    )


def cause(content: bytes) -> str:
    found = read_update(content)
    assert isinstance(found, Unreadable), found
    return found.cause


@pytest.mark.parametrize("name", ["a.xlsx", "folder/भरा हुआ.XLSX", "a"])
def test_a_zip_with_one_workbook_is_opened(name: str) -> None:
    assert figure(packed({name: WORKBOOK})) == "12"


def test_what_packing_programs_and_offices_put_beside_it_is_left() -> None:
    beside = {
        "__MACOSX/._a.xlsx": b"x",
        "a/.DS_Store": b"x",
        "Thumbs.db": b"x",
        "letter.pdf": b"%PDF",
    }
    assert figure(packed({**beside, "a/a.xlsx": WORKBOOK})) == "12"
    assert isinstance(read_update(packed({"a.csv": CSV})), Update)
    (cell, *_) = read_update(packed({"a.csv": CSV})).cells  # type: ignore[union-attr]
    assert cell.place == "line 2"


def test_a_zip_is_opened_once_and_only_where_one_file_is_meant() -> None:
    assert cause(packed({"a.xlsx": WORKBOOK, "b.csv": CSV})) == "door.is_zip"
    assert cause(packed({"a.zip": packed({"a.xlsx": WORKBOOK})})) == "door.is_zip"
    assert cause(packed({"letter.pdf": b"%PDF", "scan.jpg": b"x"})) == "door.is_zip"
    assert cause(packed({"../a.xlsx": WORKBOOK})) == "door.part_path"
    assert cause(packed({})) != "read"


def test_a_bomb_in_a_zip_is_never_unpacked(monkeypatch) -> None:
    unpacked = []
    monkeypatch.setattr(zipfile.ZipFile, "read", lambda *_: unpacked.append(1) or b"")
    bomb = io.BytesIO()
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as package:
        package.writestr("a.csv", b"0" * 9_000_000)
    assert unwrap_zip(bomb.getvalue()) == bomb.getvalue()
    endless = packed({"a.csv": bytes(range(256)) * 50_000})
    assert unwrap_zip(endless) == endless
    assert not unpacked


def test_a_hostile_workbook_in_a_zip_is_refused_as_it_would_be_alone() -> None:
    for name, content, expected in hostile.refused():
        if name in ("macros", "password", "external link", "far corner", "new Word"):
            assert cause(packed({"a.xlsx": content})) == expected, name


def test_a_template_of_excel_and_a_workbook_under_any_name_are_read() -> None:
    """``.xltx`` is a workbook with another content type."""
    from tests.unit.intake.readers.workbook.samples import changed

    as_template = changed(
        WORKBOOK, "[Content_Types].xml", lambda xml: xml.replace(b"sheet.main", b"template.main")
    )
    assert figure(as_template) == "12"
    assert isinstance(read_update(blank()), WorkbookUpdate)
