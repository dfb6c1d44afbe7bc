"""The quarters that count as due for each agency, as the store knows them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping

from sqlalchemy import Connection

from cpsa.calendar import Quarter
from cpsa.registry.agency_register import AgencyRegister
from cpsa.scoring.coverage import quarters_due
from cpsa.services.due_dates import load_due_dates
from cpsa.services.first_quarter import find_first_quarter
from cpsa.store.queries import submission_queries
from cpsa.store.queries.stored_submissions import StoredSubmissions
from cpsa.submissions.state import REPORTED


def list_quarters_due(
    connection: Connection, until: Quarter, register: AgencyRegister, submissions: StoredSubmissions
) -> Mapping[str, tuple[str, ...]]:
    """List for every agency of a register the quarters due up to one quarter."""
    first = find_first_quarter(connection) or until
    known = [
        key
        for key in submission_queries.list_known_quarters(connection)
        if first.key <= key <= until.key
    ]
    not_requested = _find_not_requested(connection, known)
    with_update: dict[str, set[str]] = defaultdict(set)
    for row in submissions.submissions:
        if row.state in REPORTED:
            with_update[row.agency].add(row.quarter)
    columns = (register.agencies[name].tolist() for name in ("code", "active_from", "active_to"))
    return {
        agency: quarters_due(
            *(active_from, active_to, first.key, until.key),
            not_requested.get(agency, ()),
            with_update.get(agency, ()),
        )
        for agency, active_from, active_to in zip(*columns, strict=True)
    }


def _find_not_requested(
    connection: Connection, quarters: Collection[str]
) -> Mapping[str, Collection[str]]:
    """Find by agency the quarters for which no mail server accepted its request."""
    found: dict[str, set[str]] = defaultdict(set)
    for key in quarters:
        for agency, date in load_due_dates(connection, Quarter.parse(key)).items():
            if not date.requested:
                found[agency].add(key)
    return found
