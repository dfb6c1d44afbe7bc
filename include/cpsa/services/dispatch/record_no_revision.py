"""Records why documents that have changed are not sent again."""

from __future__ import annotations

from datetime import datetime

from cpsa.calendar import HalfYear
from cpsa.errors import RequestError
from cpsa.services.app_context import AppContext
from cpsa.services.dispatch.changed_half_years import ChangedHalfYear, list_changed_half_years
from cpsa.services.publication import half_year_editions
from cpsa.services.publication.half_year_editions import HalfYearEdition
from cpsa.services.required_reason import require_reason
from cpsa.store.database import write_transaction
from cpsa.store.queries import audit_queries, changed_document_queries

NO_REVISION = "send no revision"  # in the audit trail


def record_no_revision(
    context: AppContext, half: HalfYear, reason: str, who: str, now: datetime
) -> ChangedHalfYear:
    """Record why changed documents are not sent again; RequestError where none have changed."""
    reason = require_reason(reason)
    changes = [
        change for change in list_changed_half_years(context, now) if change.half == half.key
    ]
    if not changes:
        raise RequestError("cycle.nothing_changed", period=half.key)
    with write_transaction(context.engine) as connection:
        edition: HalfYearEdition = half_year_editions.find_newest_edition(connection, half)
        changed_document_queries.add_no_revision(
            connection,
            half=half.key,
            edition=edition.digest,
            documents=list(edition.document_ids),
            reason=reason,
            recorded_by=who,
            recorded_at=now,
        )
        audit_queries.add_audit(connection, now, who, NO_REVISION, half.key, reason)
    return changes[0]
