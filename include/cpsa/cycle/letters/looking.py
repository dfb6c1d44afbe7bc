"""What is owed, held against the ledger: not written yet, waiting in vain, or wrongly addressed."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pandas as pd

from cpsa.calendar import is_quarter_key
from cpsa.cycle.letters import due as due_letters
from cpsa.cycle.letters import receipts
from cpsa.cycle.letters.due import Key, Owed
from cpsa.cycle.office import Office
from cpsa.letters import Kind, Policy
from cpsa.store import letters as sources
from cpsa.store.database import reading
from cpsa.store.tables.dispatch import State

_LETTER = re.compile(rf"({'|'.join(Kind)})(-.+)?")
_MAY_BE_READDRESSED = {State.PENDING, State.FAILED, State.EXPIRED, State.BOUNCED}


@dataclass(frozen=True)
class Look:
    """How letters stand at an instant. ``owed``: not in the ledger yet.

    Rows of the ledger (see ``store.letters.planned``): ``stale`` still wait but are due no longer;
    ``misaddressed`` did not get through to an address that the registry has no longer, each with
    the one it has now. ``waiting``: the quarters of which something waits to be sent. ``receipts``:
    the keys of all receipts that are called for and whose place no result has taken.
    """

    owed: tuple[Owed, ...]
    stale: tuple[Any, ...]
    misaddressed: tuple[tuple[Any, str], ...]
    waiting: frozenset[str]
    receipts: frozenset[Key] = frozenset()


def owed(office: Office, now: datetime) -> tuple[Owed, ...]:
    """The letters that agencies are owed and that were not written yet."""
    return look(office, now, Policy.load(office.settings.reference)).owed


def listed(office: Office, letters: Sequence[Owed]) -> pd.DataFrame:
    """Letters as a table, with where each stands in the ledger: ``owed`` while it is not there.

    Columns: quarter, agency, letter, language, email, state.
    """
    with reading(office.engine) as connection:
        rows = sources.planned(connection, {one.quarter.key for one in letters})
        agencies = office.roll(connection).agencies.set_index("code")
    states = {(row.cycle, row.slot, row.recipient): str(row.state) for row in rows}
    return pd.DataFrame(
        [
            (
                *(one.quarter.key, one.agency, one.slot),
                *(agencies.at[one.agency, "language"], agencies.at[one.agency, "email"]),
                states.get(one.key, "owed"),
            )
            for one in letters
        ],
        columns=["quarter", "agency", "letter", "language", "email", "state"],
    )


def look(office: Office, now: datetime, policy: Policy) -> Look:
    """How letters stand, from one state of the store."""
    with reading(office.engine) as connection:
        waiting = frozenset(filter(is_quarter_key, sources.cycles_under_way(connection)))
        quarters = due_letters.quarters(connection, now)
        cycles = waiting.union(quarter.key for quarter in quarters)
        rows = [row for row in sources.planned(connection, cycles) if _LETTER.fullmatch(row.slot)]
        due = list(due_letters.due(office, connection, quarters, now, policy, rows))
        agencies = office.roll(connection).agencies
    addresses = dict(zip(agencies["code"], agencies["email"], strict=True))
    written = {(row.cycle, row.slot, row.recipient): row for row in rows}
    all_due = {one.key for one in due}
    due = [
        one
        for one in due
        if one.kind is not Kind.RECEIPT or not receipts.is_replaced(one, written, all_due)
    ]
    called_for = {one.key for one in due}
    return Look(
        owed=tuple(
            one
            for one in due
            if one.key not in written
            and (one.kind is not Kind.RECEIPT or not receipts.is_result_due(one, written, all_due))
        ),
        stale=tuple(
            row
            for key, row in written.items()
            if key not in called_for and row.state == State.PENDING
        ),
        misaddressed=tuple(
            (row, addresses[row.recipient])
            for key, row in written.items()
            if key in called_for
            and row.recipient in addresses
            and row.state in _MAY_BE_READDRESSED
            and row.to_email != addresses[row.recipient]
        ),
        waiting=waiting,
        receipts=frozenset(one.key for one in due if one.kind is Kind.RECEIPT),
    )
