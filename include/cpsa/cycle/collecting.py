"""Taking in what arrived: bytes are kept, versions registered. Nothing is judged here."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import Connection

from cpsa.calendar import Quarter, is_quarter_key
from cpsa.collect import entries_reader
from cpsa.collect.arrival import Arrival
from cpsa.cycle.numbering import number_actions
from cpsa.cycle.office import Office
from cpsa.cycle.results import Collected, Item
from cpsa.errors import RequestError
from cpsa.registry import Registry
from cpsa.store import closings, intake
from cpsa.store.database import reading, writing

ENTRIES_SUFFIX = ".entries.csv"


def collect(
    office: Office, path: Path, now: datetime, received_at: datetime | None = None
) -> Collected:
    """Take in a file, or a folder laid out ``<quarter>/<agency>.<ext>``.

    Each file is taken in whole or not at all; identical bytes again are a repeat. RequestError when
    the path is not there or a single file's path does not say whose it is.
    """
    if not path.exists():
        raise RequestError("collect.no_path", path=path)
    if path.is_file():
        owner_of(path)
    return _collect(office, _files(path), now, lambda file: received_at or now)


def owner_of(path: Path) -> tuple[str, str]:
    """The agency and quarter a file's path names; RequestError when it is not there or names none."""
    if not path.is_file():
        raise RequestError("collect.no_path", path=path)
    quarter = path.absolute().parent.name
    if not is_quarter_key(quarter):
        raise RequestError("collect.misplaced", path=path)
    return path.stem, quarter


def collect_inbox(office: Office, now: datetime) -> Collected:
    """Take in what lies in the inbox folder; a file was received when it was last written."""
    inbox = Path(office.settings.inbox)
    inbox.mkdir(parents=True, exist_ok=True)

    def written_at(file: Path) -> datetime:
        return min(datetime.fromtimestamp(file.stat().st_mtime, UTC), now)

    return _collect(office, _files(inbox), now, written_at)


def load_entries(office: Office, path: Path, now: datetime) -> Collected:
    """Take in one entries file, for whichever agencies and quarters its rows name."""
    if not path.is_file():
        raise RequestError("collect.no_path", path=path)
    with reading(office.engine) as connection:
        registry = office.registry(connection)
    return Collected((_take_entries(office, path, path.read_bytes(), registry, now),))


def _files(path: Path) -> list[Path]:
    """The files to look at, oldest quarter first; hidden and half-written ones are left."""
    if path.is_file():
        return [path]
    found = [
        file
        for file in path.rglob("*")
        if file.is_file() and not file.name.startswith((".", "~$")) and file.suffix != ".part"
    ]
    return sorted(found, key=lambda file: (file.absolute().parent.name, file.name))


def _collect(office: Office, files: list[Path], now: datetime, received_at) -> Collected:
    with reading(office.engine) as connection:
        registry = office.registry(connection)
    return Collected(tuple(_items(office, files, registry, now, received_at)))


def _items(
    office: Office, files: list[Path], registry: Registry, now: datetime, received_at
) -> Iterator[Item]:
    for file in files:
        quarter = file.absolute().parent.name
        if not is_quarter_key(quarter):
            yield _refused(office, file, RequestError("collect.misplaced", path=file))
            continue
        try:
            # What no framework can judge is not taken in: it would block every later check.
            office.framework(Quarter.parse(quarter))
            content, arrived = file.read_bytes(), received_at(file)
        except RequestError as error:
            yield _refused(office, file, error)
            continue
        except OSError as error:
            problem = RequestError("collect.unreadable_path", path=file, detail=error.strerror)
            yield _refused(office, file, problem)
            continue
        if file.name.endswith(ENTRIES_SUFFIX):
            yield _take_entries(office, file, content, registry, arrived)
            continue
        agency = registry.code_named(file.stem)
        arrival = Arrival("folder", str(file), file.name, content, agency, quarter, arrived)
        yield take_in(office, arrival, now)


def take_in(office: Office, arrival: Arrival, now: datetime) -> Item:
    """Keep the bytes of one update, and register it as the next version unless it is a repeat.

    In one transaction with the record of its arrival: whoever dies before the end has taken in
    nothing, and the same arrival again adds nothing.
    """
    office.keep_bytes(arrival.content, arrival.sha256)
    with writing(office.engine, alone=True) as connection:
        return _register(connection, arrival, now)


def _register(connection: Connection, arrival: Arrival, now: datetime) -> Item:
    agency, quarter, sha256 = arrival.agency, arrival.quarter, arrival.sha256
    versions = intake.known_versions(connection, agency, quarter)
    version, outcome = versions.get(sha256, 0), "repeat"
    if not version:
        version, outcome = max(versions.values(), default=0) + 1, "new"
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
    intake.record_arrival(
        connection,
        channel=arrival.channel,
        key=arrival.key,
        sha256=sha256,
        file_name=arrival.file_name,
        size=len(arrival.content),
        received_at=arrival.received_at,
        collected_at=now,
        outcome=outcome,
        agency=agency,
        quarter=quarter,
        version=version,
    )
    return Item(arrival.key, outcome, agency, quarter, version)


def _take_entries(
    office: Office, file: Path, content: bytes, registry: Registry, received_at: datetime
) -> Item:
    """Keep the rows that can be used; tell the first problem and how many there are."""
    codes = office.entry_codes(registry)
    sha256 = hashlib.sha256(content).hexdigest()
    try:
        entries = entries_reader.read(content, file.name, codes)
    except RequestError as error:
        return _refused(office, file, error)
    office.keep_bytes(content, sha256)
    with writing(office.engine, alone=True) as connection:
        new = intake.add_entries(connection, sha256, file.name, received_at, entries.rows)
        for quarter in sorted({str(row["quarter"]) for row in entries.rows}):
            if closings.first_closing(connection, quarter) is not None:
                number_actions(connection, Quarter.parse(quarter), received_at)
    problem = " ".join(one.text(office.settings.language) for one in entries.problems)
    return Item(str(file), "entries" if new else "repeat", problem=problem)


def _refused(office: Office, file: Path, error: RequestError) -> Item:
    return Item(str(file), "refused", problem=error.text(office.settings.language))
