"""The command that puts the online edition up."""

from __future__ import annotations

import typer

from cpsa.calendar import Quarter
from cpsa.cli import session, table_output
from cpsa.cli.progress import show_spinner
from cpsa.services.publication.publish_quarter import publish_quarter


def add_to(app: typer.Typer) -> None:
    app.command()(publish)


def publish(quarter: session.OptionalQuarter = None) -> None:
    """Write the online edition, a static site in both languages; the newest closed quarter's."""
    with show_spinner("public.publishing"):
        done = publish_quarter(
            session.open_context(), session.now(), Quarter.parse(quarter) if quarter else None
        )
    key = "public.published" if done.files else "public.unchanged"
    table_output.write_line(key, session.language(), **done.as_json())
