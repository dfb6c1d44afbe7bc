"""``python -m bench.quarter_profile``: where the time of a whole quarter goes, measured by pyinstrument.

Collect, check, close, then a snapshot and some of its documents, bare in one process over
PostgreSQL. Prints each stage's seconds and the calls that make it up; docs/benchmarks.md says
what that means.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer
from pyinstrument import Profiler

from bench import national_store
from bench.lines import Size
from bench.programme import make_programme
from bench.server_store import open_context_on_server
from cpsa.calendar import Quarter
from cpsa.documents.document_registry import list_document_keys
from cpsa.documents.render.renderer import Renderer
from cpsa.services.app_context import AppContext
from cpsa.services.collection.collect_inbox import collect_inbox
from cpsa.services.examination.examine_updates import list_check_batches
from cpsa.services.publication.take_snapshot import take_snapshot
from cpsa.services.quarter.check_updates import check_quarter
from cpsa.services.quarter.close_quarter import close_quarter

WORKERS = 1
INTERVAL = 0.002  # seconds between two looks


def main(
    agencies: Annotated[int, typer.Option(min=2)] = 2000,
    quarters: Annotated[int, typer.Option(min=1, help="Quarters of history.")] = 8,
    built: Annotated[int, typer.Option(min=1, help="Documents that are built.")] = 80,
    deep: Annotated[int, typer.Option(min=1, help="Percent below which calls are left out.")] = 3,
    seed: int = 2017,
) -> None:
    """Profile a quarter of a made-up programme, stage by stage."""
    programme = make_programme(Size(agencies).forms, quarters, seed)
    quarter, now = Quarter.parse(programme.quarter), national_store.get_closing_instant(programme)
    with (
        tempfile.TemporaryDirectory(prefix="cpsa-bench-") as folder,
        open_context_on_server(folder) as context,
    ):
        national_store.load_programme(context.engine, programme)
        national_store.write_files(programme, Path(context.settings.inbox))
        del programme

        def check() -> None:
            for batch in list_check_batches(context, quarter, WORKERS):
                check_quarter(context, quarter, now, batch)

        _profile_stage("collect", deep, lambda: collect_inbox(context, now))
        _profile_stage("check", deep, check)
        _profile_stage("close", deep, lambda: close_quarter(context, quarter, now))
        _profile_stage(
            f"build {built} documents", deep, lambda: _build_documents(context, quarter, built)
        )


def _build_documents(context: AppContext, quarter: Quarter, number: int) -> None:
    snapshot = take_snapshot(context, quarter).snapshot
    renderer = Renderer(context.settings.templates, seal_key=context.seal_key)
    for key in list_document_keys(snapshot, quarter)[:number]:
        renderer.render(key, snapshot)


def _profile_stage(name: str, deep: int, work: Callable[[], object]) -> None:
    profiler = Profiler(interval=INTERVAL)
    start, cpu = time.perf_counter(), time.process_time()
    with profiler:
        work()
    seconds, used = time.perf_counter() - start, time.process_time() - cpu
    typer.echo(f"== {name}: {seconds:.1f} s on the wall, {used:.1f} s of CPU")
    options = {"filter_threshold": deep / 100}
    typer.echo(profiler.output_text(color=False, processor_options=options))


if __name__ == "__main__":
    typer.run(main)
