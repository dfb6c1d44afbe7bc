"""Commands that show reports: findings, scores, reporting, status, and what tables of forms say."""

from typing import TYPE_CHECKING, Annotated

import typer

from cpsa.calendar import Quarter
from cpsa.cli import session, table_output

if TYPE_CHECKING:
    from cpsa.services.app_context import AppContext
    from cpsa.services.reports.list_table_progress import TableProgress


def add_to(app: typer.Typer) -> None:
    for command in (findings, scores, reporting, status, pipeline, applications, money):
        app.command()(command)


def findings(
    quarter: session.OptionalQuarter = None,
    agency: Annotated[str | None, typer.Option("--agency", help="Only this agency's.")] = None,
    how: session.FormatOption = session.TableFormat.TABLE,
) -> None:
    """Findings of current submissions and closings; which of them are open."""
    from cpsa.services.reports.list_findings import list_findings

    table = list_findings(session.open_context(), session.parse_optional_quarter(quarter), agency)
    words = f"message_{session.language()}"
    table_output.write_table(table, how, ["quarter", "agency", "rule", "severity", "place", words])


def scores(
    quarter: session.OptionalQuarter = None, how: session.FormatOption = session.TableFormat.TABLE
) -> None:
    """Scores of closed quarters."""
    from cpsa.services.reports.list_scores import list_scores

    table_output.write_table(
        list_scores(session.open_context(), session.parse_optional_quarter(quarter)), how
    )


def reporting(
    quarter: session.OptionalQuarter = None, how: session.FormatOption = session.TableFormat.TABLE
) -> None:
    """Reporting, accepted and on-time rates of closed quarters."""
    from cpsa.services.reports.list_reporting import list_reporting

    table = list_reporting(session.open_context(), session.parse_optional_quarter(quarter))
    shown = [name for name in table if name != "not_requested" or table[name].any()]
    table_output.write_table(table, how, shown)


def status(
    quarter: session.OptionalQuarter = None, how: session.FormatOption = session.TableFormat.TABLE
) -> None:
    """Show each agency's update and its state; then what needs attention."""
    from cpsa.services.reports.list_obligations import ListedObligation, list_obligations

    context = session.open_context()
    obligations = list_obligations(context, session.parse_optional_quarter(quarter))
    table_output.write_rows(obligations, ListedObligation._fields, how)
    if how is session.TableFormat.TABLE:
        _print_work_items(context)


def _print_work_items(context: "AppContext") -> None:
    """Print the work items of any period that the store has."""
    from cpsa.web.board.known_items import list_known_items

    language = session.language()
    items = list_known_items(context, session.now())
    print()
    if not items:
        table_output.write_line("board.waiting.none", language)
    for item in items:
        line = f"{item.text(language)} ({item.since_text(language)})  {item.command}"
        table_output.print_wrapped(line.rstrip())


def pipeline(
    quarter: session.QuarterArgument, how: session.FormatOption = session.TableFormat.TABLE
) -> None:
    """Show how far each agency is on the steps of its table, what it waits for and where."""
    progress = _load_progress(quarter)
    rows: list[tuple[str | int, ...]] = [
        (
            *(line.agency, line.given, line.steps.last),
            ", ".join(f"{step} {days}" for step, days in line.steps.days.items()),
            *(line.steps.waiting or "", line.pending_with),
            line.steps.waiting_days if line.steps.waiting else "",
        )
        for line in progress.steps
    ]
    columns = ("agency", "given", "last", "days", "next", "pending_with", "days_pending")
    table_output.write_rows(rows, columns, how)


def applications(
    quarter: session.QuarterArgument, how: session.FormatOption = session.TableFormat.TABLE
) -> None:
    """Show the applications pending by department, scheme and age, as agencies gave them newest."""
    lines = _load_progress(quarter).applications
    ages = list(dict.fromkeys(code for line in lines for code in line.aged))
    rows: list[tuple[str | int, ...]] = [
        (
            *(line.agency, line.given, line.district, line.department, line.subject, line.number),
            *(line.aged.get(code, 0) for code in ages),
        )
        for line in lines
    ]
    columns = ("agency", "given", "district", "department", "subject", "pending", *ages)
    table_output.write_rows(rows, columns, how)


def money(
    quarter: session.QuarterArgument, how: session.FormatOption = session.TableFormat.TABLE
) -> None:
    """Show money due, received and missing by source, in rupees, as agencies gave it newest."""
    from cpsa.submissions.finding import format_value

    rows = [
        (
            *(line.agency, line.given, line.source),
            *(format_value(paise, "quantity") for paise in (line.due, line.received, line.gap)),
        )
        for line in _load_progress(quarter).money
    ]
    columns = ("agency", "given", "source", "due", "received", "gap")
    table_output.write_rows(rows, columns, how)


def _load_progress(quarter: str) -> "TableProgress":
    from cpsa.services.reports.list_table_progress import list_table_progress

    return list_table_progress(session.open_context(), Quarter.parse(quarter))
