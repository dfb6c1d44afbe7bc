"""Watches over an open question: ends the question when its edition is outdated.

Runs in Airflow's triggerer, beside all others, so it only sleeps and makes one query of the store. Its
class path and its arguments are stored codes: open questions were stored with them.
"""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import AsyncIterator
from datetime import datetime
from functools import cache
from typing import TYPE_CHECKING, Any

from airflow.sdk.exceptions import AirflowException, AirflowRuntimeError
from airflow.triggers.base import BaseTrigger, TriggerEvent
from asgiref.sync import sync_to_async

if TYPE_CHECKING:
    from cpsa.services.app_context import AppContext

log = logging.getLogger(__name__)

SUPERSEDED = "Superseded"
# Airflow can lose a task that is answered before its scheduler has heard that it waits.
SECONDS_BEFORE_FIRST_CHECK = 8.0
SECONDS_BETWEEN_CHECKS = 30.0
CLASS_PATH = "cpsa_airflow.edition_trigger.EditionTrigger"


class EditionTrigger(BaseTrigger):
    """Answers a question with "Superseded" once the edition it asks about is not the newest.

    ``half``: the key of the half-year; ``edition``: what the question is about, and
    ``question_id`` its number in the store; ``valid_until``: an instant in ISO form from which its
    text is no longer right, or None.
    """

    def __init__(
        self,
        *,
        ti_id: str,
        half: str,
        edition: str,
        question_id: int,
        valid_until: str | None = None,
        **more: Any,
    ) -> None:
        super().__init__(**more)  # type: ignore[no-untyped-call]
        self.ti_id: Any = ti_id  # as text, which Airflow takes where it asks for a UUID
        self.half = half
        self.edition = edition
        self.question_id = question_id
        self.valid_until = valid_until

    def serialize(self) -> tuple[str, dict[str, Any]]:
        arguments = ("ti_id", "half", "edition", "question_id", "valid_until")
        return CLASS_PATH, {name: getattr(self, name) for name in arguments}

    async def run(self) -> AsyncIterator[TriggerEvent]:
        pause = SECONDS_BEFORE_FIRST_CHECK
        while True:
            await asyncio.sleep(pause)
            pause = SECONDS_BETWEEN_CHECKS
            try:
                answer = await self._find_answer() or await self._end_when_outdated()
            except (
                Exception
            ) as error:  # Airflow or the store cannot be reached: the question stays open
                log.warning("The question of %s could not be read: %r", self.half, error)
                continue
            if answer:
                yield TriggerEvent({**answer, "ti_id": self.ti_id})  # type: ignore[no-untyped-call]
                return

    async def _find_answer(self) -> dict[str, Any] | None:
        """The answer that was given, as Airflow's own resumption passes it on."""
        from airflow.sdk.execution_time.hitl import get_hitl_detail_content_detail

        detail = await sync_to_async(get_hitl_detail_content_detail)(ti_id=self.ti_id)
        return _make_event(detail) if detail.response_received else None

    async def _end_when_outdated(self) -> dict[str, Any] | None:
        from airflow.sdk.execution_time.hitl import update_hitl_detail_response

        if await sync_to_async(self.is_valid)():
            return None
        try:
            detail = await sync_to_async(update_hitl_detail_response)(
                ti_id=self.ti_id, chosen_options=[SUPERSEDED], params_input={}
            )
        except (
            AirflowRuntimeError
        ):  # somebody answered first; that answer is checked when it is read
            return await self._find_answer()
        return _make_event(detail)

    def is_valid(self) -> bool:
        """Whether the store knows no newer edition and the question's text is still right."""
        from cpsa_airflow.task_context import this_instant

        valid_until = self.valid_until
        if valid_until is not None and this_instant() >= datetime.fromisoformat(valid_until):
            return False
        from cpsa.calendar import HalfYear
        from cpsa.services.publication import approval_questions

        context, half = _open_context(), HalfYear.parse(self.half)
        return approval_questions.is_open(
            context, self.question_id
        ) and approval_questions.is_newest_edition(context, half, self.edition)


def _make_event(detail: Any) -> dict[str, Any]:
    if not detail.chosen_options:
        raise AirflowException("an answer without a choice")
    user = detail.responded_by_user
    return {
        "chosen_options": list(detail.chosen_options),
        "params_input": detail.params_input or {},
        "responded_at": detail.responded_at,
        "responded_by_user": None if user is None else {"id": user.id, "name": user.name},
        "timedout": False,
    }


@cache
def _open_context() -> AppContext:
    """Opened once in a triggerer: many questions may be open, and each checks twice a minute."""
    from cpsa.services.app_context import AppContext
    from cpsa.settings import from_environment

    return AppContext.from_settings(from_environment(os.environ))
