"""Commands for the programme's folder of data."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cpsa.cli import session, table_output

if TYPE_CHECKING:
    from cpsa.framework.amendments import Amendment
    from cpsa.services.quarter.set_addition_start import AdditionPlan
    from cpsa.services.try_programme import ProgrammeTrial

SEPARATOR = ".."  # between the first quarter and the last

programme = typer.Typer(help="The programme's folder of data.", no_args_is_help=True)


def add_to(app: typer.Typer) -> None:
    app.add_typer(programme, name="programme")


@programme.callback()
def name_group() -> None:
    """The programme's folder of data."""


@programme.command()
def check(
    folder: Annotated[
        Path | None,
        typer.Argument(help="A programme's folder; without one, that of the settings."),
    ] = None,
    quarters: Annotated[
        str | None,
        typer.Option(
            "--quarters",
            help="Show what past quarters would have found, such as 2025-26-Q1..2026-27-Q2.",
        ),
    ] = None,
    how: session.FormatOption = session.TableFormat.TABLE,
) -> None:
    """Show every fault of a programme's files, with file, line and what is expected, and what the newest
    files changed; changes nothing."""
    from cpsa.calendar import Quarter
    from cpsa.framework.amendments import list_newest_amendments
    from cpsa.services.check_programme import (
        check_letters,
        check_programme,
        list_programme_notices,
    )
    from cpsa.services.try_programme import try_programme

    language = session.language()
    settings = session.read_settings()
    if folder is None:
        places = settings.programme, settings.framework, settings.reference
    else:
        places = folder, folder / "framework", folder / "reference"
    faults = check_programme(*places) or check_letters(*places[:2], settings.templates)
    for fault in faults:
        print(fault.text(language))
    if faults:
        raise typer.Exit(session.INCOMPLETE)
    if how is session.TableFormat.TABLE:
        table_output.write_line("cli.programme.good", language, folder=places[0])
        for notice in list_programme_notices(*places[:2]):
            print(notice.text(language))
        for amendment in list_newest_amendments(places[1]):
            _print_amendment(amendment, language)
    if quarters is not None:
        first, _, last = quarters.partition(SEPARATOR)
        span = Quarter.range(Quarter.parse(first), Quarter.parse(last or first))
        trial = try_programme(session.open_context(), *places[1:], span, session.now())
        _print_trial(trial, how, language)


@programme.command()
def schemas(
    folder: Annotated[Path, typer.Argument(help="Where they are written, such as schemas.")],
) -> None:
    """Write a JSON Schema of each file of a programme, by which editors check while you type."""
    from cpsa.services.describe_programme_files import write_schemas

    number = write_schemas(folder)
    table_output.write_line("programme.schemas", session.language(), number=number, folder=folder)


@programme.command()
def additions(
    start: Annotated[
        str, typer.Option("--from", help="The first quarter in which they hold: 2026-27-Q1.")
    ],
    reason: session.ReasonOption,
    release: Annotated[
        str, typer.Option("--release", help="Whose additions; those of the newest by default.")
    ] = "",
    yes: Annotated[bool, typer.Option("--yes", help="Do what is shown.")] = False,
) -> None:
    """Set from which quarter the forms and tables that a release added hold in this store: show which
    quarters would change; with --yes, do it."""
    from cpsa.calendar import Quarter
    from cpsa.services.quarter.set_addition_start import (
        preview_addition_start,
        set_addition_start,
    )

    context, language = session.open_context(), session.language()
    quarter = Quarter.parse(start)
    if yes:
        person, now = session.read_person(), session.now()
        plan = set_addition_start(context, quarter, reason, person, now, release)
    else:
        plan = preview_addition_start(context, quarter, release)
    _print_additions(plan, language)
    if plan.is_new:
        table_output.write_line("additions.done" if yes else "additions.say_yes", language)


def _print_amendment(amendment: Amendment, language: str) -> None:
    """A line each for the codes that a file added, changed or retired."""
    for name in ("added", "changed", "retired"):
        if codes := getattr(amendment, name):
            key, shown = f"programme.amended.{name}", ", ".join(codes)
            words = {"file": amendment.file, "table": amendment.table, "codes": shown}
            table_output.write_line(key, language, **words)


def _print_additions(plan: AdditionPlan, language: str) -> None:
    """A line for the start, and one for each quarter that is different or, as it is closed, is not."""
    shown = {"release": plan.release, "quarter": plan.start, "former": plan.former}
    if not plan.is_new:
        table_output.write_line("additions.same", language, **shown)
        return
    key = "additions.moved" if plan.former else "additions.first"
    table_output.write_line(key, language, **shown)
    for change in plan.changes:
        names = [
            f"{label.in_(language)} ({code})"
            for code, label in (*change.forms.items(), *change.tables.items())
        ]
        shown_names = ", ".join(names) or "–"
        key = f"additions.{change.effect}"
        table_output.write_line(key, language, quarter=change.quarter, names=shown_names)
    if not plan.changes:
        table_output.write_line("additions.no_change", language)


def _print_trial(trial: ProgrammeTrial, how: session.TableFormat, language: str) -> None:
    """A line for each rule, score or column of entries; programs get every change."""
    if how is not session.TableFormat.TABLE:
        from dataclasses import astuple, fields

        from cpsa.services.try_programme import TrialChange

        columns = [field.name for field in fields(TrialChange)]
        table_output.write_rows([astuple(change) for change in trial.changes], columns, how)
        return
    table_output.write_line(
        *("programme.tried", language),
        quarters=len(trial.quarters),
        updates=trial.updates,
        changes=len(trial.changes),
    )
    if trial.not_requested:
        table_output.write_line(
            "programme.not_requested", language, codes=", ".join(trial.not_requested)
        )
    if not trial.changes:
        return
    groups = Counter(
        (
            change.kind,
            change.name,
            "appears" if not change.before else "disappears" if not change.after else "changes",
        )
        for change in trial.changes
    )
    agencies = {
        group: len({change.agency for change in trial.changes if change.name == group[1]})
        for group in groups
    }
    rows = [(*group, number, agencies[group]) for group, number in sorted(groups.items())]
    table_output.write_rows(rows, ["kind", "name", "change", "number", "agencies"], how)
    table_output.write_line("programme.every_change", language)
