"""Questions: one that ends by itself, one whose answer cannot be used, one of the version before."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest
from airflow.sdk import Param
from airflow.sdk.exceptions import AirflowRuntimeError, AirflowSkipException, TaskDeferred
from airflow.sdk.execution_time import hitl
from airflow.sdk.execution_time.comms import ErrorResponse

from cpsa.calendar import HalfYear
from cpsa_airflow import approval_form, edition_trigger, question
from cpsa_airflow.edition_trigger import SUPERSEDED, EditionTrigger

HALF = HalfYear.parse("2026-27-H1")
TI = "0198c5e2-0000-7000-8000-000000000001"
ARGUMENTS = {
    "ti_id": TI,
    "half": HALF.key,
    "edition": "abc",
    "question_id": 7,
    "valid_until": None,
}
AT = datetime(2026, 11, 10, tzinfo=UTC)


class Detail(SimpleNamespace):
    """What Airflow keeps of a question."""

    def __init__(self, chosen: list[str] | None = None, user: str | None = None) -> None:
        super().__init__(
            response_received=chosen is not None,
            chosen_options=chosen,
            params_input={},
            responded_at=AT,
            responded_by_user=None if user is None else SimpleNamespace(id="1", name=user),
        )


class Airflow:
    """Airflow's side of a question: what was answered, and what the trigger recorded."""

    def __init__(self, *answers: Detail | Exception, quicker: str | None = None) -> None:
        self.answers = list(answers)
        self.quicker = quicker
        self.recorded: list[list[str]] = []

    def look(self, ti_id: str) -> Detail:
        found = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(found, Exception):
            raise found
        return found

    def record(self, ti_id: str, chosen_options: list[str], params_input: dict) -> Detail:
        if self.quicker:
            self.answers = [Detail(["Approve"], self.quicker)]
            raise AirflowRuntimeError(ErrorResponse(detail={"status_code": 409}))
        self.recorded.append(chosen_options)
        return Detail(chosen_options)


@pytest.fixture
def ended(monkeypatch):
    """Runs a trigger until its event; the event's payload."""
    monkeypatch.setattr(edition_trigger, "SECONDS_BEFORE_FIRST_CHECK", 0.0)
    monkeypatch.setattr(edition_trigger, "SECONDS_BETWEEN_CHECKS", 0.0)

    def run(airflow: Airflow, *valid: bool | Exception) -> dict:
        states = list(valid)

        def is_valid(_self) -> bool:
            state = states.pop(0) if len(states) > 1 else states[0]
            if isinstance(state, Exception):
                raise state
            return state

        monkeypatch.setattr(EditionTrigger, "is_valid", is_valid)
        monkeypatch.setattr(hitl, "get_hitl_detail_content_detail", airflow.look)
        monkeypatch.setattr(hitl, "update_hitl_detail_response", airflow.record)

        async def first() -> dict:
            async for event in EditionTrigger(**ARGUMENTS).run():
                return event.payload
            raise AssertionError("no event")

        return asyncio.run(asyncio.wait_for(first(), 10))

    return run


