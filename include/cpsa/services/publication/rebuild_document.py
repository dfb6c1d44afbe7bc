"""Builds one document again as it was built once, and compares the bytes."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from cpsa.calendar import parse_period
from cpsa.documents.document_key import DocumentKey
from cpsa.documents.document_registry import DOCUMENT_KINDS, RESTATEMENT_NOTE, get_kind
from cpsa.documents.render.renderer import Renderer
from cpsa.errors import RequestError
from cpsa.services.app_context import AppContext
from cpsa.services.publication import restatement_notes
from cpsa.services.publication.document_editions import (
    digest_inputs,
    make_document_identity,
    make_render_pool,
)
from cpsa.services.publication.take_snapshot import SnapshotWithInputs, take_snapshot
from cpsa.store.as_of import HistoryMark
from cpsa.store.database import read_transaction
from cpsa.store.queries import document_queries

_DIGEST = re.compile(r"[0-9a-f]{8,64}")


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
    key = make_edition_key(kept)
    at = HistoryMark(**kept["mark"]) if kept["mark"] else None
    taken = take_snapshot(context, key.period, at)
    renderer = make_render_pool(context).make_renderer()
    sha256 = hashlib.sha256(render_edition(context, kept, taken, renderer)).hexdigest()
    then, now = kept["inputs_of"], digest_inputs(context, key, taken)
    changed = None
    if then is not None:
        changed = tuple(name for name in {**now, **then} if now.get(name) != then.get(name))
    return RebuildResult(key.path, sha256, sha256 == kept["sha256"], changed)


def render_edition(
    context: AppContext, kept: Mapping[Any, Any], taken: SnapshotWithInputs, renderer: Renderer
) -> bytes:
    """Render an edition by its row of ``document`` from the state of the store that it was made of."""
    key = make_edition_key(kept)
    if key.kind == RESTATEMENT_NOTE:
        return restatement_notes.rebuild_note(context, key, kept["replaces"], renderer)
    return renderer.render(key, taken.snapshot)


def _load_document_row(context: AppContext, path_or_digest: str) -> Mapping[str, Any]:
    """The row of the document named by a path or a digest."""
    with read_transaction(context.engine) as connection:
        if _DIGEST.fullmatch(path_or_digest):
            found = document_queries.find_by_digest(connection, path_or_digest)
        else:
            key = _parse_key(path_or_digest)
            found = document_queries.load_current_editions(connection, [key.period]).get(
                make_document_identity(key)
            )
    if found is None:
        raise RequestError("cycle.no_document", value=path_or_digest)
    return found


def make_edition_key(kept: Mapping[Any, Any]) -> DocumentKey:
    """The key of the document of a row."""
    names = kept["subject"], kept["language"], kept["format"]
    return DocumentKey(get_kind(kept["kind"]), parse_period(kept["period"]), *names)


def _parse_key(path: str) -> DocumentKey:
    """The document that a path names, such as ``2025-26-H2/learning/STATE.hi.pdf``."""
    parts = path.strip("/").split("/")
    names = parts[-1].split(".")
    if len(parts) != 3 or len(names) != 3 or parts[1] not in DOCUMENT_KINDS:
        raise RequestError("cycle.no_document", value=path)
    return DocumentKey(get_kind(parts[1]), parse_period(parts[0]), *names)
