"""Commands by which ops and admins decide: open, close, extend, request, reopen, waive."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import typer

from cpsa import cycle
from cpsa.calendar import Quarter
from cpsa.cli import session, show
from cpsa.cli.progress import spinning
from cpsa.cycle import Office
from cpsa.cycle.extend import last_day
from cpsa.cycle.opening import has_first_quarter
from cpsa.cycle.results import Checked
from cpsa.errors import RequestError
from cpsa.submissions.state import SubmissionState


def add_to(app: typer.Typer) -> None:
    app.command("open")(open_quarter)
    app.command()(close)
    app.command()(extend)
    app.command()(request)
    app.command()(reopen)
    app.command()(waive)
    app.command()(query)
    app.command()(explain)


def open_quarter(quarter: session.QuarterArgument) -> None:
    """Open a quarter: record whose update is due. The first one opened starts the programme."""
    office = session.office()
    if not has_first_quarter(office):
        session.require_admin("open")
    opened = cycle.open_quarter(office, Quarter.parse(quarter), session.now(), session.who())
    show.line("cli.opened", session.language(), **opened.as_json())


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
    reason: Annotated[str, typer.Option("--reason", help="Why, for the audit trail.")] = "",
) -> None:
    """Close a quarter: lock it, apply macro rules, compute scores and rates."""
    office, now, who = session.office(), session.now(), session.who()
    if early + undo + bool(without) > 1:
        raise RequestError("window.one_option")
    if early or undo or without:
        session.require_admin("close --early, --undo, --without")
    if undo:
        _undo(office, Quarter.parse(quarter), now, who, reason)
        return
    with spinning("cli.closing"):
        closed = cycle.close(
            office, Quarter.parse(quarter), now, who, reason, early, tuple(without or ())
        )
    key = "cli.closed" if closed.changed else "cli.closed_before"
    show.line(key, session.language(), **closed.as_json())
    if closed.also:
        show.line("cli.closed_also", session.language(), quarters=", ".join(closed.also))
    if closed.unread:
        show.line("cli.closed_without", session.language(), channels=", ".join(closed.unread))


def _undo(office: Office, quarter: Quarter, now: datetime, who: str, reason: str) -> None:
    with spinning("cli.closing"):
        undone = cycle.undo_closing(office, quarter, now, who, reason)
    language = session.language()
    show.line("cli.undone", language, **undone.as_json())
    if undone.not_ended:
        show.line("cli.undone_not_ended", language, quarter=undone.quarter)


def extend(
    agency: session.AgencyArgument,
    quarter: session.QuarterArgument,
    until: Annotated[str, typer.Option("--until", help="The last day in time: 2026-11-05.")],
    reason: session.ReasonOption,
) -> None:
    """Give one agency more time for a quarter, before it is closed."""
    office, who, day = session.office(), session.who(), session.day(until)
    due = cycle.extend(office, agency, Quarter.parse(quarter), day, reason, who, session.now())
    show.line(
        "cli.extended",
        session.language(),
        agency=agency,
        quarter=quarter,
        due=last_day(due.due_by),
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
    office, who = session.office(), session.who()
    due = cycle.request_update(
        office,
        agency,
        Quarter.parse(quarter),
        reason,
        who,
        session.now(),
        session.instant(made_at),
    )
    key = "cli.requested_by_hand" if made_at else "cli.request_recorded"
    shown = {"agency": agency, "quarter": quarter, "due": last_day(due.due_by)}
    show.line(key, session.language(), **shown)


def reopen(
    agency: session.AgencyArgument,
    quarter: session.QuarterArgument,
    reason: session.ReasonOption,
    indicator: Annotated[
        list[str] | None, typer.Option("--indicator", help="Only this one; may be repeated.")
    ] = None,
) -> None:
    """Let a late file of an agency into a closed quarter, as a restatement."""
    office = session.office()
    checked = cycle.reopen(
        office,
        agency,
        Quarter.parse(quarter),
        reason,
        session.who(),
        session.now(),
        indicator or (),
    )
    show.line("cli.reopened", session.language(), agency=agency, quarter=quarter)
    session.leave(say_judgements(office, checked, agency, quarter))


def waive(
    agency: session.AgencyArgument,
    quarter: session.QuarterArgument,
    rule: Annotated[str, typer.Argument(help="V03, V05 or V06.")],
    reason: session.ReasonOption,
) -> None:
    """Let V03, V05 or V06 pass once for an agency and quarter."""
    office = session.office()
    checked = cycle.waive(
        office, agency, Quarter.parse(quarter), rule, reason, session.who(), session.now()
    )
    show.line("cli.waived", session.language(), agency=agency, quarter=quarter, rule=rule)
    session.leave(say_judgements(office, checked, agency, quarter))


def query(
    agency: Annotated[str, typer.Argument(help="The agency's code, such as IA-INDPH.")] = "",
    quarter: Annotated[str, typer.Argument(help="A quarter, such as 2026-27-Q2.")] = "",
    indicator: Annotated[str, typer.Argument(help="The indicator, such as OP2.")] = "",
    dimension: Annotated[
        str, typer.Option("--dimension", help="Of which, such as women; else the total.")
    ] = "",
    text: Annotated[str, typer.Option("--text", help="The question, in English.")] = "",
    text_hi: Annotated[str, typer.Option("--text-hi", help="The same in Hindi.")] = "",
    withdraw: Annotated[
        int | None, typer.Option("--withdraw", help="Take back the question of this number.")
    ] = None,
    reason: Annotated[str, typer.Option("--reason", help="Why it is taken back.")] = "",
) -> None:
    """Ask an agency about a figure of its accepted update; the question is sent to it (C01)."""
    office, who, now = session.office(), session.who(), session.now()
    if withdraw is not None:
        asked = cycle.withdraw_query(office, withdraw, reason, who, now)
        show.line("cli.query_withdrawn", session.language(), **asked.as_json())
        return
    if not (agency and quarter and indicator):
        raise RequestError("cli.query_what")
    asked = cycle.query_figure(
        office, agency, Quarter.parse(quarter), indicator, dimension, text, text_hi, who, now
    )
    show.line("cli.queried", session.language(), **asked.as_json())


def explain(
    agency: session.AgencyArgument,
    quarter: session.QuarterArgument,
    rule: Annotated[str, typer.Argument(help="The warning's rule, such as Q02.")],
    about: Annotated[str, typer.Argument(help="Indicator[:dimension] or group, if any.")] = "",
    text: Annotated[str, typer.Option("--text", help="What the agency says.")] = "",
) -> None:
    """Record what an agency says to a warning of its newest update."""
    indicator, _, dimension = about.partition(":")
    said = [cycle.Said(rule, indicator, dimension, text)]
    if not text.strip():
        raise RequestError("cycle.no_explanation")
    source = f"cli {session.who()}"
    new = cycle.explain(
        session.office(), agency, Quarter.parse(quarter), said, source, session.now()
    )
    key = "cli.explained" if new else "cli.explained_before"
    show.line(key, session.language(), agency=agency, quarter=quarter, rule=rule)


def say_judgements(office: Office, checked: Checked, agency: str, quarter: str) -> bool:
    """What became of the agency's file, if one was waiting; whether it was not accepted."""
    language = session.language()
    labels = office.framework(Quarter.parse(quarter)).state_labels
    own = [one for one in checked.judgements if (one.agency, one.quarter) == (agency, quarter)]
    for one in own:
        told = {**one.as_json(), "state": labels[one.state].in_(language)}
        show.line("cli.judged", language, **told)
    return any(one.state != SubmissionState.ACCEPTED for one in own)
