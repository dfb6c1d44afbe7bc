"""Commands that show what is known: findings, scores, reporting, status."""

from __future__ import annotations

from typing import Annotated

import typer

from cpsa.board import known_items
from cpsa.cli import session, show
from cpsa.cycle import Office, reports


def add_to(app: typer.Typer) -> None:
    for command in (findings, scores, reporting, status):
        app.command()(command)


def findings(
    quarter: session.OptionalQuarter = None,
    agency: Annotated[str | None, typer.Option("--agency", help="Only this agency's.")] = None,
    how: session.FormatOption = session.Format.TABLE,
) -> None:
    """What does not hold: every finding that stands."""
    table = reports.findings(session.office(), session.optional_quarter(quarter), agency)
    words = f"message_{session.language()}"
    show.frame(table, how, ["quarter", "agency", "rule", "severity", "place", words])


def scores(
    quarter: session.OptionalQuarter = None, how: session.FormatOption = session.Format.TABLE
) -> None:
    """Scores of closed quarters."""
    show.frame(reports.scores(session.office(), session.optional_quarter(quarter)), how)


def reporting(
    quarter: session.OptionalQuarter = None, how: session.FormatOption = session.Format.TABLE
) -> None:
    """Reporting, accepted and on-time rates of closed quarters."""
    show.frame(reports.reporting(session.office(), session.optional_quarter(quarter)), how)


def status(
    quarter: session.OptionalQuarter = None, how: session.FormatOption = session.Format.TABLE
) -> None:
    """Who has sent an update, and how far it came; then what waits for a person."""
    office = session.office()
    show.frame(reports.status(office, session.optional_quarter(quarter)), how)
    if how is session.Format.TABLE:
        _show_waiting(office)


def _show_waiting(office: Office) -> None:
    """What waits for a person, of any period, as far as the store knows."""
    language = session.language()
    items = known_items(office, session.now())
    print()
    if not items:
        show.line("board.waiting.none", language)
    for item in items:
        print(f"{item.text(language)} ({item.since_text(language)})  {item.command}".rstrip())
