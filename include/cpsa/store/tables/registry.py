"""The registry over time: a row holds from one load (``since``) until another (``until``).

A load writes only what changed, so the registry as it held at any load can be read again.
"""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Float, Index, Integer, Table, Text

from cpsa.store.schema import Instant, RowId, metadata

registry_load = Table(
    "registry_load",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("loaded_at", Instant, nullable=False),
    Column("changed_rows", Integer, nullable=False),
)


def _held(name: str, *columns: Column) -> Table:
    """A table whose rows hold from a load until another; ``position`` keeps the file's order."""
    return Table(
        name,
        metadata,
        Column("id", RowId, primary_key=True),
        *columns,
        Column("position", Integer, nullable=False),
        Column("since", BigInteger, nullable=False),
        Column("until", BigInteger),
        Index(f"ix_{name}_until", "until"),
        *(Index(f"ix_{name}_agency", "agency") for column in columns if column.name == "agency"),
    )


def _text(*names: str) -> list[Column]:
    return [Column(name, Text, nullable=False) for name in names]


agency = _held(
    "agency",
    *_text("code", "form", "name_en", "name_hi", "cluster_en", "cluster_hi", "sector"),
    *_text("district", "division", "email", "language", "active_from"),
    Column("active_to", Text, nullable=False, server_default=""),
)
target = _held(
    "target",
    *_text("agency", "indicator", "quarter"),
    Column("hundredths", BigInteger, nullable=False),
)
baseline = _held(
    "baseline",
    *_text("agency", "indicator"),
    Column("hundredths", BigInteger, nullable=False),
    *_text("as_of"),
)
weight = _held("weight", *_text("agency", "indicator"), Column("weight", Float, nullable=False))
recipient = _held("recipient", *_text("department", "name", "email", "language", "kind"))
