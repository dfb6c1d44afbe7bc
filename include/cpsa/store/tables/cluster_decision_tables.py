"""What CPSA decided on changes of the register of clusters that centres propose."""

from __future__ import annotations

from enum import StrEnum

from sqlalchemy import BigInteger, Column, Table, Text, UniqueConstraint

from cpsa.store.schema import Instant, RowId, metadata


class ClusterOutcome(StrEnum):
    """A change is in the register since a load, or it is not taken over."""

    CONFIRMED = "confirmed"
    REFUSED = "refused"


# One row of a centre's table of clusters was confirmed or refused. digest: what was proposed, so that the same row
# in a later version is not decided again; cluster: its code in the register; registry_load: the load that has it,
# none where it was refused.
cluster_decision = Table(
    "cluster_decision",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("agency", Text, nullable=False),
    Column("quarter", Text, nullable=False),
    Column("row_key", Text, nullable=False),
    Column("digest", Text, nullable=False),
    Column("outcome", Text, nullable=False),
    Column("cluster", Text, nullable=False),
    Column("registry_load", BigInteger),
    Column("reason", Text, nullable=False),
    Column("decided_by", Text, nullable=False),
    Column("decided_at", Instant, nullable=False),
    UniqueConstraint("agency", "quarter", "row_key", "digest"),
)
