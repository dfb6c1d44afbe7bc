"""What a task needs before its one domain call: its period, the hour, and the office.

The edge of the domain: only here do tasks read the environment and the clock. Nothing in this
module may be called while a DAG file is parsed, and the domain's verbs are imported by the tasks,
not by the DAG files, so that parsing stays quick.
"""

from __future__ import annotations

import os
from datetime import UTC, datetime
from types import ModuleType
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from airflow.sdk import get_current_context
from airflow.sdk.exceptions import AirflowFailException

from cpsa.calendar import HalfYear, Quarter
from cpsa.errors import RequestError
from cpsa.settings import from_environment

if TYPE_CHECKING:
    from cpsa.cycle import Office

P = TypeVar("P", Quarter, HalfYear)

# Small JSON for the next task and for whoever looks at the run. Not annotated as a dict, because
# Airflow would then store every key of it as a value of its own.
Report = Any


class Desk(NamedTuple):
    """Where a task works: the verbs, the office they are done in, the hour, the language."""

    cycle: ModuleType
    office: Office
    now: datetime
    language: str


def desk() -> Desk:
    """The desk for one task."""
    from cpsa import cycle

    settings = from_environment(os.environ)
    return Desk(cycle, cycle.Office.from_settings(settings), this_instant(), settings.language)


def this_instant() -> datetime:
    """The instant at which a task does its work, which the domain never asks for itself."""
    return datetime.now(UTC)


def run_quarter() -> Quarter:
    """The quarter this run is for."""
    return _run_period(Quarter)


def run_half() -> HalfYear:
    """The half-year this run is for."""
    return _run_period(HalfYear)


def run_params() -> dict[str, Any]:
    """What the run was started with; the defaults of the DAG's form where nothing was said."""
    return dict(get_current_context()["params"])


def run_type() -> str:
    """How the run came about: ``manual`` when a person started it."""
    # Its value: the text of an enumeration is another thing in each of its classes.
    return get_current_context()["dag_run"].run_type.value


def run_id() -> str:
    """The name of this run in Airflow."""
    return get_current_context()["ti"].run_id


def started_by() -> str:
    """Who started the run by hand, as Airflow knows them; blank where a schedule or a DAG did."""
    if run_type() != "manual":
        return ""
    return get_current_context()["dag_run"].triggering_user_name or "airflow"


def run_reason() -> str:
    """Why the run was started by hand, as its form says; blank where nothing was said."""
    return str(run_params().get("reason") or "").strip()


def worker() -> str:
    """Who claims mail in the dispatch ledger: this try of this task."""
    ti = get_current_context()["ti"]
    return f"{ti.dag_id}/{ti.run_id}/{ti.try_number}"


def _run_period(kind: type[P]) -> P:
    """The period of the run's form, else its partition key: a run that another DAG started has none."""
    context = get_current_context()
    named = str((context.get("params") or {}).get("period") or "").strip()
    try:
        return kind.parse(named or context.get("partition_key") or "")
    except RequestError as error:
        # Trying again would not help: the run has to be started with another partition key.
        raise AirflowFailException(str(error)) from error
