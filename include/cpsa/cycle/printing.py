"""Documents made one after the other in this process, or by several where there are many.

Workers are spawned, since Typst's compiler waits for ever in a forked child; each takes the snapshot
once. What must not go here: which documents are made, and what becomes of them (``building``).
"""

from __future__ import annotations

import multiprocessing
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from cpsa.documents import DocumentKey, Renderer, Snapshot

WORTH_A_WORKER = 250
"""Documents: fewer are made sooner than another process starts and takes its snapshot."""
LOT = 16  # documents handed to a worker at a time; the formats of one follow one another


@dataclass(frozen=True)
class Press:
    """What makes documents. ``workers``: how many processes may, where it is worth it."""

    templates: Path
    seal_key: bytes
    workers: int
    worth_a_worker: int = WORTH_A_WORKER

    def make(self, snapshot: Snapshot, keys: Sequence[DocumentKey]) -> Iterator[bytes]:
        """The bytes of each document, in the order of the keys."""
        workers = min(self.workers, len(keys) // self.worth_a_worker)
        if workers < 2:
            renderer = self.renderer()
            yield from (renderer.render(key, snapshot) for key in keys)
            return
        spawn = multiprocessing.get_context("spawn")
        with ProcessPoolExecutor(workers, spawn, _start, (self, snapshot)) as pool:
            yield from pool.map(_render, keys, chunksize=LOT)

    def renderer(self) -> Renderer:
        return Renderer(self.templates, seal_key=self.seal_key)


_at_work: list[tuple[Renderer, Snapshot]] = []  # of a worker, from its start to its end


def _start(press: Press, snapshot: Snapshot) -> None:
    _at_work.append((press.renderer(), snapshot))


def _render(key: DocumentKey) -> bytes:
    ((renderer, snapshot),) = _at_work
    return renderer.render(key, snapshot)
