"""Building a period's documents, and proving that one can be built again byte for byte.

Every edition's bytes are kept under their digest; ``documents/`` shows the current ones by name.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from cpsa import documents
from cpsa.calendar import AnyPeriod, parse_period
from cpsa.cycle import snapshots
from cpsa.cycle.files import write_whole
from cpsa.cycle.office import Office
from cpsa.cycle.results import Built
from cpsa.documents import DocumentKey, Kind
from cpsa.errors import RequestError
from cpsa.store import documents as shelf
from cpsa.store.database import reading, writing
from cpsa.store.history import Mark

Progress = Callable[[int, int], None]


def build(
    office: Office, period: AnyPeriod, now: datetime, progress: Progress | None = None
) -> Built:
    """Build every document of a period; those whose inputs are unchanged are left as they are."""
    taken = snapshots.take(office, period)
    keys = documents.plan(taken.snapshot, period)
    with reading(office.engine) as connection:
        current = shelf.current(connection, period.key)
    renderer = documents.Renderer(office.settings.templates, seal_key=office.seal_key)
    rows = []
    for done, key in enumerate(keys):
        if progress:
            progress(done, len(keys))
        old = current.get(_identity(key))
        if old and old["inputs"] == taken.inputs and _is_there(office, key, old["sha256"]):
            continue
        content = renderer.render(key, taken.snapshot)
        sha256 = hashlib.sha256(content).hexdigest()
        _put_away(office, key, content, sha256)
        if not old or old["sha256"] != sha256 or old["inputs"] != taken.inputs:
            rows.append(_row(key, taken, sha256, len(content), now))
    with writing(office.engine) as connection:
        shelf.add(connection, rows)
    if progress:
        progress(len(keys), len(keys))
    return Built(period.key, len(keys), len(rows))


@dataclass(frozen=True)
class Rebuilt:
    """A document built again: whether the bytes are the same, and if not, whether its inputs are."""

    path: str
    sha256: str
    same_bytes: bool
    same_inputs: bool


def rebuild(office: Office, path: str) -> Rebuilt:
    """Build a document again from what stood then, and compare; RequestError for no such path."""
    key = _key(path)
    with reading(office.engine) as connection:
        kept = shelf.current(connection, key.period.key).get(_identity(key))
    if kept is None:
        raise RequestError("cycle.no_document", value=path)
    at = Mark(**kept["mark"]) if kept["mark"] else None
    taken = snapshots.take(office, key.period, at)
    renderer = documents.Renderer(office.settings.templates, seal_key=office.seal_key)
    content = renderer.render(key, taken.snapshot)
    sha256 = hashlib.sha256(content).hexdigest()
    return Rebuilt(path, sha256, sha256 == kept["sha256"], taken.inputs == kept["inputs"])


def edition(office: Office, sha256: str) -> Path:
    """Where the bytes of an edition are kept."""
    return office.settings.home / "editions" / sha256[:2] / sha256


def _identity(key: DocumentKey) -> tuple[str, str, str, str, str]:
    return str(key.kind), key.period.key, key.subject, key.language, key.format


def _key(path: str) -> DocumentKey:
    """The document a path names, such as ``2025-26-H2/learning/STATE.hi.pdf``."""
    parts = path.strip("/").split("/")
    names = parts[-1].split(".")
    if len(parts) != 3 or len(names) != 3 or parts[1] not in set(Kind):
        raise RequestError("cycle.no_document", value=path)
    return DocumentKey(Kind(parts[1]), parse_period(parts[0]), *names)


def _is_there(office: Office, key: DocumentKey, sha256: str) -> bool:
    shown, kept = office.settings.documents / key.path, edition(office, sha256)
    return shown.is_file() and kept.is_file() and shown.stat().st_size == kept.stat().st_size


def _put_away(office: Office, key: DocumentKey, content: bytes, sha256: str) -> None:
    """Keep an edition's bytes and show it as the current one; neither is ever half written."""
    kept, shown = edition(office, sha256), office.settings.documents / key.path
    if not kept.is_file():
        write_whole(kept, content)
    write_whole(shown, content)


def _row(
    key: DocumentKey, taken: snapshots.Taken, sha256: str, size: int, now: datetime
) -> dict[str, object]:
    names = ("kind", "period", "subject", "language", "format")
    return {
        **dict(zip(names, _identity(key), strict=True)),
        "reference": key.reference,
        "inputs": taken.inputs,
        "mark": taken.mark.as_json(),
        "sha256": sha256,
        "size": size,
        "path": key.path,
        "built_at": now,
    }
