"""What a task can say of Airflow's own for the daily digest: runs that are still failed.

A task cannot read Airflow's database, but it may ask for the state of a run that it knows: of those
that ops were notified about. The board shows the whole list.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from cpsa_airflow import addresses
from cpsa_airflow.board.links import run_address
from cpsa_airflow.context import Desk

if TYPE_CHECKING:
    from cpsa.board import WaitingItem

FAILED = "failed"


def still_failed(
    at: Desk, state_of: Callable[[str, str], str] | None = None
) -> Sequence[WaitingItem]:
    """The runs of the last day that failed and that nobody has cleared or marked since."""
    from cpsa.board import WaitingItem, WaitingKind, failed_lately

    asked = state_of or _state_of
    return [
        WaitingItem(
            WaitingKind.RUN_FAILED,
            failed.since,
            1,
            run_address(addresses.airflow(), failed.dag, failed.run),
            {"run": f"{failed.dag} {failed.run}"},
        )
        for failed in failed_lately(at.office, at.now)
        if asked(failed.dag, failed.run) == FAILED
    ]


def _state_of(dag: str, run: str) -> str:
    from airflow.sdk import get_current_context

    try:
        return str(get_current_context()["ti"].get_dagrun_state(dag, run))
    except Exception:  # a run that was cleaned away since is settled
        return ""
