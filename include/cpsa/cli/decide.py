"""Commands by which ops and admins decide: open, close, reopen, waive."""

from __future__ import annotations

from typing import Annotated

import typer

from cpsa import cycle
from cpsa.calendar import Quarter
from cpsa.cli import session, show
from cpsa.cli.progress import spinning
from cpsa.cycle import Office
from cpsa.cycle.results import Checked
from cpsa.errors import RequestError


def add_to(app: typer.Typer) -> None:
    app.command("open")(open_quarter)
    app.command()(close)
    app.command()(reopen)
    app.command()(waive)
    app.command()(explain)


def open_quarter(quarter: session.QuarterArgument) -> None:
    """Open a quarter's window: record who owes an update."""
    opened = cycle.open_quarter(session.office(), Quarter.parse(quarter), session.now())
    show.line("cli.opened", session.language(), **opened.as_json())


def close(quarter: session.QuarterArgument) -> None:
    """Close a quarter: lock it, apply macro rules, compute scores and rates."""
    with spinning("cli.closing"):
        closed = cycle.close(session.office(), Quarter.parse(quarter), session.now(), session.who())
    key = "cli.closed" if closed.changed else "cli.closed_before"
    show.line(key, session.language(), **closed.as_json())
    if closed.also:
        show.line("cli.closed_also", session.language(), quarters=", ".join(closed.also))


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
    session.leave(_say(office, checked, agency, quarter))


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
    session.leave(_say(office, checked, agency, quarter))


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


def _say(office: Office, checked: Checked, agency: str, quarter: str) -> bool:
    """What became of the agency's file, if one was waiting; whether it was not accepted."""
    language = session.language()
    labels = office.framework(Quarter.parse(quarter)).state_labels
    own = [one for one in checked.judgements if (one.agency, one.quarter) == (agency, quarter)]
    for one in own:
        told = {**one.as_json(), "state": labels[one.state].in_(language)}
        show.line("cli.judged", language, **told)
    return any(one.state != "accepted" for one in own)
