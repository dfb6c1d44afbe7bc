"""Which failures are worth another try: by their kind, not by their number alone.

An outage ends: of a network, a database, a mail server. A request that is wrong in itself
stays wrong. Anything else is a defect, tried once more in case it was the machine's.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from airflow.sdk import RetryDecision, RetryPolicy
from airflow.sdk.exceptions import AirflowException

from cpsa.errors import RequestError

RETRIES = 4  # with these pauses a quarter of an hour
FIRST_BACKOFF = timedelta(minutes=1)
# Requests that failed because something was away, by the key of their text.
OUTAGE_KEYS = frozenset(
    {
        *("store.unreachable", "store.full", "store.locked", "store.read_only"),
        *("channels.lost", "channels.unreachable"),
    }
)
# The errors by which drivers report an outage; by name, since no driver is loaded while a DAG is parsed.
_DRIVER_ERRORS = frozenset({"OperationalError", "InterfaceError"})


class RetryByErrorKind(RetryPolicy):
    """Fails at once what is wrong in itself, waits longer each time for an outage to end."""

    def evaluate(
        self, exception: BaseException, try_number: int, max_tries: int, context: Any = None
    ) -> RetryDecision:
        if isinstance(exception, RequestError) and exception.key not in OUTAGE_KEYS:
            return RetryDecision.fail("wrong in itself: trying again would not help")
        if is_outage(exception):
            return RetryDecision.retry(FIRST_BACKOFF * 2 ** (try_number - 1), "something was away")
        if try_number > 1:
            return RetryDecision.fail("failed twice, and nothing was away")
        return RetryDecision.retry(FIRST_BACKOFF, "tried once more")


def is_outage(exception: BaseException) -> bool:
    """Whether it failed because something outside cannot be reached for now.

    Airflow's own exceptions count: our tasks raise them where mail is left over.
    """
    if isinstance(exception, RequestError):
        return exception.key in OUTAGE_KEYS
    if isinstance(exception, ConnectionError | TimeoutError | AirflowException):
        return True
    return any(kind.__name__ in _DRIVER_ERRORS for kind in type(exception).__mro__)
