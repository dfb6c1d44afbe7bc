"""What version 1.0.0 left goes on with this one: its store, its Airflow's question, its template.

The old state is made by the old program itself, out of this repository's history.
"""

from __future__ import annotations

import csv
import os
import socket
from collections.abc import Iterator
from contextlib import closing
from importlib.util import find_spec
from pathlib import Path

import pytest

if not (find_spec("airflow") and find_spec("httpx")):
    pytest.skip("Airflow is not installed", allow_module_level=True)

from tests.factories import EXPECTED
from tests.moving_clock.airflow_view import AirflowView
from tests.moving_clock.small_programme import copy_registry
from tests.upgrade import old_program
from tests.upgrade.filling import corrected, fill_workbook, inputs_of, listed_value
from tests.upgrade.old_program import THIS_PROGRAM, Program
from tests.upgrade.old_state import (
    AGENCY,
    DISPATCH,
    OPEN,
    SENT,
    WAITING,
    OldState,
    make_old_state,
    start_catcher,
    wait_for_airflow,
    wait_until,
)

from cpsa_demo.airflow_api import AirflowApi, Question
from cpsa_demo.command import serve
from cpsa_demo.place import Place
from cpsa_demo.processes import Processes

pytestmark = pytest.mark.e2e

DAGS = frozenset(file.stem for file in (THIS_PROGRAM.tree / "dags").glob("*.py"))
WATCHERS = ("collect_updates", "follow_store")
OLD_CODE, NEW_CODE = "DIC", "DOIC"
# What an approver of version 1.0.0 found on the form.
OLD_FORM = {"leave": "at_once", "backfill": True, "why_rejected": None}
TABLES = ("scores", "findings", "reporting")
MAILS_OF_A_HALF = 13
RESTATED = "2025-26-Q2"
# By today's definitions the first would change a rate, and the second raise Q10.
CORRECTION = {("FA2", ""): "1", ("FW2", ""): "2", ("FW2", "women"): "2"}


@pytest.fixture(scope="module")
def old(tmp_path_factory: pytest.TempPathFactory) -> Program:
    """The released program."""
    if not old_program.has_release():
        missing = f"{old_program.RELEASE} is not in this clone: the upgrade was not tried"
        if os.environ.get("CI") == "true":
            pytest.fail(missing)
        pytest.skip(missing)
    return Program(old_program.extract_release(tmp_path_factory.mktemp("release") / "tree"))


@pytest.fixture(scope="module")
def state(old: Program, tmp_path_factory: pytest.TempPathFactory) -> OldState:
    """What the released program left, its schemas still the old ones."""
    home = tmp_path_factory.mktemp("office") / "home"
    return make_old_state(old, Place(home, free_port(), free_port(), "en"))


@pytest.fixture
def upgraded(state: OldState, tmp_path: Path) -> Iterator[Place]:
    """A copy of the old home folder whose store was upgraded; its mail server runs."""
    place = state.copied(tmp_path / "upgraded")
    THIS_PROGRAM.cpsa(place, "db", "upgrade")
    with Processes(THIS_PROGRAM.environment(place), place.logs) as processes:
        start_catcher(place, processes)
        yield place


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def mails(place: Place) -> list[str]:
    return sorted(file.name for file in place.mails.glob("*.eml"))


def rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(text.splitlines()))


def load_renamed_registry(place: Place, old: Program, folder: Path) -> None:
    """Load the old registry, where the department has its code of today."""
    copy_registry(old.sample, folder)
    recipients = folder / "recipients.csv"
    text = recipients.read_text("utf-8")
    assert text.count(f"\n{OLD_CODE},") == 1
    recipients.write_text(text.replace(f"\n{OLD_CODE},", f"\n{NEW_CODE},"), "utf-8")
    THIS_PROGRAM.cpsa(place, "registry", "load", folder)


def test_a_sent_half_year_is_not_sent_again_nor_to_a_department_whose_code_changed(
    old: Program, upgraded: Place, tmp_path: Path
) -> None:
    before = mails(upgraded)
    assert len(before) == MAILS_OF_A_HALF
    THIS_PROGRAM.cpsa(upgraded, "send", SENT, "--backfill", "--yes")
    load_renamed_registry(upgraded, old, tmp_path / "registry")
    THIS_PROGRAM.cpsa(upgraded, "send", SENT, "--backfill", "--yes")
    assert mails(upgraded) == before


