"""Building a period's documents, and proving that one can be built again byte for byte.

Every edition's bytes are kept under their digest; ``documents/`` shows the current ones by name.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Connection

from cpsa import documents
from cpsa.calendar import AnyPeriod, HalfYear, parse_period
from cpsa.cycle import inputs, notes, snapshots
from cpsa.cycle.files import write_whole
from cpsa.cycle.office import Office
from cpsa.cycle.printing import Press
from cpsa.cycle.results import Built
from cpsa.documents import DocumentKey, Kind
from cpsa.errors import RequestError
from cpsa.store import closings, publications
from cpsa.store import documents as shelf
from cpsa.store.database import reading, writing
from cpsa.store.history import Mark
from cpsa.store.tables.publication import PublicationKind

Progress = Callable[[int, int], None]
_DIGEST = re.compile(r"[0-9a-f]{8,64}")


def build(
    office: Office, period: AnyPeriod, now: datetime, progress: Progress | None = None
) -> Built:
    """Build every document of a period; those whose inputs are unchanged are left as they are.

    A second half-year brings the final document of its year.
    """
    taken = snapshots.take(office, period)
    periods = seen_whole(period, taken)
    keys = [key for one in periods for key in documents.plan(taken.snapshot, one)]
    with reading(office.engine) as connection:
        current = shelf.current(connection, periods)

    def of_now(key: DocumentKey) -> Mapping[str, Any] | None:
        """The current edition of a document, where it was made of the same inputs."""
        old = current.get(identity(key))
        same = old is not None and old["inputs"] == inputs.total(inputs_of(office, key, taken))
        return old if same else None

    def stands(key: DocumentKey) -> bool:
        old = of_now(key)
        return old is not None and _is_there(office, key, old["sha256"])

    wanted = [key for key in keys if not stands(key)]
    rows = []
    made = press_of(office).make(taken.snapshot, wanted)
    for done, (key, content) in enumerate(zip(wanted, made, strict=True), len(keys) - len(wanted)):
        if progress:
            progress(done, len(keys))
        sha256 = hashlib.sha256(content).hexdigest()
        _put_away(office, key, content, sha256)
        old = of_now(key)
        if old is None or old["sha256"] != sha256:
            made_of = inputs_of(office, key, taken)
            rows.append(row(key, made_of, taken.mark, sha256, len(content), now))
    with writing(office.engine) as connection:
        shelf.add(connection, rows)
        record_publication(connection, period, taken.mark, now)
    if progress:
        progress(len(keys), len(keys))
    return Built(period.key, len(keys), len(rows))


def record_publication(
    connection: Connection, period: AnyPeriod, mark: Mark, now: datetime
) -> None:
    """Record that a period's documents are those of a state of the store."""
    shut = closings.latest_closings(connection, period.last_quarter.key, mark)
    version = int(shut["version"].iloc[-1])
    documents = PublicationKind.DOCUMENTS
    publications.add_publication(connection, documents, period.key, version, mark, now)


def press_of(office: Office) -> Press:
    """What makes the office's documents."""
    return Press(office.settings.templates, office.seal_key, office.settings.printers)


@dataclass(frozen=True)
class Rebuilt:
    """A document built again: whether the bytes are the same, and which of its inputs are not.

    ``changed``: names below ``cli.input``; None where they were not kept apart when it was built.
    """

    path: str
    sha256: str
    same_bytes: bool
    changed: tuple[str, ...] | None


def rebuild(office: Office, named: str) -> Rebuilt:
    """Build a document again from what stood then, and compare.

    ``named``: a path, for its current edition, or the digest of any edition (its first eight or
    more digits). RequestError where there is none.
    """
    kept = _kept(office, named)
    key = _key_of(kept)
    at = Mark(**kept["mark"]) if kept["mark"] else None
    taken = snapshots.take(office, key.period, at)
    renderer = press_of(office).renderer()
    if key.kind is Kind.RESTATEMENT_NOTE:
        content = notes.again(office, key, kept["replaces"], renderer)
    else:
        content = renderer.render(key, taken.snapshot)
    sha256 = hashlib.sha256(content).hexdigest()
    then, now = kept["inputs_of"], inputs_of(office, key, taken)
    changed = None
    if then is not None:
        changed = tuple(one for one in {**now, **then} if now.get(one) != then.get(one))
    return Rebuilt(key.path, sha256, sha256 == kept["sha256"], changed)


def leaving_with(half: HalfYear) -> tuple[AnyPeriod, ...]:
    """The periods whose documents leave in one pack: a half-year, with the second also its year."""
    return (half, half.year) if half == half.year.halves[-1] else (half,)


def edition(office: Office, sha256: str) -> Path:
    """Where the bytes of an edition are kept."""
    return office.settings.home / "editions" / sha256[:2] / sha256


def identity(key: DocumentKey) -> tuple[str, str, str, str, str]:
    return str(key.kind), key.period.key, key.subject, key.language, key.format


def seen_whole(period: AnyPeriod, taken: snapshots.Taken) -> tuple[AnyPeriod, ...]:
    """A period and what leaves with it; of a longer one all quarters of the programme are closed."""
    if not isinstance(period, HalfYear):
        return (period,)
    closed = set(taken.snapshot.closings["quarter"])

    def is_whole(longer: AnyPeriod) -> bool:
        return {one.key for one in longer.quarters if one >= taken.first} <= closed

    return tuple(one for one in leaving_with(period) if one == period or is_whole(one))


def inputs_of(office: Office, key: DocumentKey, taken: snapshots.Taken) -> Mapping[str, str]:
    """The digests of a document's inputs; forms also rest on the key that seals them."""
    if key.kind is not Kind.ATR:
        return taken.inputs_of
    return {**taken.inputs_of, "seal": inputs.of_seal(office.seal_key)}


def _kept(office: Office, named: str) -> Mapping[str, Any]:
    """The row of the document that a path or a digest names."""
    with reading(office.engine) as connection:
        if _DIGEST.fullmatch(named):
            found = shelf.with_digest(connection, named)
        else:
            key = _key(named)
            found = shelf.current(connection, [key.period]).get(identity(key))
    if found is None:
        raise RequestError("cycle.no_document", value=named)
    return found


def _key_of(kept: Mapping[str, Any]) -> DocumentKey:
    names = kept["subject"], kept["language"], kept["format"]
    return DocumentKey(Kind(kept["kind"]), parse_period(kept["period"]), *names)


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


def row(
    key: DocumentKey,
    made_of: Mapping[str, str],
    mark: Mark,
    sha256: str,
    size: int,
    now: datetime,
    replaces: Mapping[str, Any] | None = None,
) -> dict[str, object]:
    """A document as it is registered; ``replaces`` see ``notes``."""
    names = ("kind", "period", "subject", "language", "format")
    return {
        **dict(zip(names, identity(key), strict=True)),
        "reference": key.reference,
        "inputs": inputs.total(made_of),
        "inputs_of": dict(made_of),
        "mark": mark.as_json(),
        "replaces": replaces,
        "sha256": sha256,
        "size": size,
        "path": key.path,
        "built_at": now,
    }
