"""The command by which admins redo closed quarters: shows first, and does it only when told."""

from __future__ import annotations

from typing import Annotated

import typer

from cpsa import cycle
from cpsa.cli import session, show
from cpsa.cli.progress import spinning
from cpsa.cycle import Office, backfilling
from cpsa.cycle.backfilling import telling

ALL = ("collect", "check", "score", "documents")


def add_to(app: typer.Typer) -> None:
    app.command()(backfill)


def backfill(
    first: Annotated[str, typer.Argument(help="The oldest quarter, such as 2025-26-Q1.")],
    last: Annotated[str, typer.Argument(help="The newest one, which is redone as well.")],
    reason: session.ReasonOption,
    agency: Annotated[
        list[str] | None, typer.Option("--agency", help="Only this one; may be repeated.")
    ] = None,
    redo: Annotated[
        list[str] | None,
        typer.Option(
            "--redo",
            help="collect, check, score, documents (all by default); definitions: compute with"
            " the present framework.",
        ),
    ] = None,
    letters: Annotated[
        bool, typer.Option("--letters", help="Write to the agencies whose late file is let in.")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do exactly what is shown.")] = False,
) -> None:
    """Redo closed quarters: shows what would change; with --yes changes exactly that."""
    office, now, language = session.office(), session.now(), session.language()
    order = backfilling.Order.of(first, last, agency or (), redo or ALL, reason, letters)
    with spinning("backfill.previewing"):
        preview = cycle.preview_backfill(office, order, now)
    _show(order, preview, language)
    if not yes:
        show.line("backfill.say_yes", language)
        return
    with spinning("backfill.working"):
        done = cycle.backfill(office, order, session.who(), now, preview.digest)
        _build(office, done)
    show.line("backfill.done", language)


def _show(order: backfilling.Order, preview: backfilling.Preview, language: str) -> None:
    print(telling.asked(order, language))
    for title, table in telling.tables(preview.changes, preview.documents, language):
        print(f"\n{title}")
        show.frame(table, session.Format.TABLE)
    for problem in preview.problems:
        print(f"! {problem}")
    print(f"\n{telling.counted(preview.changes, language)}")
    if preview.periods:
        print(telling.counted_documents(preview.documents, language))
        periods = ", ".join(one.key for one in preview.periods)
        show.line("backfill.built_after", language, periods=periods)


def _build(office: Office, done: backfilling.Done) -> None:
    """Build what the backfill left to be built, each period on its own, and put it online."""
    for period in done.periods:
        cycle.build(office, period, session.now())
    if done.periods:
        cycle.publish(office, session.now())
