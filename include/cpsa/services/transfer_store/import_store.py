"""Putting an exported store into an empty one: everything or nothing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection

from cpsa.errors import RequestError
from cpsa.services.app_context import AppContext
from cpsa.services.atomic_file import name_partial_file, sync_path, write_atomically
from cpsa.services.run_log import log_use_case
from cpsa.services.transfer_store import transfer_archive
from cpsa.services.transfer_store.expected_files import ExpectedFiles
from cpsa.services.transfer_store.export_store import (
    STORED_FOLDERS,
    TransferSummary,
    change_paths,
)
from cpsa.store.database import read_transaction, write_transaction
from cpsa.store.queries import document_queries, transfer_queries


@log_use_case
def import_store(context: AppContext, file: Path) -> TransferSummary:
    """Fill an empty store, and its home, from an export.

    The whole file is read and proven first. RequestError when it is none, is damaged, is of another
    schema, or the store is not empty; then nothing is changed.
    """
    home = context.settings.home
    with transfer_archive.open_for_reading(file) as reader:
        with read_transaction(context.engine) as connection:
            _require_importable(connection, reader, file)
        reader.require_whole()
        _require_files(reader)
        _require_same_key(context, reader)
        with (
            _remove_files_on_error() as writer,
            write_transaction(context.engine, alone=True) as connection,
        ):
            _require_importable(connection, reader, file)  # nobody was faster
            _write_files(context, reader, writer)
            for table in transfer_queries.TABLES:
                rows: Iterator[Sequence[Any]] = reader.read_rows(table.name)
                if table.name == "dispatch":
                    columns = transfer_queries.list_table_columns(table)
                    rows = change_paths(rows, columns, lambda path: str(home / path))
                transfer_queries.add_table_rows(connection, table, rows)
            transfer_queries.reset_sequences(connection)
            _write_documents(context, connection, writer)
        manifest = reader.manifest
    return TransferSummary(manifest.schema, manifest.rows, manifest.file_count)


class _FileWriter:
    """Writes files and remembers them, to be deleted again if the rest fails."""

    def __init__(self) -> None:
        self.files: list[Path] = []

    def __call__(self, file: Path, content: bytes, *, durable: bool = False) -> None:
        """Write a file unless it is there already."""
        if not file.exists():
            self.files.append(file)
        elif file.read_bytes() == content:
            return
        write_atomically(file, content, durable=durable)

    def write_secret(self, file: Path, content: bytes) -> None:
        """Write a file that only its owner may read, unless it is there already."""
        if file.exists():
            return
        partial = name_partial_file(file)
        partial.touch(mode=0o600)
        partial.write_bytes(content)
        self.files.append(file)
        partial.replace(file)
        sync_path(file.parent)


@contextmanager
def _remove_files_on_error() -> Iterator[_FileWriter]:
    writer = _FileWriter()
    try:
        yield writer
    except BaseException:
        for file in writer.files:
            file.unlink(missing_ok=True)
        raise


def _require_importable(
    connection: Connection, reader: transfer_archive.ArchiveReader, file: Path
) -> None:
    ours, theirs = transfer_queries.read_schema_revision(connection), reader.manifest.schema
    if ours != theirs:
        raise RequestError("portable.schema", file=file, theirs=theirs, ours=ours)
    if filled_tables := transfer_queries.list_filled_tables(connection):
        raise RequestError("portable.not_empty", table=filled_tables[0], number=len(filled_tables))
    expected = {
        table.name: transfer_queries.list_table_columns(table) for table in transfer_queries.TABLES
    }
    if {name: part.columns for name, part in reader.manifest.tables.items()} != expected:
        raise RequestError("portable.damaged", file=file, part=transfer_archive.MANIFEST)


def _require_files(reader: transfer_archive.ArchiveReader) -> None:
    """RequestError that lists the files which rows of the archive name and which are not in it."""
    kept = {kind: set(reader.list_files(kind)) for kind in STORED_FOLDERS}

    def rows(name: str) -> Iterator[Mapping[str, Any]]:
        columns = reader.manifest.tables[name].columns
        return (dict(zip(columns, row, strict=True)) for row in reader.read_rows(name))

    ExpectedFiles.from_rows(rows).require_present(lambda kind, digest: digest in kept[kind])


def _require_same_key(context: AppContext, reader: transfer_archive.ArchiveReader) -> None:
    own, theirs = context.settings.seal_key_file, reader.read_seal_key()
    if theirs is not None and own.is_file() and own.read_bytes() != theirs:
        raise RequestError("portable.other_key", file=own)


def _write_files(
    context: AppContext, reader: transfer_archive.ArchiveReader, writer: _FileWriter
) -> None:
    for kind in STORED_FOLDERS:
        for digest in reader.list_files(kind):
            target = context.settings.home / kind / digest[:2] / digest
            writer(target, reader.read_content(kind, digest), durable=True)
    if (key := reader.read_seal_key()) is not None:
        writer.write_secret(context.settings.seal_key_file, key)


def _write_documents(context: AppContext, connection: Connection, writer: _FileWriter) -> None:
    """Write ``documents/`` as it was: the current editions by their names."""
    for path, sha256 in document_queries.list_current_files(connection):
        edition = context.settings.home / "editions" / sha256[:2] / sha256
        if edition.is_file():
            writer(context.settings.documents / path, edition.read_bytes())
