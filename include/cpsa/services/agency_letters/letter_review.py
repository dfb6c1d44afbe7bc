"""Due letters compared with the ledger: not written yet, no longer due, or wrongly addressed."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pandas as pd

from cpsa.calendar import is_quarter_key
from cpsa.letters.letter_kinds import LetterKind
from cpsa.letters.letter_policy import LetterPolicy
from cpsa.services.agency_letters import due_letters, provisional_receipts
from cpsa.services.agency_letters.due_letters import DueLetter, LetterKey
from cpsa.services.app_context import AppContext
from cpsa.store.database import read_transaction
from cpsa.store.queries import letter_queries
from cpsa.store.tables.dispatch_tables import MailState

_LETTER_SLOT = re.compile(rf"({'|'.join(LetterKind)})(-.+)?")
_MAY_BE_READDRESSED = {MailState.PENDING, MailState.FAILED, MailState.EXPIRED, MailState.BOUNCED}


@dataclass(frozen=True)
class LetterReview:
    """The state of letters at an instant. ``unwritten``: due and not in the ledger yet.

    Rows of the ledger (see ``store.letters.planned``): ``stale`` still wait but are due no longer;
    ``misaddressed`` did not get through to an address that the registry has no longer, each with
    the one it has now. ``pending_cycles``: quarters with unsent letters. ``receipts``:
    the keys of all receipts that are called for and whose place no result has taken.
    """

    unwritten: tuple[DueLetter, ...]
    stale: tuple[Any, ...]
    misaddressed: tuple[tuple[Any, str], ...]
    pending_cycles: frozenset[str]
    receipts: frozenset[LetterKey] = frozenset()


def list_unwritten_letters(context: AppContext, now: datetime) -> tuple[DueLetter, ...]:
    """The letters to agencies that are due and not written yet."""
    return review_letters(context, now, LetterPolicy.load(context.settings.reference)).unwritten


def tabulate_letters(context: AppContext, letters: Sequence[DueLetter]) -> pd.DataFrame:
    """Letters as a table, with the state of each in the ledger: ``due`` while it is not there.

    Columns: quarter, agency, letter, language, email, state.
    """
    with read_transaction(context.engine) as connection:
        rows = letter_queries.load_planned_letters(
            connection, {letter.quarter.key for letter in letters}
        )
        agencies = context.load_register(connection).agencies.set_index("code")
    states = {(row.cycle, row.slot, row.recipient): str(row.state) for row in rows}
    return pd.DataFrame(
        [
            (
                *(letter.quarter.key, letter.agency, letter.slot),
                *(agencies.at[letter.agency, "language"], agencies.at[letter.agency, "email"]),
                states.get(letter.key, "due"),
            )
            for letter in letters
        ],
        columns=["quarter", "agency", "letter", "language", "email", "state"],
    )


def review_letters(context: AppContext, now: datetime, policy: LetterPolicy) -> LetterReview:
    """The state of letters, from one state of the store."""
    with read_transaction(context.engine) as connection:
        pending_cycles = frozenset(
            filter(is_quarter_key, letter_queries.list_cycles_under_way(connection))
        )
        quarters = due_letters.list_quarters_with_letters(connection, now)
        cycles = pending_cycles.union(quarter.key for quarter in quarters)
        rows = [
            row
            for row in letter_queries.load_planned_letters(connection, cycles)
            if _LETTER_SLOT.fullmatch(row.slot)
        ]
        due = list(due_letters.list_due_letters(context, connection, quarters, now, policy, rows))
        agencies = context.load_register(connection).agencies
    addresses = dict(zip(agencies["code"], agencies["email"], strict=True))
    written_rows = {(row.cycle, row.slot, row.recipient): row for row in rows}
    all_due = {letter.key for letter in due}
    due = [
        letter
        for letter in due
        if letter.kind is not LetterKind.RECEIPT
        or not provisional_receipts.is_replaced(letter, written_rows, all_due)
    ]
    called_for = {letter.key for letter in due}
    return LetterReview(
        unwritten=tuple(
            letter
            for letter in due
            if letter.key not in written_rows
            and (
                letter.kind is not LetterKind.RECEIPT
                or not provisional_receipts.is_result_due(letter, written_rows, all_due)
            )
        ),
        stale=tuple(
            row
            for key, row in written_rows.items()
            if key not in called_for and row.state == MailState.PENDING
        ),
        misaddressed=tuple(
            (row, addresses[row.recipient])
            for key, row in written_rows.items()
            if key in called_for
            and row.recipient in addresses
            and row.state in _MAY_BE_READDRESSED
            and row.to_email != addresses[row.recipient]
        ),
        pending_cycles=pending_cycles,
        receipts=frozenset(letter.key for letter in due if letter.kind is LetterKind.RECEIPT),
    )
