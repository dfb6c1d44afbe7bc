"""From a column of an agency's table to its files: values, cells, findings, and every version."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest
from tests.factories import Clerk, update
from tests.unit.tables.table_office import Q1, Q2, send, table

from cpsa.calendar import Quarter
from cpsa.cli.command_line import main
from cpsa.errors import RequestError
from cpsa.services.publication.trace_table_column import TracedColumn, trace_table_column

FIRST = Quarter.parse(Q1)
FIGURES = update("FC-C", Q1, {"FA3": 12})


@pytest.fixture
def sent(clerk: Clerk, tmp_path: Path) -> Clerk:
    """Figures, a table, a table with a fault, and figures again."""
    rows = ("DIC", "MSE-CDP", 2, 10, 4, ""), ("DOMSME", "Own scheme", "", 2, "", 1)
    send(clerk, tmp_path, Q1, update=FIGURES)
    send(clerk, tmp_path, Q1, applications=table(Q1, *rows))
    send(clerk, tmp_path, Q1, applications=table(Q1, ("DOIK", "MSE-CDP", 2, "about 5", 4, "")))
    send(clerk, tmp_path, Q1, update=update("FC-C", Q1, {"FA3": 12, "FA1": 7}))
    return clerk


def trace(clerk: Clerk, code: str, row: str = "", language: str = "en") -> TracedColumn:
    return trace_table_column(clerk.office, code, "FC-C", FIRST, language, row)


def test_a_value_leads_to_its_file_and_line_and_to_every_version(sent) -> None:
    traced = trace(sent, "applications.filed", "mse-cdp")
    assert traced.label == "Applications: Filed"
    first, given, returned, figures = traced.versions
    assert (first.gave, first.cells, figures.gave, figures.cells) == (False, (), False, ())
    assert given.file.endswith("FC-C.applications.csv") and given.sha256
    assert (given.state, given.gave, given.counts) == ("accepted", True, True)
    assert [(cell.row, cell.text, cell.place) for cell in given.cells] == [
        ("DOIC/MSE-CDP", "10", "line 2")
    ]
    assert (returned.state, returned.gave) == ("returned", False)
    assert len(trace(sent, "applications.filed").versions[1].cells) == 2


def test_a_finding_leads_to_its_cell_though_its_row_was_left_out(sent) -> None:
    for language in ("en", "hi"):
        (finding,) = trace(sent, "applications.filed", "DOIK", language).versions[2].cells
        assert (finding.finding, finding.row, finding.place) == ("T01", "DOIK/MSE-CDP", "line 2")
        assert "about 5" in finding.text and ("हिंदी" in finding.text) == (language == "hi")


def test_labels_and_what_is_computed_are_shown_as_printed(sent) -> None:
    assert [cell.text for cell in trace(sent, "applications.pending").versions[1].cells] == [
        "8",
        "2",
    ]
    shown = trace(sent, "applications.department", language="hi").versions[1].cells[0].text
    assert shown == "उद्योग एवं वाणिज्य विभाग"


@pytest.mark.parametrize(
    ("code", "row", "says"),
    [
        ("applications.fild", "", "The nearest one is applications.filed"),
        ("pipeline.zzz", "", "the tables are: applications, steps"),
        ("applications.filed", "XX9", "Its rows are: DOIC/MSE-CDP; DOMSME/Own scheme"),
    ],
)
def test_what_cannot_be_found_is_said_in_one_line(sent, code, row, says) -> None:
    with pytest.raises(RequestError) as error:
        trace(sent, code, row)
    assert says in error.value.text("en") and error.value.text("hi") != error.value.text("en")


def test_a_quarter_without_an_update_is_said(sent) -> None:
    with pytest.raises(RequestError) as error:
        trace_table_column(sent.office, "applications.filed", "FC-C", Quarter.parse(Q2), "en")
    assert f"No update of FC-C was received for {Q2}" in error.value.text("en")


def test_the_command_shows_it_to_people_and_programs(sent, monkeypatch, capfd) -> None:
    settings = sent.office.settings
    monkeypatch.setenv("CPSA_HOME", str(settings.home))
    monkeypatch.setenv("CPSA_DATABASE_URL", settings.database_url)
    monkeypatch.setenv("CPSA_FRAMEWORK", str(settings.framework))
    monkeypatch.setenv("COLUMNS", "240")

    def run(*arguments: str) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["cpsa", "trace", *arguments])
        with pytest.raises(SystemExit) as ended:
            main()
            raise SystemExit(0)
        return int(ended.value.code or 0), *capfd.readouterr()

    whose = ("--agency", "FC-C", "--quarter", Q1)
    status, out, _ = run("applications.filed", *whose, "--row", "DOIC")
    assert status == 0
    for word in ("Applications: Filed", "FC-C.applications.csv", "DOIC/MSE-CDP", "line 2", "count"):
        assert word in out
    status, out, _ = run("applications.filed", *whose, "--json", "--language", "hi")
    assert (status, json.loads(out)["versions"][1]["cells"][0]["text"]) == (0, "10")
    for wrong in (("applications.filed",), ("3F7KQ2-04", *whose)):
        status, out, err = run(*wrong)
        assert (status, out) == (2, "") and "--agency" in err and "Traceback" not in err
