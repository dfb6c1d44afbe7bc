"""The kept files that the rows of a store name, and which of them are missing or damaged.

What belongs here: which columns name files, and which files may be gone because they were deleted
by the retention rules. What must not: reading a database or an archive (``export_store``, ``import_store``).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

from cpsa.errors import RequestError
from cpsa.services.delete_expired_files import RETAINED

# Tables with a column ``sha256``, and the folder below the home that keeps its bytes.
FOLDER_OF_TABLE: Mapping[str, str] = {
    "submission": "received",
    "arrival": "received",
    "awaiting_arrival": "received",
    "entry_load": "received",
    "action_report": "received",
    "department_reply": "received",
    "document": "editions",
}
TABLES = (*FOLDER_OF_TABLE, "audit")
_DIGEST = re.compile(r"[0-9a-f]{64}\Z")
EMPTY_DIGEST = sha256(b"").hexdigest()  # a mail without a byte is recorded and not kept
_MAX_NAMED_FILES = 20  # how many missing files an error names

Row = Mapping[str, Any]


@dataclass
class ExpectedFiles:
    """Files by folder and digest, each with the first row that names it."""

    subjects: dict[tuple[str, str], str] = field(default_factory=dict)

    @classmethod
    def from_rows(cls, rows: Callable[[str], Iterable[Row]]) -> ExpectedFiles:
        """Read the files that rows name. ``rows`` gives those of one of ``TABLES``."""
        gone = {str(row["subject"]) for row in rows("audit") if row["verb"] == RETAINED}
        found: dict[tuple[str, str], str] = {}
        for table, folder in FOLDER_OF_TABLE.items():
            for row in rows(table):
                digest = str(row["sha256"])
                path = f"{folder}/{digest[:2]}/{digest}"
                if _DIGEST.match(digest) and digest != EMPTY_DIGEST and path not in gone:
                    found.setdefault((folder, digest), _describe_subject(table, row))
        return cls(found)

    def require_present(
        self, is_present: Callable[[str, str], bool], damaged: Sequence[str] = ()
    ) -> None:
        """RequestError that lists the files that are missing (``is_present``) or ``damaged`` (paths)."""
        missing = [
            f"{folder}/{digest[:2]}/{digest} ({subject})"
            for (folder, digest), subject in sorted(self.subjects.items())
            if not is_present(folder, digest)
        ]
        listed = [*missing, *damaged]
        if listed:
            more = (
                f", … (+{len(listed) - _MAX_NAMED_FILES})" if len(listed) > _MAX_NAMED_FILES else ""
            )
            raise RequestError(
                "portable.incomplete",
                missing=len(missing),
                damaged=len(damaged),
                files=", ".join(listed[:_MAX_NAMED_FILES]) + more,
            )


def _describe_subject(table: str, row: Row) -> str:
    """What a row is about, such as ``submission IA-INDPH 2026-27-Q2 2``; no name of a person."""
    columns = ("agency", "quarter", "department", "half", "kind", "period", "version")
    values = [str(row[name]) for name in columns if row.get(name)]
    return " ".join((table, *values))
