"""Checks one file against the store as it is; writes nothing."""

from __future__ import annotations

from datetime import datetime

from cpsa.calendar import Quarter
from cpsa.checks.examine_submissions import ExaminationResult
from cpsa.services.app_context import AppContext
from cpsa.services.examination.submitted_figures import try_file
from cpsa.store.database import read_transaction
from cpsa.store.queries import registry_queries


def check_file(
    context: AppContext,
    agency: str,
    quarter: Quarter,
    content: bytes,
    name: str,
    now: datetime | None = None,
) -> ExaminationResult:
    """The result of a check of a file that would arrive now, against the store as it is; writes nothing."""
    with read_transaction(context.engine) as connection:
        load_id = registry_queries.find_load_of_quarter(connection, quarter.key)
        agency = context.load_register(connection, load_id).find_code(agency)
        tried = try_file(context, connection, agency, quarter, content, name, received_at=now)
        return tried.examined
