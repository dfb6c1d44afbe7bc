"""Rendering documents one after the other in this process, or in several where there are many.

Documents about agencies are rendered some agencies at a time, from a snapshot with the rows of these
agencies alone, so that no process holds a country's rows once for each worker. Workers are spawned,
since Typst's compiler waits for ever in a forked child. What must not go here: which documents are
rendered, and what is done with them (``build_editions``).
"""

from __future__ import annotations

import multiprocessing
from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

from cpsa.documents.document_key import DocumentKey
from cpsa.documents.render.renderer import Renderer
from cpsa.provenance.snapshot import Snapshot
from cpsa.reference.programme_in_use import get_programme_folder, use_programme

MIN_DOCUMENTS_PER_WORKER = 250
"""Documents: fewer are rendered sooner than another process starts."""
BATCH_AGENCIES = 16
"""Agencies whose documents are rendered from one snapshot of theirs."""


@dataclass(frozen=True)
class DocumentBatch:
    """Documents that follow one another, and the snapshot that they are rendered from."""

    keys: tuple[DocumentKey, ...]
    snapshot: Snapshot
    is_whole: bool
    """Whether the snapshot is that of the whole programme."""


@dataclass(frozen=True)
class RenderPool:
    """Renders documents. ``workers``: how many processes may, where there are enough documents."""

    templates: Path
    seal_key: bytes
    workers: int
    min_documents_per_worker: int = MIN_DOCUMENTS_PER_WORKER

    def render_all(self, snapshot: Snapshot, keys: Sequence[DocumentKey]) -> Iterator[bytes]:
        """Yield the bytes of each document, in the order of the keys.

        Documents of the whole programme are rendered here, those about agencies by the workers.
        """
        workers = min(self.workers, len(keys) // self.min_documents_per_worker)
        renderer = self.make_renderer()
        if workers < 2:
            for batch in split_by_agencies(snapshot, keys):
                yield from (renderer.render(key, batch.snapshot) for key in batch.keys)
            return
        start = self, get_programme_folder()
        spawn = multiprocessing.get_context("spawn")
        ahead: deque[Future[list[bytes]]] = deque()
        with ProcessPoolExecutor(workers, spawn, _start_worker, start) as pool:
            for batch in split_by_agencies(snapshot, keys):
                while ahead and (batch.is_whole or len(ahead) > workers):
                    yield from ahead.popleft().result()
                if batch.is_whole:
                    yield from (renderer.render(key, snapshot) for key in batch.keys)
                else:
                    ahead.append(pool.submit(_render, batch))
            while ahead:
                yield from ahead.popleft().result()

    def make_renderer(self) -> Renderer:
        return Renderer(self.templates, seal_key=self.seal_key)


def split_by_agencies(snapshot: Snapshot, keys: Sequence[DocumentKey]) -> Iterator[DocumentBatch]:
    """Yield the documents in their order, those about agencies with the rows of theirs."""
    agencies = snapshot.agencies
    for is_agency, of_kind in groupby(keys, lambda key: key.subject in agencies):
        if not is_agency:
            yield DocumentBatch(tuple(of_kind), snapshot, is_whole=True)
            continue
        by_agency = [(agency, [*own]) for agency, own in groupby(of_kind, lambda key: key.subject)]
        for start in range(0, len(by_agency), BATCH_AGENCIES):
            some = by_agency[start : start + BATCH_AGENCIES]
            own_keys = tuple(key for _, agency_keys in some for key in agency_keys)
            own_snapshot = snapshot.select_agencies([agency for agency, _ in some])
            yield DocumentBatch(own_keys, own_snapshot, is_whole=False)


_worker_renderer: list[Renderer] = []  # of a worker, from its start to its end


def _start_worker(pool: RenderPool, programme: Path) -> None:
    use_programme(programme)
    _worker_renderer.append(pool.make_renderer())


def _render(batch: DocumentBatch) -> list[bytes]:
    (renderer,) = _worker_renderer
    return [renderer.render(key, batch.snapshot) for key in batch.keys]
