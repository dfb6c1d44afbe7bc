"""Commands that build documents, send them, and show what became of the mail."""

from __future__ import annotations

from typing import Annotated

import pandas as pd
import typer

from cpsa import cycle
from cpsa.calendar import HalfYear, parse_period
from cpsa.cli import session, show
from cpsa.cli.progress import counting, spinning
from cpsa.deliver import ledger

HalfArgument = Annotated[str, typer.Argument(help="A half-year, such as 2025-26-H2.")]
OUTBOX_COLUMNS = [
    "cycle",
    "slot",
    "recipient",
    "revision",
    "state",
    "attempts",
    "next_attempt_at",
    "changed_at",
    "subject",
    "reason",
    "message_id",
]


def add_to(app: typer.Typer) -> None:
    for command in (build, send, outbox, rebuild):
        app.command()(command)


def build(period: Annotated[str, typer.Argument(help="A closed quarter or half-year.")]) -> None:
    """Build every document of a period, as PDF and HTML, in both languages."""
    with counting("cli.building") as progress:
        built = cycle.build(session.office(), parse_period(period), session.now(), progress)
    show.line("cli.built", session.language(), **built.as_json())


def send(
    half: HalfArgument,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only show what would go.")] = False,
) -> None:
    """Send a half-year's documents to its departments; what has left is never sent again."""
    office, now, language = session.office(), session.now(), session.language()
    period = HalfYear.parse(half)
    if dry_run:
        plan = cycle.plan_dispatch(office, period)
        table = pd.DataFrame(
            [
                (one.recipient, one.language, one.size, "; ".join(f.name for f in one.attachments))
                for one in plan.messages
            ],
            columns=["recipient", "language", "bytes", "attachments"],
        )
        show.frame(table, session.Format.TABLE)
        show.line("cli.would_send", language, count=len(plan.messages), **plan.as_json())
        return
    with spinning("cli.sending"):
        sent = cycle.send(office, period, now, f"cli:{session.who()}", at_once=True)
    if sent.trouble:
        print(sent.trouble)
    show.line("cli.sent", language, **sent.as_json())
    session.leave(not sent.complete)


def outbox(
    period: Annotated[
        str | None, typer.Argument(help="A half-year's documents, or a quarter's letters.")
    ] = None,
    how: session.FormatOption = session.Format.TABLE,
) -> None:
    """What was planned, sent, refused, or is uncertain, with reasons and next attempts."""
    office, language = session.office(), session.language()
    if period is not None:
        parse_period(period)
    rows = [
        {
            **{name: getattr(line, name) for name in OUTBOX_COLUMNS if name != "reason"},
            "state": str(line.state),
            "reason": line.why(language),
        }
        for line in ledger.outbox(office.engine, period)
    ]
    shown = ["cycle", "slot", "recipient", "revision", "state", "attempts", "reason"]
    show.frame(pd.DataFrame(rows, columns=OUTBOX_COLUMNS), how, shown)


def rebuild(
    document: Annotated[
        str, typer.Argument(help="Its path, such as 2025-26-H2/learning/STATE.hi.pdf.")
    ],
) -> None:
    """Build a document again and prove that the bytes are the same."""
    rebuilt = cycle.rebuild(session.office(), document)
    key = "same" if rebuilt.same_bytes else "other_inputs" if not rebuilt.same_inputs else "other"
    show.line(f"cli.rebuilt_{key}", session.language(), path=document, sha256=rebuilt.sha256)
    session.leave(not rebuilt.same_bytes)
