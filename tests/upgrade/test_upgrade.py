"""What the released versions left goes on with this program: store, Airflow, template, mails.

Version 1.0.0 is tried by its store; version 1.6.0 also by its Airflow, in which a half-year waits for
an answer and another for its day. The old state is made by the old program itself, out of this
repository's history.
"""

from __future__ import annotations

import csv
import json
import os
import socket
from collections.abc import Iterator
from contextlib import closing
from importlib.util import find_spec
from pathlib import Path

import pytest
from tests.moving_clock import clock

if not (find_spec("airflow") and find_spec("httpx")):
    pytest.skip("Airflow is not installed", allow_module_level=True)

from tests.factories import EXPECTED
from tests.moving_clock.airflow_view import AirflowView
from tests.moving_clock.clock import moved_clock
from tests.moving_clock.small_programme import copy_registry
from tests.upgrade.exports import Rows, read_export
from tests.upgrade.filling import corrected, fill_workbook, inputs_of, listed_value
from tests.upgrade.old_program import FIRST, LAST, THIS_PROGRAM, Program, Release
from tests.upgrade.old_state import AGENCY, SENT, OldState, mail_catcher, make_first_state
from tests.upgrade.waiting_state import (
    AFTER_THE_DAY,
    APPROVED,
    APPROVER,
    BEGINS,
    DISPATCH,
    OPS,
    UNANSWERED,
    MovedPlace,
    WaitingState,
    is_waiting_for_its_day,
    list_questions,
    make_waiting_state,
    start_airflow,
    wait_for_airflow,
    wait_until,
    wait_until_idle,
)

from cpsa_demo.airflow_api import AirflowApi
from cpsa_demo.place import Place
from cpsa_demo.processes import Processes

pytestmark = pytest.mark.e2e

WATCHERS = ("collect_updates", "follow_store")
OLD_CODE, NEW_CODE = "DIC", "DOIC"
# What an approver of the old version found on the form.
OLD_FORM = {"leave": "at_once", "backfill": True, "why_rejected": None}
TABLES = ("scores", "findings", "reporting")
MAILS_OF_A_HALF = 13
RESTATED = "2025-26-Q2"
# By today's definitions the first would change a rate, and the second raise Q10.
CORRECTION = {("FA2", ""): "1", ("FW2", ""): "2", ("FW2", "women"): "2"}
# The sample's update with which the template is filled.
VALUES = {"2026-27-Q1": "2026-27-Q1", "2026-27-Q3": "2026-27-Q2"}
FACT = ("agency", "quarter", "indicator", "dimension", "hundredths", "origin", "place")
DOCUMENT = ("kind", "period", "subject", "language", "format", "reference", "sha256", "size")
# What an upgrade must leave as it is, in the columns that every version has.
KEPT = {
    "fact": (*FACT, "submission_id"),
    "finding": ("rule", "severity", "agency", "quarter", "indicator", "observed", "expected"),
    "score": ("closing_id", "agency", "state", "composite", "status", "coverage"),
    "group_score": ("closing_id", "agency", "group", "score"),
    "reporting": ("closing_id", "form", "expected", "received", "accepted", "on_time"),
    "closing": ("id", "quarter", "version", "closed_at", "framework", "basis"),
    "submission": ("id", "agency", "quarter", "version", "sha256", "channel", "received_at"),
    "examination": ("id", "submission_id", "examined_at", "framework", "state", "basis"),
    "arrival": ("id", "channel", "key", "sha256", "outcome", "problem", "params"),
    "entry": ("agency", "quarter", "kind", "theme", "department", "text", "request"),
    "action": ("number", "quarter", "agency", "department", "theme", "request", "urgency"),
    "document": (*DOCUMENT, "inputs", "mark"),
    "dispatch": ("cycle", "slot", "recipient", "revision", "message_id", "state", "digest"),
    "dispatch_event": ("dispatch", "at", "state", "reason"),
    "audit": ("at", "who", "verb", "subject", "reason"),
}


def extract(release: Release, folder: Path) -> Program:
    """The released program; without its commit the test is skipped, and fails on CI."""
    if not release.is_here():
        require_on_ci(f"{release.commit} (version {release.version}) is not in this clone")
    return Program(release.extract(folder / "tree"))


def require_on_ci(missing: str) -> None:
    said = f"{missing}: the upgrade was not tried"
    if os.environ.get("CI") == "true":
        pytest.fail(said)
    pytest.skip(said)


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory) -> OldState:
    """What version 1.0.0 left, its schema still the old one."""
    old = extract(FIRST, tmp_path_factory.mktemp("first"))
    home = tmp_path_factory.mktemp("first-office") / "home"
    return make_first_state(old, Place(home, free_port(), free_port(), "en"))


