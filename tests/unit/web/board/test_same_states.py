"""The statements of the board repeat what ``cpsa.submissions`` defines: the same on any data."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, insert
from tests.factories import RegistryFolder, day_after_quarter

from cpsa.calendar import Quarter
from cpsa.services.app_context import AppContext
from cpsa.services.quarter.agency_quarter import read_agency_quarter
from cpsa.services.quarter.load_registry import load_registry
from cpsa.services.quarter.open_quarter import open_quarter
from cpsa.services.reports.list_findings import list_findings
from cpsa.services.reports.list_obligations import list_obligations
from cpsa.store.database import read_transaction, write_transaction
from cpsa.store.queries import examination_queries, registry_queries
from cpsa.store.queries.examination_queries import NewExamination
from cpsa.store.tables.closing_tables import closing
from cpsa.store.tables.examination_tables import examination, finding
from cpsa.store.tables.explanation_tables import explanation
from cpsa.store.tables.submission_tables import submission
from cpsa.submissions.finding import Finding
from cpsa.submissions.state import SubmissionState
from cpsa.web.board.agency_filter import AgencyFilter
from cpsa.web.board.quarter_board import load_quarter_board

QUARTER = Quarter.parse("2026-27-Q2")
NOW = day_after_quarter(QUARTER.key, 40)
AGENCIES = ("FC-A", "IA-A", "IA-B")
STORED = [state for state in SubmissionState if state is not SubmissionState.SUPERSEDED]

rules = st.sampled_from(["V02", "V05", "Q01", "Q05", "M01", "M02", "M03"])
found = st.builds(
    dict,
    rule=rules,
    indicator=st.sampled_from(["OP1", "OP2"]),
    observed=st.sampled_from(["3", "4"]),
    waived=st.booleans(),
)
files = st.lists(st.tuples(st.sampled_from(STORED), st.lists(found, max_size=3)), max_size=4)
said = st.builds(
    dict,
    rule=rules,
    indicator=st.sampled_from(["OP1", "OP2"]),
    observed=st.sampled_from(["3", "4"]),
    quarter=st.sampled_from(["2025-26-Q2", "2025-26-Q3", "2026-27-Q2", "2026-27-Q3"]),
    text=st.sampled_from(["because", ""]),
)
stores = st.fixed_dictionaries(
    {
        "files": st.lists(files, min_size=len(AGENCIES), max_size=len(AGENCIES)),
        "said": st.lists(st.tuples(st.sampled_from(AGENCIES), said), max_size=3),
        "closings": st.lists(
            st.tuples(
                st.sampled_from(["closed", "withdrawn"]),
                st.lists(st.tuples(st.sampled_from([*AGENCIES, "IA"]), found), max_size=3),
            ),
            max_size=3,
        ),
    }
)


def severity(rule: str) -> str:
    return "error" if rule.startswith("V") else "warning"


def finding_of(agency: str, entry: dict) -> Finding:
    values = {**entry, "severity": severity(entry["rule"]), "agency": agency}
    return Finding(**values, quarter=QUARTER.key, expected="1")


def fill(connection: Connection, store: dict) -> None:
    """Rows as intake, checking and closing leave them, in any combination of states."""
    for agency, versions in zip(AGENCIES, store["files"], strict=True):
        for number, (state, entries) in enumerate(versions, 1):
            at = day_after_quarter(QUARTER.key, 5 * number)
            add_version(connection, agency, number, state, entries, at)
    for agency, entry in store["said"]:
        row = {**entry, "agency": agency, "dimension": "", "source": "test", "given_at": NOW}
        connection.execute(insert(explanation).values(**row))
    load = registry_queries.require_load(connection)
    for version, (kind, entries) in enumerate(store["closings"], 1):
        row = {"quarter": QUARTER.key, "version": version, "closed_at": NOW, "kind": kind}
        row |= {"framework": "", "registry_load": load, "basis": ""}
        id_ = connection.execute(insert(closing).values(**row)).inserted_primary_key[0]
        findings = [finding_of(agency, entry) for agency, entry in unique(entries)]
        examination_queries.add_closing_findings(connection, findings, id_)


def unique(entries: list[tuple[str, dict]]) -> list[tuple[str, dict]]:
    """A closing finds a thing once."""
    return list(
        {(agency, e["rule"], e["indicator"]): (agency, e) for agency, e in entries}.values()
    )


def add_version(
    connection: Connection, agency: str, number: int, state: str, entries: list, at: datetime
) -> None:
    row = {"agency": agency, "quarter": QUARTER.key, "version": number, "received_at": at}
    row |= {
        "sha256": f"{agency}{number}",
        "collected_at": at,
        "size": 1,
        "file_name": "a.csv",
        "channel": "cli",
    }
    id_ = connection.execute(insert(submission).values(**row)).inserted_primary_key[0]
    if state == SubmissionState.RECEIVED:
        return
    once = unique([(agency, entry) for entry in entries if not entry["rule"].startswith("M")])
    findings = [finding_of(code, entry) for code, entry in once]
    if state == SubmissionState.LOCKED_OUT:
        findings = []
    examined = NewExamination(id_, state, "", findings)
    examination_queries.add_examinations(connection, [examined], at, "")


def clear(connection: Connection) -> None:
    for table in (finding, explanation, examination, submission, closing):
        connection.execute(table.delete())


def register(office: AppContext, folder: Path) -> None:
    """A registry of three agencies, all due in the quarter."""
    registry = RegistryFolder(agencies=dict.fromkeys(AGENCIES, QUARTER.key))
    load_registry(office, registry.write(folder), QUARTER.opens_at)
    open_quarter(office, QUARTER, QUARTER.opens_at, "ops")


@pytest.mark.slow
def test_board_reports_and_accounts_agree_on_any_store(office: AppContext, tmp_path: Path) -> None:
    register(office, tmp_path / "registry")

    @settings(max_examples=60, phases=[Phase.generate])  # to shrink takes minutes, and tells little
    @given(stores)
    def agree(store: dict) -> None:
        with write_transaction(office.engine) as connection:
            clear(connection)
            fill(connection, store)
        require_agreement(office)

    agree()


def require_agreement(office: AppContext) -> None:
    board = load_quarter_board(office, QUARTER, AgencyFilter())
    status = pd.DataFrame(list_obligations(office, QUARTER)).set_index("agency")
    listed = list_findings(office, QUARTER)
    still_open = listed[listed["open"] == "yes"]
    for row in board.agencies:
        assert (row.state, row.version) == tuple(status.loc[row.agency, ["state", "version"]])
        assert bool(row.locked_out) == (status.at[row.agency, "waits"] == "locked_out")
        with read_transaction(office.engine) as connection:
            account = read_agency_quarter(office, connection, row.agency, QUARTER)
        assert account.state == row.state
        assert len(account.open_warnings) == row.warnings
        own = still_open[(still_open["agency"] == row.agency)]
        asked = own[(own["severity"] == "warning") & (own["addressee"] == "agency")]
        assert len(asked) == row.warnings
    for rows, addressee in ((board.rules, "agency"), (board.rules_for_cpsa, "cpsa")):
        counted = still_open[still_open["addressee"] == addressee].groupby("rule").size()
        assert {row.rule: row.number for row in rows} == counted.to_dict()
    warnings = sum(row.number for row in board.rules if row.severity == "warning")
    of_forms = still_open[still_open["agency"] == "IA"]
    of_forms = of_forms[(of_forms["addressee"] == "agency") & (of_forms["severity"] == "warning")]
    assert board.totals.warnings == warnings - len(of_forms)
