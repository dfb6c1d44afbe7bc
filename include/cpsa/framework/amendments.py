"""What the newest file of each table of a framework changed: entries that it added, changed or retired.

What belongs here: comparing a file with those before it. What must not: whether what it says is valid
(``loader``), or what a change does to figures.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cpsa.framework.loader import (
    amend_entries,
    list_framework_files,
    parse_framework_file,
    read_framework_file,
)
from cpsa.reference.yaml_reader import StrictLoader


@dataclass(frozen=True)
class Amendment:
    """What one file changed in one table (``indicators``, ``rules`` …), by codes."""

    file: str
    table: str
    added: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    retired: tuple[str, ...] = ()


def list_newest_amendments(folder: Path) -> tuple[Amendment, ...]:
    """Of each table that an earlier file has already, what the newest file with it changed.

    RequestError for a file that cannot be read.
    """
    merged: dict[str, Any] = {}
    newest: dict[str, Amendment] = {}
    for name, _, _ in list_framework_files(folder):
        part = parse_framework_file(folder / name, read_framework_file(folder / name), StrictLoader)
        for amendment in _compare(name, merged, part):
            newest[amendment.table] = amendment
        amend_entries(merged, part)
    return tuple(newest.values())


def _compare(file: str, before: Mapping[str, Any], part: Mapping[str, Any]) -> Iterator[Amendment]:
    """What a file changes in each table that is there before it."""
    for table, entries in part.items():
        known = before.get(table)
        if not isinstance(known, Mapping) or not isinstance(entries, Mapping):
            continue
        after: dict[str, Any] = {}
        amend_entries(after, known)
        amend_entries(after, entries)
        retired = [code for code in entries if _is_retired(after[code])]
        added = [code for code in entries if code not in known and code not in retired]
        changed = [
            code
            for code in entries
            if code in known and code not in retired and after[code] != known[code]
        ]
        yield Amendment(
            file, str(table), *(tuple(map(str, codes)) for codes in (added, changed, retired))
        )


def _is_retired(entry: object) -> bool:
    return isinstance(entry, Mapping) and entry.get("retired") is True
