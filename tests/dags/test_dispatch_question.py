"""Whether an answer about a half-year has an effect, by what the store knows when it is read."""

from __future__ import annotations

import os
from datetime import timedelta
from types import SimpleNamespace

import pytest
from airflow.sdk.exceptions import AirflowSkipException
from airflow.sdk.execution_time.context import set_current_context
from tests.factories import Clerk, RegistryFolder
from tests.stores import fill_office
from tests.unit.services.published import compile_half, publish

from cpsa.calendar import HalfYear, Quarter
from cpsa.services.app_context import AppContext
from cpsa.services.dispatch.plan_dispatch import DispatchPlan
from cpsa.services.publication.approval_questions import find_newest_edition_digest, record_question
from cpsa.services.publication.stale_periods import find_stale_periods
from cpsa.services.quarter.load_registry import load_registry
from cpsa.services.quarter.reopen_quarter import reopen_quarter
from cpsa.settings import from_environment
from cpsa_airflow import approval_form, dispatch_question, task_context
from cpsa_airflow.edition_trigger import SUPERSEDED

Q1, Q2 = "2025-26-Q1", "2025-26-Q2"
H1 = HalfYear.parse("2025-26-H1")
NOW = Quarter.parse(Q2).closes_at + timedelta(hours=1)
RUN, OTHER = "run-1", "run-2"
PLAN = DispatchPlan(H1.key, (), sent=0, outdated=0)


@pytest.fixture
def clerk(home, tmp_path, monkeypatch) -> Clerk:
    """A half-year that is compiled; its dispatch date is two weeks away."""
    monkeypatch.setattr(task_context, "this_instant", lambda: NOW)
    settings = from_environment(os.environ)
    office = AppContext.from_settings(settings)
    clerk = Clerk(office, tmp_path / "sent")

    def compiled() -> None:
        registry = RegistryFolder({"IA-A": Q1}, recipients={"DOMSME": "domsme@example.org"})
        load_registry(office, registry.write(tmp_path / "registry"), Quarter.parse(Q1).opens_at)
        for quarter in (Q1, Q2):
            clerk.send("IA-A", quarter, {"OP1": 9, "OP2": 40})
            clerk.close(quarter)
        publish(office, Q1, Q2, now=NOW)
        compile_half(office, H1, NOW)

    fill_office(office, "compiled for the dispatch question", compiled)
    return clerk


@pytest.fixture
def prepared(clerk: Clerk) -> dict:
    """What plan_mails returned when the question was put."""
    office = clerk.office
    edition = find_newest_edition_digest(office, H1)
    form = approval_form.make_form(PLAN, H1, "en", "/cpsa", edition, NOW)
    assert dispatch_question.record_question(form, RUN)
    return form


@pytest.fixture(autouse=True)
def in_a_run():
    dag_run = SimpleNamespace(run_type=SimpleNamespace(value="asset_triggered"))
    with set_current_context({"partition_key": H1.key, "params": {}, "dag_run": dag_run}):
        yield


def restate(clerk: Clerk) -> None:
    clerk.send("IA-A", Q1, {"OP1": 9, "OP2": 41}, NOW)
    reopen_quarter(clerk.office, "IA-A", Quarter.parse(Q1), "typing error", "admin", NOW)


def compile_again(clerk: Clerk) -> None:
    publish(clerk.office, Q1, Q2, now=NOW)
    compile_half(clerk.office, H1, NOW)


def test_one_run_asks_about_an_edition(prepared: dict) -> None:
    assert dispatch_question.record_question(prepared, OTHER) is None
    assert dispatch_question.record_question(prepared, RUN), (
        "a run that asks again has its own question"
    )
    assert dispatch_question.is_valid(prepared, RUN)
    assert not dispatch_question.is_valid(prepared, OTHER)


def test_an_answer_after_a_restatement_has_no_effect(clerk: Clerk, prepared: dict) -> None:
    restate(clerk)
    assert not dispatch_question.is_valid(prepared, RUN), "not even before it is compiled again"
    dispatch_question.end_question(prepared, RUN, SUPERSEDED)
    compile_again(clerk)
    assert not dispatch_question.is_valid(prepared, RUN)
    assert H1 in find_stale_periods(clerk.office, NOW).halves, "so it is asked about again"


def test_from_the_dispatch_date_on_another_text_is_right(prepared: dict, monkeypatch) -> None:
    monkeypatch.setattr(task_context, "this_instant", lambda: H1.dispatch_at)
    assert not dispatch_question.is_valid(prepared, RUN)


def test_what_was_approved_waits_while_it_is_built_again(clerk: Clerk, prepared: dict) -> None:
    dispatch_question.end_question(prepared, RUN, approval_form.APPROVE)
    assert dispatch_question.is_ready_to_send(prepared)
    restate(clerk)
    assert not dispatch_question.is_ready_to_send(prepared)
    compile_again(clerk)
    with pytest.raises(AirflowSkipException, match="newer documents"):
        dispatch_question.is_ready_to_send(prepared)


def test_version_1_0_0_named_no_edition(clerk: Clerk) -> None:
    earlier = {"digest": "d", "reason": ""}
    assert dispatch_question.is_valid(earlier, RUN)
    assert dispatch_question.is_ready_to_send(earlier)
    edition = find_newest_edition_digest(clerk.office, H1)
    record_question(clerk.office, H1, edition, OTHER, NOW)
    assert not dispatch_question.is_valid(earlier, RUN), "a newer question is open"


@pytest.mark.parametrize(
    ("days", "language", "words"),
    [
        (-1, "en", "Once approved, the mails are sent on 15.11.2025 at 06:00"),
        (-1, "hi", "15.11.2025 को 06:00 बजे भेजे जाएँगे"),
        (
            0,
            "en",
            "The dispatch date is today (15.11.2025); once approved, the mails are sent at once",
        ),
        (1, "en", "The dispatch date was 1 day ago (15.11.2025)"),
        (14, "en", "The dispatch date was 14 days ago (15.11.2025); once approved, the mails are"),
        (14, "hi", "बीते 14 दिन हो चुके हैं; अनुमोदन होते ही ई-मेल तुरंत भेजे जाएँगे"),
    ],
)
def test_the_form_says_when_a_yes_sends(days: int, language: str, words: str) -> None:
    now = H1.dispatch_at + timedelta(days=days)
    form = approval_form.make_form(PLAN, H1, language, "/cpsa", "edition", now)
    assert words in form["body"]
    assert form["valid_until"] == (H1.dispatch_at.isoformat() if days < 0 else None)
    assert form["long_past"] is False
    assert ("on_the_day" in approval_form.make_form_fields(form)["leave"].schema["enum"]) is (
        days < 0
    )
