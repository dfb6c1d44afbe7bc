"""The type of a row that a query returned: columns by name, of any type."""

from __future__ import annotations

from typing import Any, TypeAlias

from sqlalchemy import Row

StoredRow: TypeAlias = Row[*tuple[Any, ...]]
"""A row whose columns are known to its query alone. Where they matter, a query returns a record."""
