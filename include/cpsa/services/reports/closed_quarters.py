"""What the lists of closed quarters share: their newest closings, order and framework."""

from __future__ import annotations

import pandas as pd
from sqlalchemy import Connection

from cpsa.calendar import Quarter
from cpsa.framework.model import Framework
from cpsa.services.app_context import AppContext
from cpsa.store.queries import (
    closing_queries,
)

FIRST_QUARTER = "2017-18-Q1"


def load_closings(connection: Connection, quarter: Quarter | None) -> pd.DataFrame:
    """Load the newest closing of a quarter, or of every closed one."""
    shut = closing_queries.load_latest_closings(connection)
    return shut[shut["quarter"] == quarter.key] if quarter else shut


def sort_within_quarters(frame: pd.DataFrame, column: str, order: list[str]) -> pd.DataFrame:
    """Sort by quarter, and within it in a given order of a column's values."""
    places = {value: place for place, value in enumerate(order)}
    ranked = frame.assign(_place=frame[column].map(places).fillna(len(places)))
    ranked = ranked.sort_values(["quarter", "_place"], kind="stable")
    return ranked.drop(columns="_place").reset_index(drop=True)


def load_newest_framework(context: AppContext, shut: pd.DataFrame) -> Framework:
    """Load the framework that holds in the newest of these quarters."""
    return context.load_framework(Quarter.parse(max(shut["quarter"], default=FIRST_QUARTER)))
