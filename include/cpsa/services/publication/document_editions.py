"""What building and rebuilding share: an edition's identity, inputs, row and place on the disk."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from cpsa.calendar import AnyPeriod, HalfYear
from cpsa.documents.document_key import DocumentKey
from cpsa.documents.pack_contents import list_pack_periods
from cpsa.documents.render.render_pool import RenderPool
from cpsa.services.app_context import AppContext
from cpsa.services.publication import document_inputs
from cpsa.services.publication.take_snapshot import SnapshotWithInputs
from cpsa.store.as_of import HistoryMark


def make_render_pool(context: AppContext) -> RenderPool:
    """The render pool for the documents of a store."""
    return RenderPool(context.settings.templates, context.seal_key, context.settings.render_workers)


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
    """The digests of a document's inputs; of forms also the digest of the key that seals them, and of
    what says what was published, of that."""
    if key.kind.shows_publications:
        published = document_inputs.digest_frame(taken.snapshot.publications)
        return {**taken.inputs_of, "published": published}
    if not key.kind.is_form:
        return taken.inputs_of
    return {**taken.inputs_of, "seal": document_inputs.digest_seal_key(context.seal_key)}


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
