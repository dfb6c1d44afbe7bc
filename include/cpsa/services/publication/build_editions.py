"""Builds a period's documents, and proves that one can be built again byte for byte.

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

from cpsa.calendar import AnyPeriod, HalfYear, parse_period
from cpsa.documents.document_key import DocumentKey, DocumentKind, list_document_keys
from cpsa.documents.render.render_pool import RenderPool
from cpsa.errors import RequestError
from cpsa.services.app_context import AppContext
from cpsa.services.atomic_file import write_atomically
from cpsa.services.publication import document_inputs, edition_contents
from cpsa.services.publication.take_snapshot import SnapshotWithInputs, take_snapshot
from cpsa.services.service_results import BuildResult
from cpsa.store.as_of import HistoryMark
from cpsa.store.database import read_transaction, write_transaction
from cpsa.store.queries import closing_queries, publication_queries
from cpsa.store.queries import document_queries as document_rows
from cpsa.store.tables.publication_tables import PublicationKind

Progress = Callable[[int, int], None]
_DIGEST = re.compile(r"[0-9a-f]{8,64}")


def build_editions(
    context: AppContext, period: AnyPeriod, now: datetime, progress: Progress | None = None
) -> BuildResult:
    """Build every document of a period; those whose inputs are unchanged are left as they are.

    A second half-year brings the final document of its year.
    """
    taken = take_snapshot(context, period)
    periods = list_complete_periods(period, taken)
    keys = [
        key for pack_period in periods for key in list_document_keys(taken.snapshot, pack_period)
    ]
    with read_transaction(context.engine) as connection:
        current = document_rows.load_current_editions(connection, periods)

    def find_current(key: DocumentKey) -> Mapping[str, Any] | None:
        """The current edition of a document, where it was made of the same inputs."""
        old = current.get(make_document_identity(key))
        same = old is not None and old["inputs"] == document_inputs.combine_digests(
            digest_inputs(context, key, taken)
        )
        return old if same else None

    def is_current(key: DocumentKey) -> bool:
        old = find_current(key)
        return old is not None and _is_stored(context, key, old["sha256"])

    wanted = [key for key in keys if not is_current(key)]
    rows = []
    made = make_render_pool(context).render_all(taken.snapshot, wanted)
    for done, (key, content) in enumerate(zip(wanted, made, strict=True), len(keys) - len(wanted)):
        if progress:
            progress(done, len(keys))
        sha256 = hashlib.sha256(content).hexdigest()
        _store_edition(context, key, content, sha256)
        old = find_current(key)
        if old is None or old["sha256"] != sha256:
            made_of = digest_inputs(context, key, taken)
            rows.append(make_document_row(key, made_of, taken.mark, sha256, len(content), now))
    with write_transaction(context.engine) as connection:
        document_rows.add_documents(connection, rows)
        record_publication(connection, period, taken.mark, now)
    if progress:
        progress(len(keys), len(keys))
    return BuildResult(period.key, len(keys), len(rows))


def record_publication(
    connection: Connection, period: AnyPeriod, mark: HistoryMark, now: datetime
) -> None:
    """Record that a period's documents are those of a state of the store."""
    latest = closing_queries.load_latest_closings(connection, period.last_quarter.key, mark)
    version = int(latest["version"].iloc[-1])
    documents = PublicationKind.DOCUMENTS
    publication_queries.add_publication(connection, documents, period.key, version, mark, now)


def make_render_pool(context: AppContext) -> RenderPool:
    """The render pool for the documents of a store."""
    return RenderPool(context.settings.templates, context.seal_key, context.settings.render_workers)


@dataclass(frozen=True)
class RebuildResult:
    """A document built again: whether the bytes are the same, and which of its inputs are not.

    ``changed``: names below ``cli.input``; None where they were not kept apart when it was built.
    """

    path: str
    sha256: str
    same_bytes: bool
    changed: tuple[str, ...] | None


def rebuild_document(context: AppContext, path_or_digest: str) -> RebuildResult:
    """Build a document again from the state of the store at that time, and compare.

    ``path_or_digest``: a path, for its current edition, or the digest of any edition (its first eight or
    more digits). RequestError where there is none.
    """
    kept = _load_document_row(context, path_or_digest)
    key = _make_key(kept)
    at = HistoryMark(**kept["mark"]) if kept["mark"] else None
    taken = take_snapshot(context, key.period, at)
    renderer = make_render_pool(context).make_renderer()
    if key.kind is DocumentKind.RESTATEMENT_NOTE:
        content = edition_contents.rebuild_note(context, key, kept["replaces"], renderer)
    else:
        content = renderer.render(key, taken.snapshot)
    sha256 = hashlib.sha256(content).hexdigest()
    then, now = kept["inputs_of"], digest_inputs(context, key, taken)
    changed = None
    if then is not None:
        changed = tuple(name for name in {**now, **then} if now.get(name) != then.get(name))
    return RebuildResult(key.path, sha256, sha256 == kept["sha256"], changed)


