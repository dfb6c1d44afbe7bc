"""Checking and closing ask the store as often for many agencies as for few."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import event, func, select
from tests.factories import Clerk, RegistryFolder, day_after_quarter, time_to_close

from cpsa.calendar import Quarter
from cpsa.intake.readers.workbook.workbook_update import WorkbookExplanation
from cpsa.services.app_context import AppContext
from cpsa.services.examination import read_version
from cpsa.services.examination.judge_file import FileJudgement, judge_file
from cpsa.services.quarter.check_updates import check_quarter
from cpsa.services.quarter.close_quarter import close_quarter
from cpsa.services.quarter.reopen_quarter import reopen_quarter
from cpsa.store.schema import metadata
from cpsa.store.tables.entry_tables import entry
from cpsa.store.tables.examination_tables import examination, finding
from cpsa.store.tables.explanation_tables import explanation
from cpsa.store.tables.submission_tables import signing_officer
from cpsa.submissions.signing_officer import SigningOfficer

pytestmark = pytest.mark.slow

Q1, Q2 = "2025-26-Q1", "2025-26-Q2"
FEW, MANY = 2, 7


def judge_as_workbook(*arguments: object) -> FileJudgement:
    """What a file says, with what only a workbook can have beside the figures."""
    judged = judge_file(*arguments)  # type: ignore[arg-type]
    agency, quarter = judged.judged.agency, judged.judged.quarter
    blank = dict.fromkeys(("theme", "department", "request", "urgency", "scheme"), "")
    row = {
        **blank,
        "agency": agency,
        "quarter": quarter,
        "kind": "success",
        "text": "A visit",
        "amount": "",
        "people": "",
    }
    return replace(
        judged,
        entries=(("Entries!A2", row),),
        explanations=(WorkbookExplanation("A2", "Two years at once", "Activity!H7"),),
        officer=SigningOfficer("Asha", "Manager"),
    )


class Programme:
    """Agencies that each send an update with a warning for two quarters."""

    def __init__(self, office: AppContext, folder: Path, number: int) -> None:
        self.office, self.number = office, number
        self.agencies = [f"IA-{place:03d}" for place in range(number)]
        self.clerk = Clerk(office, folder / "inbox")
        registry = RegistryFolder(agencies=dict.fromkeys(self.agencies, Q1))
        registry.load(office, folder / "registry", day_after_quarter(Q1))

    def send(self, quarter: str, done: int) -> None:
        for agency in self.agencies:
            self.clerk.send(agency, quarter, {"A1": 4, "A2": done})

    def count(self, work: Callable[[], object]) -> int:
        """How many statements the work takes; rows that are copied are not counted."""
        statements: list[str] = []

        def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
            statements.append(statement)

        event.listen(self.office.engine, "before_cursor_execute", note)
        try:
            work()
        finally:
            event.remove(self.office.engine, "before_cursor_execute", note)
        return len(statements)

    def count_each(self) -> dict[str, int]:
        """Statements of a check, a closing, late files for single indicators, and what follows of them."""
        first, second = Quarter.parse(Q1), Quarter.parse(Q2)
        counts = {}
        for quarter in (first, second):
            self.send(quarter.key, 20)
            counts[f"check {quarter.key}"] = self.count(
                lambda at=quarter: check_quarter(self.office, at, at.due_by)
            )
            now = time_to_close(self.office, quarter)
            counts[f"close {quarter.key}"] = self.count(
                lambda at=quarter, now=now: close_quarter(self.office, at, now)
            )
        late = time_to_close(self.office, second)
        for agency in self.agencies:
            reopen_quarter(self.office, agency, first, "late figures", "ravi", late, ["A2"])
        for agency in self.agencies:
            self.clerk.send(agency, Q1, {"A1": 4, "A2": 21, "OP1": 7}, at=late)
        counts["late files"] = self.count(lambda: check_quarter(self.office, first, late))
        return counts

    def count_rows(self) -> dict[str, int]:
        tables = (entry, examination, explanation, finding, signing_officer)
        with self.office.engine.connect() as connection:
            return {
                table.name: connection.execute(select(func.count()).select_from(table)).scalar_one()
                for table in tables
            }


def empty(office: AppContext) -> None:
    with office.engine.begin() as connection:
        for table in reversed(metadata.sorted_tables):
            connection.execute(table.delete())


def test_the_number_of_agencies_adds_no_statement(
    office: AppContext, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(read_version, "judge_file", judge_as_workbook)
    counts = []
    for number in (FEW, MANY):
        context = AppContext(office.settings, office.engine)  # it remembers its registries
        programme = Programme(context, tmp_path / str(number), number)
        counts.append(programme.count_each())
        rows = programme.count_rows()
        assert all(rows.values())
        assert all(count % number == 0 for count in rows.values())
        empty(office)
    assert counts[0] == counts[1]
