"""Tables that come as CSV files: versions of the update, with its figures, kept value by value."""

from __future__ import annotations

import io
from dataclasses import replace

import openpyxl
import pytest
from sqlalchemy import select
from tests.factories import Clerk, csv_text, day_after_quarter, update
from tests.unit.intake.channels.mails import mail
from tests.unit.intake.readers.workbook.samples import cell, saved
from tests.unit.services.test_mailbox import csv_part
from tests.unit.tables.table_office import COLUMNS, HEADER, NOW, Q1, Q2, send, table

from cpsa.calendar import Quarter
from cpsa.checks.structure_rules import StructureResult
from cpsa.intake.readers.workbook.workbook_reader import read_workbook
from cpsa.intake.readers.workbook.workbook_update import WorkbookUpdate
from cpsa.services.app_context import AppContext
from cpsa.services.collection.collect_mailbox import collect_mailbox
from cpsa.services.collection.collect_updates import collect_updates
from cpsa.services.examination.check_file import check_file
from cpsa.services.examination.partial_reopen import keep_only_indicators, load_carried_facts
from cpsa.services.quarter.agency_quarter import load_agency_quarter
from cpsa.services.quarter.check_updates import check_updates
from cpsa.services.transfer_store.export_store import export_store
from cpsa.services.verify_store.verify_store import verify_store
from cpsa.services.workbooks.build_template import build_filled_template, build_template
from cpsa.services.workbooks.mark_workbook import mark_workbook
from cpsa.services.workbooks.typed_values import load_newest_values
from cpsa.store.database import read_transaction
from cpsa.store.queries import examination_queries, submission_queries, table_queries
from cpsa.store.queries.stored_submissions import StoredSubmissions
from cpsa.store.tables.submission_tables import table_row, table_value
from cpsa.submissions.finding import Finding
from cpsa.submissions.listed_choice import read_choice
from cpsa.submissions.table_rows import GivenTable, TableRow, TableValue
from cpsa.template.filled_values import FilledValues


def load_findings(clerk: Clerk, version: int, quarter: str = Q1) -> list[tuple[str, ...]]:
    with read_transaction(clerk.office.engine) as connection:
        rows = StoredSubmissions.load(connection, quarter, ["FC-C"]).for_quarter(quarter)
        row = rows[version - 1]
        frame = examination_queries.load_findings(connection, [row.examination_id or 0], [])
    names = ["rule", "indicator", "dimension", "observed", "expected", "place"]
    return [tuple(found) for found in frame[names].itertuples(index=False)]


def test_a_table_beside_its_update_is_its_next_version_with_its_figures(clerk, tmp_path) -> None:
    """Also where both are in the inbox at once: the update is read first."""
    given = table(Q1, ("DIC", "MSE-CDP", 2, 10, 4, ""), ("DOMSME", "Own scheme", "", "2", "", 1))
    figures = update("FC-C", Q1, {"FA3": 12})
    outcomes, results = send(clerk, tmp_path, Q1, applications=given, update=figures)
    assert outcomes == ["new", "new"]
    assert load_findings(clerk, 2) == load_findings(clerk, 1)
    assert [(one.version, one.state) for one in results] == [(1, "accepted"), (2, "accepted")]
    with read_transaction(clerk.office.engine) as connection:
        facts = submission_queries.load_facts(connection, [1, 2])
        own = [facts[facts["submission_id"] == id_].reset_index(drop=True) for id_ in (1, 2)]
        names = ["indicator", "dimension", "hundredths", "origin", "place"]
        assert own[0][names].equals(own[1][names])
        assert set(own[1]["carried_from"]) == {1}
        rows = connection.execute(select(table_row)).all()
        values = connection.execute(select(table_value)).all()
    assert [tuple(row) for row in rows] == [
        (2, "applications", 0, "DOIC/MSE-CDP", "line 2"),
        (2, "applications", 1, "DOMSME/Own scheme", "line 3"),
    ]
    kept = {(value.position, value.column_code): tuple(value)[4:] for value in values}
    assert kept[0, "department"] == (None, "DOIC", "line 2")
    assert kept[0, "pending"] == (800, "", "line 2")
    assert kept[1, "filed"] == (200, "", "line 3")
    assert (1, "approved") not in kept
    verified = verify_store(clerk.office, NOW, everything=True)
    assert verified.faults == () and verified.compared["examined again"] >= 1
    export_store(clerk.office, tmp_path / "export.zip")


