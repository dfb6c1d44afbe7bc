"""Whether documents are what building them again gives, from the store as it was at their time.

A document that another program, other texts, templates, fonts or reference data made is kept, not
comparable: its bytes are compared with its digest (``check_files``), and nothing else.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from itertools import groupby
from typing import Any

from sqlalchemy import select

from cpsa.documents.render.renderer import Renderer
from cpsa.services.publication.document_editions import digest_inputs, make_render_pool
from cpsa.services.publication.rebuild_document import make_edition_key, render_edition
from cpsa.services.publication.take_snapshot import SnapshotWithInputs, take_snapshot
from cpsa.services.verify_store.store_fault import FaultKind, StoreFault, describe_row
from cpsa.services.verify_store.verification import Verification
from cpsa.store.as_of import HistoryMark
from cpsa.store.tables.document_tables import document

SAMPLE_SIZE = 6  # documents: each may need the whole programme as it was at another time
# What does not come from the store.
_OUTSIDE = ("program", "programme", "texts", "templates", "fonts", "reference", "seal")


def check_documents(verification: Verification) -> Iterator[StoreFault]:
    """Yield the documents that building again does not give."""
    statement = select(document).where(document.c.inputs_of.is_not(None)).order_by(document.c.id)
    rows = verification.connection.execute(statement).mappings().all()
    chosen = [row for row in verification.sample(rows, SAMPLE_SIZE) if row["mark"]]
    renderer = make_render_pool(verification.context).make_renderer()
    for _, group in groupby(sorted(chosen, key=_name_state), _name_state):
        editions = list(group)
        key = make_edition_key(editions[0])
        mark = HistoryMark(**editions[0]["mark"])
        taken = take_snapshot(verification.context, key.period, mark)
        for edition in editions:
            yield from _compare(verification, edition, taken, renderer)


def _name_state(row: Mapping[Any, Any]) -> str:
    """The state of the store that a document was made from."""
    return json.dumps([row["period"], row["mark"]], sort_keys=True)


def _compare(
    verification: Verification,
    edition: Mapping[Any, Any],
    taken: SnapshotWithInputs,
    renderer: Renderer,
) -> Iterator[StoreFault]:
    context, then = verification.context, edition["inputs_of"]
    now = digest_inputs(context, make_edition_key(edition), taken)
    changed = [name for name in {**now, **then} if now.get(name) != then.get(name)]
    if any(name in _OUTSIDE for name in changed):
        verification.count("not comparable")
        return
    verification.count("documents built again")
    if not changed:
        content = render_edition(context, edition, taken, renderer)
        if hashlib.sha256(content).hexdigest() == edition["sha256"]:
            return
        changed = ["sha256"]
    shown, detail = describe_row(document, edition), ", ".join(changed)
    yield StoreFault(FaultKind.RESULT_DIFFERS, document.name, shown, detail=detail)
