"""Backfills: closed quarters are redone, first as a preview, then exactly as previewed.

``backfill_request`` says what is requested, ``execute_backfill`` does it in one transaction,
``store_changes`` compares the store before and after, ``document_diff`` finds documents that read
differently. What must not go here: what a figure, a finding or a score is, which is for the verbs
that are called.
"""

from cpsa.cycle.backfilling.changes import StoreChanges
from cpsa.cycle.backfilling.differing import DifferenceKind, DocumentDifference
from cpsa.cycle.backfilling.doing import (
    BackfillPreview,
    BackfillResult,
    decline_backfill,
    execute_backfill,
    preview_backfill,
)
from cpsa.cycle.backfilling.order import BackfillRequest, BackfillStep

__all__ = [
    "BackfillPreview",
    "BackfillRequest",
    "BackfillResult",
    "BackfillStep",
    "DifferenceKind",
    "DocumentDifference",
    "StoreChanges",
    "decline_backfill",
    "execute_backfill",
    "preview_backfill",
]
