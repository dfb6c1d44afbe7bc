"""The backfill's form, its question, and its tasks: a dry run ends before anybody is asked."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from airflow.sdk.exceptions import AirflowFailException, AirflowSkipException
from airflow.sdk.execution_time.context import OutletEventAccessors, set_current_context
from tests.factories import RegistryFolder, put, update
from tests.stores import fill_office

from cpsa.calendar import Quarter
from cpsa.services.app_context import AppContext
from cpsa.services.collection.collect_inbox import collect_inbox
from cpsa.services.quarter.close_quarter import close_quarter
from cpsa.services.quarter.load_registry import load_registry
from cpsa.services.reports.list_audit_entries import list_audit_entries
from cpsa.settings import from_environment
from cpsa_airflow import backfill_form
from cpsa_airflow.assets import CLOSED

Q1, Q2 = "2025-26-Q1", "2025-26-Q2"
FORM = {
    "from": Q1,
    "to": Q2,
    "agencies": [],
    "redo": ["collect", "documents"],
    "reason": "a corrected file | came",
    "write_to_agencies": False,
    "dry_run": False,
}
YES = {
    "chosen_options": [backfill_form.APPROVE],
    "params_input": {},
    "responded_by_user": {"id": "1", "name": "asha"},
}
NO = {
    **YES,
    "chosen_options": [backfill_form.DECLINE],
    "params_input": {"why_declined": "wait for the baselines"},
}


@pytest.fixture
def office(home, tmp_path, monkeypatch):
    """Two quarters of one agency, closed in their time, and a changed file for the first."""
    settings = from_environment(os.environ)
    office = AppContext.from_settings(settings)
    inbox = Path(settings.inbox)

    def closed() -> None:
        registry = RegistryFolder(agencies={"IA-A": Q1}).write(tmp_path / "registry")
        load_registry(office, registry, Quarter.parse(Q1).opens_at)
        for key in (Q1, Q2):
            quarter = Quarter.parse(key)
            put(inbox, "IA-A", key, update("IA-A", key, {"OP1": 3}))
            collect_inbox(office, quarter.opens_at + timedelta(days=1))
            close_quarter(office, quarter, quarter.closes_at)

    fill_office(office, "closed in their time", closed)
    put(inbox, "IA-A", Q1, update("IA-A", Q1, {"OP1": 7}))
    return office


@pytest.fixture
def call(dagbag):
    """Runs the body of a task with what the form said."""

    def run(task_id: str, *arguments: object, form=FORM, **named: object):
        body = dagbag.dags["backfill_quarters"].get_task(task_id).python_callable
        with set_current_context({"params": form}):
            return body(*arguments, **named)

    return run


def test_the_form_is_whole_before_it_can_be_sent(dagbag):
    params = backfill_form.make_form()
    assert {"from", "to", "reason"} == {name for name, one in params.items() if one.value is None}
    assert params["dry_run"].value is True
    assert params["write_to_agencies"].value is False
    for one in (*params.values(), *backfill_form.make_form_fields().values()):
        words = one.schema["title"] + one.description
        assert any("\u0900" <= letter <= "\u097f" for letter in words), one.schema["title"]
        assert any("a" <= letter <= "z" for letter in words), one.schema["title"]
    fields = backfill_form.make_form_fields()
    assert "null" in fields["why_declined"].schema["type"], "a yes could not be given"


def test_a_form_that_makes_no_sense_is_not_tried_again(office, call):
    with pytest.raises(AirflowFailException, match="Write the older quarter first"):
        call("preview", form={**FORM, "from": Q2, "to": Q1})
    with pytest.raises(AirflowFailException, match="Not closed: 2025-26-Q3"):
        call("preview", form={**FORM, "to": "2025-26-Q3"})


def test_nothing_is_done_before_a_person_said_yes(dagbag):
    dag = dagbag.dags["backfill_quarters"]
    before = dag.get_task("redo").get_flat_relative_ids(upstream=True)
    assert before == {"preview", "is_meant", "approve", "choose"}
    approve = dag.get_task("approve")
    assert approve.response_timeout
    assert approve.defaults is None, "approve: with a default, silence would count as an answer"
    assert dag.get_task("hand_on").upstream_task_ids == {"redo"}


def test_a_dry_run_ends_with_the_preview(office, call):
    assert call("is_meant", form={**FORM, "dry_run": True}) is False
    assert call("is_meant") is True


def test_the_preview_names_the_figure_and_the_documents(office, call, capsys):
    shown = call("preview")
    assert shown["figures"] == shown["restatements"] == 1
    assert f"| {Q1} | IA-A | OP1 |  | 3 | 7 |" in shown["body"]
    assert f"{Q1}/quarterly_update/IA-A.en.pdf" in shown["body"]
    assert "a corrected file | came" in shown["body"]
    assert shown["body"] in capsys.readouterr().out
    assert call("preview") == shown


def test_what_was_approved_is_done_and_handed_on(office, call):
    previewed = call("preview")
    assert call("choose", YES) == "redo"
    done = call("redo", previewed, YES)
    assert (done["figures"], done["restatements"]) == (1, 1)
    told = list_audit_entries(office, verb="backfill")
    assert list(told["who"]) == ["asha"]
    events = OutletEventAccessors()
    call("hand_on", done, outlet_events=events)
    assert events[CLOSED].partition_keys == {Q1, Q2}
    # Cleared, it does nothing more and hands on again.
    again = call("redo", previewed, YES)
    assert (again["figures"], again["quarters"]) == (0, done["quarters"])
    assert len(list_audit_entries(office, verb="backfill")) == 1


def test_without_documents_nothing_is_handed_on(office, call):
    form = {**FORM, "redo": ["collect"]}
    done = call("redo", call("preview", form=form), YES, form=form)
    with pytest.raises(AirflowSkipException):
        call("hand_on", done, outlet_events=OutletEventAccessors(), form=form)


def test_what_came_in_since_the_preview_stops_it_for_good(office, call):
    previewed = call("preview")
    put(Path(office.settings.inbox), "IA-A", Q2, update("IA-A", Q2, {"OP1": 9}))
    with pytest.raises(AirflowFailException, match="Nothing was changed"):
        call("redo", previewed, YES)


def test_a_no_is_kept_with_its_reason(office, call):
    assert call("choose", NO) == "leave"
    call("leave", NO)
    (row,) = list_audit_entries(office, verb="decline backfill").itertuples()
    assert (row.who, row.reason) == ("asha", "wait for the baselines")
    call("leave", {**NO, "params_input": None})
    assert list_audit_entries(office, verb="decline backfill")["reason"].iloc[-1]


def test_an_approved_dispatch_is_kept_once(office, dagbag):
    half = "2025-26-H1"
    answer = {
        "chosen_options": ["Approve"],
        "params_input": {"leave": "at_once"},
        "responded_at": datetime(2025, 11, 14, 4, 30, tzinfo=UTC),
        "responded_by_user": {"id": "1", "name": "asha"},
    }
    decide = dagbag.dags["dispatch_half_year"].get_task("decide").python_callable
    with set_current_context({"partition_key": half}):
        assert decide(answer) == decide(answer) == "wait_for_the_day"
        assert decide({**answer, "chosen_options": ["Reject"]}) == "rebuild"
    (row,) = list_audit_entries(office, verb="approve dispatch", subject=half).itertuples()
    assert (row.who, row.at, row.reason) == ("asha", "2025-11-14T10:00:00+05:30", "at_once")


def test_a_yes_counts_only_from_an_admin(office, call, monkeypatch):
    def choose(answer: dict) -> str:
        return call("choose", answer)

    assert choose(YES) == "redo", "nobody is named: anyone whom Airflow allows to answer"
    monkeypatch.setenv("CPSA_ADMINS", "vimla, asha")
    assert choose(YES) == "redo"
    omar = {**YES, "responded_by_user": {"id": "2", "name": "omar"}}
    with pytest.raises(AirflowFailException, match="CPSA_ADMINS") as refused:
        choose(omar)
    assert "omar" not in str(refused.value), "logs name no person"
    assert choose({**NO, "responded_by_user": omar["responded_by_user"]}) == "leave"
