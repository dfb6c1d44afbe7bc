"""The registry over time: a row is valid from one load (``since``) until another (``until``).

A load writes only what changed, so the registry as of any load can be read again.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import BigInteger, Column, Float, Index, Integer, Table, Text

from cpsa.registry.cluster_register import FIGURE_COLUMNS
from cpsa.store.schema import Instant, RowId, metadata

registry_load = Table(
    "registry_load",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("loaded_at", Instant, nullable=False),
    Column("changed_rows", Integer, nullable=False),
)


def _versioned_table(name: str, *columns: Column[Any]) -> Table:
    """A table whose rows are valid from a load until another; ``position`` keeps the file's order."""
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


def _text_columns(*names: str) -> list[Column[Any]]:
    return [Column(name, Text, nullable=False) for name in names]


agency = _versioned_table(
    "agency",
    *_text_columns("code", "form", "name_en", "name_hi", "cluster_en", "cluster_hi", "sector"),
    *_text_columns("district", "division", "email", "language", "active_from"),
    Column("active_to", Text, nullable=False, server_default=""),
)
target = _versioned_table(
    "target",
    *_text_columns("agency", "indicator", "quarter"),
    Column("hundredths", BigInteger, nullable=False),
)
baseline = _versioned_table(
    "baseline",
    *_text_columns("agency", "indicator"),
    Column("hundredths", BigInteger, nullable=False),
    *_text_columns("as_of"),
)
weight = _versioned_table(
    "weight", *_text_columns("agency", "indicator"), Column("weight", Float, nullable=False)
)
recipient = _versioned_table(
    "recipient", *_text_columns("department", "name", "email", "language", "kind")
)
cluster = _versioned_table(
    "cluster",
    *_text_columns("code", "name_en", "name_hi", "sector", "products", "nic", "district", "block"),
    *(Column(name, BigInteger) for name in FIGURE_COLUMNS),
    *_text_columns("as_of", "basis", "source", "active_to"),
)
cluster_agency = _versioned_table(
    "cluster_agency", *_text_columns("cluster", "agency", "phase", "active_from", "active_to")
)
