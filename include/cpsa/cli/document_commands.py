"""Commands that build documents, send them, and publish the online edition."""

from typing import TYPE_CHECKING, Annotated

import typer

from cpsa.calendar import HalfYear, Quarter, parse_period
from cpsa.cli import session, table_output
from cpsa.cli.progress import show_progress_bar, show_spinner
from cpsa.errors import RequestError
from cpsa.i18n.catalogue import text

if TYPE_CHECKING:
    from cpsa.services.dispatch.plan_dispatch import DispatchPlan
    from cpsa.services.dispatch_summary import DispatchSummary

HalfArgument = Annotated[str, typer.Argument(help="A half-year, such as 2025-26-H2.")]


def add_to(app: typer.Typer) -> None:
    for command in (build, send, rebuild, publish):
        app.command()(command)


def build(
    period: Annotated[str, typer.Argument(help="A closed quarter, half-year or year.")],
) -> None:
    """Build every document of a period, as PDF and HTML, in both languages."""
    from cpsa.services.dispatch.build_documents import build_documents

    with show_progress_bar("cli.building") as progress:
        built = build_documents(
            session.open_context(), parse_period(period), session.now(), progress
        )
    table_output.write_line("cli.built", session.language(), **built.as_json())


def send(
    half: HalfArgument,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only show what would be sent.")
    ] = False,
    revise: Annotated[
        bool, typer.Option("--revise", help="Send changed documents again, as a revision.")
    ] = False,
    no_revision: Annotated[
        bool,
        typer.Option("--no-revision", help="Record why changed documents are not sent again."),
    ] = False,
    reason: Annotated[
        str, typer.Option("--reason", help="Why; recorded, and printed in a revision.")
    ] = "",
    only: Annotated[
        str | None, typer.Option("--only", help="A department: a test copy, see --to.")
    ] = None,
    to: Annotated[str | None, typer.Option("--to", help="Who gets the test copy.")] = None,
    backfill: Annotated[
        bool, typer.Option("--backfill", help="Also if its date is long past; needs --yes.")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Yes, send what is shown.")] = False,
) -> None:
    """Send a half-year's documents to its departments; what was sent is never sent again."""
    from cpsa.services.dispatch.dispatch_half_year import dispatch_half_year
    from cpsa.services.dispatch.plan_dispatch import plan_dispatch
    from cpsa.services.dispatch.record_no_revision import record_no_revision
    from cpsa.services.dispatch.send_test_mail import send_test_mail

    context, now, language = session.open_context(), session.now(), session.language()
    period, person = HalfYear.parse(half), session.read_person()
    if (only is None) != (to is None):
        raise RequestError("cli.only_and_to")
    if (revise or no_revision) != bool(reason.strip()) or (revise and no_revision):
        raise RequestError("cli.revise_and_reason")
    if no_revision:
        changed = record_no_revision(context, period, reason, person, now)
        number = len(changed.recipients)
        table_output.write_line("cli.no_revision", language, half=period.key, number=number)
        return
    if only is not None and to is not None:
        with show_spinner("cli.sending"):
            sent = send_test_mail(context, period, only, to, now, f"cli:{person}")
        _end_with_summary(sent, "cli.sent_test", to=to)
        return
    must_ask = backfill and not yes
    if dry_run or must_ask:
        print_plan(plan_dispatch(context, period, now, reason), language)
        if must_ask and not dry_run:
            table_output.write_line("cli.say_yes", language)
            session.end_command(True)
        return
    with show_spinner("cli.sending"):
        sent = dispatch_half_year(
            *(context, period, now, f"cli:{person}"),
            at_once=True,
            revise=reason,
            who=person,
            backfill=backfill,
        )
    _end_with_summary(sent, "cli.sent")


def print_plan(plan: "DispatchPlan", language: str) -> None:
    """Print what would be sent to whom, with the notices about it."""
    import pandas as pd

    table = pd.DataFrame(
        [
            (
                message.recipient,
                message.language,
                message.size,
                "; ".join(f.name for f in message.attachments),
            )
            for message in plan.messages
        ],
        columns=["recipient", "language", "bytes", "attachments"],
    )
    table_output.write_table(table, session.TableFormat.TABLE)
    for remark in plan.notices:
        print(f"! {remark.text(language)}")
    table_output.write_line("cli.would_send", language, count=len(plan.messages), **plan.as_json())


def _end_with_summary(sent: "DispatchSummary", key: str, **params: object) -> None:
    if sent.trouble:
        print(sent.trouble)
    if sent.unknown_departments:
        codes = ", ".join(sent.unknown_departments)
        table_output.write_line(
            "dispatch.notice.unknown_department", session.language(), departments=codes
        )
    table_output.write_line(key, session.language(), **params, **sent.as_json())
    session.end_command(not sent.is_complete or bool(sent.unknown_departments))


def rebuild(
    document: Annotated[
        str,
        typer.Argument(
            help="Its path, such as 2025-26-H2/learning/STATE.hi.pdf, or the digest of any edition."
        ),
    ],
) -> None:
    """Build a document again and prove that the bytes are the same, or say what has changed."""
    from cpsa.services.publication.rebuild_document import rebuild_document

    rebuilt = rebuild_document(session.open_context(), document)
    language = session.language()
    values = {"path": rebuilt.path, "sha256": rebuilt.sha256}
    if rebuilt.same_bytes:
        table_output.write_line("cli.rebuilt_same", language, **values)
    elif rebuilt.changed:
        changed = ", ".join(text(f"cli.input.{name}", language) for name in rebuilt.changed)
        table_output.write_line("cli.rebuilt_other_inputs", language, **values, changed=changed)
    elif rebuilt.changed is None:
        table_output.write_line("cli.rebuilt_unknown", language, **values)
    else:
        table_output.write_line("cli.rebuilt_other", language, **values)
    session.end_command(not rebuilt.same_bytes)


def publish(quarter: session.OptionalQuarter = None) -> None:
    """Write the online edition, a static site in both languages, as of the newest closed quarter."""
    from cpsa.services.publication.publish_quarter import publish_quarter

    with show_spinner("public.publishing"):
        done = publish_quarter(
            session.open_context(), session.now(), Quarter.parse(quarter) if quarter else None
        )
    key = "public.published" if done.files else "public.unchanged"
    table_output.write_line(key, session.language(), **done.as_json())
