"""``cpsa verify`` reports a row that was changed, deleted or inserted since the last verification.

One random row of each table, and a random column, by a seed. What is not found is
listed in docs/adr (verify the store).
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import Any

import pytest
from sqlalchemy import JSON, Boolean, Column, Connection, Float, Table, select, text
from sqlalchemy import delete as delete_from
from sqlalchemy import insert as insert_into
from sqlalchemy import update as update_rows
from sqlalchemy.schema import UniqueConstraint
from tests.unit.services.lived_office import NOW, unguarded

from cpsa.errors import RequestError
from cpsa.services.app_context import AppContext
from cpsa.services.verify_store.accept_store import accept_store
from cpsa.services.verify_store.check_ledger import check_ledger
from cpsa.services.verify_store.check_rows import (
    CHANGING_COLUMNS,
    DELETED_FROM,
    LEFT_OUT,
    check_rows,
)
from cpsa.services.verify_store.store_fault import StoreFault, describe_row
from cpsa.services.verify_store.verification import Verification
from cpsa.services.verify_store.verify_store import run_check
from cpsa.store.database import read_transaction
from cpsa.store.queries.personal_data_queries import PERSONAL_COLUMNS
from cpsa.store.schema import BLANKED, DERIVED, Instant, metadata

# Columns that a constraint limits to some codes, which the database itself protects.
CODES = {"state", "outcome", "kind", "stage", "decision", "origin"}
# The exceptions: tables whose rows come and go, and columns that the program changes at any time. What is derived
# is compared with what it is derived from (test_accepted_figures).
EXEMPT_TABLES = {
    *DELETED_FROM,
    *(table.name for table in metadata.sorted_tables if table.info.get(DERIVED)),
}
EXEMPT_COLUMNS = {
    "dispatch": {"lease_until", "next_attempt_at", "not_before", "attempts"},
    "obligation": {"requested_at", "requested_by", "withdrawn_at"},
}
# Tables without numbers, to which rows are added at any time.
NOT_NUMBERED = {
    *("obligation", "framework_version", "signing_officer", "arrival_settlement", "action"),
    "registry_load",
}
TABLES = [table for table in metadata.sorted_tables if table.name not in EXEMPT_TABLES]


@pytest.fixture
def lived_in(lived_in: AppContext) -> AppContext:
    """The same, seen once."""
    assert find_faults(lived_in) == ()
    return lived_in


def find_faults(office: AppContext) -> tuple[StoreFault, ...]:
    """By the checks of rows; files and recomputation have tests of their own."""
    with read_transaction(office.engine) as connection:
        verification = Verification(office, connection, NOW)
        checks = (check_rows, check_ledger)
        return tuple(fault for check in checks for fault in run_check(check, verification))


@dataclass
class Damage:
    """One row of a table that is damaged within a transaction without foreign keys."""

    connection: Connection
    table: Table
    row: dict[str, Any]
    draw: random.Random

    def change(self) -> str:
        column = self.draw.choice(self.list_columns())
        new = make_other_value(column, self.row[column.name])
        self.connection.execute(update_rows(self.table).where(*self.match()).values({column: new}))
        return describe_row(self.table, self.row)

    def delete(self) -> str:
        self.connection.execute(delete_from(self.table).where(*self.match()))
        return describe_row(self.table, self.row)

    def insert(self) -> str:
        """A copy of the row with a number below all others, or with another key of the same closing."""
        copy = dict(self.row)
        number = self.table.autoincrement_column
        for constraint in self.table.constraints:
            if isinstance(constraint, UniqueConstraint):
                column = list(constraint.columns)[-1]
                copy[column.name] = make_other_value(column, copy[column.name])
        for column in self.table.c:
            if column.unique:
                copy[column.name] = make_other_value(column, copy[column.name])
        if number is not None:
            copy[number.name] = 0
        else:
            # A figure more of the same submission, a score more of the same closing.
            keys = list(self.table.primary_key)
            last = self.table.c.dimension if "dimension" in self.table.c else keys[-1]
            copy[last.name] = make_other_value(last, copy[last.name])
        self.connection.execute(insert_into(self.table).values(copy))
        return describe_row(self.table, copy)

    def list_columns(self) -> list[Column[Any]]:
        exempt = CODES | EXEMPT_COLUMNS.get(self.table.name, set())
        changing = CHANGING_COLUMNS.get(self.table.name)
        if changing and not changing.is_final(self.row):
            exempt = exempt | set(changing.names)
        return [
            column
            for column in self.table.c
            if not column.primary_key
            and column.name not in exempt
            and not (column.foreign_keys and self.row[column.name] is None)
            # A finding has one origin, by a constraint.
            and not (self.table.name == "finding" and column.foreign_keys)
        ]

    def repair(self, key: str) -> None:
        """Take back what was done."""
        for row in self.connection.execute(select(self.table)).mappings().all():
            if describe_row(self.table, row) in (key, describe_row(self.table, self.row)):
                match = [column == row[column.name] for column in self.table.primary_key]
                self.connection.execute(delete_from(self.table).where(*match))
        self.connection.execute(insert_into(self.table).values(self.row))

    def match(self) -> list[Any]:
        return [column == self.row[column.name] for column in self.table.primary_key]


def make_other_value(column: Column[Any], value: Any) -> Any:
    if isinstance(column.type, JSON):
        return ["other"]
    if isinstance(column.type, Boolean):
        return not value
    if isinstance(column.type, Instant):
        return NOW
    if isinstance(column.type, Float):
        return (value or 0) + 1.5
    return f"{value}x" if isinstance(column.type.python_type(), str) else (value or 0) + 1000


def name_group(table: Table, key: str) -> str:
    """Figures are named by their submission."""
    return key.rpartition(" ")[2] if table.name == "fact" else key


@pytest.mark.slow
@pytest.mark.parametrize("what", ["change", "delete", "insert"])
def test_a_changed_a_deleted_and_an_inserted_row_are_reported(
    lived_in: AppContext, what: str
) -> None:
    """Of each table, one after the other; what is repaired is reported no longer."""
    tried = set()
    for seed, table in enumerate(TABLES * (2 if what == "change" else 1)):
        if what == "insert" and table.name in NOT_NUMBERED:
            continue
        draw = random.Random(seed)
        with unguarded(lived_in) as connection:
            rows = connection.execute(select(table).order_by(*table.primary_key)).mappings().all()
            if not rows:
                continue
            damage = Damage(connection, table, dict(draw.choice(rows)), draw)
            key = getattr(damage, what)()
        named = {(fault.table, fault.row) for fault in find_faults(lived_in)}
        assert (table.name, name_group(table, key)) in named, (table.name, key, seed)
        assert named == {(fault.table, fault.row) for fault in find_faults(lived_in)}
        with unguarded(lived_in) as connection:
            Damage(connection, table, damage.row, draw).repair(key)
        assert find_faults(lived_in) == (), table.name
        tried.add(table.name)
    assert len(tried) > (15 if what == "insert" else 22), tried


def test_blanked_personal_data_is_no_damage(lived_in: AppContext) -> None:
    with unguarded(lived_in) as connection:
        for table, names in PERSONAL_COLUMNS.items():
            for name in names:
                connection.execute(
                    update_rows(metadata.tables[table])
                    .where(metadata.tables[table].c[name] != "")
                    .values({name: BLANKED})
                )
        mail = metadata.tables["dispatch"]
        delivered = update_rows(mail).where(mail.c.state == "accepted")
        blanked = ("to_name", "to_email", "html", "text")
        connection.execute(delivered.values(dict.fromkeys(blanked, BLANKED)))
        for name in ("detail", "worker"):
            filled = update_rows(mail).where(mail.c[name].is_not(None))
            connection.execute(filled.values({name: BLANKED}))
    assert find_faults(lived_in) == ()


def test_every_column_that_is_left_out_is_there() -> None:
    for table, changing in CHANGING_COLUMNS.items():
        assert set(changing.names) <= set(metadata.tables[table].c.keys())
    for table, names in LEFT_OUT.items():
        assert set(names) <= set(metadata.tables[table].c.keys())


def test_a_person_accepts_the_store_as_it_is(lived_in: AppContext) -> None:
    with unguarded(lived_in) as connection:
        connection.execute(text("DELETE FROM audit WHERE id = 1"))
    assert find_faults(lived_in)
    with pytest.raises(RequestError):
        accept_store(lived_in, "an admin", " ", NOW)
    accept_store(lived_in, "an admin", "restored from the backup of Monday", NOW)
    assert find_faults(lived_in) == ()
    assert find_faults(lived_in) == ()
