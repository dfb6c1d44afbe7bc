"""Commands that import updates and show what was received: collect, arrivals, entries, check."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cpsa.calendar import Quarter
from cpsa.cli import session, table_output
from cpsa.cli.progress import show_spinner
from cpsa.cli.quarter_commands import print_check_results
from cpsa.errors import RequestError
from cpsa.submissions.state import SubmissionState

if TYPE_CHECKING:
    from cpsa.services.app_context import AppContext
    from cpsa.services.service_results import CollectSummary

PathArgument = Annotated[
    Path | None, typer.Argument(help="A file, or a folder QUARTER/AGENCY.csv.")
]
ReceivedOption = Annotated[
    str | None,
    typer.Option(
        "--received-at",
        help="When it was received, if not now: 2026-10-12T09:30, or file-time.",
    ),
]
FILE_TIME = "file-time"  # each file was received when it was last written
entries = typer.Typer(help="What agencies wrote in addition to the figures.", no_args_is_help=True)


def add_to(app: typer.Typer) -> None:
    app.command()(template)
    app.command()(collect)
    app.command()(arrivals)
    app.command()(confirm)
    app.command()(check)
    app.add_typer(entries, name="entries")


def collect(
    path: PathArgument = None,
    received_at: ReceivedOption = None,
    inbox: Annotated[
        bool, typer.Option("--inbox", help="Import the files in CPSA_INBOX, not PATH.")
    ] = False,
    mailbox: Annotated[
        bool, typer.Option("--mailbox", help="Import the files in CPSA_IMAP_URL, not PATH.")
    ] = False,
) -> None:
    """Import updates, check them, and accept or return each."""
    from cpsa.services.collection.channel_rounds import FOLDER, MAILBOX
    from cpsa.services.collection.collect_updates import collect_updates
    from cpsa.services.collection.import_new_files import import_channels
    from cpsa.services.quarter.check_updates import check_updates
    from cpsa.services.service_results import CollectSummary

    if (path is not None) == (inbox or mailbox) or (received_at and path is None):
        raise RequestError("channels.collect_what")
    context, now = session.open_context(), session.now()
    file_time = received_at == FILE_TIME
    arrived = None if file_time else session.parse_instant(received_at)
    with show_spinner("cli.collecting"):
        unread: list[RequestError] = []
        if path is not None:
            collected = collect_updates(context, path, now, arrived, file_time=file_time)
        else:
            chosen = [FOLDER] * inbox + [MAILBOX] * mailbox
            imported = import_channels(context, now, chosen)
            parts = imported.collected.values()
            collected = CollectSummary(tuple(item for part in parts for item in part.items))
            unread = list(imported.unread.values())
        if unread and not collected.items:
            raise unread[0]
        checked = check_updates(context, now)
    language = session.language()
    refused = _print_problems(collected) or bool(checked.problems)
    for message in (*checked.problems, *checked.notices):
        print(message.text(language))
    for reason, count in collected.put_aside.items():
        table_output.write_line(reason, language, count=count)
    table_output.write_line(
        "cli.collected",
        language,
        new=collected.count("new"),
        repeat=collected.count("repeat"),
        entries=collected.count("entries"),
        refused=collected.count("refused"),
    )
    _print_versions(context, collected, language)
    if reports := collected.count("report"):
        table_output.write_line("actions.reports_received", language, count=reports)
    if replies := collected.count("reply"):
        table_output.write_line("actions.replies_received", language, count=replies)
    table_output.write_line(
        "cli.checked",
        language,
        accepted=checked.count(SubmissionState.ACCEPTED),
        returned=checked.sent_back,
        locked_out=checked.count(SubmissionState.LOCKED_OUT),
    )
    if awaiting := collected.count("awaiting"):
        table_output.write_line("cli.awaiting", language, count=awaiting)
    if unread:
        raise unread[0]
    session.end_command(
        refused
        or bool(awaiting)
        or bool(checked.sent_back)
        or bool(checked.count(SubmissionState.LOCKED_OUT))
    )


def arrivals(
    quarter: session.OptionalQuarter = None,
    refused: Annotated[bool, typer.Option("--refused", help="Only what was refused.")] = False,
    awaiting: Annotated[
        bool, typer.Option("--awaiting", help="Only what awaits its sender's confirmation.")
    ] = False,
    how: session.FormatOption = session.TableFormat.TABLE,
) -> None:
    """List what was received by any channel, with its outcome and the reason of a refusal."""
    from cpsa.services.collection.list_awaiting_arrivals import list_awaiting_arrivals
    from cpsa.services.reports.list_arrivals import list_arrivals

    if awaiting:
        if refused:
            raise RequestError("awaiting.one_option")
        waits = list_awaiting_arrivals(
            session.open_context(), session.parse_optional_quarter(quarter)
        )
        words = f"why_{session.language()}"
        table_output.write_table(
            waits, how, ["number", "received_at", "kind", "party", "period", "until", words]
        )
        return
    table = list_arrivals(
        session.open_context(),
        session.parse_optional_quarter(quarter),
        "refused" if refused else "",
    )
    words = f"problem_{session.language()}"
    shown = ["received_at", "channel", "outcome", "agency", "quarter", "version", "file_name"]
    table_output.write_table(table, how, [*shown, words])


def confirm(
    arrival: Annotated[int, typer.Argument(help="Its number in cpsa arrivals --awaiting.")],
    reason: session.ReasonOption,
    refuse: Annotated[
        bool, typer.Option("--refuse", help="The named sender did not send it.")
    ] = False,
    replace_newer: Annotated[
        bool, typer.Option("--replace-newer", help="It replaces a newer file.")
    ] = False,
) -> None:
    """Confirm or refuse a file received by mail whose sender is not proven."""
    from cpsa.services.collection.confirm_arrival import confirm_arrival
    from cpsa.services.collection.refuse_arrival import refuse_arrival
    from cpsa.services.quarter.check_updates import check_quarter
    from cpsa.services.service_results import CollectSummary

    context, now, person = session.open_context(), session.now(), session.read_person()
    language = session.language()
    if refuse:
        if replace_newer:
            raise RequestError("awaiting.one_option")
        refuse_arrival(context, arrival, now, person, reason)
        table_output.write_line("cli.arrival_refused", language, number=arrival)
        return
    item = confirm_arrival(context, arrival, now, person, reason, replaces_newer=replace_newer)
    table_output.write_line("cli.arrival_confirmed", language, number=arrival)
    is_problem = _print_problems(CollectSummary((item,)))
    if item.version:
        checked = check_quarter(context, Quarter.parse(item.quarter), now, [item.agency])
        is_problem |= print_check_results(context, checked, item.agency, item.quarter)
    session.end_command(is_problem)


def template(
    agency: session.AgencyArgument,
    quarter: session.QuarterArgument,
    output: Annotated[Path, typer.Option("--output", "-o", help="The workbook to write.")],
) -> None:
    """Write the workbook that an agency fills in for a quarter."""
    from cpsa.services.workbooks.build_template import build_template

    content = build_template(session.open_context(), agency, Quarter.parse(quarter))
    output.write_bytes(content)
    table_output.write_line("cli.template", session.language(), file=output)


@entries.command("load")
def load_entries_command(path: Annotated[Path, typer.Argument(help="An entries CSV.")]) -> None:
    """Import a file of successes, challenges, lessons, requests and other entries."""
    from cpsa.services.collection.load_entries import load_entries

    collected = load_entries(session.open_context(), path, session.now())
    refused = _print_problems(collected)
    outcome = collected.items[0].outcome
    key = "partly" if refused and outcome == "entries" else outcome
    table_output.write_line(f"cli.entries.{key}", session.language())
    session.end_command(refused)


def check(
    path: Annotated[Path, typer.Argument(help="An update named QUARTER/AGENCY.csv.")],
    how: session.FormatOption = session.TableFormat.TABLE,
) -> None:
    """Check one file against the store and show all findings; writes nothing."""
    from cpsa.services.collection.collect_updates import parse_owner
    from cpsa.services.examination.check_file import check_file
    from cpsa.services.reports.list_findings import tabulate_findings

    agency, quarter = parse_owner(path)
    context = session.open_context()
    content = path.read_bytes()
    examined = check_file(
        context, agency, Quarter.parse(quarter), content, path.name, session.now()
    )
    language = session.language()
    table = tabulate_findings(context, Quarter.parse(quarter), examined.findings)
    shown = table
    if how is session.TableFormat.TABLE:
        words = {f"message_{language}": "message", f"mend_{language}": "correction"}
        shown = table.rename(columns=words)[["rule", "severity", "place", *words.values()]]
    table_output.write_table(shown, how)
    if how is session.TableFormat.TABLE:
        label = context.load_framework(Quarter.parse(quarter)).state_labels[examined.state]
        count = len(examined.findings)
        table_output.write_line("cli.previewed", language, state=label.in_(language), count=count)
    session.end_command(examined.state != SubmissionState.ACCEPTED)


def _print_versions(context: "AppContext", collected: "CollectSummary", language: str) -> None:
    """Print, of files after an agency's first, their versions, and which of them counts."""
    from cpsa.services.quarter.version_description import describe_version

    for item in collected.items:
        is_answered = not item.is_seen or len(collected.items) == 1
        is_again = item.outcome == "repeat" and is_answered
        if is_again or (item.outcome == "new" and item.version > 1):
            print(describe_version(context, item, language))


def _print_problems(collected: "CollectSummary") -> bool:
    for item in collected.items:
        for line in (item.problem, *item.notices):
            if line:
                print(line)
    return any(item.problem for item in collected.items)
