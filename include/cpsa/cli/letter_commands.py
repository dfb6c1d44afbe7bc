"""Commands about letters to agencies: what is due and written, and the reminders."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated

import typer

from cpsa.calendar import Quarter
from cpsa.cli import session, table_output
from cpsa.cli.progress import show_spinner

if TYPE_CHECKING:
    from cpsa.letters.letter_kinds import LetterKind
    from cpsa.services.letter_summary import AgencyLetterSummary

DryRunOption = Annotated[
    bool, typer.Option("--dry-run", help="Only show what would be written and sent.")
]


def add_to(app: typer.Typer) -> None:
    app.command()(letters)
    app.command()(remind)


def letters(
    quarter: session.OptionalQuarter = None,
    dry_run: DryRunOption = False,
    how: session.FormatOption = session.TableFormat.TABLE,
) -> None:
    """Send the letters that are due to agencies, except reminders; none is sent twice.

    Without a quarter, departments are answered too: a letter for each form or reply.
    """
    from cpsa.services.agency_letters.send_letters import ANSWER_KINDS, send_letters
    from cpsa.services.department_letters.answer_departments import answer_departments

    complete = True
    if quarter is None and not dry_run:
        answered = answer_departments(session.open_context(), session.now(), _make_worker_name())
        complete = answered.is_complete
        if how is session.TableFormat.TABLE and (answered.written or not complete):
            table_output.write_line(
                "actions.letters_sent", session.language(), **answered.as_json()
            )
    _write_letters(
        session.parse_optional_quarter(quarter),
        dry_run,
        how,
        ANSWER_KINDS,
        send_letters,
        complete,
    )


def remind(
    quarter: session.OptionalQuarter = None,
    dry_run: DryRunOption = False,
    how: session.FormatOption = session.TableFormat.TABLE,
) -> None:
    """Remind the agencies whose update has not been received, on the days for reminders."""
    from cpsa.services.agency_letters.remind_agencies import REMINDER_KINDS, remind_agencies

    _write_letters(
        session.parse_optional_quarter(quarter), dry_run, how, REMINDER_KINDS, remind_agencies
    )


def _write_letters(
    quarter: Quarter | None,
    dry_run: bool,
    how: session.TableFormat,
    kinds: "frozenset[LetterKind]",
    verb: "Callable[..., AgencyLetterSummary]",
    complete: bool = True,
) -> None:
    """Show the letters that this call is about; unless it is a dry run, write and send them."""
    from cpsa.services.agency_letters.letter_review import list_unwritten_letters, tabulate_letters

    context, now, language = session.open_context(), session.now(), session.language()
    due_letters = [
        letter
        for letter in list_unwritten_letters(context, now)
        if letter.kind in kinds and quarter in (None, letter.quarter)
    ]
    if dry_run:
        table_output.write_table(tabulate_letters(context, due_letters), how)
        if how is session.TableFormat.TABLE:
            table_output.write_line("cli.letters_due", language, count=len(due_letters))
        return
    with show_spinner("cli.sending"):
        done = verb(context, now, _make_worker_name(), quarter, at_once=True)
    table_output.write_table(tabulate_letters(context, due_letters), how)
    if how is session.TableFormat.TABLE:
        _print_summary(done, language)
    session.end_command(not (done.is_complete and complete))


def _make_worker_name() -> str:
    return f"cli:{session.read_person()}"


def _print_summary(done: "AgencyLetterSummary", language: str) -> None:
    if done.held_back:
        table_output.write_line("cli.letters_on_hold", language, count=done.held_back)
        return
    if done.trouble:
        print(done.trouble)
    table_output.write_line("cli.letters_sent", language, **done.as_json())
