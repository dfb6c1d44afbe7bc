"""Commands for the programme's folder of data."""

from pathlib import Path
from typing import Annotated

import typer

from cpsa.cli import session, table_output

programme = typer.Typer(help="The programme's folder of data.", no_args_is_help=True)


def add_to(app: typer.Typer) -> None:
    app.add_typer(programme, name="programme")


@programme.callback()
def name_group() -> None:
    """The programme's folder of data."""


@programme.command()
def check(
    folder: Annotated[
        Path | None,
        typer.Argument(help="A programme's folder; without one, that of the settings."),
    ] = None,
) -> None:
    """Show every fault of a programme's files, with file, line and what is expected; changes nothing."""
    from cpsa.services.check_programme import check_programme

    language = session.language()
    if folder is None:
        settings = session.read_settings()
        places = settings.programme, settings.framework, settings.reference
    else:
        places = folder, folder / "framework", folder / "reference"
    faults = check_programme(*places)
    for fault in faults:
        print(fault.text(language))
    if faults:
        raise typer.Exit(session.INCOMPLETE)
    table_output.write_line("cli.programme.good", language, folder=places[0])
