"""A model of the ledger: whatever the order in which workers, the clock, planners and people act.

Hypothesis chooses the steps. A worker is a thread that runs the product's own ``dispatch`` with a
port that waits at each point of its conversation to be told what happens next; only one thread runs
at a time, so every run can be told again. The database's clock is the model's.
"""

from __future__ import annotations

import itertools
import threading
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from queue import Queue

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
)
from sqlalchemy import StaticPool, create_engine, select

from cpsa.delivery import ledger
from cpsa.delivery.mail_message import Attachment, MailMessage
from cpsa.delivery.mail_port import LeaseLostError, Outcome, Reply
from cpsa.errors import RequestError
from cpsa.store.queries import dispatch_queries
from cpsa.store.schema import metadata
from cpsa.store.tables.dispatch_tables import MailState, dispatch, dispatch_event

pytestmark = pytest.mark.nightly

CYCLE = "2025-26-H2"
SEATS = ("A:to:1", "B:to:1")
WORKERS = st.sampled_from((0, 1))
START = datetime(2026, 5, 15, 4, 30, tzinfo=UTC)
LEASE = timedelta(minutes=15)
SERVERS_PATIENCE = timedelta(minutes=10)  # with a session that is silent, and over a mail it has

NO_BEFORE_THE_DOT = (Outcome.DEFERRED, Outcome.REFUSED, Outcome.UNREACHABLE)
AFTER_THE_DOT = ("accept", "accept", "lose reply", "drop", "late", "4xx", "5xx")

# From which state to which, besides staying; and superseded only what has not left.
STEPS = {
    None: {"pending"},
    "pending": {"pending", "claimed", "superseded"},
    "claimed": {"pending", "in_data", "failed", "expired", "superseded"},
    "in_data": {"accepted", "pending", "failed", "expired", "uncertain", "superseded", "bounced"},
    # Uncertain again: the worker gave up waiting after its lease had been taken back.
    "uncertain": {"uncertain", "accepted", "pending", "failed", "expired", "superseded", "bounced"},
    "accepted": {"bounced"},
    "bounced": {"bounced"},
    "failed": {"pending", "superseded"},
    "expired": {"pending", "superseded"},
    "superseded": set(),
}
MAY_BE_THERE = {MailState.IN_DATA, MailState.UNCERTAIN, MailState.ACCEPTED, MailState.BOUNCED}
UNSENT = {MailState.PENDING, MailState.CLAIMED, MailState.FAILED, MailState.EXPIRED}


class Killed(BaseException):
    """The end of a worker, wherever it is: nothing of it runs any more."""


@dataclass
class Worker:
    """A thread in ``dispatch``; ``at`` is where it waits: start, claimed, promised, heard, end."""

    at: str = "end"
    message_id: str = ""
    fence: int = 0
    said_at: datetime = START
    reply: Reply | None = None
    told: Queue = field(default_factory=Queue)
    reached: Queue = field(default_factory=Queue)
    thread: threading.Thread | None = None


class Port:
    """The port of a worker: at every point it hands the run back to the model."""

    per_minute = None

    def __init__(self, model: LedgerModel, worker: Worker) -> None:
        self._model, self._worker = model, worker

    def deliver(self, message, message_id, date, before_dot):
        self._worker.message_id = message_id
        self._worker.fence = self._model.row(message_id).fence
        self._wait("claimed")
        reply = self._worker.reply
        if reply is None:
            self._worker.said_at = self._model.now
            before_dot()
            self._wait("promised")
            reply = self._worker.reply
        self._wait("heard")
        return reply

    def _wait(self, at: str) -> None:
        self._worker.reached.put(at)
        if self._worker.told.get() == "die":
            raise Killed


