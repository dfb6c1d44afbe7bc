"""Building a period's documents, and what follows from it for documents that were sent before."""

from __future__ import annotations

from datetime import datetime

from cpsa.calendar import AnyPeriod, HalfYear
from cpsa.cycle import building
from cpsa.cycle.building import Progress
from cpsa.cycle.changed_documents import record_changed_documents
from cpsa.cycle.office import Office
from cpsa.cycle.results import Built


def build(
    office: Office, period: AnyPeriod, now: datetime, progress: Progress | None = None
) -> Built:
    """Build every document of a period; of a half-year also record which sent ones have changed."""
    built = building.build(office, period, now, progress)
    if isinstance(period, HalfYear):
        record_changed_documents(office, period, now)
    return built
