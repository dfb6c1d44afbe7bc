"""What an admin lets pass: waivers of rules, and lock exceptions for files after closing."""

from __future__ import annotations

from sqlalchemy import Connection, insert, select

from cpsa.store.named_sql import load_sql
from cpsa.store.tables.examination_tables import examination
from cpsa.store.tables.exception_tables import lock_exception, waiver


def load_waivers(connection: Connection) -> dict[tuple[str, str], list[str]]:
    """Waived rules by agency and quarter."""
    found: dict[tuple[str, str], list[str]] = {}
    for agency, quarter, rule in connection.execute(
        select(waiver.c.agency, waiver.c.quarter, waiver.c.rule).order_by(waiver.c.id)
    ):
        found.setdefault((agency, quarter), []).append(rule)
    return found


def add_waiver(connection: Connection, **values: object) -> None:
    connection.execute(insert(waiver).values(**values))


def add_lock_exception(connection: Connection, **values: object) -> None:
    connection.execute(insert(lock_exception).values(**values))


def load_open_exceptions(connection: Connection) -> dict[tuple[str, str], tuple[int, str]]:
    """Lock exceptions not yet used by an accepted file: id and reason by agency and quarter.

    A quiet one is used by any file: it is for that one and admits no later one.
    """
    rows = connection.execute(load_sql("examine/list_open_exceptions"))
    return {(agency, quarter): (id_, reason) for agency, quarter, id_, reason in rows}


def load_exception_indicators(connection: Connection) -> dict[int, frozenset[str]]:
    """The lock exceptions that admit single indicators only, with these indicators."""
    rows = connection.execute(
        select(lock_exception.c.id, lock_exception.c.indicators).where(
            lock_exception.c.indicators != ""
        )
    )
    return {id_: frozenset(indicators.split(",")) for id_, indicators in rows}


def load_restatement_reasons(connection: Connection) -> dict[int, str]:
    """Why a submission was admitted to a closed quarter, by submission."""
    rows = connection.execute(
        select(examination.c.submission_id, lock_exception.c.reason)
        .join(lock_exception, lock_exception.c.id == examination.c.lock_exception_id)
        .order_by(examination.c.id)
    )
    return {submission_id: reason for submission_id, reason in rows}
