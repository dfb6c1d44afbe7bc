"""Commands that keep the store: carrying it elsewhere whole."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from cpsa.cli import session, show
from cpsa.cli.progress import spinning
from cpsa.cycle import exporting, importing


def add_to(app: typer.Typer) -> None:
    app.command()(export)
    app.command("import")(import_)


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
