"""What a parser prints of a broken file gets neither into an answer nor in between our own lines."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Mapping

import pytest
from tests.factories import INCLUDE
from tests.unit.intake.readers.workbook.samples import blank, changed

from cpsa.intake.readers.workbook.workbook_reader import read_workbook
from cpsa.submissions.update import Unreadable


def no_such_styles() -> bytes:
    """A template whose cells ask for styles that are not there, of which openpyxl prints."""
    return changed(
        blank(),
        "xl/styles.xml",
        lambda xml: re.sub(rb'(numFmtId|fontId|fillId|borderId|xfId)="\d+"', rb'\1="-77"', xml),
    )


def test_reading_a_workbook_prints_nothing(capfd: pytest.CaptureFixture[str]) -> None:
    assert read_workbook(no_such_styles()) == Unreadable("workbook.damaged")
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("printed", ["print('noise')", "import os; os.sys.stdout.write('noise')"])
def test_what_is_printed_in_a_limited_process_is_not_its_answer(printed: str) -> None:
    program = f"""
from cpsa.intake.readers.workbook import limited_process
out = limited_process.confine()
{printed}
out.write(b"answer")
"""
    environment: Mapping[str, str] = {**os.environ, "PYTHONPATH": str(INCLUDE)}
    done = subprocess.run(
        [sys.executable, "-c", program], env=environment, capture_output=True, check=True
    )
    assert (done.stdout, done.stderr) == (b"answer", b"noise" + b"\n" * ("print" in printed))