@pytest.fixture(scope="module")
def last(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WaitingState]:
    """What version 1.6.0 left, its schemas still the old ones."""
    if not clock.is_installed():
        require_on_ci("libfaketime is not installed")
    old = extract(LAST, tmp_path_factory.mktemp("last"))
    home = tmp_path_factory.mktemp("last-office") / "home"
    with moved_clock(BEGINS) as moved:
        yield make_waiting_state(old, MovedPlace(home, free_port(), free_port(), "en", moved))


@pytest.fixture(params=[pytest.param("first", marks=pytest.mark.nightly), "last"])
def state(request: pytest.FixtureRequest) -> OldState:
    """What each of the versions left."""
    return request.getfixturevalue(request.param)


@pytest.fixture
def upgraded(state: OldState, tmp_path: Path) -> Iterator[Place]:
    """A copy of the old home folder whose store was upgraded; its mail server runs."""
    with state.copied(tmp_path / "upgraded") as place, mail_catcher(place):
        THIS_PROGRAM.cpsa(place, "db", "upgrade")
        yield place


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def mails(place: Place) -> list[str]:
    """The mails that were caught, without those to CPSA itself."""
    own = {OPS, APPROVER}
    files = sorted(file.name for file in place.mails.glob("*.eml"))
    return [name for name in files if recipient(name) not in own]


def recipient(mail: str) -> str:
    """To whom a caught mail was, by its file's name."""
    return mail.partition("-")[2].removesuffix(".eml")


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


@pytest.mark.nightly
@pytest.mark.parametrize("state", ["first"], indirect=True)
def test_a_sent_half_year_is_not_sent_again_nor_to_a_department_whose_code_changed(
    state: OldState, upgraded: Place, tmp_path: Path
) -> None:
    before = mails(upgraded)
    assert len(before) == MAILS_OF_A_HALF
    THIS_PROGRAM.cpsa(upgraded, "send", SENT, "--backfill", "--yes")
    load_renamed_registry(upgraded, state.program, tmp_path / "registry")
    THIS_PROGRAM.cpsa(upgraded, "send", SENT, "--backfill", "--yes")
    assert mails(upgraded) == before


def test_the_store_says_the_same_as_before(
    state: OldState, upgraded: Place, tmp_path: Path
) -> None:
    """Figures, findings, scores, submissions, documents, mails: as each version exports them."""
    with state.copied(tmp_path / "old") as untouched:
        before = export(state.program, untouched, tmp_path / "old.zip")
    after = export(THIS_PROGRAM, upgraded, tmp_path / "new.zip")
    for table in before:
        assert after[table] == before[table], table
    assert before["fact"] and before["finding"] and before["score"] and before["document"]


def test_an_upgraded_store_is_undamaged(upgraded: Place) -> None:
    """In three verifications, with everything computed again that can be."""
    for _ in range(3):
        found = THIS_PROGRAM.cpsa(upgraded, "verify", "--all", "--format", "json")
        assert json.loads(found) == []


def export(program: Program, place: Place, file: Path) -> dict[str, Rows]:
    program.cpsa(place, "export", file)
    return read_export(file, KEPT)


def test_an_old_workbook_is_accepted_and_its_request_reaches_the_department(
    state: OldState, upgraded: Place, tmp_path: Path
) -> None:
    """With the figures that the old program would have read in it."""
    quarter, template = state.template_quarter, state.template
    update = state.program.sample / "updates" / VALUES[quarter] / f"{AGENCY}.csv"
    file = tmp_path / quarter / f"{AGENCY}.xlsx"
    file.parent.mkdir()
    file.write_bytes(
        fill_workbook(
            template,
            inputs_of(update)
            | {
                "entry_policy_support_theme": listed_value(template, "list_theme", "CREDIT"),
                "entry_policy_support_department": listed_value(
                    template, "list_department", state.department
                ),
                "entry_policy_support_request": "Open a counter on market days.",
                "entry_policy_support_urgency": listed_value(template, "list_urgency", "high"),
                "entry_policy_support_text": "The counter is closed when members come.",
            },
        )
    )
    with state.copied(tmp_path / "old") as untouched:
        read_before = collect_workbook(state.program, untouched, quarter, file)
    if state.department == OLD_CODE:
        load_renamed_registry(upgraded, state.program, tmp_path / "registry")
    assert collect_workbook(THIS_PROGRAM, upgraded, quarter, file) == read_before
    state.wait_for_the_end_of_the_window(upgraded)
    THIS_PROGRAM.cpsa(upgraded, "close", quarter, status=(0, 1))
    (action,) = [
        row
        for row in rows(THIS_PROGRAM.cpsa(upgraded, "actions", "--format", "csv"))
        if (row["quarter"], row["agency"]) == (quarter, AGENCY)
    ]
    assert action["department"] == NEW_CODE
    assert action["request"] == "Open a counter on market days."