def test_a_table_without_an_update_is_refused(clerk, tmp_path) -> None:
    given = table(Q1, ("DOIC", "MSE-CDP", 2, 10, 4, ""))
    _, results = send(clerk, tmp_path, Q1, applications=given)
    assert [one.state for one in results] == ["unreadable"]
    ((rule, _, _, observed, *_),) = load_findings(clerk, 1)
    assert (rule, observed) == ("S00", "unreadable.update_first")


def test_a_table_after_a_returned_update_is_returned_with_its_faults(clerk, tmp_path) -> None:
    given = table(Q1, ("DOIC", "MSE-CDP", 2, 10, 4, ""))
    faulty = update("FC-C", Q1, {"FA1": "twelve", "FA3": 10})
    _, results = send(clerk, tmp_path, Q1, applications=given, update=faulty)
    assert [one.state for one in results] == ["returned", "returned"]
    assert load_findings(clerk, 1) == load_findings(clerk, 2)
    with read_transaction(clerk.office.engine) as connection:
        assert connection.execute(select(table_row)).all() == []


def test_faults_of_a_table_return_it_and_leave_the_update_accepted(clerk, tmp_path) -> None:
    given = table(Q1, ("DOIK", "MSE-CDP", 2, 10, 4, ""))
    figures = update("FC-C", Q1, {"FA3": 12})
    _, results = send(clerk, tmp_path, Q1, applications=given, update=figures)
    assert [one.state for one in results] == ["accepted", "returned"]
    assert (
        *("T01", "applications.department", "DOIK/MSE-CDP", "DOIK"),
        *("table.expected.listed: DOIC", "line 2"),
    ) in load_findings(clerk, 2)
    preview = check_file(clerk.office, "FC-C", Quarter.parse(Q1), given, "FC-C.applications.csv")
    assert preview.state == "returned"


@pytest.mark.parametrize(
    ("content", "cause"),
    [
        (table(Q1, ("DOIC", 1), columns=("department", "filed")), "unreadable.header"),
        (table(Q1, columns=(*COLUMNS, "fild")), "unreadable.header"),
        (table(Q1, ("DOIC", "X", 1, "1", "25", "000", "4")), "unreadable.too_many_cells"),
        (b"", "unreadable.empty"),
    ],
)
def test_a_file_that_is_no_such_table_is_refused_with_its_header(
    clerk, tmp_path, content, cause
) -> None:
    send(clerk, tmp_path, Q1, applications=content, update=update("FC-C", Q1))
    ((rule, _, _, observed, expected, _),) = load_findings(clerk, 2)
    assert (rule, observed.partition(":")[0], expected) == ("S00", cause, ",".join(HEADER))


def test_rows_are_compared_with_those_accepted_last_whichever_version_gave_them(
    clerk, tmp_path
) -> None:
    """The newest version that gave a table counts, though a later version has only figures."""
    figures = update("FC-C", Q1, {"FA3": 10})
    send(clerk, tmp_path, Q1, update=figures, applications=table(Q1, ("DIC", "X", 2, 10, 4, "")))
    send(clerk, tmp_path, Q1, update=update("FC-C", Q1, {"FA3": 10, "FA1": 1}))
    given = table(Q2, ("DOIC", "X", 7, 3, 0, ""), ("DOMSME", "X", 1, 0, 0, ""))
    send(clerk, tmp_path, Q2, update=update("FC-C", Q2, {"FA3": 3}), applications=given)
    found = [one for one in load_findings(clerk, 2, Q2) if one[0] == "T05"]
    assert found == [("T05", "applications.opening", "DOIC/X", "7", "8", "line 2")]
    assert verify_store(clerk.office, NOW, everything=True).faults == ()


def test_a_table_of_another_form_is_no_table(clerk, tmp_path) -> None:
    steps = csv_text([("agency", "quarter", "step", "planned")]).encode()
    _, results = send(clerk, tmp_path, Q1, steps=steps, update=update("FC-C", Q1))
    assert [one.state for one in results] == ["accepted", "unreadable"]


