"""The command that shows who did what by hand, and why."""

from __future__ import annotations

from typing import Annotated

import typer

from cpsa.cli import session, show
from cpsa.cycle import trail


def add_to(app: typer.Typer) -> None:
    app.command()(audit)


def audit(
    since: Annotated[
        str | None, typer.Option("--since", help="Only from this day or instant on.")
    ] = None,
    subject: Annotated[
        str, typer.Option("--subject", help="Only what names this: an agency, a period.")
    ] = "",
    verb: Annotated[str, typer.Option("--verb", help="Only this, such as reopen.")] = "",
    how: session.FormatOption = session.Format.TABLE,
) -> None:
    """Who did what by hand, and why; oldest first."""
    language = session.language()
    table = trail.told(session.office(), session.instant(since), subject, verb)
    if how is not session.Format.TABLE:
        show.frame(table, how)
    elif table.empty:
        show.line("audit.nothing", language)
    else:
        show.frame(trail.in_words(table, language), how)
