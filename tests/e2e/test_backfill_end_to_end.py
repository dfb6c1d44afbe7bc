"""A changed old file, redone through Airflow: shown, approved, done as shown; and nobody hears of it."""

from __future__ import annotations

import shutil
import time

import pytest
from tests.e2e.conftest import set_paused

pytestmark = [pytest.mark.e2e, pytest.mark.nightly]

BACKFILL = "backfill_quarters"
OLD = "IA-INDPH,2025-26-Q2,OC4,,"
FORM = {
    "from": "2025-26-Q1",
    "to": "2025-26-Q4",
    "agencies": [],
    "redo": ["collect", "check", "score"],  # documents: the slow tests build them
    "reason": "a corrected file came",
    "write_to_agencies": False,
}
YES = "Do exactly this"
SECONDS_TO_SETTLE = 900


@pytest.fixture(scope="module")
def programme(finished, new_programme):
    """A copy of the finished demo, so that the other tests keep their figures."""
    copy = new_programme("backfilled")
    shutil.copytree(finished.place.home, copy.place.home, symlinks=True)
    return copy


def until(processes, found, what: str):
    """What ``found`` answers, once it answers anything."""
    deadline = time.monotonic() + SECONDS_TO_SETTLE
    while time.monotonic() < deadline:
        processes.require_running()
        if answer := found():
            return answer
        time.sleep(2)
    raise AssertionError(f"{what} did not come in time")


def ended(processes, api, run_id: str):
    def run():
        return next(
            (r for r in api.runs() if r.run_id == run_id and r.state in ("success", "failed")), None
        )

    return until(processes, run, run_id)


def gone_round(processes, api) -> None:
    """Wait for the scheduler: it loses a task that is answered before it has heard that it asks."""
    signs = {api.scheduler_heartbeat()}

    def twice() -> bool:
        signs.add(api.scheduler_heartbeat())
        return len(signs) > 2

    until(processes, twice, "the scheduler's round")


def test_a_changed_old_file_is_redone_as_shown_and_nothing_is_sent(programme):
    mails, figures = programme.mails(), programme.figures()
    with programme.serving() as (processes, api):
        set_paused(api, "collect_updates", True)
        file = programme.place.inbox / "2025-26-Q2" / "IA-INDPH.csv"
        text = file.read_text("utf-8")
        assert text.count(OLD) == 1
        file.write_text(text.replace(OLD, f"{OLD}1"), "utf-8")

        dry = api.trigger(BACKFILL, None, {**FORM, "dry_run": True})
        assert ended(processes, api, dry).state == "success"
        shown = api.returned(BACKFILL, dry, "preview")
        assert (shown["figures"], shown["restatements"]) == (1, 1)
        assert programme.figures() == figures

        real = api.trigger(BACKFILL, None, {**FORM, "dry_run": False})
        question = until(
            processes,
            lambda: next((q for q in api.questions(api.runs()) if q.run_id == real), None),
            "the question",
        )
        assert programme.figures() == figures
        gone_round(processes, api)
        api.answer(question, YES, {"why_declined": None})
        assert ended(processes, api, real).state == "success"
        done = api.returned(BACKFILL, real, "redo")
        assert {name: done[name] for name in ("figures", "scores", "restatements", "files")} == {
            name: shown[name] for name in ("figures", "scores", "restatements", "files")
        }

        assert {q.dag for q in api.questions(api.runs())} <= {"dispatch_half_year"}

        # Airflow's own backfill after it finds nothing to do.
        after = programme.figures()
        known = {run.run_id for run in api.runs()}
        programme.airflow(
            *("backfill", "create", "--dag-id", "close_quarter"),
            *("--from-date", "2025-04-01", "--to-date", "2026-03-31"),
            *("--reprocess-behavior", "completed"),
        )

        def closed_again():
            runs = [r for r in api.runs() if r.run_id not in known and r.dag == "close_quarter"]
            return len([r for r in runs if r.state == "success"]) == 4

        until(processes, closed_again, "Airflow's backfill")
        assert programme.figures() == after
    changed = after["scores"] ^ figures["scores"]
    assert changed
    assert all(line.startswith("IA-INDPH,") for line in changed)
    assert after["reporting"] == figures["reporting"]
    assert programme.mails() == mails
    assert any(",backfill," in line for line in programme.cpsa("audit", "--format", "csv"))
