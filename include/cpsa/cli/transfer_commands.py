"""Commands that maintain the store: transferring it whole, and deleting old files."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import pandas as pd
import typer

from cpsa.cli import session, table_output
from cpsa.cli.progress import show_spinner
from cpsa.i18n.catalogue import text
from cpsa.services.delete_expired_files import delete_expired_files, list_expired_files
from cpsa.services.transfer_store.export_store import export_store
from cpsa.services.transfer_store.import_store import import_store


def add_to(app: typer.Typer) -> None:
    app.command()(export)
    app.command("import")(import_)
    app.command()(retain)


def export(file: Annotated[Path, typer.Argument(help="The file to write, such as b.zip.")]) -> None:
    """Write the whole store, kept files and all, into one file, for a backup or another database."""
    with show_spinner("portable.exporting"):
        done = export_store(session.open_context(), file)
    table_output.write_line("portable.exported", session.language(), file=file, **asdict(done))


def import_(file: Annotated[Path, typer.Argument(help="What cpsa export has written.")]) -> None:
    """Fill an empty store from an export: everything or nothing."""
    with show_spinner("portable.importing"):
        done = import_store(session.open_context(), file)
    table_output.write_line("portable.imported", session.language(), file=file, **asdict(done))


def retain(
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only show what would go.")] = False,
) -> None:
    """Take away old files that nothing rests on, by the rules in retention.yaml."""
    context, language = session.open_context(), session.language()
    if dry_run:
        expired = list_expired_files(context, session.now())
    else:
        expired = delete_expired_files(context, session.read_person(), session.now())
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
        table_output.write_table(pd.DataFrame(rows, columns=columns), session.TableFormat.TABLE)
    key = "retaining.would_go" if dry_run else "retaining.gone"
    table_output.write_line(
        key, language, number=len(expired), size=sum(file.size for file in expired)
    )
