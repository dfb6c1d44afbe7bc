"""The end of every channel: bytes are kept, versions registered, refusals recorded.

Each file in one transaction with the record of its arrival: a process that ends before the commit has imported
nothing, and the same arrival again adds nothing. Nothing here is judged.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import datetime

import pandas as pd
from sqlalchemy import Connection

from cpsa.calendar import Quarter
from cpsa.errors import RequestError
from cpsa.i18n.text import LANGUAGES
from cpsa.intake.arrival import Arrival
from cpsa.intake.readers import entries_reader
from cpsa.services.app_context import AppContext
from cpsa.services.collection.report_defect import report_defect
from cpsa.services.decisions.number_actions import number_actions
from cpsa.services.service_results import IntakeResult
from cpsa.store.database import read_transaction, write_transaction
from cpsa.store.queries import arrival_queries, closing_queries, entry_queries, submission_queries
from cpsa.submissions.state import SubmissionState

# A file of this state is read again when its bytes come again: the fault may have been elsewhere.
_READ_AGAIN = frozenset({SubmissionState.UNREADABLE, SubmissionState.REJECTED})
LIST_COLUMNS = [
    *("collected_at", "received_at", "channel", "outcome", "agency", "quarter", "version"),
    *("file_name", "size", "key", "sha256", "reason", "problem_en", "problem_hi"),
]


def import_update(context: AppContext, arrival: Arrival, now: datetime) -> IntakeResult:
    """Keep the bytes of one update, and register it as the next version unless it is a repeat."""
    context.store_received_bytes(arrival.content, arrival.sha256)
    owner = arrival.agency, arrival.quarter
    if repeat := find_repeat(context, arrival.channel, arrival.key, arrival.sha256, owner):
        return repeat
    with write_transaction(context.engine, alone=True) as connection:
        return _register_update(connection, arrival, now)


def find_repeat(
    context: AppContext,
    channel: str,
    key: str,
    sha256: str,
    owner: tuple[str, str] | None = None,
) -> IntakeResult | None:
    """A repeat, where this same arrival was imported before; None where it was refused, or is new.

    ``owner``: only as a file of this agency and quarter.
    """
    with read_transaction(context.engine) as connection:
        return _find_repeat(connection, channel, key, sha256, owner)


def _find_repeat(
    connection: Connection,
    channel: str,
    key: str,
    sha256: str,
    owner: tuple[str, str] | None = None,
) -> IntakeResult | None:
    row = arrival_queries.find_arrival(connection, channel, key, sha256, owner)
    if row is None or row.outcome == arrival_queries.REFUSED:
        return None
    return IntakeResult(key, "repeat", row.agency, row.quarter, row.version, is_seen=True)


def _register_update(connection: Connection, arrival: Arrival, now: datetime) -> IntakeResult:
    agency, quarter, sha256 = arrival.agency, arrival.quarter, arrival.sha256
    owner = agency, quarter
    if repeat := _find_repeat(connection, arrival.channel, arrival.key, sha256, owner):
        return repeat
    newest = submission_queries.find_newest_submission(connection, agency, quarter)
    if version := _find_version_before_move(connection, arrival):
        outcome = "repeat"
    elif newest is not None and newest.sha256 == sha256 and newest.state not in _READ_AGAIN:
        version, outcome = newest.version, "repeat"
    else:
        version, outcome = (newest.version if newest else 0) + 1, "new"
        submission_queries.add_submission(
            connection,
            agency=agency,
            quarter=quarter,
            version=version,
            sha256=sha256,
            size=len(arrival.content),
            file_name=arrival.file_name,
            channel=arrival.channel,
            received_at=arrival.received_at,
            collected_at=now,
        )
    notice = RequestError(arrival.notice) if arrival.notice else None
    record_arrival(connection, arrival, now, outcome, version=version, error=notice)
    return IntakeResult(arrival.key, outcome, agency, quarter, version)


def _find_version_before_move(connection: Connection, arrival: Arrival) -> int:
    """The version as which a file of a moved inbox was received: the same bytes, at the same time."""
    if not arrival.may_be_moved:
        return 0
    return submission_queries.find_received_version(
        connection, arrival.agency, arrival.quarter, arrival.sha256, arrival.received_at
    )


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
    result = _add_problems(context, IntakeResult(arrival.key, outcome), *problems)
    notices = tuple(notice.text(context.settings.language) for notice in entries.notices)
    return replace(result, notices=notices)


def refuse_file(
    context: AppContext, arrival: Arrival, error: RequestError, now: datetime
) -> IntakeResult:
    """Keep the bytes of what cannot be imported, and record why."""
    if arrival.content:
        context.store_received_bytes(arrival.content, arrival.sha256)
    with write_transaction(context.engine) as connection:
        record_arrival(connection, arrival, now, arrival_queries.REFUSED, error=error)
    return _add_problems(
        context, IntakeResult(arrival.key, arrival_queries.REFUSED, arrival.agency), error
    )


def record_automatic_mail(context: AppContext, mail: Arrival, now: datetime) -> None:
    """Keep a mail that no person wrote, such as an absence notice, and record its arrival."""
    context.store_received_bytes(mail.content, mail.sha256)
    with write_transaction(context.engine) as connection:
        reason = RequestError("channels.automatic_mail")
        record_arrival(connection, mail, now, arrival_queries.AUTOMATIC, error=reason)


def make_defect_refusal(context: AppContext, error: Exception) -> RequestError:
    """Return the reason for refusing a file that met a defect of this program; its report is kept."""
    return RequestError("channels.defect", report=report_defect(context, error))


def report_unreadable_file(context: AppContext, key: str, error: RequestError) -> IntakeResult:
    """Report a file that could not be opened; no arrival is recorded."""
    return _add_problems(context, IntakeResult(key, arrival_queries.REFUSED), error)


def list_unchecked_quarters(context: AppContext) -> tuple[str, ...]:
    """The quarters with submissions that are not yet checked, oldest first.

    Not only what the last scan imported: a process that ended after an import did not report it.
    """
    with read_transaction(context.engine) as connection:
        return tuple(arrival_queries.list_unexamined_quarters(connection))


def list_arrivals(
    context: AppContext, quarter: Quarter | None = None, outcome: str = ""
) -> pd.DataFrame:
    """What was received by every channel and the outcome, with texts in both languages.

    A refused file that names no period counts to the quarter whose window was open.
    """
    window = (quarter.opens_at, quarter.window_ends) if quarter else None
    with read_transaction(context.engine) as connection:
        frame = arrival_queries.load_arrivals(
            connection, quarter.key if quarter else "", outcome, window
        )
    for language in LANGUAGES:
        frame[f"problem_{language}"] = [
            RequestError(key, **params).text(language) if key else ""
            for key, params in zip(frame["problem"], frame["params"], strict=True)
        ]
    return frame.rename(columns={"problem": "reason"})[LIST_COLUMNS]


def record_arrival(
    connection: Connection,
    arrival: Arrival,
    now: datetime,
    outcome: str,
    version: int = 0,
    error: RequestError | None = None,
) -> None:
    """Record what was received, and the outcome."""
    arrival_queries.record_arrival(
        connection,
        channel=arrival.channel,
        key=arrival.key,
        sha256=arrival.sha256,
        file_name=arrival.file_name,
        size=len(arrival.content),
        received_at=arrival.received_at,
        collected_at=now,
        outcome=outcome,
        agency=arrival.agency,
        quarter=arrival.quarter,
        version=version,
        problem=error.key if error else "",
        params=_make_json_params(error.params) if error else {},
    )


def _make_json_params(params: Mapping[str, object]) -> dict[str, object]:
    """The parameters of a text, as JSON can keep them."""
    return {
        name: value if isinstance(value, str | int | float) else str(value)
        for name, value in params.items()
    }


def _add_problems(
    context: AppContext, result: IntakeResult, *problems: RequestError
) -> IntakeResult:
    words = " ".join(problem.text(context.settings.language) for problem in problems)
    return replace(result, problem=words, reason=problems[0].key if problems else "")
