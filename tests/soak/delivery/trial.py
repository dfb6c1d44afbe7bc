"""One trial: mails are due, workers die and stop, the server fails; then calm; then the verdict."""

from __future__ import annotations

import time
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import sha256
from multiprocessing.process import BaseProcess
from pathlib import Path

from sqlalchemy import Engine, text
from tests.soak.delivery import fates, plain_loop, tempo, worker
from tests.soak.delivery.processes import CONTEXT, Life, live_through
from tests.soak.delivery.server import Server

from cpsa.delivery import delivery_log, ledger
from cpsa.delivery.mail_message import Attachment, MailMessage
from cpsa.store.database import open_engine
from cpsa.store.tables.dispatch_tables import MailState

MAILS = 12
WORKERS = 2
LIVES = 4  # a task and its three retries
LIFE_SECONDS = 0.5
CALM_SECONDS = 60.0
NOW = datetime(2026, 11, 15, 4, 30, tzinfo=UTC)
AGES_AGO = datetime(2020, 1, 1, tzinfo=UTC)


@dataclass
class Verdict:
    """What a trial came to; counts of mails. ``faults``: what the server did, how often."""

    owed: int = 0
    extra: int = 0  # copies beyond the first
    lost: int = 0  # not accepted by the server, and nothing says so
    flagged: int = 0  # not accepted, and the run's end says that something is wrong
    uncertain: int = 0  # came to stand as uncertain
    arrived: int = 0  # of these, resolved as arrived
    resent: int = 0  # of these, resolved as lost and sent again
    wrong: int = 0  # of these, resolved against the truth
    befell: Counter[str] = field(default_factory=Counter)
    faults: Counter[str] = field(default_factory=Counter)

    def __add__(self, other: Verdict) -> Verdict:
        return Verdict(**{name: getattr(self, name) + getattr(other, name) for name in vars(self)})


def with_ledger(url: str, seed: int, folder: Path) -> Verdict:
    """The ledger's workers on the empty store at ``url``."""
    tempo.set_up()
    cycle = f"trial {seed}"
    engine = open_engine(url)
    _empty(engine)
    owed = [_message(folder, cycle, number) for number in range(MAILS)]
    ledger.plan_mails(engine, owed, NOW)
    with Server(seed) as server:

        def begin(number: int, life: int, fate: fates.Fate) -> BaseProcess:
            name = f"worker {number}.{life}"
            args = (url, server.port, cycle, name, fate, LIFE_SECONDS)
            return CONTEXT.Process(target=worker.work, args=args)

        stopped, befell = live_through(fates.of_trial(seed, WORKERS, LIVES), begin)
        server.calm_down()
        came = _drain(engine, cycle, server)
        for life in stopped:
            life.go_on()
        for life in stopped:
            life.end()
        late = _drain(engine, cycle, server)
    verdict = _judge(engine, cycle, server, came, late)
    verdict.befell, verdict.faults = befell, server.met
    engine.dispose()
    return verdict


def with_plain_loop(seed: int, folder: Path) -> Verdict:
    """The loop, once, with the fates of the ledger's first worker."""
    recipients = [f"seat{number}@example.org" for number in range(MAILS)]
    attachment = str(_document(folder))
    ends: list[int] = []

    def is_done(life: Life) -> bool:
        ends.append(life.end())
        return ends[-1] == 0

    with Server(seed) as server:

        def begin(number: int, life: int, fate: fates.Fate) -> BaseProcess:
            if life == LIVES - 1:  # the last try has a calm day, as the ledger has in the end
                server.calm_down()
                fate = fates.Fate()
            args = (server.port, recipients, attachment, fate)
            return CONTEXT.Process(target=plain_loop.work, args=args)

        own = fates.of_trial(seed, WORKERS, LIVES)[:1]
        stopped, befell = live_through(own, begin, is_done)
        for life in stopped:
            life.go_on()
        ends += [life.end() for life in stopped]
        copies = Counter(recipient for recipient, _ in server.archive)
    missing = sum(recipient not in copies for recipient in recipients)
    green = 0 in ends  # one try ended well, so nobody looks any further
    return Verdict(
        owed=MAILS,
        extra=sum(copies.values()) - len(copies),
        lost=missing if green else 0,
        flagged=0 if green else missing,
        befell=befell,
        faults=server.met,
    )


def _drain(engine: Engine, cycle: str, server: Server) -> delivery_log.ResolvedMails:
    """Send and resolve until nothing is under way, as ops would on a calm day."""
    came = delivery_log.ResolvedMails()
    until = time.monotonic() + CALM_SECONDS
    while time.monotonic() < until:
        with worker.port_to(server.port) as port:
            result = ledger.dispatch(engine, cycle, port, "calm", tempo.LEASE)
        archive = {message_id: "in the archive" for _, message_id in server.archive}
        read = delivery_log.Evidence(archive, AGES_AGO, datetime.now(UTC))
        settled = delivery_log.resolve_uncertain_mails(engine, read, by="ops")
        came = delivery_log.ResolvedMails(came.arrived + settled.arrived, came.lost + settled.lost)
        if not (result.pending or result.uncertain or settled.lost):
            return came
        time.sleep(0.03)
    return came


def _judge(
    engine: Engine,
    cycle: str,
    server: Server,
    *came: delivery_log.ResolvedMails,
) -> Verdict:
    rows = ledger.list_outbox(engine, cycle)
    copies = Counter(message_id for _, message_id in server.archive)
    missing = [row for row in rows if not copies[row.message_id]]
    arrived = [one for settled in came for one in settled.arrived]
    lost = [one for settled in came for one in settled.lost]
    with engine.connect() as connection:
        uncertain = "SELECT count(DISTINCT dispatch) FROM dispatch_event WHERE state = 'uncertain'"
        met = connection.execute(text(uncertain)).scalar_one()
    silent = {MailState.ACCEPTED, MailState.SUPERSEDED}
    return Verdict(
        owed=len(rows),
        extra=sum(copies.values()) - len(copies),
        # What is still pending when all is calm was forgotten, whatever its state says.
        lost=sum(row.state in silent or row.state is MailState.PENDING for row in missing)
        + (MAILS - len(rows)),
        flagged=sum(row.state not in silent for row in missing),
        uncertain=met,
        arrived=len(arrived),
        resent=len(lost),
        wrong=sum(copies[one] != 1 for one in [*arrived, *lost])
        + sum(row.state is not MailState.ACCEPTED for row in rows if copies[row.message_id]),
    )


def _empty(engine: Engine) -> None:
    with engine.begin() as connection:
        for table in ("dispatch_event", "dispatch"):
            connection.execute(text(f"DELETE FROM {table}"))


def _message(folder: Path, cycle: str, number: int) -> MailMessage:
    file = _document(folder)
    attachment = Attachment(file, "actions.pdf", sha256(file.read_bytes()).hexdigest())
    return MailMessage(
        cycle=cycle,
        slot="pack",
        recipient=f"SEAT{number}:to:1",
        to_name="Nodal officer",
        to_email=f"seat{number}@example.org",
        language="en",
        subject="Policy actions",
        html="<p>Attached.</p>",
        text="Attached.\n",
        attachments=(attachment,),
    )


def _document(folder: Path) -> Path:
    file = folder / "actions.pdf"
    if not file.exists():
        file.write_bytes(b"%PDF-1.7\n" + b"0123456789abcdef" * 64)
    return file
