"""A fresh installation's first quarter, from its opening in mid-window to the mails of its half-year.

What belongs here: the story, step by step, and what was seen on the way. What must not: whether that
was right, which the tests say.
"""

from __future__ import annotations

import csv
import re
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from tests.factories import INCLUDE, SAMPLE
from tests.moving_clock.caught_mails import CaughtMail, read_mails
from tests.moving_clock.rig import Rig
from tests.moving_clock.small_programme import AGENCIES, copy_entries, copy_registry

from cpsa.calendar import IST
from cpsa_demo.airflow_api import Question

QUARTER, HALF = "2026-27-Q2", "2026-27-H1"
DAGS = frozenset(file.stem for file in (INCLUDE.parent / "dags").glob("*.py"))
COMPILE, DISPATCH = "compile_half_year", "dispatch_half_year"

# When each agency's update comes, and by which channel.
EARLY = ("IA-INDPH", "FC-IND", "FC-BHO")
IN_TIME_INBOX, IN_TIME_MAILBOX = ("IA-CHHAN", "FC-SAG"), ("IA-BPENG", "FC-MOR")
LATE_INBOX, LATE_MAILBOX = ("IA-GWTRA",), ("FC-NAR",)
MISSING = ("FC-GWA",)
IN_TIME = EARLY + IN_TIME_INBOX + IN_TIME_MAILBOX
LATE = LATE_INBOX + LATE_MAILBOX
CORRECTED = "FC-IND"
DEPARTMENT_MAILS = 13
# Airflow can lose a task that is answered in the seconds in which it is asked.
SECONDS_UNTIL_A_QUESTION_IS_SURE = 8


def ist(month: int, day: int, hour: int, minute: int = 0, second: int = 1) -> datetime:
    """An instant of 2026 in India; a second after the tick of a clock."""
    return datetime(2026, month, day, hour, minute, second, tzinfo=IST)


BEGINS = ist(10, 25, 14)


@dataclass
class Seen:
    """What was seen at each step."""

    mails_before_opening: int = -1
    status_after_window: list[dict[str, str]] = field(default_factory=list)
    closed_after_window: bool = True
    status_before_closing: list[dict[str, str]] = field(default_factory=list)
    status_after_closing: list[dict[str, str]] = field(default_factory=list)
    reporting: list[dict[str, str]] = field(default_factory=list)
    compilations_at_first: int = -1
    compilations: int = -1
    first_question: Question | None = None
    questions_after_restatement: list[Question] = field(default_factory=list)
    late_click: int = -1
    body_of_approval: str = ""
    mails_before_approval: int = -1
    mails: list[CaughtMail] = field(default_factory=list)

    def letters(self, kind: str) -> list[CaughtMail]:
        """The letters to agencies of one kind, such as ``REQUEST``."""
        return [mail for mail in self.mails if mail.kind == kind]


def live_through(rig: Rig, folder: Path) -> Seen:
    """The whole story."""
    seen = Seen()
    rig.prepare(copy_registry(SAMPLE, folder / "registry"))
    rig.start_airflow(DAGS)
    open_first_quarter(rig, seen)
    pass_the_window(rig, seen)
    be_away_over_the_due_date(rig, seen)
    close(rig, seen)
    restate(rig, seen)
    approve(rig, seen)
    return seen


def open_first_quarter(rig: Rig, seen: Seen) -> None:
    """25 October: nothing happens by itself; then an admin opens the quarter."""
    collect(rig, ist(10, 25, 14, 15))
    seen.mails_before_opening = len(mails(rig))
    rig.cpsa("open", QUARTER)
    collect(rig, ist(10, 25, 14, 30))
    rig.wait_until(lambda: len(mails(rig)) >= len(AGENCIES), "the requests")


def pass_the_window(rig: Rig, seen: Seen) -> None:
    """30 October to 7 November: some send; the window ends; the others are reminded."""
    (rig.place.inbox / QUARTER).mkdir(parents=True)
    copy_entries(SAMPLE, QUARTER, rig.place.inbox / QUARTER / "all.entries.csv")
    put(rig, EARLY, ist(10, 30, 11))
    collect(rig, ist(10, 30, 11, 15), then="check_updates")
    since = rig.now
    rig.move_to(ist(11, 1, 6))
    rig.wait_for_run("close_quarter", since)
    rig.wait_until_idle()
    seen.closed_after_window = is_closed(rig)
    seen.status_after_window = status(rig)
    since = rig.now
    rig.move_to(ist(11, 3, 9))
    rig.wait_for_run("remind_agencies", since)


def be_away_over_the_due_date(rig: Rig, seen: Seen) -> None:
    """7 to 10 November: the servers are down; files come in time and late."""
    rig.move_to(ist(11, 7, 18))
    rig.stop_airflow()
    for agencies, arrive, at in (
        (IN_TIME_INBOX, put, ist(11, 8, 11)),
        (IN_TIME_MAILBOX, send, ist(11, 8, 23, 50)),
        (LATE_INBOX, put, ist(11, 9, 4)),
        (LATE_MAILBOX, send, ist(11, 9, 5)),
    ):
        rig.move_to(at)  # a mailbox lets nothing arrive in the future
        arrive(rig, agencies, at)
    rig.move_to(ist(11, 10, 10))
    seen.status_before_closing = status(rig)
    rig.start_airflow(DAGS)


