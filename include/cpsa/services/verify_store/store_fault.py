"""A fault of the store: what a verification found, in which file, table and row."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import Table

from cpsa.i18n.catalogue import text


class FaultKind(StrEnum):
    """What is wrong. Its text is ``verify.fault.<kind>``."""

    CHECK_FAILED = "check_failed"
    DATABASE_DAMAGED = "database_damaged"
    FILE_MISSING = "file_missing"
    FILE_CHANGED = "file_changed"
    FILE_UNREADABLE = "file_unreadable"
    SIZE_DIFFERS = "size_differs"
    FRAMEWORK_CHANGED = "framework_changed"
    REFERENCE_MISSING = "reference_missing"
    NUMBER_MISSING = "number_missing"
    ROW_CHANGED = "row_changed"
    ROW_DELETED = "row_deleted"
    ROW_INSERTED = "row_inserted"
    STATE_DIFFERS = "state_differs"
    STEP_IMPOSSIBLE = "step_impossible"
    STEP_MISSING = "step_missing"
    DIGEST_DIFFERS = "digest_differs"
    RESULT_DIFFERS = "result_differs"
    ROW_MISSING = "row_missing"
    ROW_UNFOUNDED = "row_unfounded"


@dataclass(frozen=True)
class StoreFault:
    """``row``: its key, as ``id=12``; ``file``: below the home; ``detail``: columns, codes, numbers."""

    kind: FaultKind
    table: str = ""
    row: str = ""
    file: str = ""
    detail: str = ""

    def text(self, language: str) -> str:
        """What is wrong, in one line."""
        return text(f"verify.fault.{self.kind}", language, detail=self.detail)


def describe_row(table: Table, row: Mapping[Any, Any]) -> str:
    """The key of a row, such as ``id=12`` or ``quarter=2026-27-Q1 agency=IA-A``."""
    return " ".join(f"{column.name}={row[column.name]}" for column in table.primary_key)
