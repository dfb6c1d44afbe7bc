"""The command by which admins redo closed quarters: it shows first, and writes only with --yes."""

from typing import TYPE_CHECKING, Annotated

import typer

from cpsa.cli import session, table_output
from cpsa.cli.progress import show_spinner

if TYPE_CHECKING:
    from cpsa.services.app_context import AppContext
    from cpsa.services.backfill_quarters.backfill_request import BackfillRequest
    from cpsa.services.backfill_quarters.execute_backfill import BackfillPreview, BackfillResult

ALL_STEPS = ("collect", "check", "score", "documents")


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
        bool,
        typer.Option("--letters", help="Send letters to the agencies whose late file is admitted."),
    ] = False,
    yes: Annotated[
        bool, typer.Option("--yes", help="Make exactly the changes that are shown.")
    ] = False,
) -> None:
    """Redo closed quarters: show what would change; with --yes, make exactly these changes."""
    from cpsa.services.backfill_quarters.backfill_request import BackfillRequest
    from cpsa.services.backfill_quarters.execute_backfill import execute_backfill, preview_backfill

    context, now, language = session.open_context(), session.now(), session.language()
    order = BackfillRequest.parse(
        first, last, agency or (), redo or ALL_STEPS, reason, letters=letters
    )
    with show_spinner("backfill.previewing"):
        preview = preview_backfill(context, order, now)
    _print_preview(order, preview, language)
    if not yes:
        table_output.write_line("backfill.say_yes", language)
        return
    with show_spinner("backfill.working"):
        done = execute_backfill(context, order, session.read_person(), now, preview.digest)
        _build_documents(context, done)
    table_output.write_line("backfill.done", language)


def _print_preview(order: "BackfillRequest", preview: "BackfillPreview", language: str) -> None:
    from cpsa.services.backfill_quarters import backfill_report

    print(backfill_report.describe_request(order, language))
    for title, table in backfill_report.tabulate_changes(
        preview.changes, preview.documents, language
    ):
        print(f"\n{title}")
        table_output.write_table(table, session.TableFormat.TABLE)
    for problem in preview.problems:
        print(f"! {problem}")
    print(f"\n{backfill_report.describe_counts(preview.changes, language)}")
    if preview.periods:
        print(backfill_report.describe_document_counts(preview.documents, language))
        periods = ", ".join(period.key for period in preview.periods)
        table_output.write_line("backfill.built_after", language, periods=periods)


def _build_documents(context: "AppContext", done: "BackfillResult") -> None:
    """Build the documents that the backfill asks for, each period on its own, and publish them."""
    from cpsa.services.dispatch.build_documents import build_documents
    from cpsa.services.publication.publish_quarter import publish_quarter

    for period in done.periods:
        build_documents(context, period, session.now())
    if done.periods:
        publish_quarter(context, session.now())
