"""Settles uncertain mails by the evidence of a log or an archive."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from cpsa.delivery import delivery_log
from cpsa.delivery.delivery_log import Evidence, ResolvedMails
from cpsa.services.app_context import AppContext
from cpsa.services.required_reason import require_reason
from cpsa.services.run_log import log_use_case
from cpsa.store.database import write_transaction
from cpsa.store.queries import audit_queries


@log_use_case
def resolve_mails(
    context: AppContext,
    read_evidence: Callable[[], Evidence],
    subject: str,
    reason: str,
    who: str,
    now: datetime,
) -> ResolvedMails:
    """Settle uncertain mails by the evidence that ``read_evidence`` returns; ``subject`` names it."""
    proof = read_evidence()
    reason = require_reason(reason)
    with write_transaction(context.engine) as connection:
        audit_queries.add_audit(connection, now, who, "resolve mail", subject, reason)
    return delivery_log.resolve_uncertain_mails(context.engine, proof, who)