class TestTheWatch:
    def test_its_stored_form_is_that_of_waiting_questions(self) -> None:
        """Questions that wait were written with these: they never change."""
        path, arguments = EditionTrigger(**ARGUMENTS).serialize()
        assert path == "cpsa_airflow.edition_trigger.EditionTrigger"
        assert arguments == ARGUMENTS
        assert EditionTrigger(**arguments).serialize() == (path, arguments)

    def test_it_waits_so_long_that_airflow_has_heard_of_the_question(self) -> None:
        assert edition_trigger.SECONDS_BEFORE_FIRST_CHECK >= 8

    def test_an_outdated_question_is_answered_by_it(self, ended) -> None:
        airflow = Airflow(Detail())
        event = ended(airflow, True, True, False)
        assert event["chosen_options"] == [SUPERSEDED]
        assert event["responded_by_user"] is None
        assert airflow.recorded == [[SUPERSEDED]]

    def test_an_answer_is_passed_on_as_it_was_given(self, ended) -> None:
        airflow = Airflow(Detail(), Detail(["Reject"], "asha"))
        event = ended(airflow, True)
        assert event["chosen_options"] == ["Reject"]
        assert event["responded_by_user"] == {"id": "1", "name": "asha"}
        assert event["ti_id"] == ARGUMENTS["ti_id"]
        assert airflow.recorded == []

    def test_who_was_quicker_is_heard(self, ended) -> None:
        event = ended(Airflow(Detail(), quicker="asha"), False)
        assert (event["chosen_options"], event["responded_by_user"]["name"]) == (
            ["Approve"],
            "asha",
        )

    def test_it_outlives_that_airflow_or_the_store_is_away(self, ended) -> None:
        airflow = Airflow(ConnectionError("gone"), Detail())
        event = ended(airflow, OSError("gone"), True, False)
        assert event["chosen_options"] == [SUPERSEDED]

    def test_a_text_that_is_right_until_the_dispatch_date_ends_with_it(self, monkeypatch) -> None:
        from cpsa_airflow import task_context

        trigger = EditionTrigger(**{**ARGUMENTS, "valid_until": HALF.dispatch_at.isoformat()})
        monkeypatch.setattr(task_context, "this_instant", lambda: HALF.dispatch_at)
        assert trigger.is_valid() is False


def fields(prepared: dict) -> dict[str, Param]:
    when = prepared.get("when", ["on_the_day", "at_once"])
    return {"leave": Param(when[0], type="string", enum=when)}


class Run:
    """A run as a question sees it: what the task before returned."""

    def __init__(self, **prepared: object) -> None:
        self.prepared = {"subject": "s", "body": "b", **prepared}
        self.ended: list[str] = []
        self.written: list[dict] = []
        self.is_valid = True
        self.number: int | None = 7

    def context(self) -> dict:
        ti = SimpleNamespace(id=TI, run_id="run-1", xcom_pull=lambda task_ids: self.prepared)
        return {"ti": ti, "task_instance": ti}

    def task(self, monkeypatch) -> question.EditionQuestionOperator:
        monkeypatch.setattr(
            question, "upsert_hitl_detail", lambda **all_: self.written.append(all_)
        )
        return question.EditionQuestionOperator(
            task_id="approve",
            prepared_in="plan_mails",
            options=["Approve", "Reject"],
            fields=fields,
            record=lambda prepared, run: self.number,
            is_valid=lambda prepared, run: self.is_valid,
            end=lambda prepared, run, choice: self.ended.append(choice),
            response_timeout=timedelta(days=45),
        )


def answer(choice: str, **fields: object) -> dict:
    user = None if choice == SUPERSEDED else {"id": "1", "name": "asha"}
    return {
        "chosen_options": [choice],
        "params_input": fields,
        "responded_at": AT,
        "responded_by_user": user,
        "timedout": False,
    }


PREPARED = {"half": HALF.key, "edition": "abc", "valid_until": None}


