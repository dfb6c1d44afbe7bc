"""Commands that maintain the store: transferring it whole, and deleting old files."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import pandas as pd
import typer

from cpsa.cli import session, show
from cpsa.cli.progress import show_spinner
from cpsa.cycle import exporting, importing, retaining
from cpsa.messages import text


def add_to(app: typer.Typer) -> None:
    app.command()(export)
    app.command("import")(import_)
    app.command()(retain)


def export(file: Annotated[Path, typer.Argument(help="The file to write, such as b.zip.")]) -> None:
    """Write the whole store, kept files and all, into one file, for a backup or another database."""
    with show_spinner("portable.exporting"):
        done = exporting.export_store(session.open_context(), file)
    show.write_line("portable.exported", session.language(), file=file, **asdict(done))


def import_(file: Annotated[Path, typer.Argument(help="What cpsa export has written.")]) -> None:
    """Fill an empty store from an export: everything or nothing."""
    with show_spinner("portable.importing"):
        done = importing.import_store(session.open_context(), file)
    show.write_line("portable.imported", session.language(), file=file, **asdict(done))


def retain(
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only show what would go.")] = False,
) -> None:
    """Take away old files that nothing rests on, by the rules in retention.yaml."""
    context, language = session.open_context(), session.language()
    if dry_run:
        expired = retaining.list_expired_files(context, session.now())
    else:
        expired = retaining.delete_expired_files(context, session.read_person(), session.now())
    rows = [
        (
            file.path,
            file.size,
            f"{file.since:%Y-%m-%d}",
            text(f"retaining.rule.{file.rule}", language),
        )
        for file in expired
    ]
    if rows:
        columns = ["file", "bytes", "since", "why"]
        show.write_table(pd.DataFrame(rows, columns=columns), session.TableFormat.TABLE)
    key = "retaining.would_go" if dry_run else "retaining.gone"
    show.write_line(key, language, number=len(expired), size=sum(file.size for file in expired))