def test_an_old_workbook_is_accepted_and_its_request_reaches_the_department(
    old: Program, state: OldState, upgraded: Place, tmp_path: Path
) -> None:
    template = state.template
    department = listed_value(template, "list_department", OLD_CODE)
    content = fill_workbook(
        template,
        inputs_of(old.sample / "updates" / OPEN / f"{AGENCY}.csv")
        | {
            "entry_policy_support_theme": listed_value(template, "list_theme", "CREDIT"),
            "entry_policy_support_department": department,
            "entry_policy_support_request": "Open a counter on market days.",
            "entry_policy_support_urgency": listed_value(template, "list_urgency", "high"),
            "entry_policy_support_text": "The counter is closed when members come.",
        },
    )
    load_renamed_registry(upgraded, old, tmp_path / "registry")
    THIS_PROGRAM.cpsa(upgraded, "open", OPEN)
    file = tmp_path / OPEN / f"{AGENCY}.xlsx"
    file.parent.mkdir()
    file.write_bytes(content)
    THIS_PROGRAM.cpsa(upgraded, "collect", file)
    (update,) = [
        row
        for row in rows(THIS_PROGRAM.cpsa(upgraded, "status", OPEN, "--format", "csv"))
        if row["agency"] == AGENCY
    ]
    assert update["state"] == "accepted"
    THIS_PROGRAM.cpsa(upgraded, "close", OPEN, status=(0, 1))
    (action,) = [
        row
        for row in rows(THIS_PROGRAM.cpsa(upgraded, "actions", "--format", "csv"))
        if (row["quarter"], row["agency"]) == (OPEN, AGENCY)
    ]
    assert action["department"] == NEW_CODE
    assert action["request"] == "Open a counter on market days."


def test_a_restatement_of_a_closed_quarter_changes_only_what_its_file_changes(
    old: Program, state: OldState, upgraded: Place, tmp_path: Path
) -> None:
    """And as the old program would have: a closed quarter keeps its definitions."""
    untouched = state.copied(tmp_path / "old")
    before = figures(THIS_PROGRAM, upgraded)
    assert before == figures(old, untouched)
    for program, place in ((old, untouched), (THIS_PROGRAM, upgraded)):
        restate(program, place, old.sample, tmp_path / f"sent-{place.home.name}")
    after = figures(THIS_PROGRAM, upgraded)
    assert after == figures(old, untouched)
    assert after["scores"] != before["scores"]
    changed = {line for table in TABLES for line in after[table] ^ before[table]}
    assert all(AGENCY in line for line in changed), changed
    assert {line[4] for line in changed if len(line) == 6} <= {"FW1", "FW2", "FA2", "awareness"}


def restate(program: Program, place: Place, sample: Path, folder: Path) -> None:
    """Let a corrected file of the agency into its closed quarter."""
    file = folder / RESTATED / f"{AGENCY}.csv"
    file.parent.mkdir(parents=True)
    file.write_text(corrected(sample / "updates" / RESTATED / file.name, CORRECTION), "utf-8")
    program.cpsa(place, "reopen", AGENCY, RESTATED, "--reason", "their letter 7")
    program.cpsa(place, "collect", file)
    program.cpsa(place, "close", RESTATED, status=(0, 1))


def figures(program: Program, place: Place) -> dict[str, frozenset[tuple[str, ...]]]:
    """What the command line says of all quarters, in the columns that every version has."""
    found = {}
    for name, lines in program.tables(place, *TABLES).items():
        columns = (EXPECTED / f"{name}.csv").read_text("utf-8").splitlines()[0].split(",")
        rows = csv.DictReader(lines)
        found[name] = frozenset(tuple(row[column] for column in columns) for row in rows)
    return found


def test_the_waiting_question_is_answered_and_its_mails_leave_once(state: OldState) -> None:
    """In the old home folder, with the old Airflow's database; all servers are this program's."""
    place = state.place
    before = mails(place)
    THIS_PROGRAM.cpsa(place, "db", "upgrade")
    THIS_PROGRAM.airflow(place, "db", "migrate")
    arrivals = THIS_PROGRAM.cpsa(place, "arrivals", "--format", "csv")
    with Processes(THIS_PROGRAM.environment(place), place.logs) as processes:
        serve(place, processes)
        with closing(AirflowView(place.board)) as api:
            wait_for_airflow(api, processes, DAGS)
            assert api.import_errors() == []
            # An upgrade alone is no change: nobody is asked again about the same documents.
            for dag in WATCHERS:
                assert ended(api, processes, api.trigger(dag)) == "success"
            wait_until(lambda: not api.active_tasks(), processes, "an idle Airflow")
            assert waiting_questions(api) == [state.question]
            api.answer(state.question, "Approve", OLD_FORM)
            assert ended(api, processes, state.question.run_id) == "success"
            sent = mails(place)
            assert len(sent) == len(before) + MAILS_OF_A_HALF
            assert len({recipient(name) for name in sent[len(before) :]}) == MAILS_OF_A_HALF
            again = api.trigger(DISPATCH, WAITING, {"dry_run": False})
            assert ended(api, processes, again) == "success"
            assert waiting_questions(api) == []
    assert mails(place) == sent
    # Files that the old program found in the inbox are nothing new to this one.
    assert THIS_PROGRAM.cpsa(place, "arrivals", "--format", "csv") == arrivals


def waiting_questions(api: AirflowApi) -> list[Question]:
    return [question for question in api.questions(api.runs()) if question.dag == DISPATCH]


def ended(api: AirflowApi, processes: Processes, run_id: str) -> str:
    """The state in which a run has ended."""

    def state_at_end() -> str | None:
        states = [run.state for run in api.runs() if run.run_id == run_id]
        return next((state for state in states if state in ("success", "failed")), None)

    return wait_until(state_at_end, processes, f"the end of {run_id}")


def recipient(mail: str) -> str:
    """To whom a caught mail was, by its file's name."""
    return mail.partition("-")[2]
