"""The command that puts the online edition up."""

from __future__ import annotations

import typer

from cpsa import cycle
from cpsa.calendar import Quarter
from cpsa.cli import session, show
from cpsa.cli.progress import spinning


def add_to(app: typer.Typer) -> None:
    app.command()(publish)


def publish(quarter: session.OptionalQuarter = None) -> None:
    """Write the online edition, a static site in both languages; the newest closed quarter's."""
    with spinning("public.publishing"):
        done = cycle.publish(
            session.office(), session.now(), Quarter.parse(quarter) if quarter else None
        )
    key = "public.published" if done.files else "public.unchanged"
    show.line(key, session.language(), **done.as_json())
