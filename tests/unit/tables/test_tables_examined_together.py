"""An update and its tables that are checked together are examined as those that are checked one by one."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select
from tests.factories import Clerk, csv_text, day_after_quarter, put, update
from tests.unit.tables.table_office import COLUMNS, NOW, Q1

from cpsa.services.collection.collect_updates import collect_updates
from cpsa.services.quarter.check_updates import check_updates
from cpsa.store.tables.examination_tables import examination, finding
from cpsa.store.tables.submission_tables import (
    fact,
    packed_figures,
    submission,
    table_row,
    table_value,
)

TOGETHER, APART = "FC-C", "FC-D"
Sent = tuple[str, Any]
GOOD: Sent = ("update", {"FA3": 12, "FA4": 4})
FAULTY: Sent = ("update", {"FA3": "twelve", "FA4": 4})
QUESTIONED: Sent = ("update", {"FA3": 12, "FA4": 4, "FW1": 5, "FW2": 0})
UNREADABLE: Sent = ("bytes", b"\xff\xfe\x00")
SUMS: Sent = ("table", [("DIC", "MSE-CDP", 2, 10, 4, ""), ("DOMSME", "Own scheme", 1, 2, "", 1)])
OTHER_SUMS: Sent = ("table", [("DIC", "MSE-CDP", 2, 9, 4, "")])
WRONG_VALUE: Sent = ("table", [("DIC", "MSE-CDP", "many", 12, 4, "")])
CASES = {
    "an update and its table": [GOOD, SUMS],
    "two tables, the first with a fault": [GOOD, OTHER_SUMS, SUMS],
    "a value that cannot be used": [GOOD, WRONG_VALUE],
    "a figure that cannot be used": [FAULTY, SUMS],
    "a warning": [QUESTIONED, SUMS, OTHER_SUMS],
    "an update after a table": [GOOD, SUMS, QUESTIONED, OTHER_SUMS],
    "an update that cannot be read": [UNREADABLE, SUMS],
    "the second update cannot be read": [GOOD, UNREADABLE, SUMS, OTHER_SUMS],
    "a table before its update": [SUMS, GOOD, OTHER_SUMS],
}


def receive(clerk: Clerk, agency: str, sent: Sent) -> None:
    kind, given = sent
    name = agency
    if kind == "update":
        content = update(agency, Q1, given)
    elif kind == "bytes":
        content = given
    else:
        lines = [(agency, Q1, *row) for row in given]
        content = csv_text([("agency", "quarter", *COLUMNS), *lines]).encode()
        name = f"{agency}.applications"
    file = put(clerk.folder, name, Q1, content)
    collect_updates(clerk.office, file, day_after_quarter(Q1))


def read_store(clerk: Clerk, agency: str) -> dict[str, list[tuple[Any, ...]]]:
    """What is kept of an agency's versions, with their numbers in place of ids."""
    with clerk.office.engine.connect() as connection:
        of_agency = select(submission.c.id, submission.c.version).where(
            submission.c.agency == agency
        )
        versions: dict[int | None, int | None] = dict(connection.execute(of_agency).all())
        versions[None] = None
        examined = connection.execute(
            select(examination.c.id, examination.c.submission_id, examination.c.state).order_by(
                examination.c.id
            )
        ).all()
        of_examination = {row[0]: versions[row[1]] for row in examined if row[1] in versions}
        kept: dict[str, list[tuple[Any, ...]]] = {
            "states": [(versions[row[1]], row[2]) for row in examined if row[1] in versions]
        }
        columns = [
            finding.c[name]
            for name in ("rule", "severity", "indicator", "dimension", "observed", "expected")
        ]
        kept["findings"] = [
            (of_examination[row[0]], *row[1:])
            for row in connection.execute(
                select(finding.c.examination_id, *columns, finding.c.place).order_by(finding.c.id)
            )
            if row[0] in of_examination
        ]
        for table in (fact, table_row, table_value, packed_figures):
            rows = connection.execute(
                select(table).where(table.c.submission_id.in_(filter(None, versions)))
            ).mappings()
            kept[table.name] = sorted(
                (
                    tuple(
                        str(versions[value] if name in ("submission_id", "carried_from") else value)
                        for name, value in row.items()
                        if name != "agency"
                    )
                    for row in rows
                ),
            )
    return kept


@pytest.mark.parametrize("sent", CASES.values(), ids=CASES)
def test_files_checked_together_are_examined_as_one_by_one(
    clerk: Clerk, tmp_path: Path, sent: list[Sent]
) -> None:
    for file in sent:
        receive(clerk, APART, file)
        check_updates(clerk.office, NOW)
    for file in sent:
        receive(clerk, TOGETHER, file)
    check_updates(clerk.office, NOW)
    together, apart = read_store(clerk, TOGETHER), read_store(clerk, APART)
    assert [version for version, _ in together["states"]] == [*range(1, len(sent) + 1)]
    assert together == apart


def test_the_cases_have_updates_that_are_accepted_and_returned(clerk: Clerk) -> None:
    """So that the comparison says something."""
    seen = set()
    for file in [GOOD, SUMS, OTHER_SUMS, UNREADABLE]:
        receive(clerk, TOGETHER, file)
    check_updates(clerk.office, NOW)
    kept = read_store(clerk, TOGETHER)
    seen = {state for _, state in kept["states"]}
    assert seen == {"accepted", "returned", "unreadable"}
    assert all(kept.values())
