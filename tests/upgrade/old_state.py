"""What version 1.0.0 leaves behind: a store, an Airflow with a waiting question, a template.

Made by the old program itself. Four quarters are closed; the first half-year was sent; the second is
compiled and its question waits; an agency has its workbook for the quarter after them.
"""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from tests.moving_clock.small_programme import AGENCIES, copy_entries, copy_registry
from tests.upgrade.old_program import Program

from cpsa.calendar import Quarter
from cpsa_demo.airflow_api import AirflowApi, Question
from cpsa_demo.place import Place
from cpsa_demo.processes import Processes

CLOSED = ("2025-26-Q1", "2025-26-Q2", "2025-26-Q3", "2025-26-Q4")
SENT, WAITING, OPEN = "2025-26-H1", "2025-26-H2", "2026-27-Q1"
AGENCY = "FC-IND"
COMPILE, DISPATCH = "compile_half_year", "dispatch_half_year"
OLD_SERVERS = {
    "api-server": "airflow api-server",
    "scheduler": "airflow scheduler --skip-serve-logs",
    "dag-processor": "airflow dag-processor",
}
SECONDS_TO_WAIT = 240
# Airflow can lose a task that is answered in the seconds in which it is asked.
SECONDS_UNTIL_A_QUESTION_IS_SURE = 8
DAY_OF_ARRIVAL = 4

Found = TypeVar("Found")


@dataclass(frozen=True)
class OldState:
    """Where the old program left everything."""

    place: Place
    untouched: Path  # a copy of its home folder, for the old program to go on with
    template: Path
    question: Question

    def copied(self, folder: Path) -> Place:
        """Another home folder with the old state."""
        shutil.copytree(self.untouched, folder, symlinks=True)
        return Place(folder, self.place.port, self.place.mail_port, self.place.language)


def make_old_state(old: Program, place: Place) -> OldState:
    """Have the old program do its work in a new home folder, and stop it."""
    with Processes(old.environment(place), place.logs) as processes:
        start_catcher(place, processes)
        processes.start("migrate", ["airflow", "db", "migrate"])
        template = make_store(old, place)
        processes.finish("migrate")
        old.serve(place, processes, OLD_SERVERS)
        with closing(AirflowApi(place.board)) as api:
            question = bring_to_question(api, processes)
    untouched = place.home.with_name(f"{place.home.name}-untouched")
    shutil.copytree(place.home, untouched, symlinks=True)
    return OldState(place, untouched, template, question)


def make_store(old: Program, place: Place) -> Path:
    """Registry, updates, four closed quarters, a sent half-year; a template of the quarter after."""
    old.cpsa(place, "db", "upgrade")
    old.cpsa(place, "registry", "load", copy_registry(old.sample, place.home / "registry"))
    for key in CLOSED:
        put_in_inbox(old.sample, place.inbox, Quarter.parse(key))
    old.cpsa(place, "collect", "--inbox", status=(0, 1))
    old.cpsa(place, "close", CLOSED[-1], status=(0, 1))
    for period in (*CLOSED, SENT):
        old.cpsa(place, "build", period)
    old.cpsa(place, "send", SENT, "--backfill", "--yes")
    template = place.home / f"{AGENCY}.xlsx"
    old.cpsa(place, "template", AGENCY, OPEN, "-o", template)
    return template


def put_in_inbox(sample: Path, inbox: Path, quarter: Quarter) -> None:
    """Copy a quarter's updates and entries, as if they had arrived on a day of its window."""
    arrived = quarter.opens_at.timestamp() + DAY_OF_ARRIVAL * 24 * 3600
    folder = inbox / quarter.key
    folder.mkdir(parents=True)
    for agency in AGENCIES:
        update = sample / "updates" / quarter.key / f"{agency}.csv"
        if update.exists():
            shutil.copy(update, folder)
    copy_entries(sample, quarter.key, folder / "all.entries.csv")
    for file in folder.iterdir():
        os.utime(file, (arrived, arrived))


def bring_to_question(api: AirflowApi, processes: Processes) -> Question:
    """Have Airflow compile the second half-year; the question that it asks, once it is sure."""
    wait_for_airflow(api, processes, frozenset({COMPILE, DISPATCH}))
    api.trigger(COMPILE, WAITING)
    question = wait_for_question(api, processes)
    time.sleep(SECONDS_UNTIL_A_QUESTION_IS_SURE)
    return question


def wait_for_question(api: AirflowApi, processes: Processes) -> Question:
    def waiting() -> Question | None:
        questions = api.questions(api.runs())
        return next((question for question in questions if question.period == WAITING), None)

    return wait_until(waiting, processes, "the question")


def wait_for_airflow(api: AirflowApi, processes: Processes, dags: frozenset[str]) -> None:
    wait_until(lambda: api.ready(dags), processes, "Airflow")


def wait_until(found: Callable[[], Found | None], processes: Processes, what: str) -> Found:
    """The first true answer of ``found``; AssertionError when none comes in time."""
    deadline = time.monotonic() + SECONDS_TO_WAIT
    while time.monotonic() < deadline:
        processes.require_running()
        if answer := found():
            return answer
        time.sleep(1)
    raise AssertionError(f"{what} did not come in {SECONDS_TO_WAIT} s; logs: {processes.log('*')}")


def start_catcher(place: Place, processes: Processes) -> None:
    """The mail server that keeps every mail as a file."""
    place.mails.mkdir(parents=True, exist_ok=True)
    options = ["--port", str(place.mail_port), "--folder", str(place.mails)]
    processes.start("mails", ["cpsa.delivery.mail_catcher", *options])
