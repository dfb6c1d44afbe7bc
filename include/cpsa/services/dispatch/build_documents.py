"""Builds a period's documents, and records which documents that were sent before have changed.

Here and not beside ``build_editions``: dispatch knows what was sent, and publication does not.
"""

from __future__ import annotations

from datetime import datetime

from cpsa.calendar import AnyPeriod, HalfYear
from cpsa.services.app_context import AppContext
from cpsa.services.dispatch.record_changed_documents import record_changed_documents
from cpsa.services.publication.build_editions import Progress, build_editions
from cpsa.services.run_log import log_use_case
from cpsa.services.service_results import BuildResult


@log_use_case
def build_documents(
    context: AppContext, period: AnyPeriod, now: datetime, progress: Progress | None = None
) -> BuildResult:
    """Build every document of a period; of a half-year also record which sent ones have changed."""
    built = build_editions(context, period, now, progress)
    if isinstance(period, HalfYear):
        record_changed_documents(context, period, now)
    return built
