"""The quarters that count as due for each agency, as the store knows them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping

from sqlalchemy import Connection

from cpsa.calendar import Quarter
from cpsa.cycle.due_dates import due_dates
from cpsa.cycle.first_quarter import first_quarter
from cpsa.cycle.standing import Standing
from cpsa.registry import Roll
from cpsa.score.coverage import quarters_due
from cpsa.store import intake
from cpsa.submissions.state import REPORTED


def quarters_due_by_agency(
    connection: Connection, until: Quarter, roll: Roll, standing: Standing
) -> Mapping[str, tuple[str, ...]]:
    """For every agency of a register the quarters due up to one of them."""
    first = first_quarter(connection) or until
    known = [key for key in intake.quarters_known(connection) if first.key <= key <= until.key]
    not_requested = _not_requested(connection, known)
    with_update: dict[str, set[str]] = defaultdict(set)
    for row in standing.submissions:
        if row.state in REPORTED:
            with_update[row.agency].add(row.quarter)
    columns = (roll.agencies[name].tolist() for name in ("code", "active_from", "active_to"))
    return {
        agency: quarters_due(
            *(active_from, active_to, first.key, until.key),
            not_requested.get(agency, ()),
            with_update.get(agency, ()),
        )
        for agency, active_from, active_to in zip(*columns, strict=True)
    }


def _not_requested(
    connection: Connection, quarters: Collection[str]
) -> Mapping[str, Collection[str]]:
    """By agency the quarters for which no mail server accepted its request."""
    found: dict[str, set[str]] = defaultdict(set)
    for key in quarters:
        for agency, date in due_dates(connection, Quarter.parse(key)).items():
            if not date.requested:
                found[agency].add(key)
    return found
