"""Makes mails due now that wait for their next attempt."""

from __future__ import annotations

from datetime import datetime

from cpsa.delivery import ledger
from cpsa.services.app_context import AppContext
from cpsa.services.dispatch.mail_outbox import require_cycle
from cpsa.services.required_reason import require_reason
from cpsa.services.run_log import log_use_case
from cpsa.store.database import write_transaction
from cpsa.store.queries import audit_queries


@log_use_case
def retry_mails(
    context: AppContext, cycle: str, *, also_failed: bool, reason: str, who: str, now: datetime
) -> int:
    """Make mails due that wait for their next attempt, on demand also refused ones; return how many."""
    require_cycle(cycle)
    reason = require_reason(reason)
    with write_transaction(context.engine) as connection:
        audit_queries.add_audit(connection, now, who, "retry mail", cycle, reason)
    return ledger.retry_now(context.engine, cycle, also_failed=also_failed)
