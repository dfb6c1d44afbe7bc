"""What all tables share: the metadata with its naming convention, and the column types."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import BigInteger, CursorResult, Integer, MetaData, Text
from sqlalchemy.types import TypeDecorator

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)

# What stands where a name, an address or the words of a mail stood that retention has blanked. It is
# no blank: a blank means that nothing was given, or that no person did it.
BLANKED = "[—]"

# Marks a table whose rows are made from other tables again where they are missing.
DERIVED = "derived"

# SQLite numbers rows by itself only for INTEGER keys; PostgreSQL gets room to grow.
RowId = BigInteger().with_variant(Integer, "sqlite")


class Instant(TypeDecorator[datetime]):
    """An aware instant, kept as ISO 8601 text in UTC with microseconds.

    Text sorts as time does, is equal on every database, and keeps what SQLite's own type drops.
    """

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: object) -> str | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"an instant needs its time zone: {value!r}")
        return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")

    def process_result_value(self, value: str | None, dialect: object) -> datetime | None:
        return None if value is None else parse_instant(value)


def parse_instant(text: str) -> datetime:
    """Parse the stored text of an ``Instant``."""
    return datetime.fromisoformat(text)


def new_id(result: CursorResult[Any]) -> int:
    """The id of the row that an insert made."""
    key = result.inserted_primary_key
    assert key is not None, "only an insert of one row makes an id"
    return int(key[0])
