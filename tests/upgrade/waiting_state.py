"""What version 1.6.0 leaves behind on 10 November 2026, by a moved clock.

Made by the old program itself. Six quarters are closed. Of their half-years the first was sent, the
second waits for an answer, the third was approved and waits for its day. The agencies of the last
quarter have got every letter that they were due, and one has its workbook for the quarter after it.
"""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import TypeVar

from tests.moving_clock.airflow_view import AirflowView
from tests.moving_clock.clock import MovedClock, moved_clock
from tests.moving_clock.rig import SECONDS_OF_A_YEAR
from tests.upgrade.old_program import Program
from tests.upgrade.old_state import (
    SENT,
    OldState,
    copy_home,
    mail_catcher,
    make_closed_quarters,
    make_template,
    put_in_inbox,
)

from cpsa.calendar import IST, HalfYear, Quarter
from cpsa_demo.airflow_api import AirflowApi, Question
from cpsa_demo.place import Place
from cpsa_demo.processes import Processes

EARLIER = ("2025-26-Q1", "2025-26-Q2", "2025-26-Q3", "2025-26-Q4", "2026-27-Q1")
WITH_DOCUMENTS = EARLIER[2:]  # those of the half-years that Airflow is to compile
LAST, NEXT = "2026-27-Q2", "2026-27-Q3"
UNANSWERED, APPROVED = "2025-26-H2", "2026-27-H1"
DISPATCH, WAIT_FOR_THE_DAY = "dispatch_half_year", "wait_for_the_day"
PUBLISH = "publish_quarter"  # stays paused: the sent half-year's quarters have no documents
OPS, APPROVER = "ops@example.org", "approver@example.org"
SECONDS_TO_WAIT = 240
# Airflow can lose a task that is answered in the seconds in which it is asked.
SECONDS_UNTIL_A_QUESTION_IS_SURE = 8

Found = TypeVar("Found")


