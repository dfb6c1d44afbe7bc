"""Putting an exported store into an empty one: everything or nothing."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection

from cpsa.cycle import carrying
from cpsa.cycle.expected_files import ExpectedFiles
from cpsa.cycle.exporting import KEPT, Carried, to_home
from cpsa.cycle.files import write_whole
from cpsa.cycle.office import Office
from cpsa.errors import RequestError
from cpsa.store import documents as shelf
from cpsa.store import portable
from cpsa.store.database import reading, writing


def import_(office: Office, file: Path) -> Carried:
    """Fill an empty store, and its home, from an export.

    The whole file is read and proven first. RequestError when it is none, is damaged, is of another
    schema, or the store holds anything already; then nothing was changed.
    """
    with carrying.opened(file) as reader:
        with reading(office.engine) as connection:
            _require_fitting(connection, reader, file)
        reader.require_whole()
        _require_files(reader)
        _require_same_key(office, reader)
        with _new_files() as put, writing(office.engine, alone=True) as connection:
            _require_fitting(connection, reader, file)  # nobody was faster
            _put_files(office, reader, put)
            for table in portable.TABLES:
                rows: Iterator[Sequence[Any]] = reader.rows(table.name)
                if table.name == "dispatch":
                    rows = to_home(rows, portable.columns(table), office.settings.home)
                portable.add(connection, table, rows)
            portable.count_on(connection)
            _show_documents(office, connection, put)
        held = reader.manifest
    return Carried(held.schema, held.rows, held.file_count)


class _Put:
    """Files written so far, to be taken away again if the rest fails."""

    def __init__(self) -> None:
        self.files: list[Path] = []

    def __call__(self, file: Path, content: bytes, durable: bool = False) -> None:
        """Write a file unless it is there already."""
        if not file.exists():
            self.files.append(file)
        elif file.read_bytes() == content:
            return
        write_whole(file, content, durable)

    def secret(self, file: Path, content: bytes) -> None:
        """Write a file that only its owner may read, unless it is there already."""
        if file.exists():
            return
        partial = file.with_name(f".{file.name}.{os.getpid()}.part")
        partial.touch(mode=0o600)
        partial.write_bytes(content)
        self.files.append(file)
        partial.replace(file)


@contextmanager
def _new_files() -> Iterator[_Put]:
    put = _Put()
    try:
        yield put
    except BaseException:
        for file in put.files:
            file.unlink(missing_ok=True)
        raise


def _require_fitting(connection: Connection, reader: carrying.Reader, file: Path) -> None:
    ours, theirs = portable.revision(connection), reader.manifest.schema
    if ours != theirs:
        raise RequestError("portable.schema", file=file, theirs=theirs, ours=ours)
    if held := portable.filled(connection):
        raise RequestError("portable.not_empty", table=held[0], number=len(held))
    expected = {table.name: portable.columns(table) for table in portable.TABLES}
    if {name: part.columns for name, part in reader.manifest.tables.items()} != expected:
        raise RequestError("portable.damaged", file=file, part=carrying.MANIFEST)


def _require_files(reader: carrying.Reader) -> None:
    """RequestError that lists the files which rows of the archive name and which are not in it."""
    kept = {kind: set(reader.files(kind)) for kind in KEPT}

    def rows(name: str) -> Iterator[Mapping[str, Any]]:
        columns = reader.manifest.tables[name].columns
        return (dict(zip(columns, row, strict=True)) for row in reader.rows(name))

    ExpectedFiles.from_rows(rows).require(lambda kind, digest: digest in kept[kind])


def _require_same_key(office: Office, reader: carrying.Reader) -> None:
    own, theirs = office.settings.home / carrying.SEAL_KEY, reader.seal_key()
    if theirs is not None and own.is_file() and own.read_bytes() != theirs:
        raise RequestError("portable.other_key", file=own)


def _put_files(office: Office, reader: carrying.Reader, put: _Put) -> None:
    for kind in KEPT:
        for digest in reader.files(kind):
            target = office.settings.home / kind / digest[:2] / digest
            put(target, reader.content(kind, digest), durable=True)
    if (key := reader.seal_key()) is not None:
        put.secret(office.settings.home / carrying.SEAL_KEY, key)


def _show_documents(office: Office, connection: Connection, put: _Put) -> None:
    """Lay out ``documents/`` as it was: the current editions by their names."""
    for path, sha256 in shelf.shown(connection):
        edition = office.settings.home / "editions" / sha256[:2] / sha256
        if edition.is_file():
            put(office.settings.documents / path, edition.read_bytes())
