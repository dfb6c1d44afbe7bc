"""Backfilling: redoing closed quarters, shown first and then done exactly as shown.

``order`` says what is asked for, ``doing`` does it within one transaction that is kept or undone,
``changes`` compares the store before and after, ``differing`` finds the documents that would read
differently. What must not go here: what a figure, a finding or a score is, which is for the verbs
that are called.
"""

from cpsa.cycle.backfilling.changes import Changes
from cpsa.cycle.backfilling.differing import Differing, How
from cpsa.cycle.backfilling.doing import (
    Done,
    Preview,
    backfill,
    decline_backfill,
    preview_backfill,
)
from cpsa.cycle.backfilling.order import Order, Part

__all__ = [
    "Changes",
    "Differing",
    "Done",
    "How",
    "Order",
    "Part",
    "Preview",
    "backfill",
    "decline_backfill",
    "preview_backfill",
]
