"""Documents are the same bytes, in the same order, whether one process makes them or several."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from tests.factories import INCLUDE, Clerk, RegistryFolder, day_after_quarter

from cpsa.calendar import Quarter
from cpsa.documents.document_key import DocumentKey
from cpsa.documents.document_registry import QUARTERLY_UPDATE
from cpsa.documents.render.render_pool import RenderPool
from cpsa.errors import RequestError
from cpsa.provenance.snapshot import Snapshot
from cpsa.services.publication.take_snapshot import take_snapshot
from cpsa.services.quarter.load_registry import load_registry

pytestmark = pytest.mark.slow

Q1 = Quarter.parse("2025-26-Q1")
PRESS = RenderPool(INCLUDE / "templates", b"a key", workers=2, min_documents_per_worker=2)


@pytest.fixture
def snapshot(clerk: Clerk, tmp_path: Path) -> Snapshot:
    registry = RegistryFolder(agencies={"IA-A": Q1.key, "FC-B": Q1.key})
    folder = registry.write(tmp_path / "registry")
    load_registry(clerk.office, folder, day_after_quarter(Q1.key))
    clerk.send("IA-A", Q1.key, {"A1": 4, "A2": 20, "OP1": 5})
    clerk.close(Q1.key)
    return take_snapshot(clerk.office, Q1).snapshot


def keys_of(snapshot: Snapshot) -> list[DocumentKey]:
    return [
        DocumentKey(QUARTERLY_UPDATE, Q1, agency, language, "pdf")
        for agency in snapshot.list_agencies_due(Q1)
        for language in ("en", "hi")
    ]


def test_two_processes_make_what_one_makes(snapshot: Snapshot) -> None:
    keys = keys_of(snapshot)
    assert len(keys) == 4
    alone = list(replace(PRESS, workers=1).render_all(snapshot, keys))
    assert list(PRESS.render_all(snapshot, keys)) == alone
    assert len(set(alone)) == 4


def test_few_documents_are_made_here(snapshot: Snapshot, monkeypatch) -> None:
    monkeypatch.setattr("cpsa.documents.render.render_pool.ProcessPoolExecutor", None)
    assert len(list(PRESS.render_all(snapshot, keys_of(snapshot)[:3]))) == 3
    assert list(PRESS.render_all(snapshot, [])) == []


def test_what_a_worker_refuses_is_told_here(snapshot: Snapshot) -> None:
    (known, *rest) = keys_of(snapshot)
    unknown = replace(known, subject="IA-NOBODY")
    with pytest.raises(RequestError) as told:
        list(PRESS.render_all(snapshot, [known, unknown, *rest]))
    assert told.value.key == "documents.no_document"