def ist(year: int, month: int, day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(year, month, day, hour, minute, tzinfo=IST)


BEGINS, STOPS = ist(2026, 10, 2, 10), ist(2026, 11, 10, 10, 4)
AFTER_THE_DAY = ist(2026, 11, 15, 10, 4)
assert STOPS < HalfYear.parse(APPROVED).dispatch_at < AFTER_THE_DAY
IN_THE_NEXT_WINDOW, AFTER_THE_NEXT_WINDOW = ist(2027, 1, 11, 10), ist(2027, 2, 2, 10)


@dataclass(frozen=True)
class MovedPlace(Place):
    """A home folder whose processes run by a moved clock, and whose letters are sent."""

    clock: MovedClock

    def environment(self) -> dict[str, str]:
        return super().environment() | self.clock.environment()

    def _cpsa(self) -> dict[str, str]:
        return super()._cpsa() | {
            "CPSA_LETTERS": "send",
            "CPSA_OPS_MAIL": OPS,
            "CPSA_APPROVER_MAIL": APPROVER,
        }

    def _airflow(self) -> dict[str, str]:
        """After a leap the scheduler would take itself for dead, and its new tasks for orphans."""
        return super()._airflow() | {
            "AIRFLOW__SCHEDULER__ORPHANED_TASKS_CHECK_INTERVAL": str(SECONDS_OF_A_YEAR),
            "AIRFLOW__CORE__DAGS_ARE_PAUSED_AT_CREATION": "True",
        }


@dataclass(frozen=True)
class WaitingState(OldState):
    """A state with an Airflow in which two half-years wait."""

    place: MovedPlace
    question: Question  # about UNANSWERED
    approved: Question  # about APPROVED; its run waits for its day

    @contextmanager
    def copied(self, folder: Path) -> Iterator[Place]:
        """Another home folder, with a clock of its own in the window of the template's quarter."""
        shutil.copytree(self.untouched, folder, symlinks=True)
        with moved_clock(IN_THE_NEXT_WINDOW) as clock:
            yield replace(self.place, home=folder, clock=clock)

    def wait_for_the_end_of_the_window(self, place: Place) -> None:
        assert isinstance(place, MovedPlace)
        place.clock.move_to(AFTER_THE_NEXT_WINDOW)


def make_waiting_state(old: Program, place: MovedPlace) -> WaitingState:
    """Have version 1.6.0 do its work in a new home folder, and stop it."""
    with mail_catcher(place), Processes(old.environment(place), place.logs) as processes:
        processes.start("migrate", ["airflow", "db", "migrate"])
        make_closed_quarters(old, place, EARLIER)
        for period in (SENT, *WITH_DOCUMENTS):
            old.cpsa(place, "build", period)
        old.cpsa(place, "send", SENT, "--backfill", "--yes")
        live_through_last_quarter(old, place)
        template = make_template(old, place, NEXT)
        processes.finish("migrate")
        place.clock.move_to(STOPS)
        start_airflow(place, processes)
        with closing(AirflowView(place.board)) as api:
            question, approved = bring_to_questions(old, api, processes)
    untouched = copy_home(place)
    return WaitingState(old, place, untouched, template, NEXT, "DOIC", question, approved)


def live_through_last_quarter(old: Program, place: MovedPlace) -> None:
    """The quarter's requests, results, a reminder and the closing notices, each on its day."""
    old.cpsa(place, "open", LAST)
    old.cpsa(place, "letters")
    place.clock.move_to(ist(2026, 10, 12, 10))
    put_in_inbox(old.sample, place.inbox, Quarter.parse(LAST))
    old.cpsa(place, "collect", "--inbox", status=(0, 1))
    old.cpsa(place, "letters")
    place.clock.move_to(ist(2026, 10, 21, 12))
    old.cpsa(place, "remind")
    place.clock.move_to(ist(2026, 11, 1, 9))
    old.cpsa(place, "close", LAST, status=(0, 1))
    old.cpsa(place, "letters")
    old.cpsa(place, "build", LAST)
    old.cpsa(place, "publish", LAST)


def bring_to_questions(
    old: Program, api: AirflowView, processes: Processes
) -> tuple[Question, Question]:
    """What Airflow asks about the two half-years by itself; the second is approved for its day."""
    wait_for_airflow(api, processes, old.dags)
    for dag in sorted(old.dags - {PUBLISH}):
        api.unpause(dag)
    wait_until(lambda: len(list_questions(api)) == 2, processes, "the two questions")
    wait_until_idle(api, processes)
    time.sleep(SECONDS_UNTIL_A_QUESTION_IS_SURE)
    question, approved = list_questions(api)
    assert (question.period, approved.period) == (UNANSWERED, APPROVED)
    api.answer(approved, "Approve", {"leave": "on_the_day"})
    wait_until(lambda: is_waiting_for_its_day(api, approved), processes, "a run that waits")
    wait_until_idle(api, processes)
    return question, approved


def start_airflow(place: Place, processes: Processes) -> None:
    """All of Airflow's servers; the web server first, since SQLite has one writer at a time."""
    for server in ("api-server", "dag-processor"):
        processes.start(server, ["airflow", server])
    with closing(AirflowView(place.board)) as api:
        wait_until(api.answers, processes, "Airflow's web server")
    for server in ("scheduler", "triggerer"):
        processes.start(server, ["airflow", server, "--skip-serve-logs"])


def list_questions(api: AirflowApi) -> list[Question]:
    """The questions about half-years that wait, the oldest half-year first."""
    found = [question for question in api.questions(api.runs()) if question.dag == DISPATCH]
    return sorted(found, key=lambda question: question.period)


def is_waiting_for_its_day(api: AirflowView, approved: Question) -> bool:
    return (DISPATCH, approved.run_id, WAIT_FOR_THE_DAY) in api.rescheduled_tasks()


def wait_for_airflow(api: AirflowApi, processes: Processes, dags: frozenset[str]) -> None:
    wait_until(lambda: api.ready(dags), processes, "Airflow")


def wait_until_idle(api: AirflowView, processes: Processes) -> None:
    """Until no task is at work, twice in a row; what waits for a person or a day may wait."""
    states = iter(api.active_tasks, None)
    wait_until(lambda: not next(states) and not next(states), processes, "an idle Airflow")


def wait_until(found: Callable[[], Found | None], processes: Processes, what: str) -> Found:
    """The first true answer of ``found``; AssertionError when none comes in time."""
    deadline = time.monotonic() + SECONDS_TO_WAIT
    while time.monotonic() < deadline:
        processes.require_running()
        if answer := found():
            return answer
        time.sleep(1)
    raise AssertionError(f"{what} did not come in {SECONDS_TO_WAIT} s; logs: {processes.log('*')}")
