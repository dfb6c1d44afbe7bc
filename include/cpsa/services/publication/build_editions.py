"""Builds a period's documents, and proves that one can be built again byte for byte.

Every edition's bytes are kept under their digest; ``documents/`` shows the current ones by name.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from cpsa.calendar import AnyPeriod
from cpsa.documents.document_key import DocumentKey
from cpsa.documents.document_registry import list_document_keys
from cpsa.services.app_context import AppContext
from cpsa.services.atomic_file import has_content, keep_content, write_atomically
from cpsa.services.publication import document_inputs
from cpsa.services.publication.document_editions import (
    digest_inputs,
    list_complete_periods,
    locate_edition,
    make_document_identity,
    make_document_row,
    make_render_pool,
)
from cpsa.services.publication.take_snapshot import take_snapshot
from cpsa.services.run_log import log_progress, log_use_case
from cpsa.services.service_results import BuildResult
from cpsa.store.as_of import HistoryMark
from cpsa.store.database import read_transaction, write_transaction
from cpsa.store.queries import closing_queries, document_queries, publication_queries
from cpsa.store.tables.publication_tables import PublicationKind

_log = logging.getLogger(__name__)
Progress = Callable[[int, int], None]


@log_use_case
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
        current = document_queries.load_current_editions(connection, periods)

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
    first = len(keys) - len(wanted)
    built = log_progress(_log, zip(wanted, made, strict=True), "documents", len(keys), first)
    for done, (key, content) in enumerate(built, first):
        if progress:
            progress(done, len(keys))
        sha256 = hashlib.sha256(content).hexdigest()
        _store_edition(context, key, content, sha256)
        old = find_current(key)
        if old is None or old["sha256"] != sha256:
            made_of = digest_inputs(context, key, taken)
            rows.append(make_document_row(key, made_of, taken.mark, sha256, len(content), now))
    with write_transaction(context.engine) as connection:
        document_queries.add_documents(connection, rows)
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


def _is_stored(context: AppContext, key: DocumentKey, sha256: str) -> bool:
    """Whether an edition is kept with the bytes of its name, and shown with the same."""
    shown, kept = context.settings.documents / key.path, locate_edition(context, sha256)
    if not (shown.is_file() and kept.is_file()):
        return False
    content = kept.read_bytes()
    return hashlib.sha256(content).hexdigest() == sha256 and has_content(shown, content)


def _store_edition(context: AppContext, key: DocumentKey, content: bytes, sha256: str) -> None:
    """Keep an edition's bytes and show it as the current one; neither is ever half written."""
    kept, shown = locate_edition(context, sha256), context.settings.documents / key.path
    keep_content(kept, content)
    write_atomically(shown, content)
