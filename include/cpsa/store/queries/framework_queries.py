"""The frameworks with which quarters were closed, kept whole: their files by name."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import Connection, insert, select

from cpsa.store.tables.closing_tables import framework_version

if TYPE_CHECKING:
    from cpsa.framework.model import Framework


def keep_framework(connection: Connection, framework: Framework, now: datetime) -> None:
    """Keep a framework's files, once."""
    if find_framework_files(connection, framework.version) is None:
        connection.execute(
            insert(framework_version).values(
                version=framework.version,
                digest=framework.digest,
                files=dict(framework.files),
                kept_at=now,
            )
        )


def find_framework_files(connection: Connection, version: str) -> Mapping[str, str] | None:
    """The files of a kept framework; None where it was not kept, as in release 1.0.0."""
    kept = select(framework_version.c.files).where(framework_version.c.version == version)
    return connection.execute(kept).scalar_one_or_none()
