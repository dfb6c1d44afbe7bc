"""Accepts the store as it is now, such as after a backup was restored: later verifications compare with it."""

from __future__ import annotations

from datetime import datetime

from cpsa.services.app_context import AppContext
from cpsa.services.required_reason import require_reason
from cpsa.services.run_log import log_use_case
from cpsa.services.verify_store.check_rows import locate_digests
from cpsa.store.database import write_transaction
from cpsa.store.queries import audit_queries

ACCEPTED = "accept store"


@log_use_case
def accept_store(context: AppContext, who: str, reason: str, now: datetime) -> None:
    """Forget which rows earlier verifications saw, with a line in the audit; RequestError without a reason."""
    reason = require_reason(reason)
    with write_transaction(context.engine) as connection:
        audit_queries.add_audit(connection, now, who, ACCEPTED, "", reason)
    for file in locate_digests(context).glob("*.json"):
        file.unlink()
