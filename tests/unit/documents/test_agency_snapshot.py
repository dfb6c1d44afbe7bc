"""An agency's update is the same from the rows of some agencies as from those of the whole programme."""

from __future__ import annotations

from cpsa.calendar import Quarter
from cpsa.documents.document_registry import QUARTERLY_UPDATE, list_document_keys
from cpsa.documents.render.render_pool import split_by_agencies
from cpsa.documents.render.renderer import Renderer
from cpsa.provenance.snapshot import COLUMNS, Snapshot

QUARTER = Quarter.parse("2025-26-Q4")


def test_every_update_is_the_same_from_the_rows_of_its_agency(
    snapshot: Snapshot, renderer: Renderer
) -> None:
    keys = [
        key
        for key in list_document_keys(snapshot, QUARTER)
        if key.kind is QUARTERLY_UPDATE and key.format == "html" and key.subject != "STATE"
    ]
    assert len(keys) == 2 * len(snapshot.list_agencies_due(QUARTER))
    for key in keys:
        own = snapshot.select_agencies([key.subject])
        assert renderer.render(key, own) == renderer.render(key, snapshot), key.path


def test_batches_keep_the_order_and_hold_the_rows_of_their_agencies(snapshot: Snapshot) -> None:
    keys = list_document_keys(snapshot, QUARTER)
    batches = list(split_by_agencies(snapshot, keys))
    assert [key for batch in batches for key in batch.keys] == list(keys)
    for batch in batches:
        subjects = {key.subject for key in batch.keys}
        assert (
            batch.is_whole == (batch.snapshot is snapshot) == subjects.isdisjoint(snapshot.agencies)
        )
        if not batch.is_whole:
            assert set(batch.snapshot.agencies) == subjects
            for name, columns in COLUMNS.items():
                if "agency" in columns:
                    assert set(getattr(batch.snapshot, name)["agency"]) <= subjects
            assert set(batch.snapshot.registry.targets["agency"]) <= subjects