class LedgerModel(RuleBasedStateMachine):
    folder: Path

    @initialize()
    def open(self) -> None:
        self.now = START
        self.patch = pytest.MonkeyPatch()
        self.patch.setattr(dispatch_queries, "clock", lambda _: self.now)
        self.patch.setattr(ledger, "MAX_ATTEMPTS", 4)
        self.engine = create_engine(
            "sqlite://", poolclass=StaticPool, connect_args={"check_same_thread": False}
        )
        metadata.create_all(self.engine, tables=[dispatch, dispatch_event])
        self.workers = [Worker(), Worker()]
        self.archive: Counter[str] = Counter()
        self.under_way: list[tuple[datetime, str]] = []  # taken, and accepted only later
        self.planned: dict[str, tuple[int, str]] = {}  # seat: revisions asked for, address
        self.told: list[tuple] = []
        self.address = itertools.count()
        self.plan(SEATS[0])

    def teardown(self) -> None:
        if not hasattr(self, "engine"):
            return
        try:
            self.everything_ends_well()
        finally:
            for worker in self.workers:
                if worker.at != "end":
                    self.let(worker, "die")
            self.patch.undo()
            self.engine.dispose()

    # What planners do.

    @rule(seat=st.sampled_from(SEATS))
    def plan(self, seat: str) -> None:
        edition, email = self.planned.setdefault(seat, (0, self.new_address(seat)))
        ledger.plan_mails(self.engine, [self.message(seat, edition, email)], self.now)

    @precondition(lambda self: self.planned)
    @rule(data=st.data())
    def revise(self, data) -> None:
        seat, (edition, email) = self.one_planned(data)
        self.planned[seat] = (edition + 1, email)
        wanted = [self.message(seat, edition + 1, email)]
        with pytest.raises(RequestError):
            ledger.plan_mails(self.engine, wanted, self.now)
        ledger.plan_mails(self.engine, wanted, self.now, revise=True)

    @precondition(lambda self: self.planned)
    @rule(data=st.data())
    def readdress(self, data) -> None:
        seat, (edition, _) = self.one_planned(data)
        self.planned[seat] = (edition, self.new_address(seat))
        ledger.plan_mails(self.engine, [self.message(seat, *self.planned[seat])], self.now)

    # What people and time do.

    @rule(also_failed=st.booleans())
    def hasten(self, also_failed: bool) -> None:
        ledger.retry_now(self.engine, CYCLE, also_failed=also_failed)

    @rule(minutes=st.sampled_from((1, 14, 16, 61)))
    def time_goes_by(self, minutes: int) -> None:
        until = self.now + timedelta(minutes=minutes)
        for due, message_id in [one for one in self.under_way if one[0] <= until]:
            self.under_way.remove((due, message_id))
            self.archive[message_id] += 1
        self.now = until

    @rule()
    def leases_run_out(self) -> None:
        self.time_goes_by(16)
        self.reap()

    def reap(self) -> None:
        ledger.release_expired(self.engine)

    @precondition(lambda self: self.rows(MailState.UNCERTAIN))
    @rule(data=st.data())
    def resolve(self, data) -> None:
        row = data.draw(st.sampled_from(self.rows(MailState.UNCERTAIN)))
        arrived = row.message_id in self.archive
        early = self.now < row.changed_at + ledger.QUARANTINE
        try:
            ledger.resolve(
                self.engine, row.message_id, arrived=arrived, evidence="the archive", by="ops"
            )
        except RequestError as error:
            assert error.key == "deliver.quarantine"
            assert early
            assert not arrived
        else:
            assert arrived or not early, "resolved as lost within the quarantine"
            assert self.row(row.message_id).fence > row.fence, "the old fence still counts"

    @precondition(lambda self: self.archive)
    @rule(data=st.data(), dead=st.booleans())
    def bounce(self, data, dead: bool) -> None:
        message_id = data.draw(st.sampled_from(sorted(self.archive)))
        ledger.record_bounce(self.engine, message_id, "550", address_dead=dead)

    # What workers and their server do.

    @rule(data=st.data())
    def first_worker_goes_on(self, data) -> None:
        self.go_on(0, data)

    @rule(data=st.data())
    def second_worker_goes_on(self, data) -> None:
        self.go_on(1, data)

    def go_on(self, number: int, data) -> None:
        """One step further, from wherever it is, to whatever may come next."""
        match self.workers[number].at:
            case "end":
                self.start(number)
            case "claimed":
                no = data.draw(st.sampled_from((None, None, None, *NO_BEFORE_THE_DOT)))
                if no is None:
                    self.worker_promises(number)
                else:
                    self.server_says_no_before_the_dot(number, no)
            case "promised":
                self.worker_writes_the_dot(number, data.draw(st.sampled_from(AFTER_THE_DOT)))
            case "heard":
                self.worker_settles(number)

    def start(self, number: int) -> None:
        self.workers[number] = worker = Worker(at="start")

        def run() -> None:
            try:
                ledger.dispatch(self.engine, CYCLE, Port(self, worker), f"worker {number}", LEASE)
            except Killed:
                pass
            except BaseException as error:
                worker.reached.put(error)
                return
            worker.reached.put("end")

        worker.thread = threading.Thread(target=run, daemon=True)
        worker.thread.start()
        self.arrive(worker)

    @rule(number=WORKERS)
    def kill(self, number: int) -> None:
        if (worker := self.workers[number]).at != "end":
            self.let(worker, "die")

    def server_says_no_before_the_dot(self, number: int, outcome: Outcome) -> None:
        worker = self.workers[number]
        worker.reply = Reply(outcome, "deferred", "", 451)
        self.let(worker, "go")

    def worker_promises(self, number: int) -> None:
        worker = self.workers[number]
        before = self.row(worker.message_id)
        self.let(worker, "go")
        if worker.at == "promised":
            assert before.state == MailState.CLAIMED
            assert before.fence == worker.fence, "an old fence promised"
            assert self.now < before.lease_until, "promised after the lease had ended"
            assert not has_newer(before, self.rows()), "promised what has a later revision"
            assert self.row(worker.message_id).state == MailState.IN_DATA
            assert self.row(worker.message_id).lease_until == self.now + LEASE

    def worker_writes_the_dot(self, number: int, what: str) -> None:
        """The dot counts only if the server's patience with the silent session has not ended."""
        worker = self.workers[number]
        unknown = Reply(Outcome.UNKNOWN, "no_reply")
        if self.now - worker.said_at > SERVERS_PATIENCE:
            worker.reply = unknown
        elif what in ("accept", "lose reply"):
            self.archive[worker.message_id] += 1
            accepted = Reply(Outcome.ACCEPTED, "accepted", "", 250)
            worker.reply = accepted if what == "accept" else unknown
        elif what == "late":
            self.under_way.append((self.now + SERVERS_PATIENCE, worker.message_id))
            worker.reply = unknown
        elif what == "drop":
            worker.reply = unknown
        else:
            no = Outcome.DEFERRED if what == "4xx" else Outcome.REFUSED
            worker.reply = Reply(no, "deferred", "", int(what[0]) * 100)
        self.let(worker, "go")

    def worker_settles(self, number: int) -> None:
        worker = self.workers[number]
        before, message_id, fence = self.row(worker.message_id), worker.message_id, worker.fence
        steps = len(self.journal(before.id))
        self.let(worker, "go")
        if before.fence != fence:
            after = self.journal(before.id)[steps:]
            spoke = [event for event in after if event.state != MailState.CLAIMED]
            assert not spoke, f"an old fence spoke for {message_id}"

    # What must hold after every step.

    @invariant()
    def the_server_accepts_each_revision_once(self) -> None:
        if hasattr(self, "archive"):
            twice = {one: copies for one, copies in self.archive.items() if copies > 1}
            assert not twice

    @invariant()
    def nothing_is_sent_or_lost_in_silence(self) -> None:
        if not hasattr(self, "engine"):
            return
        there = set(self.archive) | {message_id for _, message_id in self.under_way}
        rows = self.rows()
        for row in rows:
            if row.message_id in there:
                assert row.state in MAY_BE_THERE, f"{row.state}, and the server has it"
            if row.state in (MailState.ACCEPTED, MailState.BOUNCED):
                assert row.message_id in self.archive, f"{row.state}, and no server has it"
            if has_newer(row, rows):
                assert row.state not in UNSENT - {MailState.CLAIMED}, (
                    "an old revision waits to leave"
                )
            else:
                assert row.state != MailState.SUPERSEDED, "superseded by nothing"
        newest = {row.recipient: row for row in sorted(rows, key=lambda row: row.revision)}
        assert set(newest) == set(self.planned)
        for seat, (edition, email) in self.planned.items():
            wanted = self.message(seat, edition, email)
            assert newest[seat].digest == wanted.digest, "what was planned last is not due"
            if newest[seat].state in (MailState.PENDING, MailState.FAILED, MailState.EXPIRED):
                attached = newest[seat].attachments[0]["sha256"]
                assert attached == wanted.attachments[0].sha256

    @invariant()
    def the_journal_is_whole(self) -> None:
        if not hasattr(self, "engine"):
            return
        with self.engine.connect() as connection:
            rows = list(connection.execute(select(dispatch_event).order_by(dispatch_event.c.id)))
        told = [tuple(row) for row in rows]
        assert told[: len(self.told)] == self.told, "what had been told was changed"
        self.told = told
        journal: dict[int, list] = {}
        for event in rows:
            journal.setdefault(event.dispatch, []).append(event)
        for row in self.rows():
            events = journal[row.id]
            last = events[-1]
            assert (last.state, last.fence, last.worker, last.reason) == (
                row.state,
                row.fence,
                row.worker,
                row.reason,
            ), "the journal does not end where the row stands"
            assert last.at == row.changed_at
            states = [None, *(event.state for event in events)]
            for before, after in itertools.pairwise(states):
                assert after in STEPS[before], f"{before} → {after}"
            fences = [event.fence for event in events]
            assert fences == sorted(fences)
            claims = [event.fence for event in events if event.state == MailState.CLAIMED]
            assert len(set(claims)) == len(claims), "two claims under one fence"

    # In the end.

    def everything_ends_well(self) -> None:
        """Who was at work goes on; then all faults end, and time goes by."""
        for number in (0, 1):
            self.work_on_a_calm_day(number)
        for _ in range(8):
            self.time_goes_by(300)
            self.reap()
            for row in self.rows(MailState.UNCERTAIN):
                arrived = row.message_id in self.archive
                self.time_goes_by(61)
                ledger.resolve(
                    self.engine, row.message_id, arrived=arrived, evidence="the archive", by="ops"
                )
            self.start(0)
            self.work_on_a_calm_day(0)
        self.the_server_accepts_each_revision_once()
        self.nothing_is_sent_or_lost_in_silence()
        self.the_journal_is_whole()
        for row in self.rows():
            waits = row.state == MailState.PENDING and row.reason == "address_bounced"
            assert waits or row.state in {
                MailState.ACCEPTED,
                MailState.BOUNCED,
                MailState.FAILED,
                MailState.EXPIRED,
                MailState.SUPERSEDED,
            }, f"{row.state} for ever"

    def work_on_a_calm_day(self, number: int) -> None:
        while (at := self.workers[number].at) != "end":
            if at == "claimed":
                self.worker_promises(number)
            elif at == "promised":
                self.worker_writes_the_dot(number, "accept")
            else:
                self.worker_settles(number)

    # Help.

    def let(self, worker: Worker, what: str) -> None:
        worker.told.put(what)
        self.arrive(worker)

    def arrive(self, worker: Worker) -> None:
        at = worker.reached.get(timeout=60)
        if isinstance(at, BaseException):
            worker.at = "end"
            raise at
        if at == "claimed":
            worker.reply = None
        worker.at = at
        if at == "end" and worker.thread:
            worker.thread.join()

    def rows(self, *states: MailState) -> list:
        with self.engine.connect() as connection:
            rows = dispatch_queries.load_outbox(connection, CYCLE)
        return [row for row in rows if not states or row.state in states]

    def row(self, message_id: str):
        (found,) = [row for row in self.rows() if row.message_id == message_id]
        return found

    def journal(self, id: int) -> list:
        with self.engine.connect() as connection:
            return list(dispatch_queries.load_events(connection, id))

    def one_planned(self, data) -> tuple[str, tuple[int, str]]:
        return data.draw(st.sampled_from(sorted(self.planned.items())))

    def new_address(self, seat: str) -> str:
        return f"{seat.lower().replace(':', '.')}.{next(self.address)}@example.org"

    def message(self, seat: str, edition: int, email: str) -> MailMessage:
        document = Attachment(self.folder / f"{edition}.pdf", "a.pdf", f"{edition:064}")
        return MailMessage(CYCLE, "pack", seat, "", email, "en", "s", "h", "t", (document,))


def has_newer(row, rows: list) -> bool:
    return any(other.recipient == row.recipient and other.revision > row.revision for other in rows)


LedgerModel.folder = Path("documents")
LedgerModel.TestCase.settings = settings(
    max_examples=60, stateful_step_count=40, deadline=None, derandomize=True, database=None
)
TestLedgerModel = LedgerModel.TestCase


def test_a_lease_lost_is_what_stops_a_worker() -> None:
    """The model rests on it: ``dispatch`` goes on after a lost lease, and no dot is written."""
    assert issubclass(LeaseLostError, Exception)
    assert not issubclass(Killed, Exception)
