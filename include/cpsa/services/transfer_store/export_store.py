"""Writing the whole store into one file: its rows, every byte kept, and the key that seals.

The file gives its reader all that is in the store, so it is as secret as the store itself. What
can be made again (``documents/``, ``public/``, templates) is not in it.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Connection

from cpsa.services.app_context import AppContext
from cpsa.services.run_log import log_use_case
from cpsa.services.transfer_store import transfer_archive
from cpsa.services.transfer_store.expected_files import ExpectedFiles
from cpsa.store.database import read_transaction
from cpsa.store.queries import transfer_queries

# Below the home: bytes by digest, in folders of the digest's first two signs.
STORED_FOLDERS = ("editions", "letters", "received")


@dataclass(frozen=True)
class TransferSummary:
    """Contents of an export or import: the schema's version, number of rows, number of files."""

    schema: str
    rows: int
    files: int


@log_use_case
def export_store(context: AppContext, file: Path) -> TransferSummary:
    """Write the store into a new file; it is there whole or not at all.

    RequestError where the file is there already, and one that lists the kept files that are missing
    or no longer what they were.
    """
    home, damaged = context.settings.home, list[str]()
    with read_transaction(context.engine) as connection:
        with transfer_archive.open_for_writing(
            file, transfer_queries.read_schema_revision(connection)
        ) as writer:
            for table in transfer_queries.TABLES:
                columns = transfer_queries.list_table_columns(table)
                rows = transfer_queries.load_table_rows(connection, table)
                if table.name == "dispatch":
                    rows = change_paths(rows, columns, lambda path: path.removeprefix(f"{home}/"))
                writer.write_table(table.name, columns, rows)
            # After the rows were fixed: whatever they name is there by now.
            for kind in STORED_FOLDERS:
                rotten = writer.write_files(kind, list_stored_files(home / kind))
                damaged += [str(file.relative_to(home)) for file in rotten]
            expected = ExpectedFiles.from_rows(lambda name: _list_rows(connection, name))
            expected.require_present(
                lambda kind, digest: (home / kind / digest[:2] / digest).is_file(), damaged
            )
            seal = context.settings.seal_key_file
            if seal.is_file():
                writer.write_seal_key(seal.read_bytes())
        manifest = writer.manifest
    return TransferSummary(manifest.schema, manifest.rows, manifest.file_count)


def _list_rows(connection: Connection, name: str) -> Iterator[Mapping[str, Any]]:
    table = transfer_queries.find_table(name)
    names = transfer_queries.list_table_columns(table)
    return (
        dict(zip(names, row, strict=True))
        for row in transfer_queries.load_table_rows(connection, table)
    )


def list_stored_files(folder: Path) -> Iterator[Path]:
    """List the files stored by digest below a folder, in the order of their digests."""
    if not folder.is_dir():
        return
    for digest_folder in sorted(folder.iterdir()):
        if digest_folder.is_dir():
            # What begins with a dot is still being written.
            yield from sorted(
                file for file in digest_folder.iterdir() if not file.name.startswith(".")
            )


def change_paths(
    rows: Iterator[Sequence[Any]], columns: Sequence[str], change: Callable[[str], str]
) -> Iterator[Sequence[Any]]:
    """Mails, each with the paths of its attachments changed: in an archive those below the home have no home."""
    at = columns.index("attachments")
    for row in rows:
        files = json.loads(row[at])
        for attachment in files:
            attachment["path"] = change(attachment["path"])
        yield [*row[:at], json.dumps(files), *row[at + 1 :]]
