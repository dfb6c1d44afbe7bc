"""Blanking the personal data of people who have left, after as many years as CPSA has decided.

What belongs here: who has left, since when, and which rows name them. What stays is all that figures,
documents and the ledger rest on: digests, states, roles, dates, Message-IDs. Bytes are not changed:
files that name people are deleted by the rules for files (``delete_expired_files``) or are kept whole.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from operator import attrgetter

from sqlalchemy import Connection

from cpsa.services.app_context import AppContext
from cpsa.services.collection.awaiting_arrivals import ADDRESS, TIME, TRUST
from cpsa.services.retention_rules import RetentionRules
from cpsa.services.run_log import log_use_case
from cpsa.store.database import read_transaction, write_transaction
from cpsa.store.queries import audit_queries, personal_data_queries
from cpsa.store.queries.personal_data_queries import Blanking
from cpsa.store.schema import BLANKED
from cpsa.store.stored_row import StoredRow
from cpsa.store.tables.awaiting_arrival_tables import awaiting_arrival
from cpsa.store.tables.registry_tables import agency, recipient
from cpsa.store.tables.submission_tables import signing_officer

BLANKED_VERB = "blank"
CONTACTS, STAFF = "contacts", "staff"


@dataclass(frozen=True)
class BlankedRows:
    """How many rows of each table were blanked, or would be."""

    counts: Mapping[str, int]


def preview_blanking(context: AppContext, now: datetime) -> BlankedRows:
    """Count the rows that ``blank_personal_data`` would blank now; writes nothing."""
    counts: Counter[str] = Counter()
    with read_transaction(context.engine) as connection:
        for _, blanking in _list_blankings(context, connection, now):
            for batch in blanking.split():
                counts[batch.table.name] += personal_data_queries.count_rows_to_blank(
                    connection, batch
                )
    return BlankedRows(+counts)


@log_use_case
def blank_personal_data(context: AppContext, who: str, now: datetime) -> BlankedRows:
    """Blank the personal data of people who have left; each batch with its row in the audit.

    A run that was interrupted is completed by the next one.
    """
    rules = RetentionRules.load(context.settings.reference)
    with read_transaction(context.engine) as connection:
        blankings = list(_list_blankings(context, connection, now))
    counts: Counter[str] = Counter()
    for rule, blanking in blankings:
        for batch in blanking.split():
            with write_transaction(context.engine) as connection:
                number = personal_data_queries.blank_rows(connection, batch)
                counts[batch.table.name] += number
                if number:
                    reason = f"{rule}, {rules.get_years(rule)} years: {number} rows"
                    audit_queries.add_audit(
                        connection, now, who, BLANKED_VERB, batch.table.name, reason
                    )
    return BlankedRows(+counts)


def _list_blankings(
    context: AppContext, connection: Connection, now: datetime
) -> Iterator[tuple[str, Blanking]]:
    """What to blank, each with its rule. The registry is last: it says since when people have left."""
    rules = RetentionRules.load(context.settings.reference)
    if (before := rules.find_cutoff(CONTACTS, now)) is not None:
        for blanking in _list_contact_blankings(connection, before):
            yield CONTACTS, blanking
    if (before := rules.find_cutoff(STAFF, now)) is not None:
        names = personal_data_queries.list_staff_before(connection, before)
        for blanking in personal_data_queries.list_staff_blankings(names - {ADDRESS, TIME, TRUST}):
            yield STAFF, blanking


def _list_contact_blankings(connection: Connection, before: datetime) -> Iterator[Blanking]:
    contacts = personal_data_queries.list_contacts(connection)
    addresses = _Departures.from_contacts(contacts, "agency.email", "recipient.email")
    names = _Departures.from_contacts(contacts, "recipient.name")
    signatures = list(
        _list_former_officers(
            personal_data_queries.list_signatures(connection),
            personal_data_queries.find_ended_agencies(connection),
            before,
        )
    )
    mails = {
        mail.id
        for mail in personal_data_queries.list_settled_mails(connection, before)
        if not addresses.is_present(mail.to_email, before) or names.left(mail.to_name, before)
    }
    quarters = {(row.agency, row.quarter) for row in signatures}
    letters = personal_data_queries.list_settled_letters(connection, before, quarters)
    yield from personal_data_queries.list_mail_blankings(mails, letters - mails, before)
    senders = [
        row.id
        for row in personal_data_queries.list_settled_senders(connection, before)
        if not addresses.is_present(row.sender, before)
    ]
    yield Blanking(awaiting_arrival, ("sender",), "id", senders)
    signed = [row.id for row in signatures]
    yield Blanking(signing_officer, ("name",), "submission_id", signed)
    for table, column, left in (
        (agency, "email", addresses),
        (recipient, "email", addresses),
        (recipient, "name", names),
    ):
        rows = (row for row in contacts if row.source == f"{table.name}.{column}")
        ids = [row.id for row in rows if left.left(row.value, before)]
        yield Blanking(table, (column,), "id", ids)


@dataclass(frozen=True)
class _Departures:
    """Names or addresses that any registry had; since when one is in no valid row, None while it is."""

    since: Mapping[str, datetime | None]

    @classmethod
    def from_contacts(cls, contacts: Iterable[StoredRow], *sources: str) -> _Departures:
        since: dict[str, datetime | None] = {}
        for row in contacts:
            if row.source in sources:
                key = _normalize(row.value)
                last = since.get(key, row.ended_at)
                since[key] = None if None in (last, row.ended_at) else max(last, row.ended_at)
        return cls(since)

    def left(self, value: str, before: datetime) -> bool:
        """Whether the registry had it once, and no longer since before an instant."""
        ended_at = self.since.get(_normalize(value))
        return ended_at is not None and ended_at < before

    def is_present(self, value: str, before: datetime) -> bool:
        """Whether the registry has it, or had it at an instant or later."""
        return _normalize(value) in self.since and not self.left(value, before)


def _list_former_officers(
    signatures: Iterable[StoredRow], ended: Mapping[str, datetime], before: datetime
) -> Iterator[StoredRow]:
    """The signatures of officers after whom another one signed, or whose agency ended, before an instant."""
    for code, rows in groupby(signatures, attrgetter("agency")):
        own = list(rows)
        followed_at = dict[str, datetime | None]()
        for row, following in zip(own, [*own[1:], None], strict=True):
            followed_at[_normalize(row.name)] = (
                ended.get(code) if following is None else following.received_at
            )
        for row in own:
            left_at = followed_at[_normalize(row.name)]
            if row.name != BLANKED and left_at is not None and left_at < before:
                yield row


def _normalize(value: str) -> str:
    return " ".join(value.split()).casefold()
