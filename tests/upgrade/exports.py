"""An export of a store, read as plain rows: what two versions say of the same store.

What belongs here: reading the archive by itself, without the code of either version.
"""

from __future__ import annotations

import json
import zipfile
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

Rows = Counter[tuple[str, ...]]


def read_export(file: Path, columns: Mapping[str, Sequence[str]]) -> dict[str, Rows]:
    """The rows of some tables in some of their columns, and the digests of the kept files."""
    with zipfile.ZipFile(file) as archive:
        manifest = json.loads(archive.read("manifest.json"))
        found = {
            table: _rows(archive, table, manifest["tables"][table]["columns"], names)
            for table, names in columns.items()
        }
        names = [name for name in archive.namelist() if name.startswith("files/")]
    return {**found, "files": Counter((name,) for name in names)}


def _rows(
    archive: zipfile.ZipFile, table: str, present: Sequence[str], columns: Sequence[str]
) -> Rows:
    places = [present.index(name) for name in columns]
    lines = archive.read(f"tables/{table}.jsonl").decode().splitlines()
    rows = map(json.loads, lines)
    return Counter(tuple(json.dumps(row[place]) for place in places) for row in rows)
