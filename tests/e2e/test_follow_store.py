"""Airflow follows a store that changes without it: publishes, compiles, asks, and asks again.

Two quarters were closed by command before Airflow was there; figures are restated by command.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import UTC, datetime

import httpx
import pytest
from tests.factories import Clerk, RegistryFolder

from cpsa.calendar import HalfYear, Quarter
from cpsa.services.app_context import AppContext
from cpsa.services.publication.approval_questions import find_newest_edition_digest
from cpsa.services.quarter.load_registry import load_registry
from cpsa.services.quarter.reopen_quarter import reopen_quarter
from cpsa.settings import from_environment
from cpsa.store import database
from cpsa_demo.processes import Processes

pytestmark = [pytest.mark.e2e, pytest.mark.nightly]

Q1, Q2 = "2025-26-Q1", "2025-26-Q2"
HALF = "2025-26-H1"
AGENCIES = ("IA-A", "IA-B")
COMPILE, DISPATCH, PUBLISH = "compile_half_year", "dispatch_half_year", "publish_quarter"
# Long after its dispatch date, a yes is confirmed.
YES = {"leave": "at_once", "backfill": True, "why_rejected": None}
SECONDS_TO_SETTLE = 240
SECONDS_UNTIL_AIRFLOW_HAS_HEARD = 9


class Office:
    """The programme's store, used as the command line uses it while Airflow is at work."""

    def __init__(self, programme) -> None:
        settings = from_environment(programme.place.environment())
        database.upgrade_schema(database.open_engine(settings.database_url))
        self.office = AppContext.from_settings(settings)
        folder = programme.place.home.parent
        registry = RegistryFolder(
            dict.fromkeys(AGENCIES, Q1), recipients={"DOMSME": "domsme@example.org"}
        ).write(folder / "registry")
        load_registry(self.office, registry, Quarter.parse(Q1).opens_at)
        self.clerk = Clerk(self.office, folder / "sent")
        for quarter in (Q1, Q2):
            for agency in AGENCIES:
                self.clerk.send(agency, quarter, {"OP1": 9, "OP2": 40})
            self.clerk.close(quarter)

    def restate(self, quarter: str, figure: int) -> None:
        now = datetime.now(UTC)
        self.clerk.send("IA-A", quarter, {"OP1": 9, "OP2": figure}, now)
        reopen_quarter(self.office, "IA-A", Quarter.parse(quarter), "typing error", "admin", now)

    @property
    def edition(self) -> str:
        return find_newest_edition_digest(self.office, HalfYear.parse(HALF))


class Watched:
    """The Airflow of the programme, waited for."""

    def __init__(self, processes: Processes, api) -> None:
        self.processes = processes
        self.api = api

    def until(self, found, what: str):
        deadline = time.monotonic() + SECONDS_TO_SETTLE
        while time.monotonic() < deadline:
            self.processes.require_running()
            if answer := found():
                return answer
            time.sleep(1.5)
        raise AssertionError(f"{what} did not come in time: {self.api.runs()}")

    def follow(self) -> None:
        """Ask the store now, not only at the next quarter of an hour."""
        run_id = self.api.trigger("follow_store")
        self.until(lambda: self.state("follow_store", run_id) in ("success", "failed"), run_id)
        assert self.state("follow_store", run_id) == "success"

    def state(self, dag: str, run_id: str) -> str:
        return next((r.state for r in self.api.runs() if (r.dag, r.run_id) == (dag, run_id)), "")

    def question(self, but: str = ""):
        return self.until(
            lambda: next((q for q in self.api.questions(self.api.runs()) if q.run_id != but), None),
            f"a question of another run than {but or 'none'}",
        )

    def settle(self) -> None:
        """Until no run is at work but those that wait for a person."""
        waiting = {question.run_id for question in self.api.questions(self.api.runs())}

        def quiet() -> bool:
            return not [
                run
                for run in self.api.runs()
                if run.state in ("queued", "running") and run.run_id not in waiting
            ]

        self.until(quiet, "quiet")

    def compilations(self) -> int:
        """How often the half-year was compiled: a run that finds nothing left returns nothing."""
        return sum(
            bool(self.api.returned(COMPILE, run.run_id, "build_documents"))
            for run in self.api.runs()
            if run.dag == COMPILE
        )


@pytest.fixture(scope="module")
def programme(new_programme):
    return new_programme("followed")


@pytest.fixture(scope="module")
def office(programme) -> Office:
    return Office(programme)


@pytest.fixture(scope="module")
def airflow(programme, office) -> Iterator[Watched]:
    with Processes(programme.place.environment(), programme.place.logs) as processes:
        processes.run("migrate", ["airflow", "db", "migrate"])
    with programme.serving() as (processes, api):
        yield Watched(processes, api)


def test_one_compilation_for_what_changed_and_one_question_at_a_time(programme, office, airflow):
    # Closed by command, before Airflow was there: published, compiled, asked about.
    airflow.follow()
    first = airflow.question()
    airflow.settle()
    assert {r.period for r in airflow.api.runs() if r.dag == PUBLISH and r.succeeded} == {Q1, Q2}
    assert (first.dag, first.period, airflow.compilations()) == (DISPATCH, HALF, 1)

    # One quarter restated by command: one compilation, a new question, and the old one ends.
    edition = office.edition
    office.restate(Q1, 41)
    airflow.follow()
    second = airflow.question(but=first.run_id)
    airflow.until(lambda: airflow.state(DISPATCH, first.run_id) == "success", "the old one's end")
    airflow.settle()
    assert office.edition != edition
    assert airflow.compilations() == 2
    assert [q.run_id for q in airflow.api.questions(airflow.api.runs())] == [second.run_id]
    # A late click is refused, and nothing is sent by it.
    assert answered(airflow.api, first) == httpx.codes.CONFLICT
    assert programme.mails() == []

    # Both within a minute, and the store asked twice: one compilation.
    office.restate(Q1, 42)
    office.restate(Q2, 43)
    airflow.follow()
    airflow.follow()
    third = airflow.question(but=second.run_id)
    airflow.until(lambda: airflow.state(DISPATCH, second.run_id) == "success", "the second's end")
    airflow.settle()
    assert airflow.compilations() == 3

    # Approved, each department gets its mails once.
    time.sleep(SECONDS_UNTIL_AIRFLOW_HAS_HEARD)
    airflow.api.approve(third, YES)
    airflow.until(lambda: airflow.state(DISPATCH, third.run_id) == "success", "the sending")
    assert len(programme.mails()) == 1
    airflow.follow()
    airflow.settle()
    assert len(programme.mails()) == 1
    assert airflow.api.questions(airflow.api.runs()) == []


def answered(api, question) -> int:
    """What Airflow says to an answer of that question."""
    path = f"/api/v2/dags/{question.dag}/dagRuns/{question.run_id}/taskInstances/approve/-1"
    body = {"chosen_options": ["Approve"], "params_input": YES}
    return api.send_request("PATCH", f"{path}/hitlDetails", json=body).status_code
