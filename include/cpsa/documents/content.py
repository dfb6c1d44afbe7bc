"""Which module writes which document."""

from __future__ import annotations

from cpsa.calendar import FiscalYear, HalfYear, Quarter
from cpsa.documents import (
    agency_update,
    consolidated,
    department_actions,
    learning,
    rollout,
    state_update,
)
from cpsa.documents.keys import ALL, STATE, DocumentKey, Kind
from cpsa.documents.model import Content
from cpsa.documents.parameters import DEFAULT, Parameters
from cpsa.documents.snapshot import Snapshot
from cpsa.documents.words import Words
from cpsa.errors import RequestError


def content(key: DocumentKey, snapshot: Snapshot, parameters: Parameters = DEFAULT) -> Content:
    """What a document says in its language; RequestError where there is no such document."""
    words = Words(snapshot, key.language)
    match key.kind, key.period, key.subject:
        case Kind.QUARTERLY_UPDATE, Quarter(), subject if subject == STATE:
            return state_update.content(key, words)
        case Kind.QUARTERLY_UPDATE, Quarter(), subject if subject in snapshot.agencies:
            return agency_update.content(key, words)
        case Kind.POLICY_ACTIONS, Quarter() | HalfYear(), subject if subject == ALL:
            return consolidated.content(key, words, parameters)
        case Kind.POLICY_ACTIONS, Quarter() | HalfYear(), subject if (
            subject in snapshot.reference.departments
        ):
            return department_actions.content(key, words, parameters)
        case Kind.LEARNING, HalfYear() | FiscalYear(), subject if subject == STATE:
            return learning.content(key, words, parameters)
        case Kind.ROLLOUT, HalfYear() | FiscalYear(), subject if subject == STATE:
            return rollout.content(key, words)
    raise RequestError("documents.no_document", path=key.path)