def close(rig: Rig, seen: Seen) -> None:
    """10 November: it is closed, published, compiled, and a person is asked."""
    seen.first_question = rig.wait_until(lambda: question(rig), "the question")
    rig.wait_until_idle()
    seen.status_after_closing = status(rig)
    seen.reporting = table(rig, "reporting", QUARTER)
    seen.compilations_at_first = compilations(rig)


def restate(rig: Rig, seen: Seen) -> None:
    """12 November: one agency's corrected file is admitted, and approval of the half-year is requested again."""
    rig.move_to(ist(11, 12, 11))
    rig.cpsa("reopen", CORRECTED, QUARTER, "--reason", "their letter of 11 November")
    content = update(CORRECTED).decode()
    corrected = re.sub(r"(?m)^(FC-IND,2026-27-Q2,FB1,,)(\d+)", r"\g<1>9", content)
    assert corrected != content
    rig.put_in_inbox(CORRECTED, QUARTER, corrected.encode(), ist(11, 12, 11, 5))
    collect(rig, ist(11, 12, 11, 15))
    first = seen.first_question
    assert first is not None
    rig.wait_until(lambda: question(rig, but=first), "the question about the restated half-year")
    rig.wait_until_idle()
    rig.wait_until(lambda: first not in questions(rig), "the end of the first question")
    seen.late_click = rig.api.status_of_answer(first, "Approve")
    seen.questions_after_restatement = questions(rig)
    seen.compilations = compilations(rig)


def approve(rig: Rig, seen: Seen) -> None:
    """16 November: asked again because the dispatch date has passed; answered, and the mails leave."""
    (earlier,) = seen.questions_after_restatement
    rig.move_to(ist(11, 16, 10, 4))
    rig.wait_until(lambda: earlier not in questions(rig), "the end of the earlier question")
    rig.wait_until_idle()
    if not questions(rig):  # the store was looked at before the question had ended
        rig.move_to(ist(11, 16, 10, 19))
    waiting = rig.wait_until(lambda: question(rig), "the question after the date")
    seen.body_of_approval = rig.api.body(waiting)
    time.sleep(SECONDS_UNTIL_A_QUESTION_IS_SURE)
    seen.mails_before_approval = len(mails(rig))
    rig.api.answer(waiting, "Approve", {"leave": "at_once"})
    rig.wait_until(lambda: run_ended(rig, waiting), "the dispatch")
    rig.cpsa("send", HALF)  # by hand once more: nobody gets anything twice
    seen.mails = mails(rig)


# --- what is done and looked at in the steps ---


def collect(rig: Rig, tick: datetime, then: str = "") -> None:
    """Leap to a tick of collect_updates, and wait for its run, and for one of the DAG that follows."""
    since = rig.now
    rig.move_to(tick)
    rig.wait_for_run("collect_updates", since)
    if then:
        rig.wait_for_run(then, since)


def put(rig: Rig, agencies: Iterable[str], at: datetime) -> None:
    for agency in agencies:
        rig.put_in_inbox(agency, QUARTER, update(agency), at)


def send(rig: Rig, agencies: Iterable[str], at: datetime) -> None:
    for agency in agencies:
        sender = f"{agency.lower().replace('-', '.')}@example.org"
        rig.mail(sender, f"{agency} {QUARTER}.csv", update(agency), at)


def update(agency: str) -> bytes:
    return (SAMPLE / "updates" / QUARTER / f"{agency}.csv").read_bytes()


def mails(rig: Rig) -> list[CaughtMail]:
    return read_mails(rig.place.mails)


def table(rig: Rig, *words: str) -> list[dict[str, str]]:
    """What a command shows, as rows."""
    return list(csv.DictReader(rig.cpsa(*words, "--format", "csv").splitlines()))


def status(rig: Rig) -> list[dict[str, str]]:
    return table(rig, "status", QUARTER)


def is_closed(rig: Rig) -> bool:
    return bool(table(rig, "reporting", QUARTER))


def questions(rig: Rig) -> list[Question]:
    """The questions about the half-year that wait."""
    return [asked for asked in rig.api.questions(rig.api.runs()) if asked.dag == DISPATCH]


def question(rig: Rig, but: Question | None = None) -> Question | None:
    return next((waiting for waiting in questions(rig) if waiting != but), None)


def compilations(rig: Rig) -> int:
    """How often the half-year was compiled: each compilation starts one run that would send it."""
    return len(rig.api.details(DISPATCH))


def run_ended(rig: Rig, waiting: Question) -> bool:
    states = {run.run_id: run.state for run in rig.api.details(DISPATCH)}
    assert states[waiting.run_id] != "failed"
    return states[waiting.run_id] == "success"
