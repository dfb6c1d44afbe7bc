"""Commands that keep the store: carrying it elsewhere whole, and letting old files go."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import pandas as pd
import typer

from cpsa.cli import session, show
from cpsa.cli.progress import spinning
from cpsa.cycle import exporting, importing, retaining
from cpsa.messages import text


def add_to(app: typer.Typer) -> None:
    app.command()(export)
    app.command("import")(import_)
    app.command()(retain)


def export(file: Annotated[Path, typer.Argument(help="The file to write, such as b.zip.")]) -> None:
    """Write the whole store, kept files and all, into one file, for a backup or another database."""
    with spinning("portable.exporting"):
        done = exporting.export(session.office(), file)
    show.line("portable.exported", session.language(), file=file, **asdict(done))


def import_(file: Annotated[Path, typer.Argument(help="What cpsa export has written.")]) -> None:
    """Fill an empty store from an export: everything or nothing."""
    with spinning("portable.importing"):
        done = importing.import_(session.office(), file)
    show.line("portable.imported", session.language(), file=file, **asdict(done))


def retain(
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only show what would go.")] = False,
) -> None:
    """Take away old files that nothing rests on, by the rules in retention.yaml."""
    office, language = session.office(), session.language()
    if dry_run:
        going = retaining.due(office, session.now())
    else:
        going = retaining.retain(office, session.who(), session.now())
    rows = [
        (one.path, one.size, f"{one.since:%Y-%m-%d}", text(f"retaining.rule.{one.rule}", language))
        for one in going
    ]
    if rows:
        columns = ["file", "bytes", "since", "why"]
        show.frame(pd.DataFrame(rows, columns=columns), session.Format.TABLE)
    key = "retaining.would_go" if dry_run else "retaining.gone"
    show.line(key, language, number=len(going), size=sum(one.size for one in going))
