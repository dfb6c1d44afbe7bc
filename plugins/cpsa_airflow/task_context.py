"""What a task needs before its one domain call: its period, the hour, and the context.

The edge of the domain: only here do tasks read the environment and the clock. Nothing in this
module may be called while a DAG file is parsed, and the services are imported by the tasks,
not by the DAG files, so that parsing stays quick.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, TypeVar

from airflow.sdk import get_current_context
from airflow.sdk.exceptions import AirflowFailException

from cpsa.calendar import HalfYear, Quarter
from cpsa.errors import RequestError
from cpsa.settings import from_environment

if TYPE_CHECKING:
    from cpsa.services.app_context import AppContext

P = TypeVar("P", Quarter, HalfYear)

# Small JSON for the next task and for a person who looks at the run. Not annotated as a dict, because
# Airflow would then store every key of it as a value of its own.
TaskReport = Any


@dataclass(frozen=True)
class TaskContext:
    """What a task works with: the application's context, the instant, the office's language."""

    app: AppContext
    now: datetime
    language: str


def open_task_context() -> TaskContext:
    """The context for one task."""
    from cpsa.services.app_context import AppContext

    settings = from_environment(os.environ)
    return TaskContext(AppContext.from_settings(settings), this_instant(), settings.language)


def this_instant() -> datetime:
    """The instant at which a task does its work, which the domain never reads for itself."""
    return datetime.now(UTC)


def get_run_quarter() -> Quarter:
    """The quarter this run is for."""
    return _get_run_period(Quarter)


def get_run_half() -> HalfYear:
    """The half-year this run is for."""
    return _get_run_period(HalfYear)


def get_run_params() -> dict[str, Any]:
    """What the run was started with; the defaults of the DAG's form where it was left blank."""
    return dict(get_current_context()["params"])


def get_run_type() -> str:
    """How the run came about: ``manual`` when a person started it."""
    # Its value: the text of an enumeration is another thing in each of its classes.
    return get_current_context()["dag_run"].run_type.value


def get_run_id() -> str:
    """The name of this run in Airflow."""
    return get_current_context()["ti"].run_id


def get_starter() -> str:
    """Who started the run by hand, as Airflow knows them; blank where a schedule or a DAG did."""
    if get_run_type() != "manual":
        return ""
    return get_current_context()["dag_run"].triggering_user_name or "airflow"


def get_run_reason() -> str:
    """Why the run was started by hand, as its form says; blank where it gives none."""
    return str(get_run_params().get("reason") or "").strip()


def set_batch_label(label: str) -> None:
    """Name the batch that a mapped task works on, for its ``map_index_template``."""
    context: Any = get_current_context()
    context["batch_label"] = label


def get_worker_name() -> str:
    """Who claims mail in the dispatch ledger: this attempt of this task."""
    ti = get_current_context()["ti"]
    return f"{ti.dag_id}/{ti.run_id}/{ti.try_number}"


def _get_run_period(kind: type[P]) -> P:
    """The period of the run's form, else its partition key: a run that another DAG started has none."""
    context = get_current_context()
    period_key = str((context.get("params") or {}).get("period") or "").strip()
    try:
        return kind.parse(period_key or context.get("partition_key") or "")
    except RequestError as error:
        # Trying again would not help: the run has to be started with another partition key.
        raise AirflowFailException(str(error)) from error
