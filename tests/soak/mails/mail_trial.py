"""One trial: the mails arrive by the hundred, what reads them is killed after each; the verdict."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

from sqlalchemy import text
from tests.mailserver import MailServer
from tests.soak.collecting.killing import Workers
from tests.soak.collecting.post import FLOWS, NOW
from tests.soak.collecting.trial import AGENCIES, opened, undisturbed
from tests.soak.mails.hostile_mails import AUTOMATIC, DONE, REFUSED
from tests.soak.mails.mailing import MARK, SoakMail, digest, make_mails

from cpsa.services.app_context import AppContext

ROLES = ("mailbox", "bounces", "checker")
_SECONDS = 2.0  # within which a reader is killed, after its mails lie there
_MANY = 5


@dataclass(frozen=True)
class MailTrial:
    """What was tried; ``mid_way``: kills at which mails still lay in the inbox; ``faults`` is empty
    where each mail ended as it must."""

    mails: int
    hostile: int
    kills: int
    mid_way: int
    accepted: int
    faults: tuple[str, ...]


def run_mail_trial(
    folder: Path, database_url: str, server: MailServer, number: int, every: int, seed: int
) -> MailTrial:
    """One trial in an empty folder, on an empty database."""
    variables = {
        "CPSA_HOME": str(folder / "home"),
        "CPSA_INBOX": str(folder / "inbox"),
        "CPSA_DATABASE_URL": database_url,
        "CPSA_IMAP_URL": server.url(),
        "CPSA_MAIL_TRUST": "open",  # who sent a mail is not tried here
        "CPSA_SEAL_KEY": "a key for the soak",
        "SSL_CERT_FILE": str(server.certificate),
    }
    office = opened(variables, folder)
    (folder / "inbox").mkdir(parents=True, exist_ok=True)
    mails = make_mails(office, AGENCIES, number, seed)
    server.empty()
    chance = Random(seed)
    mid_way = 0
    with Workers(variables) as workers:
        workers.start(*ROLES)
        for at in range(0, len(mails), every):
            server.put(*(mail.content for mail in mails[at : at + every]), at=NOW)
            workers.kill("mailbox", chance.uniform(0, _SECONDS))
            mid_way += server.count() > 0
            workers.kill(chance.choice(ROLES[1:]), chance.uniform(0, _SECONDS / 4))
        faults, kills = workers.killed.faults, workers.killed.by_role.total()
    undisturbed(office, variables)
    faults += [*_folders(server, mails), *_arrivals(office, mails), *_submissions(office, mails)]
    office.engine.dispose()
    good = sum(len(mail.updates) for mail in mails)
    hostile = sum(mail.expected.state != "accepted" for mail in mails)
    return MailTrial(len(mails), hostile, kills, mid_way, good, tuple(faults))


def _folders(server: MailServer, mails: list[SoakMail]) -> Iterator[str]:
    """Each mail lies once, and in the folder of its kind."""
    number_of = re.compile(rb"(?m)^" + MARK + rb": (\d+)")
    for folder in ("INBOX", "Bounces", DONE, REFUSED, AUTOMATIC):
        lies = Counter(
            int(number)
            for content in server.mails(folder)
            for number in number_of.findall(content)[:1]
        )
        sent = Counter(_number(mail) for mail in mails if mail.expected.folder == folder)
        yield from _describe(f"not in {folder}", (sent - lies).elements())
        yield from _describe(f"too often in {folder}", (lies - sent).elements())


def _number(mail: SoakMail) -> int:
    """The number in its head: of one that was sent again, that of the first."""
    return int(mail.content.split(b"\r\n", 1)[0].rpartition(b" ")[2])


def _arrivals(office: AppContext, mails: list[SoakMail]) -> Iterator[str]:
    """Each file and each refused mail has one record, with the outcome and reason of its kind."""
    rows = _rows(office, "SELECT key, sha256, outcome, problem FROM arrival")
    found = Counter((row[2], row[3]) for row in rows)
    expected: Counter[tuple[str, str]] = Counter()
    for mail in mails:
        if _number(mail) == mail.number and mail.expected.outcome:
            files = max(1, len(mail.updates))
            expected[mail.expected.outcome, mail.expected.reason] += files
    yield from _describe("unrecorded", (expected - found).elements())
    yield from _describe("recorded too often", (found - expected).elements())
    twice = [key for key, times in Counter(row[:2] for row in rows).items() if times > 1]
    yield from _describe("recorded twice", twice)


def _submissions(office: AppContext, mails: list[SoakMail]) -> Iterator[str]:
    """The good ones are accepted with their figures, the others in the state of their kind."""
    states = dict(_rows(office, "SELECT submission_id, state FROM examination ORDER BY id"))
    rows = _rows(office, "SELECT id, agency, quarter, sha256 FROM submission")
    facts: dict[int, dict[str, int]] = {}
    for number, indicator, hundredths in _rows(
        office, "SELECT submission_id, indicator, hundredths FROM fact WHERE dimension = ''"
    ):
        facts.setdefault(number, {})[indicator] = hundredths
    by_key = {(agency, quarter, sha): number for number, agency, quarter, sha in rows}
    for mail in mails:
        for update, figure in mail.updates:
            number = by_key.pop((update.agency, update.quarter, digest(update)), None)
            if number is None or states.get(number) != "accepted":
                yield f"mail {mail.number} is {states.get(number or 0, 'lost')}, not accepted"
            elif any(facts[number].get(flow) != figure * 100 for flow in FLOWS[update.agency[:2]]):
                yield f"mail {mail.number} has other figures than {figure}"
    others = Counter(states.get(number, "unexamined") for number in by_key.values())
    kinds = Counter(
        mail.expected.state
        for mail in mails
        if mail.expected.state not in ("", "accepted") and _number(mail) == mail.number
    )
    if others != kinds:
        yield f"the others are {dict(others)}, not {dict(kinds)}"
    if len(by_key) + sum(len(mail.updates) for mail in mails) != len(rows):
        yield "an update was registered twice"


def _rows(office: AppContext, query: str) -> list[Any]:
    with office.engine.connect() as connection:
        return [tuple(row) for row in connection.execute(text(query))]


def _describe(what: str, things: Iterable[object]) -> Iterator[str]:
    listed = sorted(map(str, things))
    if listed:
        more = f" and {len(listed) - _MANY} more" if len(listed) > _MANY else ""
        yield f"{what}: {', '.join(listed[:_MANY])}{more}"