class TestAQuestionAboutAnEdition:
    def test_it_is_written_and_then_watched(self, monkeypatch) -> None:
        run = Run(**PREPARED, when=["at_once"])
        with pytest.raises(TaskDeferred) as waits:
            run.task(monkeypatch).execute(run.context())
        assert waits.value.trigger.serialize()[1] == ARGUMENTS
        assert waits.value.timeout == timedelta(days=45)
        (written,) = run.written
        assert written["params"]["leave"]["schema"]["enum"] == ["at_once"]
        assert written["options"] == ["Approve", "Reject"]

    def test_where_another_run_asks_nothing_is_written(self, monkeypatch) -> None:
        run = Run(**PREPARED)
        run.number = None
        with pytest.raises(AirflowSkipException):
            run.task(monkeypatch).execute(run.context())
        assert run.written == []

    def test_a_usable_answer_counts(self, monkeypatch) -> None:
        run = Run(**PREPARED)
        given = answer("Approve", leave="at_once")
        returned = run.task(monkeypatch).execute_complete(run.context(), given)
        assert returned["chosen_options"] == ["Approve"]
        assert run.ended == ["Approve"]

    def test_an_answer_to_another_question_is_none_to_this_one(self, monkeypatch) -> None:
        """Seen on SQLite: a yes to one half-year came to the next one's question and sent it."""
        run = Run(**PREPARED)
        given = {**answer("Approve", leave="at_once"), "ti_id": "of another task"}
        with pytest.raises(TaskDeferred):
            run.task(monkeypatch).execute_complete(run.context(), given)
        assert len(run.written) == 1
        assert run.ended == []

    def test_the_watch_s_own_answer_counts(self, monkeypatch) -> None:
        run = Run(**PREPARED)
        context = run.context()
        given = {**answer("Approve", leave="at_once"), "ti_id": str(context["ti"].id)}
        assert run.task(monkeypatch).execute_complete(context, given)["chosen_options"] == [
            "Approve"
        ]

    def test_superseded_ends_the_run(self, monkeypatch) -> None:
        run = Run(**PREPARED)
        with pytest.raises(AirflowSkipException):
            run.task(monkeypatch).execute_complete(run.context(), answer(SUPERSEDED))
        assert run.ended == [SUPERSEDED]

    def test_a_yes_to_an_outdated_edition_has_no_effect(self, monkeypatch) -> None:
        run = Run(**PREPARED)
        run.is_valid = False
        with pytest.raises(AirflowSkipException):
            run.task(monkeypatch).execute_complete(run.context(), answer("Approve"))
        assert run.ended == [SUPERSEDED]

    @pytest.mark.parametrize(
        "given",
        [
            answer("Approve", leave="tomorrow"),
            answer("Approve", leave="on_the_day"),  # offered to others, not here
            answer("Superseded by me"),
            {**answer("Approve"), "chosen_options": []},
        ],
    )
    def test_an_answer_that_cannot_be_used_is_asked_for_again(self, monkeypatch, given) -> None:
        run = Run(**PREPARED, when=["at_once"])
        with pytest.raises(TaskDeferred):
            run.task(monkeypatch).execute_complete(run.context(), given)
        assert len(run.written) == 1
        assert run.ended == []

    def test_a_question_of_version_1_0_0_is_answered_as_ever(self, monkeypatch) -> None:
        """It waited without a watch, named no edition, and its form had three fields."""
        run = Run(digest="d", reason="")
        given = answer("Approve", leave="at_once", backfill=False, why_rejected=None)
        returned = run.task(monkeypatch).execute_complete(run.context(), given)
        assert returned["params_input"]["leave"] == "at_once"


class TestTheFormByItsDate:
    @staticmethod
    def names(**prepared: object) -> dict[str, list]:
        fields = approval_form.make_form_fields(prepared)
        return {name: field.schema.get("enum") for name, field in fields.items()}

    def test_before_the_dispatch_date_there_is_a_choice(self) -> None:
        found = self.names(days_late=None, long_past=False)
        assert found == {"leave": ["on_the_day", "at_once"], "why_rejected": None}

    def test_after_it_there_is_none(self) -> None:
        found = self.names(days_late=14, long_past=False)
        assert found == {"leave": ["at_once"], "why_rejected": None}

    def test_long_after_it_a_yes_is_confirmed(self) -> None:
        prepared = {"days_late": 50, "long_past": True}
        assert set(self.names(**prepared)) == {"leave", "backfill", "why_rejected"}
        assert approval_form.find_answer_problem(prepared, answer("Approve", backfill=False))
        assert not approval_form.find_answer_problem(prepared, answer("Approve", backfill=True))
        assert not approval_form.find_answer_problem(prepared, answer("Reject"))
        assert not approval_form.find_answer_problem(
            {"days_late": 14, "long_past": False}, answer("Approve")
        )

    def test_version_1_0_0_had_all_fields(self) -> None:
        assert set(approval_form.make_form_fields()) == {"leave", "backfill", "why_rejected"}
