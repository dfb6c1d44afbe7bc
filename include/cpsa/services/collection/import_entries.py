"""Imports a file of entries: its usable rows are kept, the others reported."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime

from cpsa.calendar import Quarter
from cpsa.errors import RequestError
from cpsa.intake.arrival import Arrival
from cpsa.intake.readers import entries_reader
from cpsa.services.app_context import AppContext
from cpsa.services.arrival_records import (
    add_problems,
    find_repeat,
    record_arrival,
    refuse_file,
)
from cpsa.services.decisions.number_actions import number_actions
from cpsa.services.service_results import IntakeResult
from cpsa.store.database import read_transaction, write_transaction
from cpsa.store.queries import closing_queries, entry_queries


def import_entries(
    context: AppContext,
    arrival: Arrival,
    now: datetime,
    agencies: Collection[str] | None = None,
) -> IntakeResult:
    """Keep the rows of an entries file that can be used, and report those that cannot.

    ``agencies``: those whose rows the sender may send; None when rows of any agency are allowed.
    """
    arrival = replace(arrival, agency="", quarter="")  # its rows name them, and they may be several
    if repeat := find_repeat(context, arrival.channel, arrival.key, arrival.sha256):
        context.store_received_bytes(arrival.content, arrival.sha256)
        return repeat
    with read_transaction(context.engine) as connection:
        codes = context.load_entry_codes(connection)
    try:
        entries = entries_reader.read_entries(arrival.content, arrival.file_name, codes)
    except RequestError as error:
        return refuse_file(context, arrival, error, now)
    rows = [row for row in entries.rows if agencies is None or row["agency"] in agencies]
    problems = list(entries.problems)
    if foreign_agencies := sorted(
        {str(row["agency"]) for row in entries.rows} - {str(entry["agency"]) for entry in rows}
    ):
        problems.append(
            RequestError(
                "channels.entries_of_another",
                file=arrival.file_name,
                value=", ".join(foreign_agencies),
            )
        )
    context.store_received_bytes(arrival.content, arrival.sha256)
    with write_transaction(context.engine, alone=True) as connection:
        new = entry_queries.add_entries(
            connection, arrival.sha256, arrival.file_name, arrival.received_at, rows
        )
        for quarter in sorted({str(row["quarter"]) for row in rows}):
            if closing_queries.find_first_closing(connection, quarter) is not None:
                number_actions(context, connection, Quarter.parse(quarter), arrival.received_at)
        outcome = "entries" if new else "repeat"
        record_arrival(connection, arrival, now, outcome, error=problems[0] if problems else None)
    result = add_problems(context, IntakeResult(arrival.key, outcome), *problems)
    notices = tuple(notice.text(context.settings.language) for notice in entries.notices)
    return replace(result, notices=notices)
