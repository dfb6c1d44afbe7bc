"""A received file: what it is, by which channel, for whom, and the number of its receipt."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cached_property


@dataclass(frozen=True)
class Arrival:
    """One file as a channel hands it over.

    ``channel``: folder, mail or portal. ``key`` names it within the channel: a path, a Message-ID.
    ``agency`` and ``quarter`` are whose and for when it is by what the channel knows, before any
    reader has opened it; the file itself may say otherwise, which is rule S06. ``notice``: what
    its sender should know of it though it is received, as a key of the catalogue. ``may_be_moved``:
    it lies in a folder that was never scanned before, so it may have been received by another path.
    """

    channel: str
    key: str
    file_name: str
    content: bytes = field(repr=False)
    agency: str
    quarter: str
    received_at: datetime
    notice: str = ""
    may_be_moved: bool = False

    def for_agency(self, agency: str, quarter: str) -> Arrival:
        """Return the same file with its agency and quarter."""
        return replace(self, agency=agency, quarter=quarter)

    def with_key(self, key: str) -> Arrival:
        """Return the same file under the name that its channel gives it."""
        return replace(self, key=key)

    def part(self, file_name: str, content: bytes) -> Arrival:
        """Return one file of a received whole, such as an attachment of a mail."""
        return replace(self, file_name=file_name, content=content)

    @cached_property
    def sha256(self) -> str:
        return hashlib.sha256(self.content).hexdigest()


def receipt_number(agency: str, quarter: str, version: int, sha256: str) -> str:
    """What an agency quotes to say which file it means, such as ``2026-27-Q2/IA-INDPH/2/7F3A``.

    The last part is the beginning of the file's SHA-256: anyone can compare a file with it.
    """
    return f"{quarter}/{agency}/{version}/{sha256[:4].upper()}"
