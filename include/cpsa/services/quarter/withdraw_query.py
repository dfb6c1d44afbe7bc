"""CPSA withdraws a question about a figure."""

from __future__ import annotations

from datetime import datetime

from cpsa.calendar import Quarter
from cpsa.errors import RequestError
from cpsa.services.app_context import AppContext
from cpsa.services.examination.examine_updates import examine_in_transaction
from cpsa.services.quarter.close_quarter import recompute_if_closed
from cpsa.services.quarter.queried_figure import QueriedFigure, record_query_audit
from cpsa.services.required_reason import require_reason
from cpsa.store.database import write_transaction
from cpsa.store.queries import figure_query_queries

WITHDRAWN = "withdraw query"  # in the audit


def withdraw_query(
    context: AppContext, query_id: int, reason: str, who: str, now: datetime
) -> QueriedFigure:
    """Withdraw a question; RequestError where there is none with this number, or without a reason."""
    reason = require_reason(reason)
    with write_transaction(context.engine, alone=True) as connection:
        found = figure_query_queries.find_query(connection, query_id)
        if found is None:
            raise RequestError("cycle.no_query", number=query_id)
        if found.withdrawn_at is not None:
            raise RequestError("cycle.query_withdrawn_before", number=query_id)
        query = QueriedFigure(*found[:-1])
        figure_query_queries.add_withdrawal(
            connection,
            query_id=query_id,
            reason=reason,
            withdrawn_by=who,
            withdrawn_at=now,
        )
        record_query_audit(connection, query, WITHDRAWN, reason, who, now)
        examine_in_transaction(
            context, connection, Quarter.parse(query.quarter), now, [query.agency]
        )
    recompute_if_closed(context, Quarter.parse(query.quarter), now)
    return query
