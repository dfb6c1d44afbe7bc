"""How each action of a snapshot stands; the reckoning itself is ``actions.standing``'s."""

from __future__ import annotations

from functools import lru_cache

from cpsa.actions import Standing
from cpsa.actions.standing import standings as reckoned
from cpsa.calendar import Quarter
from cpsa.documents.snapshot import Snapshot


def standings(snapshot: Snapshot, last: Quarter) -> tuple[Standing, ...]:
    """All actions up to a quarter, oldest first, as of the snapshot's instant."""
    return tuple(one for one in _standings(snapshot) if one.action.quarter <= last.key)


@lru_cache(maxsize=4)
def _standings(snapshot: Snapshot) -> tuple[Standing, ...]:
    term = snapshot.reference.replies.term
    actions = snapshot.actions.assign(accepted=snapshot.is_accepted(snapshot.actions))
    return reckoned(actions, snapshot.decisions, snapshot.as_of, term)
