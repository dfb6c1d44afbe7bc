"""Notifies ops of what failed and what is late, with links to the board and the log.

Called by Airflow with what it knows of a task or a run. The text and the sending are the domain's
(``cpsa.services.notify_ops``); nothing here may make a failure worse, so whatever goes wrong is logged.
"""

from __future__ import annotations

import logging
import os
from datetime import datetime
from typing import Any

from airflow.sdk.exceptions import AirflowException

from cpsa.calendar import HalfYear, Quarter, is_half_key, is_quarter_key, parse_period
from cpsa.errors import RequestError
from cpsa.settings import from_environment
from cpsa_airflow import web_addresses
from cpsa_airflow.task_context import this_instant

log = logging.getLogger(__name__)


def tell_ops(context: Any) -> None:
    """A task has failed for good. Airflow calls this once for an attempt, the ledger sends it once."""
    from cpsa.services.notify_ops import TaskFailure, notify_of_failure

    ti = context["ti"]
    period = _parse_period_key(context.get("partition_key"))
    failure = TaskFailure(
        dag=ti.dag_id,
        step=ti.task_id,
        run=ti.run_id,
        attempt=ti.try_number,
        cause=describe_cause(context.get("exception")),
        board=get_board_page(period),
        log=_get_log_address(ti),
        period=period,
        batch=_get_batch_label(context),
    )
    _send(notify_of_failure, failure, worker=f"{ti.dag_id}/{ti.run_id}/notice")


def tell_ops_it_is_late(context: Any) -> None:
    """A run is not done by its period's day."""
    from cpsa.services.notify_ops import notify_of_delay

    run = context["dag_run"]
    key = run.get("partition_key") or (run.get("conf") or {}).get("period") or ""
    if not (is_quarter_key(key) or is_half_key(key)):
        return
    worker = f"{run['dag_id']}/{key}/notice"
    if is_quarter_key(key):
        address = web_addresses.get_run_address(run["dag_id"], run["dag_run_id"])
        _send(notify_of_delay, Quarter.parse(key), get_board_page(key), address, worker=worker)
        return
    half = HalfYear.parse(key)
    _send(_notify_of_late_half, half, get_board_page(key), run, worker=worker)


def _notify_of_late_half(
    context: Any, half: HalfYear, board_page: str, run: Any, now: datetime, worker: str
) -> Any:
    """A half-year is not sent: the link goes to the run with the open question, else to this one."""
    from cpsa.services.notify_ops import notify_of_delay
    from cpsa.services.publication.approval_questions import find_open_question

    question = find_open_question(context, half)
    if question is not None and question.run:
        address = web_addresses.get_question_address(question)
    else:
        address = web_addresses.get_run_address(run["dag_id"], run["dag_run_id"])
    return notify_of_delay(context, half, board_page, address, now, worker)


def describe_cause(exception: BaseException | str | None) -> str:
    """Why it failed, as far as a mail may say: our own words, else only the kind of error.

    What a library says may quote a figure or an address; that stays in the log.
    """
    if isinstance(exception, RequestError | AirflowException):
        return f"{exception}"
    return type(exception).__name__ if isinstance(exception, BaseException) else "?"


def get_board_page(period: str) -> str:
    """Where the board shows a period."""
    page = (
        "" if not period else f"{'quarter' if is_quarter_key(period) else 'departments'}/{period}"
    )
    return f"{web_addresses.get_board_address()}/{page}"


def _send(verb: Any, *arguments: Any, worker: str) -> None:
    from cpsa.services.app_context import AppContext

    try:
        # Not required to be ready: that the store is away or not upgraded is worth a notice.
        context = AppContext.from_settings(from_environment(os.environ), ready=False)
        sent = verb(context, *arguments, this_instant(), worker)
    except Exception:  # the failure itself must stay what is seen
        log.exception("The notice to ops could not be written.")
        return
    if sent is None:
        log.info("Nothing to notify ops of: the store says that it is done.")
    elif not sent.accepted:
        log.warning("The notice to ops is sent later: %s", sent.as_json())


def _parse_period_key(key: str | None) -> str:
    try:
        return parse_period(key or "").key
    except RequestError:
        return ""


def _get_batch_label(context: Any) -> str:
    """What a mapped task was at work on, as its label says; blank where it is not mapped."""
    index = getattr(context["ti"], "map_index", -1)
    return (
        str(context.get("batch_label") or f"#{index}") if (index or 0) >= 0 and index != -1 else ""
    )


def _get_log_address(ti: Any) -> str:
    known = getattr(ti, "log_url", "")
    return known or web_addresses.get_run_address(ti.dag_id, ti.run_id)