def test_a_value_that_was_changed_is_reported_by_verify(clerk, tmp_path) -> None:
    given = table(Q1, ("DIC", "X", 2, 10, 4, ""))
    send(clerk, tmp_path, Q1, update=update("FC-C", Q1, {"FA3": 10}), applications=given)
    assert verify_store(clerk.office, NOW).faults == ()
    with clerk.office.engine.begin() as connection:
        connection.execute(
            table_value.update().where(table_value.c.column_code == "filed").values(hundredths=1100)
        )
    found = {(one.kind, one.table, one.row) for one in verify_store(clerk.office, NOW).faults}
    assert found == {
        ("row_changed", "table_value", "submission_id=2"),
        ("result_differs", "table_row", "submission_id=2 table_code=applications"),
    }


def test_what_is_kept_once_is_not_kept_again(clerk, tmp_path) -> None:
    given = table(Q1, ("DIC", "X", 2, 10, 4, ""))
    send(clerk, tmp_path, Q1, update=update("FC-C", Q1, {"FA3": 10}), applications=given)
    with read_transaction(clerk.office.engine) as connection:
        before = table_queries.load_tables(connection, [(2, "applications")])
    with clerk.office.engine.begin() as connection:
        table_queries.add_tables(connection, {2: [], 1: []})
    with read_transaction(clerk.office.engine) as connection:
        assert table_queries.load_tables(connection, [(2, "applications")]) == before


def test_one_file_for_all_brings_a_version_of_each_agency(clerk, tmp_path) -> None:
    """Places are those of the whole, and rows of an unknown agency are refused by themselves."""
    lines = [
        ("FC-D", Q1, "DOIC", "X,\nlong", 2, 10, 4, ""),
        ("FC-C", Q1, "DOIC", "X", 2, 10, 4, ""),
        ("FC-X", Q1, "DOIC", "X", 2, 10, 4, ""),
        ("fc-d", Q1, "DOMSME", "X", 1, 0, 0, ""),
    ]
    folder = tmp_path / "inbox" / Q1
    folder.mkdir(parents=True)
    for agency in ("fc-c", "fc-d"):  # such names come after that of the table
        (folder / f"{agency}.csv").write_bytes(update(agency.upper(), Q1, {"FA3": 10}))
    (folder / "applications.csv").write_bytes(csv_text([HEADER, *lines]).encode())
    at = day_after_quarter(Q1)
    for expected in (["new"] * 4 + ["refused"], ["refused"] + ["repeat"] * 4):
        items = collect_updates(clerk.office, tmp_path / "inbox", NOW, at).items
        assert sorted(item.outcome for item in items) == expected
    assert [item.problem for item in items if "FC-X" in item.problem]
    results = check_updates(clerk.office, NOW).judgements
    assert {(one.agency, one.version, str(one.state)) for one in results} == {
        (agency, version, "accepted") for agency in ("FC-C", "FC-D") for version in (1, 2)
    }
    with read_transaction(clerk.office.engine) as connection:
        rows = connection.execute(select(table_row.c.row_key, table_row.c.place)).all()
    assert sorted(map(tuple, rows)) == [
        ("DOIC/X", "line 4"),
        ("DOIC/X, long", "line 2"),
        ("DOMSME/X", "line 6"),
    ]


def test_a_file_for_all_that_cannot_be_read_is_refused_as_a_whole(clerk, tmp_path) -> None:
    folder = tmp_path / "inbox" / Q1
    folder.mkdir(parents=True)
    (folder / "applications.csv").write_bytes(b"department,filed\nDOIC,1\n")
    (item,) = collect_updates(clerk.office, tmp_path / "inbox", NOW, NOW).items
    assert item.outcome == "refused" and "department,filed" in item.problem


