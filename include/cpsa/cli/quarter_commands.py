"""Commands by which ops and admins decide: open, close, extend, request, reopen, waive."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import typer

from cpsa.calendar import Quarter
from cpsa.cli import session, table_output
from cpsa.cli.progress import show_spinner
from cpsa.errors import RequestError
from cpsa.i18n.catalogue import describe_channels
from cpsa.submissions.state import SubmissionState

if TYPE_CHECKING:
    from cpsa.services.app_context import AppContext
    from cpsa.services.service_results import CheckResult


def add_to(app: typer.Typer) -> None:
    app.command("open")(open_quarter_command)
    app.command()(close)
    app.command()(extend)
    app.command()(request)
    app.command()(reopen)
    app.command()(waive)
    app.command()(query)
    app.command()(explain)


def open_quarter_command(quarter: session.QuarterArgument) -> None:
    """Open a quarter: record whose update is due. The first one opened starts the programme."""
    from cpsa.services.quarter.open_quarter import has_first_quarter, open_quarter

    context = session.open_context()
    if not has_first_quarter(context):
        session.require_admin("open")
    opened = open_quarter(context, Quarter.parse(quarter), session.now(), session.read_person())
    table_output.write_line("cli.opened", session.language(), **opened.as_json())


def close(
    quarter: session.QuarterArgument,
    early: Annotated[
        bool, typer.Option("--early", help="Before its window ends; every update is accepted.")
    ] = False,
    undo: Annotated[
        bool, typer.Option("--undo", help="Open the newest closed quarter again.")
    ] = False,
    without: Annotated[
        list[str] | None,
        typer.Option("--without", help="A channel that cannot be read: folder or mail."),
    ] = None,
    reason: Annotated[str, typer.Option("--reason", help="Why; recorded in the audit trail.")] = "",
) -> None:
    """Close a quarter: lock it, apply macro rules, compute scores and rates."""
    from cpsa.services.quarter.close_quarter import close_quarter

    context, now, person = session.open_context(), session.now(), session.read_person()
    if early + undo + bool(without) > 1:
        raise RequestError("window.one_option")
    if early or undo or without:
        session.require_admin("close --early, --undo, --without")
    if undo:
        _undo_closing(context, Quarter.parse(quarter), now, person, reason)
        return
    with show_spinner("cli.closing"):
        closed = close_quarter(
            context,
            Quarter.parse(quarter),
            now,
            person,
            reason,
            early=early,
            without=tuple(without or ()),
        )
    key = "cli.closed" if closed.changed else "cli.closed_before"
    table_output.write_line(key, session.language(), **closed.as_json())
    if closed.also:
        table_output.write_line(
            "cli.closed_also", session.language(), quarters=", ".join(closed.also)
        )
    if closed.unread:
        language = session.language()
        channels = describe_channels(closed.unread, language)
        table_output.write_line("cli.closed_without", language, channels=channels)


def _undo_closing(
    context: "AppContext", quarter: Quarter, now: datetime, person: str, reason: str
) -> None:
    from cpsa.services.quarter.undo_closing import undo_closing

    with show_spinner("cli.closing"):
        undone = undo_closing(context, quarter, now, person, reason)
    language = session.language()
    table_output.write_line("cli.undone", language, **undone.as_json())
    if undone.not_ended:
        table_output.write_line("cli.undone_not_ended", language, quarter=undone.quarter)


def extend(
    agency: session.AgencyArgument,
    quarter: session.QuarterArgument,
    until: Annotated[str, typer.Option("--until", help="The last day in time: 2026-11-05.")],
    reason: session.ReasonOption,
) -> None:
    """Give one agency a later due date for a quarter, before it is closed."""
    from cpsa.services.quarter.extend_due_date import extend_due_date, format_last_day

    context, person, day = session.open_context(), session.read_person(), session.parse_day(until)
    due = extend_due_date(
        context, agency, Quarter.parse(quarter), day, reason, person, session.now()
    )
    table_output.write_line(
        "cli.extended",
        session.language(),
        agency=agency,
        quarter=quarter,
        due=format_last_day(due.due_by),
    )


def request(
    agency: session.AgencyArgument,
    quarter: session.QuarterArgument,
    reason: session.ReasonOption,
    made_at: Annotated[
        str | None,
        typer.Option("--made-at", help="The request was made by hand then: 2026-10-25T14:00."),
    ] = None,
) -> None:
    """Request one agency's update by hand: it was added late, or has no mail address."""
    from cpsa.services.quarter.extend_due_date import format_last_day
    from cpsa.services.quarter.request_update import request_update

    context, person = session.open_context(), session.read_person()
    due = request_update(
        context,
        agency,
        Quarter.parse(quarter),
        reason,
        person,
        session.now(),
        session.parse_instant(made_at),
    )
    key = "cli.requested_by_hand" if made_at else "cli.request_recorded"
    shown = {"agency": agency, "quarter": quarter, "due": format_last_day(due.due_by)}
    table_output.write_line(key, session.language(), **shown)


