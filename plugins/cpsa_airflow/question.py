"""Questions to a person: what may be answered, by whom, and when a question ends by itself.

The form's fields and the people are set when the question is put, and again before its answer is
judged, which happens in another process. Airflow's API stores a field's value without a check, so
the value is judged here; after an answer that cannot be used the question is put again.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NoReturn

from airflow.providers.standard.operators.hitl import HITLOperator
from airflow.sdk import Param
from airflow.sdk.definitions.param import ParamsDict
from airflow.sdk.exceptions import AirflowSkipException, ParamValidationError
from airflow.sdk.execution_time.hitl import HITLUser, upsert_hitl_detail

from cpsa_airflow.edition_trigger import SUPERSEDED, EditionTrigger

Prepared = Mapping[str, Any]  # what the earlier task returned
Answer = Mapping[str, Any]
Fields = Callable[[Prepared], Mapping[str, Param]]
Users = Callable[[], list[HITLUser]]
Check = Callable[[Prepared, Answer], str]
Record = Callable[[Prepared, str], int | None]
End = Callable[[Prepared, str, str], None]
UNANSWERED = "Unanswered"  # how a question ended whose time has run out


def allow_everybody() -> list[HITLUser]:
    """Each person whom Airflow lets answer."""
    return []


def accept_any_answer(_prepared: Prepared, _answer: Answer) -> str:
    """No answer is unusable but for its choice and its fields."""
    return ""


class QuestionOperator(HITLOperator):
    """A question whose text and form are made of what an earlier task returned.

    ``prepared_in``: the id of that task, which returns ``subject`` and ``body`` among others;
    ``fields``: the form, from what it returned; ``users``: who may answer, as Airflow knows them;
    ``check``: why an answer cannot be used though each of its fields can, blank where it can;
    ``record``: writes the question into the store and returns its number there, None where this
    run has nothing to ask; ``end``: writes how it ended.
    """

    def __init__(
        self,
        *,
        prepared_in: str,
        fields: Fields,
        record: Record,
        end: End,
        users: Users = allow_everybody,
        check: Check = accept_any_answer,
        **more: Any,
    ) -> None:
        more["params"] = dict(fields({}))  # and none of the DAG's own
        returned = f"ti.xcom_pull(task_ids='{prepared_in}')"
        super().__init__(
            subject=f"{{{{ {returned}['subject'] }}}}",
            body=f"{{{{ {returned}['body'] }}}}",
            # Not tried again by itself: a question that nobody answered is for ops.
            retries=0,
            execution_timeout=None,
            **more,
        )
        self.prepared_in = prepared_in
        self.fields = fields
        self.users = users
        self.check = check
        self.record = record
        self.end = end

    def execute(self, context: Any) -> Any:
        self.record_and_prepare(context)
        return super().execute(context)

    def execute_complete(self, context: Any, event: dict[str, Any]) -> Any:
        prepared, run = self.prepare(context), context["ti"].run_id
        if "error" in event:
            self.end(prepared, run, UNANSWERED)
            return super().execute_complete(context, event)
        if problem := self.find_answer_problem(prepared, event):
            self.log.warning(
                "This answer cannot be used, so the question is asked again: %s", problem
            )
            return self.execute(context)
        answer = super().execute_complete(context, event)
        self.end(prepared, run, answer["chosen_options"][0])
        return answer

    def record_and_prepare(self, context: Any) -> tuple[Prepared, int]:
        """Set the form and record the question; skips where this run has no question."""
        prepared = self.prepare(context)
        question_id = self.record(prepared, context["ti"].run_id)
        if question_id is None:
            raise AirflowSkipException("Another run asks this question, or it is out of date.")
        return prepared, question_id

    def prepare(self, context: Any) -> Prepared:
        """Set the form's fields and the people; returns what the earlier task returned."""
        prepared = context["ti"].xcom_pull(task_ids=self.prepared_in) or {}
        self.params = ParamsDict(dict(self.fields(prepared)))
        self.assigned_users = self.users() or None
        return prepared

    def find_answer_problem(self, prepared: Prepared, answer: Answer) -> str:
        """Why an answer cannot be used; blank where it can."""
        chosen = list(answer.get("chosen_options") or ())
        if len(chosen) != 1 or chosen[0] not in self.options:
            return f"{chosen} is not one of {self.options}"
        given = answer.get("params_input") or {}
        for name in self.params:
            if name not in given:
                continue
            try:
                self.params.get_param(name).resolve(given[name])
            except ParamValidationError as error:
                return f"{name}: {str(error).splitlines()[0]}"
        return self.check(prepared, answer)

    def validate_params_input(self, params_input: Mapping[str, Any]) -> None:
        """Checked in ``find_answer_problem``. Further fields pass: an earlier version may have had them."""


class EditionQuestionOperator(QuestionOperator):
    """A question about documents, which ends by itself when they are no longer the newest.

    ``is_valid``: whether an answer still has an effect. A question of version 1.0.0 waits without a
    watch and is answered as before.
    """

    def __init__(self, *, is_valid: Callable[[Prepared, str], bool], **more: Any) -> None:
        super().__init__(**more)
        self.is_valid = is_valid

    def execute(self, context: Any) -> NoReturn:
        (prepared, question_id), ti = self.record_and_prepare(context), context["ti"]
        upsert_hitl_detail(
            ti_id=ti.id,
            options=self.options,
            subject=self.subject,
            body=self.body,
            multiple=False,
            params=self.serialized_params,
            assigned_users=self.assigned_users,
        )
        self.defer(
            trigger=EditionTrigger(
                ti_id=str(ti.id),
                half=prepared["half"],
                edition=prepared["edition"],
                question_id=question_id,
                valid_until=prepared["valid_until"],
            ),
            method_name="execute_complete",
            timeout=self.response_timeout,
        )

    def execute_complete(self, context: Any, event: dict[str, Any]) -> Any:
        if self.is_for_another_task(context, event):
            self.log.warning(
                "This answer belongs to another question, so this question is asked again"
            )
            return self.execute(context)
        if "error" not in event:
            prepared, run = self.prepare(context), context["ti"].run_id
            is_over = list(event.get("chosen_options") or ()) == [SUPERSEDED]
            if is_over or not self.is_valid(prepared, run):
                self.end(prepared, run, SUPERSEDED)
                raise AirflowSkipException("These documents are not the newest: nothing follows.")
        return super().execute_complete(context, event)

    @staticmethod
    def is_for_another_task(context: Any, event: dict[str, Any]) -> bool:
        """Whether an answer was given to another task's question.

        Airflow resumes a task by its trigger's number. SQLite gives the number of a trigger that is
        done to the next one, while the first may still be at work: its answer then comes here. An
        answer that Airflow itself passes on names no task and belongs to this one.
        """
        return bool(event.get("ti_id", str(context["ti"].id)) != str(context["ti"].id))
