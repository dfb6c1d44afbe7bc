"""Records of arrivals: repeats, refusals and automatic mails, each with its bytes.

What must not go here: the registration of what a file brings (``import_update``, ``import_entries``).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any, TypedDict

from sqlalchemy import Connection

from cpsa.errors import RequestError
from cpsa.intake.arrival import Arrival
from cpsa.services.app_context import AppContext
from cpsa.services.report_defect import report_defect
from cpsa.services.service_results import IntakeResult
from cpsa.store.database import read_transaction, write_transaction
from cpsa.store.queries import arrival_queries


class FileColumns(TypedDict):
    """The columns of a received file."""

    channel: str
    sha256: str
    file_name: str
    size: int
    received_at: datetime


class ArrivalColumns(FileColumns):
    """The columns of an arrival; ``key`` tells it from others of its channel."""

    key: str


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
        recorded = arrival_queries.find_arrival(connection, channel, key, sha256, owner)
    return make_repeat(key, recorded)


def make_repeat(key: str, recorded: arrival_queries.RecordedArrival | None) -> IntakeResult | None:
    """A repeat of what was recorded; None where that was refused, or is nothing."""
    if recorded is None or recorded.outcome == arrival_queries.REFUSED:
        return None
    owner = recorded.agency, recorded.quarter
    return IntakeResult(key, "repeat", *owner, recorded.version, is_seen=True)


def refuse_file(
    context: AppContext, arrival: Arrival, error: RequestError, now: datetime
) -> IntakeResult:
    """Keep the bytes of what cannot be imported, and record why."""
    if arrival.content:
        context.store_received_bytes(arrival.content, arrival.sha256)
    with write_transaction(context.engine) as connection:
        record_arrival(connection, arrival, now, arrival_queries.REFUSED, error=error)
    return add_problems(
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
    return add_problems(context, IntakeResult(key, arrival_queries.REFUSED), error)


def record_arrival(
    connection: Connection,
    arrival: Arrival,
    now: datetime,
    outcome: str,
    version: int = 0,
    error: RequestError | None = None,
) -> None:
    """Record what was received, and the outcome."""
    row = make_arrival_row(arrival, now, outcome, version, error)
    arrival_queries.record_arrival(connection, channel=arrival.channel, **row)


def make_arrival_row(
    arrival: Arrival, now: datetime, outcome: str, version: int, error: RequestError | None
) -> dict[str, Any]:
    """Return what is recorded of an arrival beside its channel."""
    columns: dict[str, Any] = {**make_arrival_columns(arrival)}
    del columns["channel"]
    return {
        **columns,
        "collected_at": now,
        "outcome": outcome,
        "agency": arrival.agency,
        "quarter": arrival.quarter,
        "version": version,
        "problem": error.key if error else "",
        "params": _make_json_params(error.params) if error else {},
    }


def make_arrival_columns(arrival: Arrival) -> ArrivalColumns:
    """Return what every table stores of an arrival: by which channel it was received, and its file."""
    return {"key": arrival.key, **make_file_columns(arrival)}


def make_file_columns(arrival: Arrival) -> FileColumns:
    """Return the same of a file that is stored under its own number, without the arrival's key."""
    return {
        "channel": arrival.channel,
        "sha256": arrival.sha256,
        "file_name": arrival.file_name,
        "size": len(arrival.content),
        "received_at": arrival.received_at,
    }


def _make_json_params(params: Mapping[str, object]) -> dict[str, object]:
    """The parameters of a text, as JSON can keep them."""
    return {
        name: value if isinstance(value, str | int | float) else str(value)
        for name, value in params.items()
    }


def add_problems(
    context: AppContext, result: IntakeResult, *problems: RequestError
) -> IntakeResult:
    words = " ".join(problem.text(context.settings.language) for problem in problems)
    return replace(result, problem=words, reason=problems[0].key if problems else "")
