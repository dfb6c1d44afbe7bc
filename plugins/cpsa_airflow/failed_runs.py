"""The runs that are still failed, for the daily digest.

A task cannot read Airflow's database, but it can read the state of a run that it knows: of those
that ops were notified about. The board shows the whole list.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from cpsa_airflow import web_addresses
from cpsa_airflow.task_context import TaskContext

if TYPE_CHECKING:
    from cpsa.web.board.work_items import WorkItem

FAILED = "failed"


def list_failed_runs(
    task_context: TaskContext, get_state: Callable[[str, str], str] | None = None
) -> Sequence[WorkItem]:
    """The runs of the last day that failed and that nobody has cleared or marked since."""
    from cpsa.web.board.daily_digest import list_recent_failures
    from cpsa.web.board.work_items import WorkItem, WorkItemKind

    find_state = get_state or _get_run_state
    return [
        WorkItem(
            WorkItemKind.RUN_FAILED,
            failed.since,
            1,
            web_addresses.get_run_address(failed.dag, failed.run),
            {"run": f"{failed.dag} {failed.run}"},
        )
        for failed in list_recent_failures(task_context.app, task_context.now)
        if find_state(failed.dag, failed.run) == FAILED
    ]


def _get_run_state(dag: str, run: str) -> str:
    from airflow.sdk import get_current_context

    try:
        return str(get_current_context()["ti"].get_dagrun_state(dag, run))
    except Exception:  # a run that was deleted since needs no attention
        return ""
