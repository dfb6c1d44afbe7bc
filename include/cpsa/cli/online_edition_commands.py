"""The command that puts the online edition up."""

from __future__ import annotations

import typer

from cpsa import cycle
from cpsa.calendar import Quarter
from cpsa.cli import session, show
from cpsa.cli.progress import show_spinner


def add_to(app: typer.Typer) -> None:
    app.command()(publish)


def publish(quarter: session.OptionalQuarter = None) -> None:
    """Write the online edition, a static site in both languages; the newest closed quarter's."""
    with show_spinner("public.publishing"):
        done = cycle.publish_quarter(
            session.open_context(), session.now(), Quarter.parse(quarter) if quarter else None
        )
    key = "public.published" if done.files else "public.unchanged"
    show.write_line(key, session.language(), **done.as_json())
