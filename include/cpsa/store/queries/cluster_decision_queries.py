"""Decisions on changes of the register of clusters that centres propose. The table only grows."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection, insert, select

from cpsa.store.tables.cluster_decision_tables import cluster_decision


def list_decided(connection: Connection) -> set[tuple[str, str, str, str]]:
    """What was decided: agency, quarter, row and digest of each proposal."""
    own = cluster_decision.c
    query = select(own.agency, own.quarter, own.row_key, own.digest)
    return {
        (agency, quarter, row, digest) for agency, quarter, row, digest in connection.execute(query)
    }


def add_decisions(connection: Connection, rows: Sequence[dict[str, object]]) -> None:
    connection.execute(insert(cluster_decision), rows)
