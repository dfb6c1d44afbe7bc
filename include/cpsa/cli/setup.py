"""Commands that prepare the store: its schema and the registry."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from cpsa.cli import session, show
from cpsa.cycle import load_registry
from cpsa.store import database

db = typer.Typer(help="The database.", no_args_is_help=True)
registry = typer.Typer(
    help="Agencies, recipients, targets, baselines, weights.", no_args_is_help=True
)


def add_to(app: typer.Typer) -> None:
    app.add_typer(db, name="db")
    app.add_typer(registry, name="registry")


@db.command()
def upgrade() -> None:
    """Bring the database to the version of this program."""
    database.upgrade(session.office(ready=False).engine)
    show.line("cli.upgraded", session.language())


@registry.command()
def load(
    folder: Annotated[Path, typer.Argument(help="The folder that holds agencies.csv.")],
    reason: Annotated[str, typer.Option("--reason", help="Why; kept in the audit trail.")] = "",
) -> None:
    """Load the registry's files; what held before is kept as history."""
    office = session.office()
    loaded = load_registry(office, folder, session.now(), session.who(), reason)
    for note in loaded.notes:
        print(note.text(session.language()))
    show.line("cli.registry", session.language(), agencies=loaded.agencies, changed=loaded.changed)
