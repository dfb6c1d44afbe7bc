"""Packed figures are those of the figures' rows, and are made of them again where they are missing."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from sqlalchemy import delete, func, select, text, update
from tests.factories import Clerk, RegistryFolder
from tests.stores import sqlite_only
from tests.unit.services.half_year import Q1, Q2
from tests.unit.services.lived_office import find_faults, unguarded

from cpsa.calendar import Quarter
from cpsa.framework.model import Framework
from cpsa.scoring.quarter_figures import QuarterFigures, list_cells, make_layout
from cpsa.services.accepted_figures import load_accepted_figures
from cpsa.services.app_context import AppContext
from cpsa.services.quarter.reopen_quarter import reopen_quarter
from cpsa.services.verify_store.store_fault import FaultKind
from cpsa.store.database import read_transaction, write_transaction
from cpsa.store.queries.stored_submissions import StoredSubmissions
from cpsa.store.tables.submission_tables import fact, packed_figures


@pytest.fixture
def clerk(office: AppContext, tmp_path) -> Clerk:
    registry = RegistryFolder(agencies={"IA-A": Q1, "FC-C": Q1})
    registry.load(office, tmp_path / "registry", Quarter.parse(Q1).opens_at)
    return Clerk(office, tmp_path / "sent")


def load(
    office: AppContext, framework: Framework, form: str, quarter: str, *, keep: bool = False
) -> QuarterFigures:
    with write_transaction(office.engine) as connection:
        accepted = StoredSubmissions.load(connection, quarter).accepted.values()
        rows = [row for row in accepted if row.agency.startswith(form)]
        return load_accepted_figures(connection, framework, form, rows, keep=keep)


def list_figures(framework: Framework, form: str, figures: QuarterFigures) -> set[tuple]:
    cells = list_cells(framework.form_indicators(form))
    return {
        (
            figures.agencies[row],
            figures.quarters[row],
            *cells[place],
            int(figures.values[row, place]),
        )
        for row, place in np.argwhere(~np.isnan(figures.values)).tolist()
    }


def list_facts(office: AppContext, form: str, quarter: str) -> set[tuple]:
    with read_transaction(office.engine) as connection:
        counts = [row.id for row in StoredSubmissions.load(connection, quarter).accepted.values()]
        names = ("agency", "quarter", "indicator", "dimension", "hundredths")
        query = select(*(fact.c[name] for name in names)).where(fact.c.submission_id.in_(counts))
        return {tuple(row) for row in connection.execute(query) if row.agency.startswith(form)}


def count_packed(office: AppContext) -> int:
    with read_transaction(office.engine) as connection:
        return connection.execute(select(func.count()).select_from(packed_figures)).scalar_one()


def forget(office: AppContext) -> None:
    with write_transaction(office.engine) as connection:
        connection.execute(delete(packed_figures))


def test_they_are_kept_with_the_figures_and_are_the_same(clerk: Clerk, framework) -> None:
    clerk.send("IA-A", Q1, {"OP1": 5, "OP2": 3})
    clerk.send("FC-C", Q1, nil=True)
    clerk.check(Q1)
    assert count_packed(clerk.office) == 2
    with unguarded(clerk.office) as connection:  # they are read, not the rows
        before = {form: list_facts(clerk.office, form, Q1) for form in ("IA", "FC")}
        connection.execute(delete(fact))
    for form in ("IA", "FC"):
        assert before[form]
        assert (
            list_figures(framework, form, load(clerk.office, framework, form, Q1)) == before[form]
        )


def test_the_newest_accepted_version_counts_and_each_has_its_own(clerk: Clerk, framework) -> None:
    clerk.send("IA-A", Q1, {"OP1": 5})
    clerk.check(Q1)
    clerk.send("IA-A", Q1, {"OP1": 8})
    clerk.check(Q1)
    assert count_packed(clerk.office) == 2
    figures = list_figures(framework, "IA", load(clerk.office, framework, "IA", Q1))
    assert figures == list_facts(clerk.office, "IA", Q1)
    assert ("IA-A", Q1, "OP1", "", 800) in figures


def test_figures_carried_over_are_packed(clerk: Clerk, framework) -> None:
    clerk.send("IA-A", Q1, {"OP1": 5, "OP2": 3})
    clerk.close(Q1)
    quarter = Quarter.parse(Q1)
    late = quarter.closes_at.replace(hour=23)
    reopen_quarter(clerk.office, "IA-A", quarter, "late", "an admin", late, indicators=["OP1"])
    clerk.send("IA-A", Q1, {"OP1": 9, "OP2": 1}, at=late)
    clerk.check(Q1)
    figures = list_figures(framework, "IA", load(clerk.office, framework, "IA", Q1))
    assert figures == list_facts(clerk.office, "IA", Q1)
    assert {("IA-A", Q1, "OP1", "", 900), ("IA-A", Q1, "OP2", "", 300)} <= figures


def test_missing_ones_are_made_again_by_the_next_check_with_the_same_findings(
    clerk: Clerk,
) -> None:
    clerk.send("IA-A", Q1, {"B1": "900000"})
    clerk.check(Q1)
    forget(clerk.office)  # a store of an earlier version has none
    clerk.send("IA-A", Q2, {"B1": "500000"})
    (judged,) = clerk.check(Q2).judgements
    assert judged.state == "returned"  # the sanction may not fall
    assert count_packed(clerk.office) == 1
    clerk.send("IA-A", Q2, {"B1": "900000"})
    assert [judged.state for judged in clerk.check(Q2).judgements] == ["accepted"]
    assert count_packed(clerk.office) == 2


def test_missing_ones_are_made_again_by_the_closing(clerk: Clerk, framework) -> None:
    clerk.send("IA-A", Q1, {"OP1": 5})
    clerk.check(Q1)
    forget(clerk.office)
    clerk.close(Q1)
    assert count_packed(clerk.office) == 1
    figures = list_figures(framework, "IA", load(clerk.office, framework, "IA", Q1))
    assert figures == list_facts(clerk.office, "IA", Q1)


def test_those_of_another_layout_are_not_read(clerk: Clerk, framework) -> None:
    clerk.send("IA-A", Q1, {"OP1": 5, "OP2": 3})
    clerk.check(Q1)
    amended = replace(
        framework,
        digest="amended",
        indicators=tuple(reversed([i for i in framework.indicators if i.code != "OP1"])),
    )
    for keep, packed in ((False, 1), (True, 2), (True, 2)):
        found = list_figures(amended, "IA", load(clerk.office, amended, "IA", Q1, keep=keep))
        assert found == {row for row in list_facts(clerk.office, "IA", Q1) if row[2] != "OP1"}
        assert count_packed(clerk.office) == packed


@sqlite_only
def test_a_changed_one_is_reported_and_an_unknown_layout_is_not_comparable(
    lived_in: AppContext, framework
) -> None:
    assert count_packed(lived_in) >= 4
    assert find_faults(lived_in) == ()
    with unguarded(lived_in) as connection:
        number = connection.execute(select(func.max(packed_figures.c.submission_id))).scalar_one()
        own = packed_figures.c.submission_id == number
        layout, whole = connection.execute(
            select(packed_figures.c.layout, packed_figures.c.hundredths).where(own)
        ).one()
        changed = bytes([whole[0] ^ 1]) + whole[1:]
        connection.execute(update(packed_figures).where(own).values(hundredths=changed))
    (fault, *others) = find_faults(lived_in)
    assert (fault.kind, fault.table) == (FaultKind.RESULT_DIFFERS, "packed_figures")
    assert (fault.row, fault.detail) == (f"submission_id={number} layout={layout}", "hundredths")
    # What is computed of it is not what the figures give, either.
    assert all(other.table in ("score", "group_score", "finding") for other in others)
    with unguarded(lived_in) as connection:
        connection.execute(text("UPDATE packed_figures SET layout = 'other', hundredths = ''"))
    assert find_faults(lived_in) == ()


def test_layouts_of_forms(framework) -> None:
    assert len({make_layout(framework, form) for form in framework.forms}) == len(framework.forms)
