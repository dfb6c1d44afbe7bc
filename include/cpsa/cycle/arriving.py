"""Where every channel ends: bytes are kept, versions registered, refusals recorded.

Each file in one transaction with the record of its arrival: whoever dies before the end has taken
in nothing, and the same arrival again adds nothing. Nothing here is judged.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import datetime

import pandas as pd
from sqlalchemy import Connection

from cpsa.bilingual import LANGUAGES
from cpsa.calendar import Quarter
from cpsa.collect import entries_reader
from cpsa.collect.arrival import Arrival
from cpsa.cycle.defects import report_defect
from cpsa.cycle.numbering import number_actions
from cpsa.cycle.office import Office
from cpsa.cycle.results import Item
from cpsa.errors import RequestError
from cpsa.store import arrivals, closings, intake
from cpsa.store.database import reading, writing
from cpsa.submissions.state import SubmissionState

# A file of this state is read again when its bytes come again: what was wrong may not have been it.
_READ_AGAIN = frozenset({SubmissionState.UNREADABLE, SubmissionState.REJECTED})
LIST_COLUMNS = [
    *("collected_at", "received_at", "channel", "outcome", "agency", "quarter", "version"),
    *("file_name", "size", "key", "sha256", "reason", "problem_en", "problem_hi"),
]


def take_in(office: Office, arrival: Arrival, now: datetime) -> Item:
    """Keep the bytes of one update, and register it as the next version unless it is a repeat."""
    office.keep_bytes(arrival.content, arrival.sha256)
    owner = arrival.agency, arrival.quarter
    if repeat := known(office, arrival.channel, arrival.key, arrival.sha256, owner):
        return repeat
    with writing(office.engine, alone=True) as connection:
        return _register(connection, arrival, now)


def known(
    office: Office,
    channel: str,
    key: str,
    sha256: str,
    owner: tuple[str, str] | None = None,
) -> Item | None:
    """A repeat, where this very arrival was taken in before; None where it was refused, or is new.

    ``owner``: only as a file of this agency and quarter.
    """
    with reading(office.engine) as connection:
        return _known(connection, channel, key, sha256, owner)


def _known(
    connection: Connection,
    channel: str,
    key: str,
    sha256: str,
    owner: tuple[str, str] | None = None,
) -> Item | None:
    row = arrivals.find(connection, channel, key, sha256, owner)
    if row is None or row.outcome == arrivals.REFUSED:
        return None
    return Item(key, "repeat", row.agency, row.quarter, row.version, is_seen=True)


def _register(connection: Connection, arrival: Arrival, now: datetime) -> Item:
    agency, quarter, sha256 = arrival.agency, arrival.quarter, arrival.sha256
    owner = agency, quarter
    if repeat := _known(connection, arrival.channel, arrival.key, sha256, owner):
        return repeat
    newest = intake.newest_version(connection, agency, quarter)
    if version := _version_before_a_move(connection, arrival):
        outcome = "repeat"
    elif newest is not None and newest.sha256 == sha256 and newest.state not in _READ_AGAIN:
        version, outcome = newest.version, "repeat"
    else:
        version, outcome = (newest.version if newest else 0) + 1, "new"
        intake.add_submission(
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
    record(connection, arrival, now, outcome, version=version, error=notice)
    return Item(arrival.key, outcome, agency, quarter, version)


def _version_before_a_move(connection: Connection, arrival: Arrival) -> int:
    """The version as which a file of a moved inbox was received: the same bytes, at the same time."""
    if not arrival.may_be_moved:
        return 0
    return intake.version_received(
        connection, arrival.agency, arrival.quarter, arrival.sha256, arrival.received_at
    )


def take_entries(
    office: Office,
    arrival: Arrival,
    now: datetime,
    own: Collection[str] | None = None,
) -> Item:
    """Keep the rows of an entries file that can be used, and tell of those that cannot.

    ``own``: the agencies that the sender may speak for; None when anybody's rows may stand there.
    """
    arrival = replace(arrival, agency="", quarter="")  # its rows name them, and they may be several
    if repeat := known(office, arrival.channel, arrival.key, arrival.sha256):
        office.keep_bytes(arrival.content, arrival.sha256)
        return repeat
    with reading(office.engine) as connection:
        codes = office.entry_codes(connection)
    try:
        read = entries_reader.read(arrival.content, arrival.file_name, codes)
    except RequestError as error:
        return refuse(office, arrival, error, now)
    rows = [row for row in read.rows if own is None or row["agency"] in own]
    problems = list(read.problems)
    if strange := sorted(
        {str(row["agency"]) for row in read.rows} - {str(r["agency"]) for r in rows}
    ):
        problems.append(
            RequestError(
                "channels.entries_of_another", file=arrival.file_name, value=", ".join(strange)
            )
        )
    office.keep_bytes(arrival.content, arrival.sha256)
    with writing(office.engine, alone=True) as connection:
        new = intake.add_entries(
            connection, arrival.sha256, arrival.file_name, arrival.received_at, rows
        )
        for quarter in sorted({str(row["quarter"]) for row in rows}):
            if closings.first_closing(connection, quarter) is not None:
                number_actions(office, connection, Quarter.parse(quarter), arrival.received_at)
        outcome = "entries" if new else "repeat"
        record(connection, arrival, now, outcome, error=problems[0] if problems else None)
    item = _told(office, Item(arrival.key, outcome), *problems)
    notices = tuple(notice.text(office.settings.language) for notice in read.notices)
    return replace(item, notices=notices)


def refuse(office: Office, arrival: Arrival, error: RequestError, now: datetime) -> Item:
    """Keep the bytes of what cannot be taken in, and record why."""
    if arrival.content:
        office.keep_bytes(arrival.content, arrival.sha256)
    with writing(office.engine) as connection:
        record(connection, arrival, now, arrivals.REFUSED, error=error)
    return _told(office, Item(arrival.key, arrivals.REFUSED, arrival.agency), error)


def record_automatic(office: Office, mail: Arrival, now: datetime) -> None:
    """Keep a mail that no person wrote, such as an absence notice, and record that it came."""
    office.keep_bytes(mail.content, mail.sha256)
    with writing(office.engine) as connection:
        reason = RequestError("channels.automatic_mail")
        record(connection, mail, now, arrivals.AUTOMATIC, error=reason)


def refuse_defect(office: Office, error: Exception) -> RequestError:
    """Return why a file is refused that met a defect of this program; its report is kept."""
    return RequestError("channels.defect", report=report_defect(office, error))


def unrecorded(office: Office, key: str, error: RequestError) -> Item:
    """What could not even be looked at: told, but nothing of it has arrived."""
    return _told(office, Item(key, arrivals.REFUSED), error)


def unchecked(office: Office) -> tuple[str, ...]:
    """The quarters for which something waits to be checked, oldest first.

    More than what a look took in: whoever died after taking something in told nobody of it.
    """
    with reading(office.engine) as connection:
        return tuple(arrivals.unexamined_quarters(connection))


def listed(office: Office, quarter: Quarter | None = None, outcome: str = "") -> pd.DataFrame:
    """What came in by every channel and what became of it, in words of both languages.

    What was refused without saying for when counts to the quarter whose window was open.
    """
    window = (quarter.opens_at, quarter.window_ends) if quarter else None
    with reading(office.engine) as connection:
        frame = arrivals.listed(connection, quarter.key if quarter else "", outcome, window)
    for language in LANGUAGES:
        frame[f"problem_{language}"] = [
            RequestError(key, **params).text(language) if key else ""
            for key, params in zip(frame["problem"], frame["params"], strict=True)
        ]
    return frame.rename(columns={"problem": "reason"})[LIST_COLUMNS]


def record(
    connection: Connection,
    arrival: Arrival,
    now: datetime,
    outcome: str,
    version: int = 0,
    error: RequestError | None = None,
) -> None:
    """Record what came in, and what became of it."""
    arrivals.record(
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
        params=_plain(error.params) if error else {},
    )


def _plain(params: Mapping[str, object]) -> dict[str, object]:
    """What words are filled with, as JSON can keep it."""
    return {
        name: value if isinstance(value, str | int | float) else str(value)
        for name, value in params.items()
    }


def _told(office: Office, item: Item, *problems: RequestError) -> Item:
    words = " ".join(one.text(office.settings.language) for one in problems)
    return replace(item, problem=words, reason=problems[0].key if problems else "")
