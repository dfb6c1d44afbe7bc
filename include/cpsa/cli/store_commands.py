"""Commands for the store as a whole: its schema, the registry, transferring it, deleting old files."""

import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cpsa.cli import session, table_output
from cpsa.cli.progress import show_spinner
from cpsa.i18n.catalogue import text

if TYPE_CHECKING:
    from cpsa.services.quarter.load_registry import RegistryPreview

SHOWN_ROWS = 200  # what a person can read; the others by --format csv

db = typer.Typer(help="The database.", no_args_is_help=True)
registry = typer.Typer(
    help="Agencies, recipients, targets, baselines, weights, clusters.", no_args_is_help=True
)


def add_to(app: typer.Typer) -> None:
    app.add_typer(db, name="db")
    app.add_typer(registry, name="registry")
    app.command()(export)
    app.command("import")(import_)
    app.command()(retain)
    app.command()(verify)


@db.command()
def upgrade() -> None:
    """Bring the database to the version of this program."""
    from cpsa.services.collection.collect_inbox import make_default_inbox
    from cpsa.store import database

    context = session.open_context(ready=False)
    database.upgrade_schema(context.engine)
    make_default_inbox(context)
    table_output.write_line("cli.upgraded", session.language())


@registry.command()
def load(
    folder: Annotated[Path, typer.Argument(help="The folder that contains agencies.csv.")],
    reason: Annotated[str, typer.Option("--reason", help="Why; recorded in the audit trail.")] = "",
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only show what would change; write nothing.")
    ] = False,
    yes: Annotated[
        bool, typer.Option("--yes", help="Remove agencies or departments that have no history.")
    ] = False,
    how: session.FormatOption = session.TableFormat.TABLE,
) -> None:
    """Import the registry's files and show every changed row; earlier entries stay as history."""
    from cpsa.services.quarter.load_registry import load_registry, preview_registry

    context, language, now = session.open_context(), session.language(), session.now()
    preview = preview_registry(context, folder, now)
    _print_preview(preview, how, language)
    if dry_run:
        table_output.write_line("cli.registry.nothing_written", language)
        return
    confirmed = yes or (bool(preview.dropped) and _is_confirmed(preview.dropped, language))
    loaded = load_registry(context, folder, now, session.read_person(), reason, confirmed=confirmed)
    table_output.write_line(
        "cli.registry", language, agencies=loaded.agencies, changed=loaded.changed
    )


def _print_preview(preview: "RegistryPreview", how: session.TableFormat, language: str) -> None:
    """The rows that change, and the notices; programs get the rows alone."""
    import pandas as pd

    rows = [
        (row.file, row.subject, str(row.change), row.item, row.before, row.after)
        for row in preview.changes
    ]
    columns = ["file", "subject", "change", "item", "before", "after"]
    if how is not session.TableFormat.TABLE:
        table_output.write_table(pd.DataFrame(rows, columns=columns), how)
        return
    if rows:
        words = [
            (*row[:2], text(f"cli.registry.change.{row[2]}", language), *row[3:])
            for row in rows[:SHOWN_ROWS]
        ]
        table_output.write_table(pd.DataFrame(words, columns=columns), how)
    if len(rows) > SHOWN_ROWS:
        table_output.write_line("cli.registry.more_rows", language, count=len(rows) - SHOWN_ROWS)
    for notice in preview.notices:
        print(notice.text(language))


def _is_confirmed(dropped: Sequence[str], language: str) -> bool:
    """Whether a person at the shell agrees; where there is none, the load is refused."""
    if not sys.stdin.isatty():
        return False
    return typer.confirm(text("cli.registry.confirm", language, codes=", ".join(dropped)))


def export(file: Annotated[Path, typer.Argument(help="The file to write, such as b.zip.")]) -> None:
    """Write the whole store with its files into one file, for a backup or another database."""
    from cpsa.services.transfer_store.export_store import export_store

    with show_spinner("portable.exporting"):
        done = export_store(session.open_context(), file)
    table_output.write_line("portable.exported", session.language(), file=file, **asdict(done))


def import_(
    file: Annotated[Path, typer.Argument(help="A file that cpsa export has written.")],
) -> None:
    """Fill an empty store from an export: everything or nothing."""
    from cpsa.services.transfer_store.import_store import import_store

    with show_spinner("portable.importing"):
        done = import_store(session.open_context(), file)
    table_output.write_line("portable.imported", session.language(), file=file, **asdict(done))


def retain(
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only show what would be deleted or blanked.")
    ] = False,
) -> None:
    """Delete old files and blank the names of people who left, by the rules in retention.yaml."""
    from cpsa.services.blank_personal_data import blank_personal_data, preview_blanking
    from cpsa.services.delete_expired_files import delete_expired_files, list_expired_files

    context, language, now = session.open_context(), session.language(), session.now()
    if dry_run:
        expired, blanked = list_expired_files(context, now), preview_blanking(context, now)
    else:
        who = session.read_person()
        expired = delete_expired_files(context, who, now)
        blanked = blank_personal_data(context, who, now)
    rows = [
        (
            file.path,
            file.size,
            f"{file.since:%Y-%m-%d}",
            text(f"retaining.rule.{file.rule}", language),
        )
        for file in expired
    ]
    if rows:
        columns = ["file", "bytes", "since", "why"]
        table_output.write_rows(rows, columns, session.TableFormat.TABLE)
    if blanked.counts:
        counts = sorted(blanked.counts.items())
        table_output.write_rows(counts, ["table", "rows"], session.TableFormat.TABLE)
    done = "would_go" if dry_run else "gone"
    size = sum(file.size for file in expired)
    table_output.write_line(f"retaining.{done}", language, number=len(expired), size=size)
    people = "would_be_blanked" if dry_run else "blanked"
    number = sum(blanked.counts.values())
    table_output.write_line(f"retaining.{people}", language, number=number)


def verify(
    everything: Annotated[
        bool, typer.Option("--all", help="Compute everything again, not only samples.")
    ] = False,
    accept: Annotated[
        bool, typer.Option("--accept", help="Accept the rows as they are now (an admin).")
    ] = False,
    reason: session.ReasonOption = "",
    how: session.FormatOption = session.TableFormat.TABLE,
) -> None:
    """Find damage: compare the store with its files, its journals, and what can be computed again."""
    from cpsa.services.verify_store.accept_store import accept_store
    from cpsa.services.verify_store.verify_store import verify_store

    language, context = session.language(), session.open_context()
    if accept:
        session.require_admin("verify --accept")
        accept_store(context, session.read_person(), reason, session.now())
        if how is session.TableFormat.TABLE:
            table_output.write_line("verify.accepted", language)
    with show_spinner("verify.running"):
        result = verify_store(context, session.now(), everything=everything)
    rows = [
        (str(fault.kind), fault.table, fault.row, fault.file, fault.detail, fault.text(language))
        for fault in result.faults
    ]
    columns = ["fault", "table", "row", "file", "detail", "what"]
    if how is not session.TableFormat.TABLE:
        table_output.write_rows(rows, columns, how)
    elif rows:
        shown = [(row[5], *row[1:4]) for row in rows]
        table_output.write_rows(shown, ["what", "table", "row", "file"], how)
    if how is session.TableFormat.TABLE:
        print(result.text(language))
    session.end_command(bool(rows))
