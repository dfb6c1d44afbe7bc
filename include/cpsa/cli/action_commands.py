"""Commands about policy actions: the report form, filled forms, decisions, and the state of actions."""

from pathlib import Path
from typing import Annotated

import typer

from cpsa.calendar import HalfYear
from cpsa.cli import session, table_output
from cpsa.errors import RequestError
from cpsa.i18n.text import LANGUAGES

ReplyArgument = Annotated[int, typer.Argument(help="The reply's number in cpsa replies.")]
DepartmentArgument = Annotated[str, typer.Argument(help="A department's code, such as BANKS.")]
CHANNEL = "cli"


def add_to(app: typer.Typer) -> None:
    app.command("atr-form")(write_atr_form)
    app.command("atr")(record_atr)
    app.command()(decide)
    app.command()(actions)
    app.command()(replies)
    app.command("reply-file")(write_reply_file)
    app.command("reply-done")(settle_reply_command)


def write_atr_form(
    department: DepartmentArgument,
    half: Annotated[str, typer.Argument(help="A closed half-year, such as 2025-26-H2.")],
    output: Annotated[Path, typer.Option("--output", "-o", help="The workbook to write.")],
    language: Annotated[
        str | None, typer.Option("--language", help="en or hi; the recipient's if not given.")
    ] = None,
) -> None:
    """Write the action taken report form of a department: a row for every unfinished action."""
    from cpsa.services.publication.write_report_form import write_report_form

    if language not in (None, *LANGUAGES):
        raise RequestError("settings.language", value=language)
    content = write_report_form(session.open_context(), department, HalfYear.parse(half), language)
    output.write_bytes(content)
    table_output.write_line("actions.form_written", session.language(), file=output)


def record_atr(
    file: Annotated[Path, typer.Argument(help="A filled form: .xlsx, .xls or .ods.")],
    department: Annotated[
        str, typer.Option("--department", help="Who filled it in, such as BANKS.")
    ],
    received_at: Annotated[
        str | None, typer.Option("--received-at", help="When it was received, if not now.")
    ] = None,
) -> None:
    """Import a filled action taken report form and record its decisions."""
    from cpsa.intake.arrival import Arrival
    from cpsa.services.decisions.record_decisions import record_decisions

    if not file.is_file():
        raise RequestError("collect.no_path", path=file)
    now, language = session.now(), session.language()
    arrived = session.parse_instant(received_at) or now
    content = file.read_bytes()
    arrival = Arrival(CHANNEL, str(file.absolute()), file.name, content, department, "", arrived)
    done = record_decisions(session.open_context(), arrival, session.read_person(), now)
    for message in (*done.problems(language), *done.notices(language)):
        print(message)
    table_output.write_line(
        f"actions.imported_{done.outcome}",
        language,
        department=done.department,
        half=done.half,
        recorded=done.recorded,
        unchanged=done.unchanged,
        faults=len(done.faults),
    )
    session.end_command(bool(done.faults))


def decide(
    number: Annotated[str, typer.Argument(help="The action's number, such as PA-2025-26-Q4-007.")],
    decision: Annotated[
        str, typer.Argument(help="accepted, done, not_pursued, reply_not_accepted, reply_awaited.")
    ],
    remarks: Annotated[str, typer.Option("--remarks", help="What was done, or why.")] = "",
    day: Annotated[str, typer.Option("--date", help="When it was decided, if not today.")] = "",
    promised: Annotated[
        str, typer.Option("--by", help="With accepted: the date promised for completion.")
    ] = "",
) -> None:
    """Record one decision by hand, such as a reply that is not accepted."""
    from cpsa.services.decisions.record_decision import record_decision

    context, language = session.open_context(), session.language()
    new = record_decision(
        context, number, decision, day, remarks, session.read_person(), session.now(), promised
    )
    table_output.write_line(
        f"actions.{'decided' if new else 'decided_before'}", language, number=number
    )


def actions(
    department: Annotated[
        str | None, typer.Option("--department", help="Only this department's.")
    ] = None,
    pending: Annotated[
        bool, typer.Option("--pendency", help="How many are pending, per department.")
    ] = False,
    how: session.FormatOption = session.TableFormat.TABLE,
) -> None:
    """List policy actions with their newest decisions, or the pendency of every department."""
    from cpsa.services.decisions.list_actions import list_actions, list_pendency

    context, now = session.open_context(), session.now()
    if pending:
        table_output.write_table(list_pendency(context, now, department), how)
        return
    shown = ["number", "department", "agency", "theme", "urgency", "decision", "due", "pending"]
    table_output.write_table(list_actions(context, now, department), how, shown)


def replies(
    everything: Annotated[
        bool, typer.Option("--all", help="Also forms, and replies that were entered.")
    ] = False,
    how: session.FormatOption = session.TableFormat.TABLE,
) -> None:
    """List replies of departments, free text or scans, whose decisions a person enters by hand."""
    from cpsa.services.decisions.list_replies import list_replies

    table = list_replies(session.open_context(), only_open=not everything)
    shown = [
        *("id", "received_at", "department", "half", f"kind_{session.language()}"),
        *("recorded", "not_recorded", "numbers", "subject"),
    ]
    table_output.write_table(table, how, shown)


def write_reply_file(
    number: ReplyArgument,
    output: Annotated[Path, typer.Option("--output", "-o", help="Where it is written.")],
) -> None:
    """Save what a department sent, unchanged; a mail as a whole (.eml)."""
    from cpsa.services.decisions import department_replies

    output.write_bytes(department_replies.read_reply_file(session.open_context(), number))
    table_output.write_line("actions.reply_written", session.language(), number=number, file=output)


def settle_reply_command(number: ReplyArgument, reason: session.ReasonOption) -> None:
    """Mark a reply as entered by hand, such as after cpsa decide; it is no longer listed."""
    from cpsa.services.decisions.settle_reply import settle_reply

    person, now = session.read_person(), session.now()
    settle_reply(session.open_context(), number, reason, person, now)
    table_output.write_line("actions.reply_entered", session.language(), number=number)
