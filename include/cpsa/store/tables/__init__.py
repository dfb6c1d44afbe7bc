"""All tables of the store, one module per aggregate. Importing this package fills the shared metadata."""

from cpsa.store.tables import (
    action_tables,
    announcement_tables,
    awaiting_arrival_tables,
    closing_tables,
    department_reply_tables,
    dispatch_tables,
    examination_tables,
    publication_tables,
    quarter_tables,
    registry_tables,
    submission_tables,
)

__all__ = [
    "action_tables",
    "announcement_tables",
    "awaiting_arrival_tables",
    "closing_tables",
    "department_reply_tables",
    "dispatch_tables",
    "examination_tables",
    "publication_tables",
    "quarter_tables",
    "registry_tables",
    "submission_tables",
]
