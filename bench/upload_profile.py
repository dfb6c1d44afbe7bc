"""``python -m bench.upload_profile``: where the time of an upload goes, and what it asks of the database.

What the portal asks of services, without its pages, for updates of a made-up programme over PostgreSQL.
Prints the calls of all uploads, measured by pyinstrument, and the statements of the last one.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from statistics import median
from typing import Annotated

import typer
from pyinstrument import Profiler
from sqlalchemy import Engine, event

from bench.filled_stores import FilledStores
from bench.lines import Size
from bench.programme import AT_HAND
from bench.uploads import draw_files
from cpsa.services.app_context import AppContext
from cpsa.services.collection.import_upload import import_upload
from cpsa.services.quarter.agency_quarter import load_agency_quarter
from cpsa.services.quarter.check_updates import check_quarter

INTERVAL = 0.001  # seconds between two looks
STATEMENT_WIDTH = 200


def main(
    agencies: Annotated[int, typer.Option(min=2)] = 300,
    quarters: Annotated[int, typer.Option(min=1, help="Quarters of history.")] = 12,
    deep: Annotated[int, typer.Option(min=1, help="Percent below which calls are left out.")] = 2,
    seed: int = 2017,
) -> None:
    """Profile uploads, and list the statements of one."""
    profiler = Profiler(interval=INTERVAL)
    used: list[float] = []
    with (
        FilledStores() as stores,
        stores.open_copy(Size(agencies, quarters, seed=seed), typer.echo) as context,
        _gather_statements(context.engine) as statements,
    ):
        for file in draw_files(context, AT_HAND, seed):
            statements.clear()
            start = time.process_time()
            with profiler:
                take_in(context, file, AT_HAND.opens_at + timedelta(days=3))
            used.append(time.process_time() - start)
    options = {"filter_threshold": deep / 100}
    typer.echo(profiler.output_text(color=False, processor_options=options))
    for statement in statements:
        typer.echo(" ".join(statement.split())[:STATEMENT_WIDTH])
    typer.echo(f"{len(statements)} statements; CPU, profiled: {median(used) * 1000:.0f} ms, median")


def take_in(context: AppContext, file: Path, now: datetime) -> None:
    """What the portal asks of services for one upload."""
    load_agency_quarter(context, file.stem, AT_HAND)
    import_upload(context, file.stem, AT_HAND, file.name, file.read_bytes(), file.stem, now)
    check_quarter(context, AT_HAND, now, [file.stem])


@contextmanager
def _gather_statements(engine: Engine) -> Iterator[list[str]]:
    """What is asked of the database, one statement after the other."""
    found: list[str] = []

    def gather(*given: object) -> None:
        found.append(str(given[2]))

    event.listen(engine, "before_cursor_execute", gather)
    try:
        yield found
    finally:
        event.remove(engine, "before_cursor_execute", gather)


if __name__ == "__main__":
    typer.run(main)
