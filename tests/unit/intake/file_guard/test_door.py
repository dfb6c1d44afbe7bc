"""The door: each hostile or mistaken file is refused with its own cause, cheaply, in words."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from random import Random

import pytest
from tests.factories import INCLUDE, ROOT
from tests.unit.intake.file_guard import hostile
from tests.unit.intake.readers.workbook.samples import blank, changed, filled, packed, parts_of

from cpsa.i18n.catalogue import load_catalogue, text
from cpsa.i18n.text import LANGUAGES
from cpsa.intake.file_guard import file_limits
from cpsa.intake.file_guard.containers import FileKind
from cpsa.intake.file_guard.inspect_file import inspect_file
from cpsa.intake.readers.workbook.template_seal import SealState
from cpsa.intake.readers.workbook.workbook_reader import read_workbook
from cpsa.intake.readers.workbook.workbook_update import WorkbookUpdate
from cpsa.submissions.update import Unreadable

pytestmark = pytest.mark.filterwarnings("ignore:Duplicate name")


def test_each_is_refused_with_its_cause(subtests):
    for name, content, cause in hostile.refused():  # not parameters: they are costly to make
        with subtests.test(name):
            refused = inspect_file(content)
            assert isinstance(refused, Unreadable)
            assert refused.cause == cause
            for language in LANGUAGES:
                said = text(refused.cause, language, detail=refused.detail)
                assert "{" not in said
                assert said[-1] not in ".।"
            assert read_workbook(content) == refused


def test_a_package_is_refused_just_above_the_ratio_and_passes_just_below_it():
    # Bytes that cannot be packed count once on both sides: so many of them move the ratio to 100.
    def package(padding: int) -> bytes:
        parts = {**parts_of(blank()), "docProps/thin.xml": b" " * (11 * file_limits.MEGABYTE // 2)}
        return packed({**parts, "docProps/dense.bin": Random(7).randbytes(padding)})

    def ratio(content: bytes) -> float:
        return sum(map(len, parts_of(content).values())) / len(content)

    above, below = package(0), package(8000)
    assert 100 < ratio(above) < 110
    assert 90 < ratio(below) < 100
    refused = inspect_file(above)
    assert isinstance(refused, Unreadable)
    assert refused.cause == "door.unpacked"
    assert inspect_file(below) is FileKind.XLSX


def test_what_agencies_send_passes():
    assert inspect_file(filled({"in_OP2_total": 12})) is FileKind.XLSX
    assert inspect_file(hostile.ods("")) is FileKind.ODS
    assert inspect_file(hostile.ole("Root Entry", "Workbook")) is FileKind.XLS
    assert inspect_file(b"\xef\xbb\xbfagency,quarter\n") is FileKind.CSV
    assert inspect_file("agency;quarter\n".encode("utf-16")) is FileKind.CSV
    assert inspect_file(b"sep=;\r\nagency;quarter\r\n\x1a") is FileKind.CSV


def test_links_a_person_types_pass():
    link = (
        b'<Relationship Id="rId9" Type="http://schemas.openxmlformats.org/officeDocument/2006/'
        b'relationships/hyperlink" Target="mailto:a@example.org" TargetMode="External"/>'
    )
    part = "xl/worksheets/_rels/sheet1.xml.rels"
    relations = b'<?xml version="1.0"?><Relationships>%s</Relationships>' % link
    assert inspect_file(packed({**parts_of(blank()), part: relations})) is FileKind.XLSX


def test_rows_that_only_carry_a_height_may_reach_to_the_end_of_a_sheet():
    row = b'<row r="1048576" ht="12.8"/></sheetData>'
    part = "xl/worksheets/sheet2.xml"
    high = changed(blank(), part, lambda xml: xml.replace(b"</sheetData>", row))
    assert inspect_file(high) is FileKind.XLSX
    assert isinstance(read_workbook(high), WorkbookUpdate)


def test_every_cause_has_a_text_in_both_languages_that_ends_in_no_full_stop():
    folders = [INCLUDE / "cpsa/intake" / part for part in ("file_guard", "readers/workbook")]
    sources = [file.read_text("utf-8") for folder in folders for file in folder.glob("*.py")]
    named = {key for source in sources for key in re.findall(r'"((?:door|workbook)\.\w+)"', source)}
    texts = {
        key: both for key, both in load_catalogue().items() if re.match(r"door\.|workbook\.", key)
    }
    assert len(texts) > 30
    assert named <= set(texts)
    unused = set(texts) - named - {f"workbook.seal.{state}" for state in SealState}
    assert not unused
    for key, both in texts.items():
        assert set(both) == set(LANGUAGES), key
        for said in both.values():
            assert said[-1] not in ".।", key
        assert re.findall(r"{\w+}", both["en"]) == re.findall(r"{\w+}", both["hi"]), key


@pytest.mark.slow
def test_no_file_takes_more_than_600_mb_or_10_seconds():
    """In a process that ends where the limits are; the limits stand in it, not here."""
    paths = os.pathsep.join([str(ROOT), str(INCLUDE)])
    done = subprocess.run(
        [sys.executable, "-m", "tests.unit.intake.file_guard.within_limits"],
        env={"PYTHONPATH": paths},
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    said = [tuple(line.split("\t")) for line in done.stdout.splitlines()]
    files = [*hostile.refused(), *hostile.heavy_for_a_reader()]
    assert said == [(name, outcome) for name, _, outcome in files]


def test_a_csv_passes_the_door_but_is_no_workbook():
    assert read_workbook(b"agency,quarter\n") == Unreadable("door.is_text")
