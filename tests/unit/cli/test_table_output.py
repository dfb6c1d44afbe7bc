"""Tables for a person: nothing in them is broken or cut, however narrow the terminal is."""

from __future__ import annotations

import pandas as pd
import pytest

from cpsa.cli.session import TableFormat
from cpsa.cli.table_output import print_wrapped, write_rows, write_table

COLUMNS = ["quarter", "agency", "form", "state", "version", "late", "waits", "due", "requested"]
ROW = ("2026-27-Q2", "IA-INDPH", "IA", "unreadable", 1, "late", "locked_out", "2026-10-31", "yes")


@pytest.fixture(autouse=True)
def narrow(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")


def test_codes_and_dates_of_a_full_row_fit_into_80_columns(capsys) -> None:
    write_rows([ROW], COLUMNS, TableFormat.TABLE)
    lines = capsys.readouterr().out.splitlines()
    assert [cell for cell in lines[-1].split(" ") if cell] == list(map(str, ROW))
    assert len(lines) == 2 and max(map(len, lines)) <= 80


def test_a_long_name_of_a_column_is_broken_between_its_words(capsys) -> None:
    names = [f"rate_of_{number}" for number in range(10)]
    write_table(pd.DataFrame([[0.9286] * 10], columns=names), TableFormat.TABLE)
    assert capsys.readouterr().out.split()[:10] == ["rate"] * 10


def test_a_table_that_cannot_fit_is_wider_and_loses_nothing(capsys) -> None:
    names = [f"value{number}" for number in range(20)]
    write_table(pd.DataFrame([[0.1234] * 20], columns=names), TableFormat.TABLE)
    assert capsys.readouterr().out.count("0.1234") == 20


def test_a_text_is_broken_between_its_words(capsys) -> None:
    write_rows([("IA-INDPH", "nine words " * 20)], ["agency", "message"], TableFormat.TABLE)
    assert set(capsys.readouterr().out.split()) == {
        "agency",
        "message",
        "IA-INDPH",
        "nine",
        "words",
    }


def test_a_line_in_a_pipe_stays_whole(capsys) -> None:
    print_wrapped("nine words " * 20)
    assert len(capsys.readouterr().out.splitlines()) == 1
