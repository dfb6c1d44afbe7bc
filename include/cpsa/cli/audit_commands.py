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
    how: session.FormatOption = session.TableFormat.TABLE,
) -> None:
    """Who did what by hand, and why; oldest first."""
    language = session.language()
    table = trail.list_audit_entries(
        session.open_context(), session.parse_instant(since), subject, verb
    )
    if how is not session.TableFormat.TABLE:
        show.write_table(table, how)
    elif table.empty:
        show.write_line("audit.nothing", language)
    else:
        show.write_table(trail.describe_audit_entries(table, language), how)
