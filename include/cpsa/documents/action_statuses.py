"""The status of each action of a snapshot; ``actions.status`` derives it."""

from __future__ import annotations

from functools import lru_cache

from cpsa.actions.status import ActionStatus
from cpsa.actions.status import compute_action_statuses as derive_statuses
from cpsa.calendar import Quarter
from cpsa.provenance.snapshot import Snapshot


def list_action_statuses(snapshot: Snapshot, last: Quarter) -> tuple[ActionStatus, ...]:
    """All actions up to a quarter, oldest first, as of the snapshot's instant."""
    return tuple(
        status
        for status in _list_all_action_statuses(snapshot)
        if status.action.quarter <= last.key
    )


def find_action_status(snapshot: Snapshot, number: str) -> ActionStatus:
    """The status of one action; KeyError where the snapshot has none of the number."""
    return _map_action_statuses(snapshot)[number]


@lru_cache(maxsize=4)
def _map_action_statuses(snapshot: Snapshot) -> dict[str, ActionStatus]:
    return {status.action.number: status for status in _list_all_action_statuses(snapshot)}


@lru_cache(maxsize=4)
def _list_all_action_statuses(snapshot: Snapshot) -> tuple[ActionStatus, ...]:
    term = snapshot.reference.replies.term
    actions = snapshot.actions.assign(accepted=snapshot.is_accepted(snapshot.actions))
    return derive_statuses(actions, snapshot.decisions, snapshot.as_of, term)
