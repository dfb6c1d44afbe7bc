"""Commands that build documents and send them."""

from __future__ import annotations

from typing import Annotated

import pandas as pd
import typer

from cpsa import cycle
from cpsa.calendar import HalfYear, parse_period
from cpsa.cli import session, show
from cpsa.cli.progress import counting, spinning
from cpsa.cycle.posting import Sent
from cpsa.errors import RequestError
from cpsa.messages import text

HalfArgument = Annotated[str, typer.Argument(help="A half-year, such as 2025-26-H2.")]


def add_to(app: typer.Typer) -> None:
    for command in (build, send, rebuild):
        app.command()(command)


def build(
    period: Annotated[str, typer.Argument(help="A closed quarter, half-year or year.")],
) -> None:
    """Build every document of a period, as PDF and HTML, in both languages."""
    with counting("cli.building") as progress:
        built = cycle.build(session.office(), parse_period(period), session.now(), progress)
    show.line("cli.built", session.language(), **built.as_json())


def send(
    half: HalfArgument,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only show what would go.")] = False,
    revise: Annotated[
        bool, typer.Option("--revise", help="Send changed documents again, as a revision.")
    ] = False,
    no_revision: Annotated[
        bool,
        typer.Option("--no-revision", help="Record why changed documents are not sent again."),
    ] = False,
    reason: Annotated[
        str, typer.Option("--reason", help="Why; kept, and part of a revision.")
    ] = "",
    only: Annotated[
        str | None, typer.Option("--only", help="A department: a test copy, see --to.")
    ] = None,
    to: Annotated[str | None, typer.Option("--to", help="Who gets the test copy.")] = None,
    backfill: Annotated[
        bool, typer.Option("--backfill", help="Also when its day is long past; needs --yes.")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Yes, send what is shown.")] = False,
) -> None:
    """Send a half-year's documents to its departments; what has left is never sent again."""
    office, now, language = session.office(), session.now(), session.language()
    period, who = HalfYear.parse(half), session.who()
    if (only is None) != (to is None):
        raise RequestError("cli.only_and_to")
    if (revise or no_revision) != bool(reason.strip()) or (revise and no_revision):
        raise RequestError("cli.revise_and_reason")
    if no_revision:
        changed = cycle.record_no_revision(office, period, reason, who, now)
        number = len(changed.recipients)
        show.line("cli.no_revision", language, half=period.key, number=number)
        return
    if only is not None and to is not None:
        with spinning("cli.sending"):
            sent = cycle.send_test(office, period, only, to, now, f"cli:{who}")
        _leave_with(sent, "cli.sent_test", to=to)
        return
    must_ask = backfill and not yes
    if dry_run or must_ask:
        show_plan(cycle.plan_dispatch(office, period, now, reason), language)
        if must_ask and not dry_run:
            show.line("cli.say_yes", language)
            session.leave(True)
        return
    with spinning("cli.sending"):
        sent = cycle.send(
            *(office, period, now, f"cli:{who}"),
            at_once=True,
            revise=reason,
            who=who,
            backfill=backfill,
        )
    _leave_with(sent, "cli.sent")


def show_plan(plan: cycle.Plan, language: str) -> None:
    """What would go to whom, and what there is to know about it."""
    table = pd.DataFrame(
        [
            (one.recipient, one.language, one.size, "; ".join(f.name for f in one.attachments))
            for one in plan.messages
        ],
        columns=["recipient", "language", "bytes", "attachments"],
    )
    show.frame(table, session.Format.TABLE)
    for remark in plan.remarks:
        print(f"! {remark.text(language)}")
    show.line("cli.would_send", language, count=len(plan.messages), **plan.as_json())


def _leave_with(sent: Sent, key: str, **params: object) -> None:
    if sent.trouble:
        print(sent.trouble)
    if sent.unknown_departments:
        codes = ", ".join(sent.unknown_departments)
        show.line("dispatch.remark.unknown_department", session.language(), departments=codes)
    show.line(key, session.language(), **params, **sent.as_json())
    session.leave(not sent.complete or bool(sent.unknown_departments))


def rebuild(
    document: Annotated[
        str,
        typer.Argument(
            help="Its path, such as 2025-26-H2/learning/STATE.hi.pdf, or the digest of any edition."
        ),
    ],
) -> None:
    """Build a document again and prove that the bytes are the same, or say what has changed."""
    rebuilt = cycle.rebuild(session.office(), document)
    language = session.language()
    told = {"path": rebuilt.path, "sha256": rebuilt.sha256}
    if rebuilt.same_bytes:
        show.line("cli.rebuilt_same", language, **told)
    elif rebuilt.changed:
        changed = ", ".join(text(f"cli.input.{one}", language) for one in rebuilt.changed)
        show.line("cli.rebuilt_other_inputs", language, **told, changed=changed)
    elif rebuilt.changed is None:
        show.line("cli.rebuilt_unknown", language, **told)
    else:
        show.line("cli.rebuilt_other", language, **told)
    session.leave(not rebuilt.same_bytes)