def list_pack_periods(half: HalfYear) -> tuple[AnyPeriod, ...]:
    """The periods whose documents are sent in one pack: a half-year, with the second also its year."""
    return (half, half.year) if half == half.year.halves[-1] else (half,)


def locate_edition(context: AppContext, sha256: str) -> Path:
    """Where the bytes of an edition are kept."""
    return context.settings.home / "editions" / sha256[:2] / sha256


def make_document_identity(key: DocumentKey) -> tuple[str, str, str, str, str]:
    return str(key.kind), key.period.key, key.subject, key.language, key.format


def list_complete_periods(period: AnyPeriod, taken: SnapshotWithInputs) -> tuple[AnyPeriod, ...]:
    """A period and those sent with it; of a longer one all quarters of the programme are closed."""
    if not isinstance(period, HalfYear):
        return (period,)
    closed = set(taken.snapshot.closings["quarter"])

    def is_whole(longer: AnyPeriod) -> bool:
        return {quarter.key for quarter in longer.quarters if quarter >= taken.first} <= closed

    return tuple(
        pack_period
        for pack_period in list_pack_periods(period)
        if pack_period == period or is_whole(pack_period)
    )


def digest_inputs(
    context: AppContext, key: DocumentKey, taken: SnapshotWithInputs
) -> Mapping[str, str]:
    """The digests of a document's inputs; of forms also the digest of the key that seals them."""
    if key.kind is not DocumentKind.ATR:
        return taken.inputs_of
    return {**taken.inputs_of, "seal": document_inputs.digest_seal_key(context.seal_key)}


def _load_document_row(context: AppContext, path_or_digest: str) -> Mapping[str, Any]:
    """The row of the document named by a path or a digest."""
    with read_transaction(context.engine) as connection:
        if _DIGEST.fullmatch(path_or_digest):
            found = document_rows.find_by_digest(connection, path_or_digest)
        else:
            key = _parse_key(path_or_digest)
            found = document_rows.load_current_editions(connection, [key.period]).get(
                make_document_identity(key)
            )
    if found is None:
        raise RequestError("cycle.no_document", value=path_or_digest)
    return found


def _make_key(kept: Mapping[str, Any]) -> DocumentKey:
    names = kept["subject"], kept["language"], kept["format"]
    return DocumentKey(DocumentKind(kept["kind"]), parse_period(kept["period"]), *names)


def _parse_key(path: str) -> DocumentKey:
    """The document that a path names, such as ``2025-26-H2/learning/STATE.hi.pdf``."""
    parts = path.strip("/").split("/")
    names = parts[-1].split(".")
    if len(parts) != 3 or len(names) != 3 or parts[1] not in set(DocumentKind):
        raise RequestError("cycle.no_document", value=path)
    return DocumentKey(DocumentKind(parts[1]), parse_period(parts[0]), *names)


def _is_stored(context: AppContext, key: DocumentKey, sha256: str) -> bool:
    shown, kept = context.settings.documents / key.path, locate_edition(context, sha256)
    return shown.is_file() and kept.is_file() and shown.stat().st_size == kept.stat().st_size


def _store_edition(context: AppContext, key: DocumentKey, content: bytes, sha256: str) -> None:
    """Keep an edition's bytes and show it as the current one; neither is ever half written."""
    kept, shown = locate_edition(context, sha256), context.settings.documents / key.path
    if not kept.is_file():
        write_atomically(kept, content)
    write_atomically(shown, content)


def make_document_row(
    key: DocumentKey,
    made_of: Mapping[str, str],
    mark: HistoryMark,
    sha256: str,
    size: int,
    now: datetime,
    replaces: Mapping[str, Any] | None = None,
) -> dict[str, object]:
    """A document as it is registered; for ``replaces`` see ``note_editions``."""
    names = ("kind", "period", "subject", "language", "format")
    return {
        **dict(zip(names, make_document_identity(key), strict=True)),
        "reference": key.reference,
        "inputs": document_inputs.combine_digests(made_of),
        "inputs_of": dict(made_of),
        "mark": mark.as_json(),
        "replaces": replaces,
        "sha256": sha256,
        "size": size,
        "path": key.path,
        "built_at": now,
    }
