"""The tables of the sample: accepted, connected with its figures, and with the findings that they are to have."""

from __future__ import annotations

import csv
from datetime import date

import pytest
from sqlalchemy import select
from tests.factories import SAMPLE
from tests.stores import sqlite_only
from tests.unit.tables.sample_tables import QUARTERS, receive_sample

from cpsa.calendar import HalfYear
from cpsa.services.app_context import AppContext
from cpsa.services.clusters.decide_changes import confirm_changes
from cpsa.services.clusters.waiting_changes import list_waiting_changes
from cpsa.store.database import read_transaction
from cpsa.store.tables.examination_tables import examination, finding
from cpsa.store.tables.submission_tables import submission, table_row

pytestmark = pytest.mark.slow
FILES = sorted((SAMPLE / "tables").glob("*/*.csv"))


@sqlite_only
def test_every_table_is_accepted_with_the_findings_that_it_is_to_have(office: AppContext) -> None:
    receive_sample(office)
    with read_transaction(office.engine) as connection:
        given = connection.execute(
            select(submission.c.quarter, submission.c.agency, table_row.c.table_code)
            .join(table_row, table_row.c.submission_id == submission.c.id)
            .join(examination, examination.c.submission_id == submission.c.id)
            .where(examination.c.state == "accepted")
            .distinct()
        ).all()
        found = connection.execute(
            select(finding.c.rule, finding.c.agency, finding.c.quarter, finding.c.indicator).where(
                finding.c.indicator.contains("."),
                finding.c.rule != "P12",  # of entries
            )
        ).all()
    files = {(file.parent.name, *file.stem.split(".")) for file in FILES}
    assert {tuple(row) for row in given} == files
    wanted = {(f"2026-27-Q{number}", "IA-NIRMG") for number in (1, 2)}
    assert {(row.quarter, row.agency) for row in found} == wanted
    assert {(row.rule, row.indicator) for row in found} == {("P04", "milestones.actual")}


def test_a_report_waits_for_214_days_at_the_end_of_a_half_year_and_is_requested() -> None:
    half = HalfYear.parse("2026-27-H1")
    file = SAMPLE / "tables" / "2026-27-Q2" / "IA-MAHAN.milestones.csv"
    rows = {row["step"]: row for row in csv.DictReader(file.open(encoding="utf-8"))}
    submitted = date.fromisoformat(rows["DPR"]["actual"])
    assert (half.last_quarter.last_day - submitted).days == 214
    assert rows["FORWARDED"]["pending_with"] == "DOMSME" and not rows["FORWARDED"]["actual"]
    entries = csv.DictReader((SAMPLE / "entries" / "2026-27-Q2.csv").open(encoding="utf-8"))
    assert [
        entry["scheme"]
        for entry in entries
        if (entry["agency"], entry["kind"], entry["department"])
        == ("IA-MAHAN", "policy_support", "DOMSME")
    ] == ["MSE-CDP"]


def test_no_date_is_after_its_quarter() -> None:
    for file in FILES:
        (quarter,) = (quarter for quarter in QUARTERS if quarter.key == file.parent.name)
        rows = list(csv.DictReader(file.open(encoding="utf-8")))
        assert rows and all(row.get("actual", "") <= quarter.last_day.isoformat() for row in rows)


@sqlite_only
def test_centres_propose_changes_of_the_register_in_the_fourth_quarter(office: AppContext) -> None:
    last = tuple(quarter for quarter in QUARTERS if quarter.key in ("2025-26-Q3", "2025-26-Q4"))
    receive_sample(office, last, close=True)
    waiting = {change.proposal.row: change for change in list_waiting_changes(office)}
    assert [*waiting] == ["CL-BPZAR", "CL-JBGAR", "KHURAI", "CL-UJBAT"]
    assert set(waiting["CL-BPZAR"].large) == {"jobs", "jobs_women"}
    assert not any(change.large for row, change in waiting.items() if row != "CL-BPZAR")
    with read_transaction(office.engine) as connection:
        large = connection.execute(
            select(finding.c.agency, finding.c.indicator).where(finding.c.rule == "P10")
        )
        assert {tuple(row) for row in large} == {
            ("FC-BHO", "clusters.jobs"),
            ("FC-BHO", "clusters.jobs_women"),
        }
    for change in waiting.values():
        agency, row = change.proposal.agency, change.proposal.row
        code = "CL-KHURAI" if row == "KHURAI" else ""
        confirm_changes(office, agency, [row], last[-1].closes_at, "admin", "Seen.", code)
    assert list_waiting_changes(office) == ()
