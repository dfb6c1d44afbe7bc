"""What the checks of one verification share: the store at one instant, and how much is computed again."""

from __future__ import annotations

import random
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeVar

from sqlalchemy import Connection

from cpsa.services.app_context import AppContext

T = TypeVar("T")


@dataclass
class Verification:
    """One verification, within one reading transaction. ``everything``: without it, samples.

    ``counts``: how many files, rows and results were compared, and how many are not comparable.
    """

    context: AppContext
    connection: Connection
    now: datetime
    everything: bool = False
    counts: dict[str, int] = field(default_factory=dict)

    def count(self, name: str, number: int = 1) -> None:
        self.counts[name] = self.counts.get(name, 0) + number

    def sample(self, items: Collection[T], size: int) -> Sequence[T]:
        """All, or so many of them at random: others every day, on one day the same."""
        ordered = list(items)
        if self.everything or len(ordered) <= size:
            return ordered
        chosen = random.Random(self.now.toordinal()).sample(range(len(ordered)), size)  # noqa: S311 (no secret)
        return [ordered[place] for place in sorted(chosen)]
