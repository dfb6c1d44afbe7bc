"""Requests nobody thought of, made from what an application says of itself, by schemathesis.

What belongs here: making and sending them. What must not: any one application's answers.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

import schemathesis
from fastapi import FastAPI
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode

Adjust = Callable[[Any], None]


def require_no_fault(
    app: FastAPI, adjust: Adjust, examples: int, answers: Counter[int] | None = None
) -> int:
    """Ask every address of an application what it allows and what it does not.

    ``adjust`` may change a case before it is sent, such as to a link that is good. Returns how many
    requests were answered, and counts them by status in ``answers``; AssertionError with the
    request when one is the application's fault.
    """
    answers = Counter() if answers is None else answers

    def ask_of(operation: Any) -> Callable[[], None]:
        cases = st.one_of(*(operation.as_strategy(generation_mode=mode) for mode in GenerationMode))

        @settings(
            max_examples=examples,
            deadline=None,
            database=None,
            suppress_health_check=list(HealthCheck),
        )
        @given(case=cases)
        def ask(case: Any) -> None:
            adjust(case)
            answer = case.call(app=app, allow_redirects=False)
            answers[answer.status_code] += 1
            assert answer.status_code < 500, case.as_curl_command()

        return ask

    schema = schemathesis.openapi.from_dict(app.openapi())
    for found in schema.get_all_operations():
        operation: Any = found
        ask_of(operation.ok())()
    return answers.total()
