"""The command that checks an installation."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from cpsa.cli import session, table_output

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cpsa.services.check_installation.installation_check import InstallationCheck


def add_to(app: typer.Typer) -> None:
    app.command()(doctor)


def doctor(how: session.FormatOption = session.TableFormat.TABLE) -> None:
    """Check this installation, one line for each thing that it needs; changes and sends nothing."""
    from cpsa.i18n.catalogue import text
    from cpsa.services.check_installation.installation_check import CheckLevel

    language, has_fault = session.language(), False
    rows: list[tuple[str, str, str]] = []
    for check in _list_checks():
        has_fault |= check.level is CheckLevel.FAULT
        line = check.text(language)
        if how is session.TableFormat.TABLE:
            level = text(f"doctor.level.{check.level}", language)
            print(f"{level:<8} {line}", flush=True)
        rows.append((check.name, check.level, line))
    if how is not session.TableFormat.TABLE:
        table_output.write_rows(rows, ("name", "level", "text"), how)
    session.end_command(has_fault)


def _list_checks() -> Iterator[InstallationCheck]:
    """Every check; the only one is that of the settings where these cannot be read."""
    from cpsa.cli.airflow_probe import ask_airflow
    from cpsa.errors import RequestError
    from cpsa.services.check_installation.check_installation import check_installation
    from cpsa.services.check_installation.installation_check import fault

    try:
        settings = session.read_settings()
    except RequestError as error:
        yield fault("settings", reason=error)
        return
    environment = session.read_environment()
    airflow = ask_airflow(environment)
    yield from check_installation(settings, environment, airflow, session.now())
