"""What the store, the folder of received bytes and the mailbox must hold when all is over."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from email import message_from_bytes
from hashlib import sha256
from pathlib import Path
from typing import Any

from sqlalchemy import text
from tests.mailserver import MailServer
from tests.soak.collecting.post import DONE, REFUSED, Post

from cpsa.services.app_context import AppContext
from cpsa.services.collection.import_update import list_unchecked_quarters

_MANY = 5


@dataclass(frozen=True)
class Found:
    submissions: int
    repeats: int
    litter: int
    faults: tuple[str, ...]


def of(office: AppContext, post: Post, server: MailServer, inbox: Path) -> Found:
    """Everything that is lost, doubled, half or left over."""
    submissions = _rows(office, "SELECT agency, quarter, sha256, version, id FROM submission")
    arrivals = _rows(office, "SELECT channel, key, sha256, outcome FROM arrival")
    repeats = sum(row[3] == "repeat" for row in arrivals)
    litter = [file for file in office.settings.received.rglob(".*") if file.is_file()]
    return Found(
        len(submissions),
        repeats,
        len(litter),
        (
            *_submissions(post, submissions),
            *_versions(submissions),
            *_arrivals(post, arrivals, inbox),
            *_bytes(office, [*submissions, *arrivals]),
            *_mailbox(post, server),
            *[f"still to be checked: {quarter}" for quarter in list_unchecked_quarters(office)],
            *_examined_once(office, submissions),
        ),
    )


def _rows(office: AppContext, query: str) -> list[Any]:
    with office.engine.connect() as connection:
        return [tuple(row) for row in connection.execute(text(query))]


def _submissions(post: Post, rows: list[Any]) -> Iterator[str]:
    found = Counter(row[:3] for row in rows)
    yield from _describe("lost", post.submissions - set(found))
    yield from _describe("never sent", set(found) - post.submissions - post.perhaps)
    yield from _describe("registered twice", [one for one, number in found.items() if number > 1])


def _versions(rows: list[Any]) -> Iterator[str]:
    """Every agency's versions of a quarter are 1, 2, 3 … without a gap."""
    versions: dict[tuple[str, str], list[int]] = {}
    for agency, quarter, _, version, _ in rows:
        versions.setdefault((agency, quarter), []).append(version)
    for owed, numbers in versions.items():
        if sorted(numbers) != list(range(1, len(numbers) + 1)):
            yield f"versions of {owed}: {sorted(numbers)}"


def _arrivals(post: Post, rows: list[Any], inbox: Path) -> Iterator[str]:
    """One row for every Message-ID and file, and for every path and its bytes."""
    found = Counter(
        (channel, str(Path(key).relative_to(inbox)) if channel == "folder" else key, digest)
        for channel, key, digest, _ in rows
    )
    yield from _describe("arrived unrecorded", post.arrivals - set(found))
    yield from _describe("recorded but not sent", set(found) - post.arrivals - post.perhaps_arrived)
    yield from _describe("recorded twice", [one for one, number in found.items() if number > 1])
    strangers = {mail.key for mail in post.mails if mail.folder == REFUSED}
    refused = {key for _, key, _, outcome in rows if outcome == "refused"}
    yield from _describe("refused in error", refused - strangers)
    yield from _describe("taken from a stranger", strangers - refused)


def _bytes(office: AppContext, rows: list[Any]) -> Iterator[str]:
    """The bytes of everything recorded are kept, and nothing stands under a digest not its own."""
    for digest in sorted({row[2] for row in rows}):
        file = office.received_path(digest)
        if not file.exists():
            yield f"bytes not kept: {digest}"
    for file in office.settings.received.rglob("*"):
        whole = file.is_file() and not file.name.startswith(".")
        if whole and sha256(file.read_bytes()).hexdigest() != file.name:
            yield f"half-written or changed: {file.name}"


def _mailbox(post: Post, server: MailServer) -> Iterator[str]:
    if left := server.count():
        yield f"{left} mails left in the inbox"
    for folder in (DONE, REFUSED):
        lies = Counter(message_from_bytes(one)["Message-ID"] for one in server.mails(folder))
        sent = Counter(mail.key for mail in post.mails if mail.folder == folder)
        yield from _describe(f"not in {folder}", (sent - lies).elements())
        yield from _describe(f"too often in {folder}", (lies - sent).elements())


def _examined_once(office: AppContext, submissions: list[Any]) -> Iterator[str]:
    """The checks that died left no half of an examination."""
    states = _rows(office, "SELECT submission_id, state FROM examination")
    yield from _describe(
        "never examined", {row[4] for row in submissions} - {row[0] for row in states}
    )
    facts = {row[0] for row in _rows(office, "SELECT DISTINCT submission_id FROM fact")}
    accepted = {number for number, state in states if state == "accepted"}
    yield from _describe("accepted without its figures", accepted - facts)
    yield from _describe("figures of what was not accepted", facts - accepted)


def _describe(what: str, things: Iterable[object]) -> Iterator[str]:
    listed = sorted(map(str, things))
    if listed:
        more = f" and {len(listed) - _MANY} more" if len(listed) > _MANY else ""
        yield f"{what}: {', '.join(listed[:_MANY])}{more}"
