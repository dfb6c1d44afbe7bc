"""The advice "open it, save it as .xlsx and send that", followed in LibreOffice."""

from __future__ import annotations

import pytest
from tests.unit.checks.test_advice_followed import FRESH, is_read, refusal
from tests.unit.intake.readers.workbook.conftest import let_the_clerk
from tests.unit.intake.readers.workbook.samples import changed, packed, parts_of

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore:Duplicate name")]
BROKEN = {
    "door.strict": changed(
        FRESH,
        "xl/workbook.xml",
        lambda xml: xml.replace(
            b"http://schemas.openxmlformats.org/spreadsheetml/2006/main",
            b"http://purl.oclc.org/ooxml/spreadsheetml/main",
        ),
    ),
    "door.macros": packed({**parts_of(FRESH), "xl/vbaProject.bin": b"x"}),
    "door.external_links": packed({**parts_of(FRESH), "xl/connections.xml": b"<a/>"}),
}


def test_what_is_saved_again_as_xlsx_is_read(tmp_path) -> None:
    (tmp_path / "template.xlsx").write_bytes(FRESH)
    for cause, content in BROKEN.items():
        assert refusal(content) == ("S00", cause)
        (tmp_path / f"broken-{cause}.xlsx").write_bytes(content)
    files = let_the_clerk("again", tmp_path)
    assert refusal(files["flat.fods"]) == ("S00", "door.is_xml")
    assert is_read(files["again-flat.xlsx"])
    for cause in BROKEN:
        assert is_read(files[f"again-broken-{cause}.xlsx"]), cause
