"""Records from the ledger when the requests of open quarters were accepted."""

from __future__ import annotations

import re

from cpsa.letters.letter_kinds import LetterKind
from cpsa.services.app_context import AppContext
from cpsa.store.database import read_transaction, write_transaction
from cpsa.store.queries import closing_queries, quarter_queries

# A letter with the template: its acceptance is when the update was requested.
_REQUEST_SLOT = re.compile(rf"{LetterKind.REQUEST}|{LetterKind.REMINDER}-.+")


def record_request_times(context: AppContext) -> None:
    """Record from the ledger when the requests of open quarters were accepted."""
    with read_transaction(context.engine) as connection:
        live = [
            key
            for key, row in quarter_queries.load_openings(connection).items()
            if not row.replayed
        ]
        closed = set(closing_queries.load_latest_closings(connection)["quarter"])
    for key in live:
        if key not in closed:
            with write_transaction(context.engine) as connection:
                quarter_queries.fill_requested_at(connection, key, _is_request)


def _is_request(slot: str) -> bool:
    return _REQUEST_SLOT.fullmatch(slot) is not None