def test_a_reopening_of_indicators_keeps_the_tables_as_they_were(clerk, tmp_path) -> None:
    send(clerk, tmp_path, Q1, update=update("FC-C", Q1, {"FA3": 10}))
    late = Finding("T01", "error", "FC-C", Q1, "applications.filed", "DOIC/X")
    row = TableRow("DOIC/X", "line 2", {"filed": TableValue(100, "", "line 2")})
    given = GivenTable("applications", frozenset(COLUMNS), (row,))
    judged = StructureResult("FC-C", Q1, findings=(late,), tables={given.code: given})
    with read_transaction(clerk.office.engine) as connection:
        before = load_carried_facts(connection, [1])[1]
    kept = keep_only_indicators(judged, {"FA1"}, before)
    assert (kept.tables, kept.findings) == ({}, ())
    assert kept.facts["FA3", ""].carried_from == 1


def test_the_form_in_a_browser_shows_the_figures_sent_before_a_table(clerk, tmp_path) -> None:
    given = table(Q1, ("DIC", "X", 2, 10, 4, ""))
    send(clerk, tmp_path, Q1, update=update("FC-C", Q1, {"FA3": 10}), applications=given)
    account = load_agency_quarter(clerk.office, "FC-C", Quarter.parse(Q1))
    assert account.newest is not None and account.newest.version == 2
    assert load_newest_values(clerk.office, account).values["FA3", ""] == "10"


def test_a_table_by_mail_is_a_version_that_its_agency_may_have_to_confirm(
    clerk, tmp_path, mail_server
) -> None:
    """The sender is not proven here, and what it replaces was sent before."""
    settings = replace(clerk.office.settings, imap_url=mail_server.url())
    send(clerk, tmp_path, Q1, update=update("FC-C", Q1, {"FA3": 10}))
    part = csv_part(table(Q1, ("DIC", "X", 2, 10, 4, "")), f"FC-C {Q1}.applications.csv")
    mail_server.put(mail(part, sender="fc-c@example.org"), at=day_after_quarter(Q1))
    (item,) = collect_mailbox(AppContext(settings, clerk.office.engine), NOW).items
    assert (item.outcome, item.agency, item.quarter) == ("awaiting", "FC-C", Q1)


def test_the_next_template_begins_with_the_rows_accepted_last(clerk, tmp_path) -> None:
    given = table(Q1, ("DOIC", "X", 2, 10, 4, ""))
    send(clerk, tmp_path, Q1, update=update("FC-C", Q1, {"FA3": 10}), applications=given)
    for quarter, shown in ((Q1, []), (Q2, [("DOIC", "X", "8")])):
        content = build_template(clerk.office, "FC-C", Quarter.parse(quarter))
        filled = build_filled_template(
            clerk.office, "FC-C", Quarter.parse(quarter), FilledValues(values={("FA1", ""): "1"})
        )
        assert list_shown(content) == shown
        assert list_shown(filled) == [], "a form in the browser does not show them"


def list_shown(content: bytes) -> list[tuple[str, ...]]:
    """The key and opening figure of the rows that the sheet of a template shows."""
    found = read_workbook(content)
    assert isinstance(found, WorkbookUpdate)
    ((_, rows),) = [(one.code, one.rows) for one in found.update.tables]
    return [tuple(read_choice(row[column].text) for column in COLUMNS[:3]) for _, row in rows]


def test_a_workbook_with_a_fault_in_a_table_comes_back_marked_at_its_cell(clerk, tmp_path) -> None:
    quarter = Quarter.parse(Q1)
    book = openpyxl.load_workbook(io.BytesIO(build_template(clerk.office, "FC-C", quarter)))
    for column, value in (("department", "DOIC"), ("scheme", "X"), ("filed", "about 5")):
        cell(book, f"table_applications_{column}", 3).value = value
    folder = tmp_path / "inbox" / Q1
    folder.mkdir(parents=True)
    (folder / "FC-C.xlsx").write_bytes(saved(book))
    collect_updates(clerk.office, tmp_path / "inbox", NOW, day_after_quarter(Q1))
    check_updates(clerk.office, NOW)
    found = [one for one in load_findings(clerk, 1) if one[0] == "T01"]
    assert [(one[1], one[-1]) for one in found] == [("applications.filed", "Applications!D9")]
    marked = mark_workbook(clerk.office, "FC-C", quarter, 1, "en")
    page = openpyxl.load_workbook(io.BytesIO(marked))["Applications"]
    comments = {one.coordinate: one.comment.text for row in page for one in row if one.comment}
    assert [*comments] == ["D9"] and "about 5" in comments["D9"]