def reopen(
    agency: session.AgencyArgument,
    quarter: session.QuarterArgument,
    reason: session.ReasonOption,
    indicator: Annotated[
        list[str] | None, typer.Option("--indicator", help="Only this one; may be repeated.")
    ] = None,
) -> None:
    """Admit a late file of an agency to a closed quarter, as a restatement."""
    from cpsa.services.quarter.reopen_quarter import reopen_quarter

    context = session.open_context()
    checked = reopen_quarter(
        context,
        agency,
        Quarter.parse(quarter),
        reason,
        session.read_person(),
        session.now(),
        indicator or (),
    )
    table_output.write_line("cli.reopened", session.language(), agency=agency, quarter=quarter)
    session.end_command(print_check_results(context, checked, agency, quarter))


def waive(
    agency: session.AgencyArgument,
    quarter: session.QuarterArgument,
    rule: Annotated[str, typer.Argument(help="V03, V05 or V06.")],
    reason: session.ReasonOption,
) -> None:
    """Waive V03, V05 or V06 once for an agency and quarter."""
    from cpsa.services.quarter.waive_rule import waive_rule

    context = session.open_context()
    checked = waive_rule(
        context, agency, Quarter.parse(quarter), rule, reason, session.read_person(), session.now()
    )
    table_output.write_line(
        "cli.waived", session.language(), agency=agency, quarter=quarter, rule=rule
    )
    session.end_command(print_check_results(context, checked, agency, quarter))


def query(
    agency: Annotated[str, typer.Argument(help="The agency's code, such as IA-INDPH.")] = "",
    quarter: Annotated[str, typer.Argument(help="A quarter, such as 2026-27-Q2.")] = "",
    indicator: Annotated[str, typer.Argument(help="The indicator, such as OP2.")] = "",
    dimension: Annotated[
        str,
        typer.Option("--dimension", help="A part of the figure, such as women; else the total."),
    ] = "",
    text: Annotated[str, typer.Option("--text", help="The question, in English.")] = "",
    text_hi: Annotated[str, typer.Option("--text-hi", help="The same in Hindi.")] = "",
    withdraw: Annotated[
        int | None, typer.Option("--withdraw", help="Withdraw the question with this number.")
    ] = None,
    reason: Annotated[str, typer.Option("--reason", help="Why it is withdrawn.")] = "",
) -> None:
    """Ask an agency about a figure of its accepted update; the question is sent to it (C01)."""
    from cpsa.services.quarter.query_figure import query_figure
    from cpsa.services.quarter.withdraw_query import withdraw_query

    context, person, now = session.open_context(), session.read_person(), session.now()
    if withdraw is not None:
        result = withdraw_query(context, withdraw, reason, person, now)
        table_output.write_line("cli.query_withdrawn", session.language(), **result.as_json())
        return
    if not (agency and quarter and indicator):
        raise RequestError("cli.query_what")
    result = query_figure(
        context, agency, Quarter.parse(quarter), indicator, dimension, text, text_hi, person, now
    )
    table_output.write_line("cli.queried", session.language(), **result.as_json())


def explain(
    agency: session.AgencyArgument,
    quarter: session.QuarterArgument,
    rule: Annotated[str, typer.Argument(help="The warning's rule, such as Q02.")],
    about: Annotated[str, typer.Argument(help="Indicator[:dimension] or group, if any.")] = "",
    text: Annotated[str, typer.Option("--text", help="The agency's explanation.")] = "",
) -> None:
    """Record an agency's explanation of a warning about its newest update."""
    from cpsa.services.examination.explain_warnings import WarningAnswer, explain_warnings

    indicator, _, dimension = about.partition(":")
    explanations = [WarningAnswer(rule, indicator, dimension, text)]
    if not text.strip():
        raise RequestError("cycle.no_explanation")
    source = f"cli {session.read_person()}"
    new = explain_warnings(
        session.open_context(), agency, Quarter.parse(quarter), explanations, source, session.now()
    )
    key = "cli.explained" if new else "cli.explained_before"
    table_output.write_line(key, session.language(), agency=agency, quarter=quarter, rule=rule)


def print_check_results(
    context: "AppContext", checked: "CheckResult", agency: str, quarter: str
) -> bool:
    """Print the results of the agency's checked files; return whether one was not accepted."""
    language = session.language()
    labels = context.load_framework(Quarter.parse(quarter)).state_labels
    own = [
        judgement
        for judgement in checked.judgements
        if (judgement.agency, judgement.quarter) == (agency, quarter)
    ]
    for judgement in own:
        values = {**judgement.as_json(), "state": labels[judgement.state].in_(language)}
        table_output.write_line("cli.judged", language, **values)
    return any(judgement.state != SubmissionState.ACCEPTED for judgement in own)
