"""Marks a reply of a department as entered by hand."""

from __future__ import annotations

from datetime import datetime

from cpsa.errors import RequestError
from cpsa.services.app_context import AppContext
from cpsa.services.required_reason import require_reason
from cpsa.store.database import write_transaction
from cpsa.store.queries import audit_queries, department_reply_queries

ENTERED_VERB = "enter reply"  # in the audit trail


def settle_reply(context: AppContext, number: int, reason: str, who: str, now: datetime) -> None:
    """Mark a reply as entered by hand. RequestError for an unknown number or a settled reply."""
    reason = require_reason(reason)
    with write_transaction(context.engine) as connection:
        if not department_reply_queries.settle_reply(connection, number, who, now, reason):
            raise RequestError("actions.refused.no_reply", value=number)
        audit_queries.add_audit(connection, now, who, ENTERED_VERB, str(number), reason)
