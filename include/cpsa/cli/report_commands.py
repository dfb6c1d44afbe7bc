"""Commands that show reports: findings, scores, reporting, status."""

from __future__ import annotations

from typing import Annotated

import typer

from cpsa.board import list_known_items
from cpsa.cli import session, show
from cpsa.cycle import AppContext, reports


def add_to(app: typer.Typer) -> None:
    for command in (findings, scores, reporting, status):
        app.command()(command)


def findings(
    quarter: session.OptionalQuarter = None,
    agency: Annotated[str | None, typer.Option("--agency", help="Only this agency's.")] = None,
    how: session.FormatOption = session.TableFormat.TABLE,
) -> None:
    """What does not hold: every finding that stands."""
    table = reports.list_findings(
        session.open_context(), session.parse_optional_quarter(quarter), agency
    )
    words = f"message_{session.language()}"
    show.write_table(table, how, ["quarter", "agency", "rule", "severity", "place", words])


def scores(
    quarter: session.OptionalQuarter = None, how: session.FormatOption = session.TableFormat.TABLE
) -> None:
    """Scores of closed quarters."""
    show.write_table(
        reports.list_scores(session.open_context(), session.parse_optional_quarter(quarter)), how
    )


def reporting(
    quarter: session.OptionalQuarter = None, how: session.FormatOption = session.TableFormat.TABLE
) -> None:
    """Reporting, accepted and on-time rates of closed quarters."""
    show.write_table(
        reports.list_reporting(session.open_context(), session.parse_optional_quarter(quarter)), how
    )


def status(
    quarter: session.OptionalQuarter = None, how: session.FormatOption = session.TableFormat.TABLE
) -> None:
    """Who has sent an update, and how far it came; then what waits for a person."""
    context = session.open_context()
    show.write_table(
        reports.list_obligations(context, session.parse_optional_quarter(quarter)), how
    )
    if how is session.TableFormat.TABLE:
        _print_work_items(context)


def _print_work_items(context: AppContext) -> None:
    """Print the work items of any period that the store has."""
    language = session.language()
    items = list_known_items(context, session.now())
    print()
    if not items:
        show.write_line("board.waiting.none", language)
    for item in items:
        print(f"{item.text(language)} ({item.since_text(language)})  {item.command}".rstrip())
