"""Records that a person approved a dispatch.

What must not go here: sending what was approved (``dispatch_half_year``).
"""

from __future__ import annotations

from datetime import datetime

from cpsa.calendar import HalfYear
from cpsa.services.app_context import AppContext
from cpsa.store.database import write_transaction
from cpsa.store.queries import audit_queries

APPROVED = "approve dispatch"


def approve_dispatch(
    context: AppContext, half: HalfYear, who: str, how: str, answered_at: datetime
) -> None:
    """Record who approved that a half-year is sent, and how; once, however often a task is run."""
    with write_transaction(context.engine) as connection:
        before = audit_queries.find_last_audit_entry(connection, APPROVED, half.key)
        if before is None or before.at != answered_at:
            audit_queries.add_audit(connection, answered_at, who, APPROVED, half.key, how)