def collect_workbook(program: Program, place: Place, quarter: str, file: Path) -> Rows:
    """Collect the filled template, which is accepted; the figures that were read in it."""
    program.cpsa(place, "open", quarter)
    program.cpsa(place, "collect", file)
    (update,) = [
        row
        for row in rows(program.cpsa(place, "status", quarter, "--format", "csv"))
        if row["agency"] == AGENCY
    ]
    assert update["state"] == "accepted"
    archive = place.home / "with-workbook.zip"
    program.cpsa(place, "export", archive)
    facts = read_export(archive, {"fact": FACT})["fact"]
    read = Rows({row: count for row, count in facts.items() if quarter in row[1]})
    assert len(read) > 10
    return read


@pytest.mark.nightly
@pytest.mark.parametrize("state", ["first"], indirect=True)
def test_a_restatement_of_a_closed_quarter_changes_only_what_its_file_changes(
    state: OldState, upgraded: Place, tmp_path: Path
) -> None:
    """And as the old program would have: a closed quarter keeps its definitions."""
    old = state.program
    with state.copied(tmp_path / "old") as untouched:
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
        table = csv.DictReader(lines)
        found[name] = frozenset(tuple(row[column] for column in columns) for row in table)
    return found


def test_what_waits_is_answered_and_sent_once_and_nothing_else_is_sent(
    last: WaitingState,
) -> None:
    """In the old home folder, with the old Airflow's database; all servers are this program's."""
    place = last.place
    before = mails(place)
    THIS_PROGRAM.cpsa(place, "db", "upgrade")
    THIS_PROGRAM.airflow(place, "db", "migrate")
    arrivals = THIS_PROGRAM.cpsa(place, "arrivals", "--format", "csv")
    with mail_catcher(place), Processes(THIS_PROGRAM.environment(place), place.logs) as processes:
        send_all_that_is_due(place)
        assert mails(place) == before
        start_airflow(place, processes)
        with closing(AirflowView(place.board)) as api:
            wait_for_airflow(api, processes, THIS_PROGRAM.dags)
            assert api.import_errors() == []
            # An upgrade alone is no change: nobody is asked again about the same documents.
            for dag in WATCHERS:
                assert ended(api, processes, api.trigger(dag)) == "success"
            wait_until_idle(api, processes)
            assert list_questions(api) == [last.question]
            assert is_waiting_for_its_day(api, last.approved)
            assert mails(place) == before
            api.answer(last.question, "Approve", OLD_FORM)
            assert ended(api, processes, last.question.run_id) == "success"
            answered = mails(place)
            assert_each_department_got_one(answered[len(before) :])
            place.clock.move_to(AFTER_THE_DAY)
            assert ended(api, processes, last.approved.run_id) == "success"
            wait_until_idle(api, processes)
            sent = mails(place)
            assert_each_department_got_one(sent[len(answered) :])
            for half in (UNANSWERED, APPROVED):
                again = api.trigger(DISPATCH, half, {"dry_run": False})
                assert ended(api, processes, again) == "success"
            assert list_questions(api) == []
        send_all_that_is_due(place)
    assert mails(place) == sent
    # Files that the old program found in the inbox are nothing new to this one.
    assert THIS_PROGRAM.cpsa(place, "arrivals", "--format", "csv") == arrivals


def send_all_that_is_due(place: Place) -> None:
    """By hand: letters, reminders and the half-year that was sent."""
    THIS_PROGRAM.cpsa(place, "letters")
    THIS_PROGRAM.cpsa(place, "remind")
    THIS_PROGRAM.cpsa(place, "send", SENT, "--backfill", "--yes")


def assert_each_department_got_one(sent: list[str]) -> None:
    assert len(sent) == MAILS_OF_A_HALF
    assert len({recipient(name) for name in sent}) == MAILS_OF_A_HALF


def ended(api: AirflowApi, processes: Processes, run_id: str) -> str:
    """The state in which a run has ended."""

    def state_at_end() -> str | None:
        states = [run.state for run in api.runs() if run.run_id == run_id]
        return next((state for state in states if state in ("success", "failed")), None)

    return wait_until(state_at_end, processes, f"the end of {run_id}")
