"""What proves that an uncertain mail arrived, or that it did not: a relay's log, or an archive.

What belongs here: reading evidence, and resolving by it all that is uncertain. What must not: the
rules under which a mail may be resolved (``ledger.resolve``), and fetching logs or mail.

To have found a Message-ID proves arrival. Not to have found it proves nothing unless the evidence
reaches back before the mail was handed over, and was read after its quarantine had ended.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.parser import BytesHeaderParser
from pathlib import Path

from sqlalchemy import Engine

from cpsa.delivery import ledger
from cpsa.delivery.mail_message import one_line
from cpsa.errors import RequestError
from cpsa.store.database import read_transaction
from cpsa.store.queries import dispatch_queries
from cpsa.store.stored_row import StoredRow
from cpsa.store.tables.dispatch_tables import MailState


@dataclass(frozen=True)
class Evidence:
    """Message-IDs that arrived, each with its source; and the span of time in which every mail that
    arrived would be among them."""

    arrived: Mapping[str, str]
    since: datetime
    read_at: datetime


@dataclass(frozen=True)
class ResolvedMails:
    """Message-IDs by outcome. ``quarantined``: not found, but it is too early to decide;
    ``not_covered``: not found, in evidence that need not include them."""

    arrived: tuple[str, ...] = ()
    lost: tuple[str, ...] = ()
    quarantined: tuple[str, ...] = ()
    not_covered: tuple[str, ...] = ()


def resolve_uncertain_mails(engine: Engine, evidence: Evidence, by: str) -> ResolvedMails:
    """Resolve every uncertain mail that the evidence covers."""
    with read_transaction(engine) as connection:
        now = dispatch_queries.clock(connection)
        cases = [
            (row, _get_handover_time(dispatch_queries.load_events(connection, row.id)))
            for row in dispatch_queries.list_uncertain_dispatches(connection)
        ]
    message_ids: dict[str, list[str]] = {name: [] for name in ResolvedMails.__dataclass_fields__}
    for row, handed_over_at in cases:
        verdict = _classify_mail(row, handed_over_at, evidence, now)
        if verdict in ("arrived", "lost"):
            where = evidence.arrived.get(row.message_id) or _describe_absence(evidence)
            try:
                ledger.resolve(
                    engine, row.message_id, arrived=verdict == "arrived", evidence=where, by=by
                )
            except RequestError as error:
                if error.key != "deliver.not_uncertain":
                    raise
                continue  # resolved by another process meanwhile
        message_ids[verdict].append(row.message_id)
    return ResolvedMails(**{name: tuple(ids) for name, ids in message_ids.items()})


def _get_handover_time(journal: Iterable[StoredRow]) -> datetime:
    result: datetime = [event.at for event in journal if event.state == MailState.IN_DATA][-1]
    return result


def _classify_mail(
    row: StoredRow, handed_over_at: datetime, evidence: Evidence, now: datetime
) -> str:
    if row.message_id in evidence.arrived:
        return "arrived"
    free_at = row.changed_at + ledger.QUARANTINE
    if now < free_at or evidence.read_at < free_at:
        return "quarantined"
    return "lost" if evidence.since <= handed_over_at else "not_covered"


def _describe_absence(evidence: Evidence) -> str:
    return (
        f"not found from {evidence.since:%Y-%m-%d %H:%M} to {evidence.read_at:%Y-%m-%d %H:%M} UTC"
    )


def load_archive_folder(folder: Path, since: datetime, read_at: datetime) -> Evidence:
    """An archive that keeps a copy of everything since ``since``, as a folder of .eml files at any depth."""
    if not folder.is_dir():
        raise RequestError("deliver.evidence.no_folder", path=folder)
    arrived = {}
    for file in sorted(folder.rglob("*.eml")):
        with file.open("rb") as stream:
            headers = BytesHeaderParser().parse(stream)
        if headers["Message-ID"] is not None:
            arrived[str(headers["Message-ID"]).strip()] = f"archive: {file.relative_to(folder)}"
    return Evidence(arrived, since, read_at)


_TIMESTAMP = re.compile(
    r"(?P<iso>\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:?\d\d))"
    r"|(?P<short>[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d)"
)
_POSTFIX_LINE = re.compile(
    r" postfix(?:-[\w-]+)?/(?P<who>[\w/-]+)\[\d+\]: (?P<queue>\w{6,}): (?P<what>.*)"
)
_MESSAGE_ID_FIELD = re.compile(r"(?:resent-)?message-id=(<[^<>\s]+>)")


def parse_relay_log(lines: Iterable[str], read_at: datetime) -> Evidence:
    """A Postfix log, oldest line first; stamps that name no zone are UTC.

    A mail is taken once the queue manager has it ("queue active"): its Message-ID is written by
    ``cleanup`` while the mail is still being received, before the final dot, and proves nothing.
    """
    since: datetime | None = None
    queued: dict[str, tuple[str, list[str]]] = {}  # by number: Message-ID, what was done
    arrived: dict[str, list[str]] = {}
    for line in lines:
        if since is None and (stamp := _TIMESTAMP.match(line)):
            since = _parse_timestamp(stamp, read_at)
        if (entry := _POSTFIX_LINE.search(line)) is None:
            continue
        who, queue, text = entry["who"], entry["queue"], entry["what"].strip()
        if who.endswith("cleanup") and (id_match := _MESSAGE_ID_FIELD.match(text)):
            queued[queue] = id_match[1], []  # a queue's number may be used again
        elif queue in queued:
            message_id, done = queued[queue]
            if who.endswith("qmgr") and "queue active" in text:
                arrived[message_id] = done
            elif "status=" in text:
                done.append(text)
            elif text == "removed":
                del queued[queue]
    if since is None:
        raise RequestError("deliver.evidence.no_log")
    descriptions = {
        message_id: one_line("; ".join(["relay log: queued", *done]))[:500]
        for message_id, done in arrived.items()
    }
    return Evidence(descriptions, since, read_at)


def _parse_timestamp(stamp: re.Match[str], read_at: datetime) -> datetime:
    if stamp["iso"]:
        return datetime.fromisoformat(stamp["iso"]).astimezone(UTC)
    # The short form names no year: it is the latest that is not after the reading.
    for year in (read_at.year, read_at.year - 1):
        try:
            at = datetime.strptime(f"{year} {stamp['short']} +0000", "%Y %b %d %H:%M:%S %z")
        except ValueError:  # 29 February, in another year
            continue
        if at <= read_at + timedelta(days=1):
            return at
    raise RequestError("deliver.evidence.no_log")
