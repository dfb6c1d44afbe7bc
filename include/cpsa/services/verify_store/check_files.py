"""Whether every digest that a table names has its file, with those bytes."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from sqlalchemy import Table, select

from cpsa.errors import RequestError
from cpsa.framework.loader import parse_framework
from cpsa.services.delete_expired_files import RETAINED
from cpsa.services.transfer_store.expected_files import EMPTY_DIGEST, FOLDER_OF_TABLE
from cpsa.services.verify_store.store_fault import FaultKind, StoreFault, describe_row
from cpsa.services.verify_store.verification import Verification
from cpsa.store.schema import metadata
from cpsa.store.tables.audit_tables import audit
from cpsa.store.tables.closing_tables import framework_version
from cpsa.store.tables.dispatch_tables import dispatch

_BLOCK_BYTES = 1 << 20
Row = Mapping[Any, Any]


def check_files(verification: Verification) -> Iterator[StoreFault]:
    """Yield the files that are missing or changed, each with the first row that names it."""
    files = _KeptFiles(verification)
    for name, folder in FOLDER_OF_TABLE.items():
        table = metadata.tables[name]
        columns = (*table.primary_key, table.c.sha256, table.c.size if "size" in table.c else None)
        statement = select(*(column for column in columns if column is not None))
        for row in verification.connection.execute(statement).mappings():
            digest = str(row["sha256"])
            if digest == EMPTY_DIGEST:  # a mail without a byte is recorded and not kept
                continue
            path = verification.context.settings.home / folder / digest[:2] / digest
            yield from files.check(table, row, path, digest)
            size = files.sizes.get(path)
            if size is not None and row.get("size", size) != size:
                yield StoreFault(
                    FaultKind.SIZE_DIFFERS, name, describe_row(table, row), detail="size"
                )
    yield from _check_attachments(verification, files)
    yield from _check_frameworks(verification)


class _KeptFiles:
    """The files seen so far; each is read once, however many rows name it."""

    def __init__(self, verification: Verification) -> None:
        self.verification = verification
        self.home = verification.context.settings.home
        self.sizes: dict[Path, int | None] = {}  # None: missing or changed
        rows = verification.connection.execute(
            select(audit.c.subject).where(audit.c.verb == RETAINED)
        )
        self._deleted = set(rows.scalars())

    def check(self, table: Table, row: Row, path: Path, digest: str) -> Iterator[StoreFault]:
        """Yield what is wrong with a file that no row before this one has named."""
        if path in self.sizes:
            return
        self.sizes[path] = None
        shown = str(path.relative_to(self.home)) if path.is_relative_to(self.home) else str(path)
        place = table.name, describe_row(table, row), shown
        try:
            found, size = _digest_file(path)
        except FileNotFoundError:
            if shown not in self._deleted:  # by the retention rules
                yield StoreFault(FaultKind.FILE_MISSING, *place)
            return
        except OSError as error:
            yield StoreFault(FaultKind.FILE_UNREADABLE, *place, str(error.strerror))
            return
        self.verification.count("files")
        if found != digest:
            yield StoreFault(FaultKind.FILE_CHANGED, *place)
        else:
            self.sizes[path] = size


def _digest_file(path: Path) -> tuple[str, int]:
    hasher, size = hashlib.sha256(), 0
    with path.open("rb") as stream:
        while block := stream.read(_BLOCK_BYTES):
            hasher.update(block)
            size += len(block)
    return hasher.hexdigest(), size


def _check_attachments(verification: Verification, files: _KeptFiles) -> Iterator[StoreFault]:
    """Mails name their attachments by path and digest; the home may have been moved since."""
    home = verification.context.settings.home
    statement = select(dispatch.c.id, dispatch.c.attachments).order_by(dispatch.c.id)
    for row in verification.connection.execute(statement).mappings():
        for attachment in row["attachments"]:
            path = Path(attachment["path"])
            if not path.is_file():
                path = home.joinpath(*path.parts[-3:])
            yield from files.check(dispatch, row, path, attachment["sha256"])


def _check_frameworks(verification: Verification) -> Iterator[StoreFault]:
    """A kept framework is its files: they have the digest that the row names."""
    for row in verification.connection.execute(select(framework_version)).mappings():
        verification.count("frameworks")
        if not _is_framework(row):
            yield StoreFault(
                FaultKind.FRAMEWORK_CHANGED,
                framework_version.name,
                describe_row(framework_version, row),
                detail="files",
            )


def _is_framework(row: Row) -> bool:
    try:
        framework = parse_framework(row["files"])
    except RequestError:
        return False
    return (framework.version, framework.digest) == (row["version"], row["digest"])
