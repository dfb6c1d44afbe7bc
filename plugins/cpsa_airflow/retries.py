"""Which failures are worth another try: by their kind, not by their number alone.

What is away comes back: a network, a database, a mail server. A request that is wrong in itself
stays wrong. Anything else is a defect, tried once more in case it was the machine's.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from airflow.sdk import RetryDecision, RetryPolicy
from airflow.sdk.exceptions import AirflowException

from cpsa.errors import RequestError

TRIES_AGAIN = 4  # with these pauses a quarter of an hour
FIRST_PAUSE = timedelta(minutes=1)
# Requests that failed because something was away, by the key of their text.
AWAY = frozenset({"store.unreachable", "channels.lost", "channels.unreachable"})
# What drivers call it; by name, since no driver is loaded while a DAG is parsed.
_DRIVERS_SAY = frozenset({"OperationalError", "InterfaceError"})


class ByKind(RetryPolicy):
    """Fails at once what is wrong in itself, waits ever longer for what is away."""

    def evaluate(
        self, exception: BaseException, try_number: int, max_tries: int, context: Any = None
    ) -> RetryDecision:
        if isinstance(exception, RequestError) and exception.key not in AWAY:
            return RetryDecision.fail("wrong in itself: trying again would not help")
        if is_away(exception):
            return RetryDecision.retry(FIRST_PAUSE * 2 ** (try_number - 1), "something was away")
        if try_number > 1:
            return RetryDecision.fail("failed twice, and nothing was away")
        return RetryDecision.retry(FIRST_PAUSE, "tried once more")


def is_away(exception: BaseException) -> bool:
    """Whether it failed for something outside that can come back.

    Airflow's own exceptions count: our tasks raise them where mail is left over.
    """
    if isinstance(exception, RequestError):
        return exception.key in AWAY
    if isinstance(exception, ConnectionError | TimeoutError | AirflowException):
        return True
    return any(kind.__name__ in _DRIVERS_SAY for kind in type(exception).__mro__)
