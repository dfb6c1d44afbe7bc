"""The command that shows who did what by hand, and why."""

from typing import Annotated

import typer

from cpsa.cli import session, table_output


def add_to(app: typer.Typer) -> None:
    app.command()(audit)


def audit(
    since: Annotated[
        str | None, typer.Option("--since", help="Only from this day or instant on.")
    ] = None,
    subject: Annotated[
        str, typer.Option("--subject", help="Only what is about this agency or period.")
    ] = "",
    verb: Annotated[str, typer.Option("--verb", help="Only this action, such as reopen.")] = "",
    how: session.FormatOption = session.TableFormat.TABLE,
) -> None:
    """Show who did what by hand, and why; oldest first."""
    from cpsa.services.reports.list_audit_entries import describe_audit_entries, list_audit_entries

    language = session.language()
    table = list_audit_entries(session.open_context(), session.parse_instant(since), subject, verb)
    if how is not session.TableFormat.TABLE:
        table_output.write_table(table, how)
    elif table.empty:
        table_output.write_line("audit.nothing", language)
    else:
        table_output.write_table(describe_audit_entries(table, language), how)
