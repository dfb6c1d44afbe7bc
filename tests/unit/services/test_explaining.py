"""Explanations come by workbook, portal or command line, count while the value stays, never twice."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import event, text
from tests.factories import Clerk, RegistryFolder, day_after_quarter

from cpsa.calendar import Quarter
from cpsa.errors import RequestError
from cpsa.intake.readers.workbook.workbook_update import WorkbookExplanation
from cpsa.services.app_context import AppContext
from cpsa.services.examination.current_findings import load_findings
from cpsa.services.examination.explain_warnings import (
    ExplainedUpdate,
    WarningAnswer,
    explain_warnings,
    record_workbook_explanations,
)
from cpsa.services.quarter.agency_quarter import load_agency_quarter
from cpsa.services.reports.list_findings import list_findings
from cpsa.store.database import read_transaction, write_transaction
from cpsa.store.queries import examination_queries
from cpsa.submissions.finding import Finding

Q1, Q2 = "2025-26-Q1", "2025-26-Q2"
NOW = day_after_quarter(Q2)


@pytest.fixture(autouse=True)
def loaded(office: AppContext, tmp_path: Path) -> None:
    registry = RegistryFolder(agencies={"IA-A": Q1, "IA-B": Q1})
    registry.load(office, tmp_path / "registry", day_after_quarter(Q1))


def account(office: AppContext, agency: str = "IA-A", quarter: str = Q1):
    return load_agency_quarter(office, agency, Quarter.parse(quarter))


def subjects(findings) -> list[tuple[str, str, str]]:
    return [(one.rule, one.indicator, one.dimension) for one in findings]


def kept(office: AppContext) -> list[tuple[str, str]]:
    with read_transaction(office.engine) as connection:
        return [
            tuple(row) for row in connection.execute(text("SELECT rule, text FROM explanation"))
        ]


MORE_THAN_PLANNED = ("Q06", "A2", "")


def say(office: AppContext, words: str, quarter: str = Q1) -> int:
    return explain_warnings(
        office,
        "IA-A",
        Quarter.parse(quarter),
        [WarningAnswer(*MORE_THAN_PLANNED, words)],
        "portal",
        NOW,
    )


def test_an_explained_warning_is_open_no_longer(clerk: Clerk) -> None:
    clerk.send("IA-A", Q1, {"A1": 4, "A2": 20})
    clerk.check(Q1)
    assert MORE_THAN_PLANNED in subjects(account(clerk.office).open_warnings)
    assert say(clerk.office, "Two years at once") == 1
    assert say(clerk.office, "Two  years\n at once") == 0  # the same words
    assert say(clerk.office, "  ") == 0
    own = account(clerk.office)
    assert MORE_THAN_PLANNED not in subjects(own.open_warnings)
    assert list(own.explained.values()) == ["Two years at once"]
    told = list_findings(clerk.office, Quarter.parse(Q1)).set_index("rule")["explanation"]
    assert told["Q06"] == "Two years at once"
    assert set(told.drop("Q06")) <= {""}


def test_it_carries_over_to_the_next_version_while_the_value_stays(clerk: Clerk) -> None:
    clerk.send("IA-A", Q1, {"A1": 4, "A2": 20})
    clerk.check(Q1)
    say(clerk.office, "Two years at once")
    clerk.send("IA-A", Q1, {"A1": 5, "A2": 20})
    clerk.check(Q1)
    assert MORE_THAN_PLANNED not in subjects(account(clerk.office).open_warnings)
    clerk.send("IA-A", Q1, {"A1": 5, "A2": 21})
    clerk.check(Q1)
    own = account(clerk.office)
    assert own.newest.version == 3
    assert MORE_THAN_PLANNED in subjects(own.open_warnings)


def test_what_is_no_warning_cannot_be_explained(clerk: Clerk) -> None:
    clerk.send("IA-A", Q1, {"A1": 4, "A2": 20})
    clerk.check(Q1)
    both = [WarningAnswer(*MORE_THAN_PLANNED, "yes"), WarningAnswer("Q02", "OP2", "", "no")]
    with pytest.raises(RequestError, match="Q02 OP2"):
        explain_warnings(clerk.office, "IA-A", Quarter.parse(Q1), both, "portal", NOW)
    assert kept(clerk.office) == []


def test_what_a_workbook_explains_is_kept_once_for_each_warning_on_its_subject(
    clerk: Clerk,
) -> None:
    clerk.send("IA-A", Q1, {"A1": 4, "A2": 20})
    clerk.check(Q1)
    typed = [
        WorkbookExplanation("A2", "Two years at once", "Activity!H7"),
        WorkbookExplanation("OP1", "Rain", "A!1"),
    ]
    for _ in range(2):
        with write_transaction(clerk.office.engine) as connection:
            found = load_findings(connection, [1])
            explained = ExplainedUpdate("IA-A", typed, found)
            record_workbook_explanations(connection, Q1, [explained], NOW)
    warnings = [one for one in found if one.indicator == "A2" and one.severity == "warning"]
    assert warnings
    assert kept(clerk.office) == [(one.rule, "Two years at once") for one in warnings] + [
        ("", "Rain")  # nobody asked yet; nothing is lost
    ]


def test_findings_are_those_of_the_frame_row_for_row(clerk: Clerk) -> None:
    for agency in ("IA-A", "IA-B"):
        clerk.send(agency, Q1, {"A1": 4, "A2": 20, "OP2": "many"})
    clerk.check(Q1)
    clerk.close(Q1)
    at_closing = [
        Finding("M01", severity, agency, Q1, "A2", observed="20", waived=True)
        for severity, agency in (("warning", "IA-B"), ("trial", "IA-A"), ("warning", "IA-A"))
    ]
    with write_transaction(clerk.office.engine) as connection:
        (newest,) = connection.execute(text("SELECT max(id) FROM closing")).one()
        examination_queries.add_closing_findings(connection, at_closing, newest)
        frame = examination_queries.load_findings(connection, [1, 2], [newest])
        found = examination_queries.list_findings(connection, [1, 2], [newest])
        own = examination_queries.list_findings(connection, [1, 2], [newest], "IA-A")
    rows = frame[list(Finding._fields)].itertuples(index=False, name=None)
    assert found == [Finding(*row) for row in rows]
    assert {type(one.waived) for one in found} == {bool}
    assert len(found) > 6
    assert {at_closing[0], at_closing[2]} <= {*found}
    assert at_closing[1] not in found
    assert own == [one for one in found if one.agency == "IA-A"]


def test_the_account_of_an_open_quarter_asks_for_no_closing_of_it(clerk: Clerk) -> None:
    clerk.send("IA-A", Q1, {"A1": 4, "A2": 20})
    clerk.check(Q1)
    statements: list[str] = []

    def note(*given: object) -> None:
        statements.append(str(given[2]))

    account(clerk.office)  # the register and the framework are read once
    event.listen(clerk.office.engine, "before_cursor_execute", note)
    account(clerk.office)
    event.remove(clerk.office.engine, "before_cursor_execute", note)
    of_closings = [one for one in statements if "closing" in one.partition("FROM")[2][:40]]
    assert len(of_closings) <= 2
    assert len(statements) <= 12


def test_an_account_says_where_an_agency_stands(clerk: Clerk) -> None:
    assert account(clerk.office, quarter=Q1).state == "expected"
    clerk.send("IA-A", Q1, {"OP2": "many"})
    assert account(clerk.office).state == "received"
    clerk.check(Q1)
    own = account(clerk.office)
    assert (own.state, own.closed, own.email) == ("returned", False, "ia-a@example.org")
    assert own.findings[0] == Finding(
        "S01", "error", "IA-A", Q1, "OP2", "", "many", "", own.findings[0].place
    )
    clerk.send("IA-A", Q1)
    clerk.check(Q1)
    own = account(clerk.office)
    assert (own.state, [one.state for one in own.submissions]) == (
        "accepted",
        ["returned", "accepted"],
    )
    assert own.newest.receipt == f"{Q1}/IA-A/2/{own.newest.sha256[:4].upper()}"
    clerk.close(Q1)
    assert account(clerk.office, "IA-B").state == "missing"
    assert account(clerk.office, "IA-B").closed
    with pytest.raises(RequestError, match="IA-X"):
        account(clerk.office, "IA-X")
