"""Records that a person rejected a dispatch, and builds its documents again."""

from __future__ import annotations

from datetime import datetime

from cpsa.calendar import HalfYear
from cpsa.services.app_context import AppContext
from cpsa.services.dispatch.approval_notices import REJECTED
from cpsa.services.dispatch.build_documents import build_documents
from cpsa.services.required_reason import require_reason
from cpsa.services.service_results import BuildResult
from cpsa.store.database import write_transaction
from cpsa.store.queries import audit_queries


def reject_dispatch(
    context: AppContext, half: HalfYear, who: str, reason: str, now: datetime
) -> BuildResult:
    """Record why a half-year must not be sent as it is, and build its documents again.

    RequestError when there is no reason: the person who corrects it must know what to correct.
    """
    reason = require_reason(reason)
    with write_transaction(context.engine) as connection:
        audit_queries.add_audit(connection, now, who, REJECTED, half.key, reason)
    return build_documents(context, half, now)
