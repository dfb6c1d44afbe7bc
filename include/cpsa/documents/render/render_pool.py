"""Rendering documents one after the other in this process, or in several where there are many.

Workers are spawned, since Typst's compiler waits for ever in a forked child; each gets the snapshot
once. What must not go here: which documents are rendered, and what is done with them (``build_editions``).
"""

from __future__ import annotations

import multiprocessing
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from cpsa.documents.document_key import DocumentKey
from cpsa.documents.render.renderer import Renderer
from cpsa.provenance.snapshot import Snapshot
from cpsa.reference.programme_in_use import get_programme_folder, use_programme

MIN_DOCUMENTS_PER_WORKER = 250
"""Documents: fewer are rendered sooner than another process starts and loads its snapshot."""
BATCH_SIZE = 16  # documents handed to a worker at a time; the formats of one follow one another


@dataclass(frozen=True)
class RenderPool:
    """Renders documents. ``workers``: how many processes may, where there are enough documents."""

    templates: Path
    seal_key: bytes
    workers: int
    min_documents_per_worker: int = MIN_DOCUMENTS_PER_WORKER

    def render_all(self, snapshot: Snapshot, keys: Sequence[DocumentKey]) -> Iterator[bytes]:
        """Yield the bytes of each document, in the order of the keys."""
        workers = min(self.workers, len(keys) // self.min_documents_per_worker)
        if workers < 2:
            renderer = self.make_renderer()
            yield from (renderer.render(key, snapshot) for key in keys)
            return
        start = (self, snapshot, get_programme_folder())
        spawn = multiprocessing.get_context("spawn")
        with ProcessPoolExecutor(workers, spawn, _start_worker, start) as pool:
            yield from pool.map(_render, keys, chunksize=BATCH_SIZE)

    def make_renderer(self) -> Renderer:
        return Renderer(self.templates, seal_key=self.seal_key)


_worker_state: list[tuple[Renderer, Snapshot]] = []  # of a worker, from its start to its end


def _start_worker(pool: RenderPool, snapshot: Snapshot, programme: Path) -> None:
    use_programme(programme)
    _worker_state.append((pool.make_renderer(), snapshot))


def _render(key: DocumentKey) -> bytes:
    ((renderer, snapshot),) = _worker_state
    return renderer.render(key, snapshot)
