"""Writing the whole store into one file: its rows, every byte kept, and the key that seals.

Whoever reads that file can do what the store can do, so it is as secret as the store itself. What
can be made again (``documents/``, ``public/``, templates) is not in it.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Connection

from cpsa.cycle import carrying
from cpsa.cycle.expected_files import ExpectedFiles
from cpsa.cycle.office import Office
from cpsa.store import portable
from cpsa.store.database import reading

# Below the home: bytes by digest, in folders of the digest's first two signs.
KEPT = ("editions", "letters", "received")


@dataclass(frozen=True)
class Carried:
    """What an export holds, or an import brought: the schema's version, rows, files."""

    schema: str
    rows: int
    files: int


def export(office: Office, file: Path) -> Carried:
    """Write the store into a new file; it is there whole or not at all.

    RequestError where the file is there already, and one that lists the kept files that are missing
    or no longer what they were.
    """
    home, damaged = office.settings.home, list[str]()
    with reading(office.engine) as connection:
        with carrying.writing(file, portable.revision(connection)) as writer:
            for table in portable.TABLES:
                rows = portable.rows(connection, table)
                if table.name == "dispatch":
                    rows = _from_home(rows, portable.columns(table), office.settings.home)
                writer.table(table.name, portable.columns(table), rows)
            # After the rows were fixed: whatever they name is there by now.
            for kind in KEPT:
                rotten = writer.files(kind, kept_files(home / kind))
                damaged += [str(file.relative_to(home)) for file in rotten]
            expected = ExpectedFiles.from_rows(lambda name: _rows(connection, name))
            expected.require(
                lambda kind, digest: (home / kind / digest[:2] / digest).is_file(), damaged
            )
            seal = office.settings.home / carrying.SEAL_KEY
            if seal.is_file():
                writer.seal_key(seal.read_bytes())
        held = writer.manifest
    return Carried(held.schema, held.rows, held.file_count)


def _rows(connection: Connection, name: str) -> Iterator[Mapping[str, Any]]:
    table = portable.table(name)
    names = portable.columns(table)
    return (dict(zip(names, row, strict=True)) for row in portable.rows(connection, table))


def kept_files(folder: Path) -> Iterator[Path]:
    """The files kept by digest below a folder, in the order of their digests."""
    if not folder.is_dir():
        return
    for shelf in sorted(folder.iterdir()):
        if shelf.is_dir():
            # What begins with a dot is still being written.
            yield from sorted(one for one in shelf.iterdir() if not one.name.startswith("."))


def _from_home(
    rows: Iterator[Sequence[Any]], columns: Sequence[str], home: Path
) -> Iterator[Sequence[Any]]:
    """Mails name their attachments by path: below the home, they travel without the home's own."""
    return _with_paths(rows, columns, lambda path: path.removeprefix(f"{home}{os.sep}"))


def to_home(
    rows: Iterator[Sequence[Any]], columns: Sequence[str], home: Path
) -> Iterator[Sequence[Any]]:
    """The way back, into another home; a path from elsewhere stays as it is."""
    return _with_paths(rows, columns, lambda path: str(home / path))


def _with_paths(
    rows: Iterator[Sequence[Any]], columns: Sequence[str], change: Callable[[str], str]
) -> Iterator[Sequence[Any]]:
    at = columns.index("attachments")
    for row in rows:
        files = json.loads(row[at])
        for one in files:
            one["path"] = change(one["path"])
        yield [*row[:at], json.dumps(files), *row[at + 1 :]]
