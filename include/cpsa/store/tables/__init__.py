"""All tables of the store, by subject. Importing this package fills the shared metadata."""

from cpsa.store.tables import (
    awaiting,
    closing,
    dispatch,
    flow,
    intake,
    judgement,
    output,
    publication,
    quarter,
    registry,
    reply,
)

__all__ = [
    "awaiting",
    "closing",
    "dispatch",
    "flow",
    "intake",
    "judgement",
    "output",
    "publication",
    "quarter",
    "registry",
    "reply",
]
