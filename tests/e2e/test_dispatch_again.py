"""A half-year that has left is run again, cleared and asked for by hand: nobody gets it twice."""

from __future__ import annotations

import time

import pytest

pytestmark = [pytest.mark.e2e, pytest.mark.nightly]

SENT, WAITING = "2025-26-H2", "2026-27-H1"
DISPATCH = "dispatch_half_year"
SECONDS_TO_SETTLE = 600


def ended(processes, api, run_id: str):
    """The run, once it has come to an end."""
    deadline = time.monotonic() + SECONDS_TO_SETTLE
    while time.monotonic() < deadline:
        processes.require_running()
        run = next(run for run in api.runs() if run.run_id == run_id)
        if run.state in ("success", "failed"):
            return run
        time.sleep(1)
    raise AssertionError(f"{run_id} did not end in time")


def question(processes, api, but: str = ""):
    """The question about the waiting half-year, of another run than ``but``."""
    deadline = time.monotonic() + SECONDS_TO_SETTLE
    while time.monotonic() < deadline:
        processes.require_running()
        for one in api.questions(api.runs()):
            if one.period == WAITING and one.run_id != but:
                return one
        time.sleep(1)
    raise AssertionError("no approval was requested")


def test_run_again_and_cleared_it_sends_nothing_more(finished):
    mails = finished.mails()
    with finished.serving() as (processes, api):
        first = next(r for r in api.runs() if (r.dag, r.period) == (DISPATCH, SENT))
        again = api.trigger(DISPATCH, SENT, {"dry_run": False})
        assert ended(processes, api, again).state == "success"
        api.clear(first)
        assert ended(processes, api, first.run_id).state == "success"
        asked = {one.period for one in api.questions(api.runs())}
        assert asked == {WAITING}, "nobody is asked to approve what has been sent"
    assert finished.mails() == mails


def test_a_run_by_hand_only_shows_its_plan(finished):
    mails = finished.mails()
    with finished.serving() as (processes, api):
        waiting = {one.run_id for one in api.questions(api.runs())}
        dry = api.trigger(DISPATCH, WAITING)
        assert ended(processes, api, dry).state == "success"
        assert {one.run_id for one in api.questions(api.runs())} == waiting
    log = "\n".join(
        file.read_text("utf-8")
        for file in finished.place.airflow_home.glob(f"logs/**/run_id={dry}/**/*.log")
    )
    assert "DOMSME:to:1" in log
    assert "@" not in "".join(line for line in log.splitlines() if "DOMSME:to:1" in line)
    assert finished.mails() == mails


def test_a_rejection_is_kept_and_leads_to_a_new_question(finished):
    mails = finished.mails()
    form = {
        "leave": "at_once",  # its dispatch date has passed: there is no choice
        "why_rejected": "page 3 names the wrong month",
    }
    with finished.serving() as (processes, api):
        first = question(processes, api)
        api.answer(first, "Reject", form)
        assert ended(processes, api, first.run_id).state == "success"
        second = question(processes, api, but=first.run_id)
        told = api.returned(DISPATCH, second.run_id, "plan_mails")
        assert "page 3 names the wrong month" in told["body"]
    assert finished.mails() == mails
    assert finished.outbox(WAITING) == []
