"""Builds a period's documents, and records which documents that were sent before have changed."""

from __future__ import annotations

from datetime import datetime

from cpsa.calendar import AnyPeriod, HalfYear
from cpsa.cycle import building
from cpsa.cycle.building import Progress
from cpsa.cycle.changed_documents import record_changed_documents
from cpsa.cycle.office import AppContext
from cpsa.cycle.results import BuildResult


def build_documents(
    context: AppContext, period: AnyPeriod, now: datetime, progress: Progress | None = None
) -> BuildResult:
    """Build every document of a period; of a half-year also record which sent ones have changed."""
    built = building.build_editions(context, period, now, progress)
    if isinstance(period, HalfYear):
        record_changed_documents(context, period, now)
    return built
