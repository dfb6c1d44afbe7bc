"""Commands for the register of clusters: what centres propose, and what CPSA confirms or refuses."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cpsa.cli import session, table_output
from cpsa.errors import RequestError
from cpsa.i18n.catalogue import text

if TYPE_CHECKING:
    from cpsa.services.clusters.decide_changes import DecidedChanges

clusters = typer.Typer(
    help="The register of clusters: what centres propose each year.", no_args_is_help=True
)
RowsArgument = Annotated[
    list[str] | None,
    typer.Argument(help="Clusters as the centre's rows name them, such as CL-INDPH."),
]
AllOption = Annotated[bool, typer.Option("--all", help="Every row of the centre that waits.")]


def add_to(app: typer.Typer) -> None:
    app.add_typer(clusters, name="clusters")


@clusters.command()
def changes(
    agency: Annotated[str | None, typer.Option("--agency", help="Only this centre's.")] = None,
    how: session.FormatOption = session.TableFormat.TABLE,
) -> None:
    """Show what waits for confirmation, against the register as it is; large changes are marked (P10)."""
    from cpsa.registry.cluster_rows import describe_changes
    from cpsa.services.clusters.waiting_changes import list_waiting_changes

    language = session.language()
    waiting = list_waiting_changes(session.open_context())
    mark = text("clusters.large", language)
    rows = [
        (
            *(change.proposal.agency, change.proposal.quarter, change.proposal.row),
            *(change.proposal.answer, column, before, after),
            mark if column in change.large else "",
        )
        for change in waiting
        if agency in (None, change.proposal.agency)
        for column, before, after in describe_changes(change.changes)
    ]
    if not rows and how is session.TableFormat.TABLE:
        table_output.write_line("clusters.none_wait", language)
        return
    columns = ("agency", "quarter", "row", "answer", "column", "before", "after", "large")
    table_output.write_rows(rows, columns, how)


@clusters.command()
def confirm(
    agency: session.AgencyArgument,
    reason: session.ReasonOption,
    rows: RowsArgument = None,
    every: AllOption = False,
    code: Annotated[str, typer.Option("--code", help="The code of one new cluster.")] = "",
) -> None:
    """Take changes over into the register, as a new version of it; earlier ones stay as history."""
    from cpsa.services.clusters.decide_changes import confirm_changes

    _require_choice(agency, rows, every=every)
    context, person = session.open_context(), session.read_person()
    done = confirm_changes(context, agency, rows or (), session.now(), person, reason, code)
    _say("clusters.confirmed", agency, done)


@clusters.command()
def refuse(
    agency: session.AgencyArgument,
    reason: session.ReasonOption,
    rows: RowsArgument = None,
    every: AllOption = False,
) -> None:
    """Leave the register as it is against these changes; the centre may propose others."""
    from cpsa.services.clusters.decide_changes import refuse_changes

    _require_choice(agency, rows, every=every)
    context, person = session.open_context(), session.read_person()
    done = refuse_changes(context, agency, rows or (), session.now(), person, reason)
    _say("clusters.refused", agency, done)


@clusters.command()
def file(
    output: Annotated[Path, typer.Option("--output", "-o", help="The file to write.")] = Path(
        "clusters.csv"
    ),
) -> None:
    """Write clusters.csv with what was confirmed, for the folder from which the registry is loaded."""
    from cpsa.services.clusters.decide_changes import write_clusters_file

    count = write_clusters_file(session.open_context(), output)
    table_output.write_line("clusters.written", session.language(), file=output, count=count)


def _require_choice(agency: str, rows: list[str] | None, *, every: bool) -> None:
    if bool(rows) == every:
        raise RequestError("clusters.which", agency=agency)


def _say(key: str, agency: str, done: "DecidedChanges") -> None:
    names = ", ".join(change.proposal.row for change in done.decided)
    key = key if done.decided else "clusters.nothing_waited"
    table_output.write_line(
        key, session.language(), agency=agency, count=len(done.decided), rows=names
    )
