"""What a reader is spared: CSV files that are none or have no end, and XML of nothing but tags."""

from __future__ import annotations

import pytest
from tests.factories import HEADER, update
from tests.unit.intake.readers.workbook.samples import blank, changed, packed, parts_of, sheet_part

from cpsa.intake.file_guard import file_limits
from cpsa.intake.file_guard.inspect_file import inspect_file
from cpsa.intake.readers.read_update import read_update
from cpsa.submissions.update import Unreadable, Update

AGENCY, QUARTER = "IA-INDPH", "2026-27-Q2"
HEAD = ",".join(HEADER).encode() + b"\n"


def outcome(content: bytes) -> str:
    found = read_update(content)
    return found.cause if isinstance(found, Unreadable) else "read"


@pytest.mark.parametrize(
    ("content", "cause"),
    [
        (HEAD + b"," * (file_limits.FILE_BYTES + 1), "door.too_large"),
        (b"%PDF-1.7\n", "door.is_pdf"),
        (b"<html><table></table></html>", "door.is_html"),
        (packed({"xl/workbook.xml": b"<a/>"}), "workbook.damaged"),
        (HEAD.decode().encode("utf-16"), "read"),
        (b"\xff\xfe\x00", "unreadable.encoding"),
    ],
    ids=["endless", "PDF", "web page", "workbook", "UTF-16", "half of it"],
)
def test_a_text_passes_the_door_like_every_other_file(content: bytes, cause: str) -> None:
    assert outcome(content) == cause


def rows(number: int) -> bytes:
    return HEAD + b"".join(b"IA-INDPH,2026-27-Q2,X%d,,1,\n" % one for one in range(number))


def test_rows_far_beyond_any_form_are_refused_at_the_first_too_many() -> None:
    assert outcome(rows(5_000)) == "unreadable.too_many_rows"  # the header is a row as well
    assert outcome(rows(4_999)) == "read"


def test_the_blank_rows_that_a_spreadsheet_leaves_do_not_count() -> None:
    found = read_update(update(AGENCY, QUARTER) + b",,,,,\n" * 100_000)
    assert isinstance(found, Update)
    assert len(found.cells) < 200


def with_tags(tag: bytes) -> bytes:
    """A sheet of so many tags that it stays below the size a part may have, packed loosely."""
    part = sheet_part(blank(), "Output")
    end = tag * (file_limits.TAGS + 1) + b"</sheetData>"
    heavy = changed(blank(), part, lambda xml: xml.replace(b"</sheetData>", end))
    return packed({**parts_of(heavy), "xl/media/image1.png": bytes(range(256)) * 4000})


def test_xml_of_nothing_but_tags_is_refused_though_it_is_not_large() -> None:
    refused = inspect_file(with_tags(b"<c/>"))
    assert isinstance(refused, Unreadable)
    assert refused.cause == "door.part_too_large"
    assert "tags" in refused.detail
