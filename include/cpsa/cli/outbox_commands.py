"""Commands about mail: its state, and what a person does about it.

``cpsa outbox`` with a period or nothing lists; ``resolve``, ``retry`` and ``bounces`` act.
"""

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperGroup

from cpsa.calendar import IST
from cpsa.cli import session, table_output
from cpsa.errors import RequestError

if TYPE_CHECKING:
    from cpsa.delivery.delivery_log import Evidence
    from cpsa.delivery.ledger_results import OutboxLine

COLUMNS = [
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
COUNTS = [
    "cycle",
    "planned",
    "waiting",
    "accepted",
    "bounced",
    "failed",
    "uncertain",
    "next_attempt_at",
    "reasons",
]
LIST_COMMAND = "list"


class _DefaultListGroup(TyperGroup):
    """``cpsa outbox 2025-26-H2`` is ``cpsa outbox list 2025-26-H2``."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        if not args or (args[0] not in self.commands and args[0] != "--help"):
            args = [LIST_COMMAND, *args]
        return super().parse_args(ctx, args)


outbox = typer.Typer(
    cls=_DefaultListGroup,
    help="Mail that was planned, sent, refused or undelivered, or is uncertain.",
)


def add_to(app: typer.Typer) -> None:
    app.add_typer(outbox, name="outbox")


@outbox.command(LIST_COMMAND)
def show_mails(
    period: Annotated[
        str | None, typer.Argument(help="A half-year's documents, or a quarter's letters.")
    ] = None,
    state: Annotated[
        str | None, typer.Option("--state", help="Only mails in this state, such as uncertain.")
    ] = None,
    counts: Annotated[
        bool, typer.Option("--counts", help="Only the number of mails in each state, by cycle.")
    ] = False,
    how: session.FormatOption = session.TableFormat.TABLE,
) -> None:
    """List mail: planned, sent, refused, undelivered or uncertain, with reasons and next attempts."""
    import pandas as pd

    from cpsa.services.dispatch import mail_outbox

    language = session.language()
    lines = mail_outbox.list_mails(session.open_context(), period, state)
    cycle_counts = mail_outbox.count_mails(lines, language)
    if counts:
        rows = [{**count.as_json(), "reasons": "; ".join(count.reasons)} for count in cycle_counts]
        table_output.write_table(pd.DataFrame(rows, columns=COUNTS), how)
        return
    shown = ["cycle", "slot", "recipient", "revision", "state", "attempts", "next", "reason"]
    frame = pd.DataFrame([_make_row(line, language) for line in lines], columns=[*COLUMNS, "next"])
    if how is not session.TableFormat.TABLE:
        table_output.write_table(frame[COLUMNS], how)
        return
    table_output.write_table(frame, how, shown)
    for count in cycle_counts:
        table_output.write_line("cli.outbox_counts", language, **count.as_json())


@outbox.command()
def resolve(
    reason: session.ReasonOption,
    log: Annotated[
        list[Path] | None,
        typer.Option("--log", help="A Postfix log of the relay; older ones first, if several."),
    ] = None,
    archive: Annotated[
        Path | None, typer.Option("--archive", help="A folder of .eml files that keeps every mail.")
    ] = None,
    since: Annotated[
        str | None, typer.Option("--since", help="Since when the archive keeps every mail.")
    ] = None,
) -> None:
    """Resolve uncertain mail with the relay's log or an archive of every mail."""
    from cpsa.delivery import delivery_log
    from cpsa.services.dispatch.resolve_mails import resolve_mails

    context, now, language = session.open_context(), session.now(), session.language()
    if bool(log) == (archive is not None):
        raise RequestError("cli.log_or_archive")
    named = ", ".join(file.name for file in log) if log else str(archive and archive.name)

    def read_evidence() -> "Evidence":
        if archive is not None:
            return delivery_log.load_archive_folder(
                archive, session.parse_instant(since) or now, now
            )
        return _read_relay_logs(log or [], now)

    settled = resolve_mails(context, read_evidence, named, reason, session.read_person(), now)
    counted = {name: len(ids) for name, ids in vars(settled).items()}
    table_output.write_line("cli.resolved", language, **counted)
    session.end_command(bool(settled.quarantined or settled.not_covered))


@outbox.command()
def retry(
    period: Annotated[str, typer.Argument(help="A half-year or a quarter.")],
    reason: session.ReasonOption,
    also_failed: Annotated[
        bool,
        typer.Option("--also-failed", help="Also mail that was refused or has no attempts left."),
    ] = False,
) -> None:
    """Make waiting mail due now; it is sent with the next sending."""
    from cpsa.services.dispatch.retry_mails import retry_mails

    due = retry_mails(
        session.open_context(),
        period,
        also_failed=also_failed,
        reason=reason,
        who=session.read_person(),
        now=session.now(),
    )
    table_output.write_line("cli.retried", session.language(), number=due, cycle=period)


@outbox.command()
def bounces() -> None:
    """Read the reports of undelivered mail in their mailbox."""
    from cpsa.services.collection.collect_bounces import collect_bounces

    language = session.language()
    found = collect_bounces(session.open_context(), session.now())
    for mail in found.bounced:
        print(f"{mail.message_id}: {mail.detail}")
    counted = {**found.as_json(), "bounced": len(found.bounced)}
    table_output.write_line("cli.bounces", language, **counted)
    session.end_command(bool(found.bounced))


def _read_relay_logs(files: list[Path], now: datetime) -> "Evidence":
    """Of a rotated log, one file's last line is older than the next one's first."""
    from cpsa.delivery import delivery_log

    lines = (line for file in files for line in file.read_text("utf-8", "replace").splitlines())
    return delivery_log.parse_relay_log(lines, now)


def _make_row(line: "OutboxLine", language: str) -> dict[str, object]:
    row = {name: getattr(line, name) for name in COLUMNS if name != "reason"}
    at = line.next_attempt_at
    due = at.astimezone(IST).strftime("%d.%m. %H:%M") if at and line.state == "pending" else ""
    return {**row, "state": str(line.state), "reason": line.why(language), "next": due}
