"""Commands about letters to agencies: what is owed and written, and the reminders."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated

import typer

from cpsa import cycle
from cpsa.calendar import Quarter
from cpsa.cli import session, show
from cpsa.cli.progress import spinning
from cpsa.cycle.letters import ANSWERS, REMINDERS, Corresponded, listed
from cpsa.letters import Kind

DryRunOption = Annotated[
    bool, typer.Option("--dry-run", help="Only show what would be written and sent.")
]


def add_to(app: typer.Typer) -> None:
    app.command()(letters)
    app.command()(remind)


def letters(
    quarter: session.OptionalQuarter = None,
    dry_run: DryRunOption = False,
    how: session.FormatOption = session.Format.TABLE,
) -> None:
    """Write to agencies what they are owed, reminders left out; nothing is written twice.

    Without a quarter, departments are answered too: a letter for each form or reply.
    """
    complete = True
    if quarter is None and not dry_run:
        answered = cycle.answer_departments(session.office(), session.now(), _worker())
        complete = answered.complete
        if how is session.Format.TABLE and (answered.written or not complete):
            show.line("actions.letters_sent", session.language(), **answered.as_json())
    _write(session.optional_quarter(quarter), dry_run, how, ANSWERS, cycle.correspond, complete)


def remind(
    quarter: session.OptionalQuarter = None,
    dry_run: DryRunOption = False,
    how: session.FormatOption = session.Format.TABLE,
) -> None:
    """Remind the agencies that still owe an update, when a day for it has come."""
    _write(session.optional_quarter(quarter), dry_run, how, REMINDERS, cycle.remind)


def _write(
    quarter: Quarter | None,
    dry_run: bool,
    how: session.Format,
    kinds: frozenset[Kind],
    verb: Callable[..., Corresponded],
    complete: bool = True,
) -> None:
    """Show the letters that this call is about; unless it is a dry run, write and send them."""
    office, now, language = session.office(), session.now(), session.language()
    owed = [
        one
        for one in cycle.owed(office, now)
        if one.kind in kinds and quarter in (None, one.quarter)
    ]
    if dry_run:
        show.frame(listed(office, owed), how)
        if how is session.Format.TABLE:
            show.line("cli.letters_owed", language, count=len(owed))
        return
    with spinning("cli.sending"):
        done = verb(office, now, _worker(), quarter, at_once=True)
    show.frame(listed(office, owed), how)
    if how is session.Format.TABLE:
        _say(done, language)
    session.leave(not (done.complete and complete))


def _worker() -> str:
    return f"cli:{session.who()}"


def _say(done: Corresponded, language: str) -> None:
    if done.held_back:
        show.line("cli.letters_held", language, count=done.held_back)
        return
    if done.trouble:
        print(done.trouble)
    show.line("cli.letters_sent", language, **done.as_json())
