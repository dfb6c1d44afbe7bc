"""What proves that an uncertain mail arrived, or that it did not: a relay's log, or an archive.

What belongs here: reading evidence, and settling by it all that is uncertain. What must not: the
rules under which a mail may be settled (``ledger.resolve``), and fetching logs or mail.

To have found a Message-ID proves arrival. Not to have found it proves nothing unless the evidence
reaches back before the mail was handed over, and was read after its quarantine had ended.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, tzinfo
from email.parser import BytesHeaderParser
from pathlib import Path

from sqlalchemy import Engine, Row

from cpsa.deliver import ledger
from cpsa.deliver.message import one_line
from cpsa.errors import RequestError
from cpsa.store import dispatches
from cpsa.store.database import reading
from cpsa.store.tables.dispatch import State


@dataclass(frozen=True)
class Evidence:
    """Message-IDs that arrived, each with where that stands; and the span of time in which whatever
    arrived would be among them."""

    arrived: Mapping[str, str]
    since: datetime
    read_at: datetime

    def and_also(self, other: Evidence) -> Evidence:
        """Both together, such as a log and the one before it; they must leave no gap between."""
        if max(self.since, other.since) > min(self.read_at, other.read_at):
            raise ValueError("there is a gap between the two")
        return Evidence(
            {**self.arrived, **other.arrived},
            min(self.since, other.since),
            max(self.read_at, other.read_at),
        )


@dataclass(frozen=True)
class Settled:
    """Message-IDs by what came of them. ``quarantined``: not found, but too early to tell;
    ``not_covered``: not found, in evidence that need not hold them."""

    arrived: tuple[str, ...] = ()
    lost: tuple[str, ...] = ()
    quarantined: tuple[str, ...] = ()
    not_covered: tuple[str, ...] = ()


def settle(engine: Engine, evidence: Evidence, by: str) -> Settled:
    """Resolve every uncertain mail that the evidence says something of."""
    with reading(engine) as connection:
        now = dispatches.clock(connection)
        cases = [
            (row, _handed_over_at(dispatches.events(connection, row.id)))
            for row in dispatches.uncertain(connection)
        ]
    came: dict[str, list[str]] = {name: [] for name in Settled.__dataclass_fields__}
    for row, handed_over_at in cases:
        verdict = _verdict(row, handed_over_at, evidence, now)
        if verdict in ("arrived", "lost"):
            where = evidence.arrived.get(row.message_id) or _not_found(evidence)
            try:
                ledger.resolve(engine, row.message_id, verdict == "arrived", where, by)
            except RequestError as error:
                if error.key != "deliver.not_uncertain":
                    raise
                continue  # somebody settled it meanwhile
        came[verdict].append(row.message_id)
    return Settled(**{name: tuple(ids) for name, ids in came.items()})


def _handed_over_at(journal: Iterable[Row]) -> datetime:
    return [event.at for event in journal if event.state == State.IN_DATA][-1]


def _verdict(row: Row, handed_over_at: datetime, evidence: Evidence, now: datetime) -> str:
    if row.message_id in evidence.arrived:
        return "arrived"
    free_at = row.changed_at + ledger.QUARANTINE
    if now < free_at or evidence.read_at < free_at:
        return "quarantined"
    return "lost" if evidence.since <= handed_over_at else "not_covered"


def _not_found(evidence: Evidence) -> str:
    return (
        f"not found from {evidence.since:%Y-%m-%d %H:%M} to {evidence.read_at:%Y-%m-%d %H:%M} UTC"
    )


def of_listing(message_ids: Iterable[str], since: datetime, read_at: datetime) -> Evidence:
    """An archive mailbox that keeps a copy of everything since ``since``, by its Message-IDs."""
    return Evidence({one.strip(): "in the archive" for one in message_ids}, since, read_at)


def of_folder(folder: Path, since: datetime, read_at: datetime) -> Evidence:
    """The same as a folder of .eml files, looked for at any depth."""
    if not folder.is_dir():
        raise RequestError("deliver.evidence.no_folder", path=folder)
    arrived = {}
    for file in sorted(folder.rglob("*.eml")):
        with file.open("rb") as stream:
            headers = BytesHeaderParser().parse(stream)
        if headers["Message-ID"] is not None:
            arrived[str(headers["Message-ID"]).strip()] = f"archive: {file.relative_to(folder)}"
    return Evidence(arrived, since, read_at)


_STAMP = re.compile(
    r"(?P<iso>\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:?\d\d))"
    r"|(?P<short>[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d)"
)
_LINE = re.compile(r" postfix(?:-[\w-]+)?/(?P<who>[\w/-]+)\[\d+\]: (?P<queue>\w{6,}): (?P<what>.*)")
_NAMED = re.compile(r"(?:resent-)?message-id=(<[^<>\s]+>)")


@dataclass
class _Queued:
    message_id: str
    said: list[str] = field(default_factory=list)


def of_relay_log(lines: Iterable[str], read_at: datetime, zone: tzinfo = UTC) -> Evidence:
    """A Postfix log, oldest line first. ``zone`` is that of stamps that name none.

    A mail is taken once the queue manager has it ("queue active"): its Message-ID is written by
    ``cleanup`` already while it comes in, before the final dot, and proves nothing.
    """
    since: datetime | None = None
    queued: dict[str, _Queued] = {}
    arrived: dict[str, _Queued] = {}
    for line in lines:
        stamp = _STAMP.match(line)
        if stamp and since is None:
            since = _instant(stamp, read_at, zone)
        found = _LINE.search(line)
        if found is None:
            continue
        queue, what = found["queue"], found["what"].strip()
        if found["who"].endswith("cleanup") and (named := _NAMED.match(what)):
            queued[queue] = _Queued(named[1])  # a queue's number may be used again
        elif queue in queued and found["who"].endswith("qmgr") and "queue active" in what:
            arrived[queued[queue].message_id] = queued[queue]
        elif queue in queued and "status=" in what:
            queued[queue].said.append(what)
        if queue in queued and what == "removed":
            del queued[queue]
    if since is None:
        raise RequestError("deliver.evidence.no_log")
    told = {
        message_id: one_line("; ".join(["relay log: queued", *one.said]))[:500]
        for message_id, one in arrived.items()
    }
    return Evidence(told, since, read_at)


def _instant(stamp: re.Match[str], read_at: datetime, zone: tzinfo) -> datetime:
    if stamp["iso"]:
        return datetime.fromisoformat(stamp["iso"]).astimezone(UTC)
    # The short form names no year: it is the latest that is not after the reading.
    latest = read_at.astimezone(zone)
    for year in (latest.year, latest.year - 1):
        try:
            said = datetime.strptime(f"{year} {stamp['short']} Z", "%Y %b %d %H:%M:%S %z")
        except ValueError:  # 29 February, in another year
            continue
        if (at := said.replace(tzinfo=zone)) <= latest + timedelta(days=1):
            return at.astimezone(UTC)
    raise RequestError("deliver.evidence.no_log")
