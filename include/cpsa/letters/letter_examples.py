"""An example of each letter in each of its turns, on which a programme's own templates are tried.

What belongs here: contexts with every field that a letter can have. What must not: judging what a template
makes of them (``letter_trial``).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

from cpsa.actions.decision import Decision
from cpsa.calendar import Quarter
from cpsa.delivery.mail_message import Attachment, AttachmentUse
from cpsa.framework.model import Framework
from cpsa.i18n.text import Text
from cpsa.intake.channels.unusable_content import UnusableKind
from cpsa.letters.letter_context import (
    ClosingResult,
    DecisionRow,
    LetterContext,
    LetterFile,
    PackContent,
    PackRevision,
    PageLink,
    RecordedDecision,
    ReplacedDocument,
    RequestSummary,
    UnrecordedRow,
)
from cpsa.submissions.due_date import DueDate
from cpsa.submissions.figure_description import FigureDescription, FigureGroup, FigureOverview
from cpsa.submissions.finding import Finding
from cpsa.submissions.state import SubmissionState

_QUARTER = Quarter.parse("2026-27-Q2")
_HALF = _QUARTER.half
_AT = _QUARTER.due_by - timedelta(days=2)
_DAY = _AT.date()
_LINK = PageLink("https://updates.example.org/u/example", _QUARTER.window_ends)
_FILE = LetterFile("update.xlsx", _AT, 2, f"{_QUARTER}/EXAMPLE/2/0000", officer="A. B.")
_EARLIER = replace(_FILE, version=1)
_FILES = tuple(
    Attachment(Path("example"), f"{use}.xlsx", "0" * 64, link, use=use)
    for use in AttachmentUse
    for link in ("", _LINK.address)
)
_SHOWN = ("text", "quantity")  # an observed number is fit for each

_Turn = tuple[str, dict[str, Any]]


def list_letter_examples(framework: Framework, language: str) -> Iterator[LetterContext]:
    """The examples in one language; rules, states and statuses are the framework's."""
    for template, fields in _list_turns(framework):
        base: dict[str, Any] = {"period": _QUARTER, "framework": framework, "link": _LINK}
        yield LetterContext(
            template=template,
            cycle=_QUARTER.key,
            slot=template,
            recipient="EXAMPLE",
            name="EXAMPLE",
            email="example@example.org",
            language=language,
            reply_to="office@example.org",
            reference=f"{_QUARTER}/EXAMPLE",
            portal_url="https://updates.example.org",
            **base | fields,
        )


def _list_turns(framework: Framework) -> Iterator[_Turn]:
    """Templates' names with what their letters are about."""
    yield from _list_update_turns(framework)
    yield from _list_closing_turns(framework)
    yield from _list_reply_turns()
    yield from _list_pack_turns()
    yield "notice", {"period": None, "subject": "Example", "lines": ("Example",)}
    unproven = {"file": _FILE, "expires_at": _AT}
    for kind in ("update", "entries", "report"):
        for reason in ("not_proven", "replaces_update", "replaces_entries", "decides"):
            yield "confirm", {**unproven, "kind": kind, "reason": reason}
        for reason in ("expired", "refused"):
            yield "not_confirmed", {**unproven, "kind": kind, "reason": reason}
    yield "confirm", {**unproven, "kind": "update", "reason": "not_proven", "link": None}
    for unusable in UnusableKind:
        yield "unusable", {"file": _FILE, "kind": unusable}


def _list_update_turns(framework: Framework) -> Iterator[_Turn]:
    """What is written about an agency's update before its quarter is closed."""
    findings = tuple(_make_findings(framework))
    warnings = tuple(finding for finding in findings if not finding.blocks)
    checked = {"file": _FILE, "figures": _FIGURES, "attachments": _FILES, "earlier": _EARLIER}
    yield "request", {"attachments": _FILES, "decisions": _list_decisions()}
    yield "request", {"attachments": _FILES, "link": None}
    yield "receipt", checked
    yield "receipt", {"file": replace(_FILE, officer="", notice="channels.blank_template")}
    for state in (
        SubmissionState.RETURNED,
        SubmissionState.REJECTED,
        SubmissionState.UNREADABLE,
    ):
        yield "returned", {**checked, "state": state, "findings": findings}
    yield (
        "returned",
        {**checked, "state": SubmissionState.RETURNED, "is_fresh": True, "closed": True},
    )
    yield "accepted", {**checked, "closed": True}
    yield "accepted", {**checked, "findings": warnings}
    yield "query", {**checked, "findings": warnings, "closed": True}
    yield "reminder", {"attachments": _FILES}
    yield "reminder", {"file": _FILE, "is_overdue": True, "link": None}


def _list_closing_turns(framework: Framework) -> Iterator[_Turn]:
    yield "locked_out", {"file": _FILE, "earlier": _EARLIER}
    yield "withdrawn", {"closed_at": _AT}
    groups = dict.fromkeys(framework.groups, 0.5)
    closed = {"closed_at": _AT, "decisions": _list_decisions()}
    for state in framework.state_labels:
        yield "closing", {**closed, "result": ClosingResult(state)}
    for status in framework.statuses:
        for composite in (None, 0.9):
            result = ClosingResult(SubmissionState.ACCEPTED, status, composite, 0.5, groups)
            yield "closing", {**closed, "result": result}
    not_requested = DueDate(_QUARTER.due_by, requested=False)
    yield "closing", {**closed, "result": ClosingResult("missing"), "due_date": not_requested}


def _list_reply_turns() -> Iterator[_Turn]:
    recorded = RecordedDecision("EXAMPLE-1", Decision.ACCEPTED, _DAY, _DAY)
    unrecorded = UnrecordedRow("Example.", "Example.")
    reply: dict[str, Any] = {"period": None, "half": _HALF, "file": _FILE, "department": "EXAMPLE"}
    yield "reply_by_hand", {**reply, "numbers": ("EXAMPLE-1",)}
    yield "reply_by_hand", {**reply, "link": None}
    for rows in ({"recorded": [recorded]}, {"unrecorded": [unrecorded]}, {"unchanged": 1}, {}):
        yield "reply_form", {**reply, **rows}
    both = {"recorded": [recorded] * 200, "unrecorded": [unrecorded] * 200}
    yield "reply_form", {**reply, **both, "attachments": _FILES, "link": None}
    yield "reply_not_read", {**reply, "problem": "Example."}


def _list_pack_turns() -> Iterator[_Turn]:
    requests = RequestSummary(2, _DAY, 2, _DAY, 2)
    earlier = replace(requests, requested=0, reply_by=None)
    replaced = (ReplacedDocument("example.pdf", "EXAMPLE", _DAY),)
    revision = PackRevision(1, "Example.", replaced, "example.pdf")
    pack = PackContent(requests, ("Example.",), _DAY, state=requests)
    for changes in (
        {},
        {"test": True, "requests": earlier, "state": None},
        {"requests": RequestSummary()},
        {"revision": revision},
        {"is_copy": True},
        {"is_copy": True, "is_information": True, "requests": RequestSummary()},
    ):
        content = replace(pack, **changes)
        letter = {"period": _HALF, "department": "EXAMPLE", "attachments": _FILES}
        yield "pack", {**letter, "pack": content}
    yield "pack", {"period": _HALF, "pack": pack, "link": None}


def _make_findings(framework: Framework) -> Iterator[Finding]:
    """A finding of one error and of one warning, about a figure."""
    indicator = next(iter(framework.by_code), "")
    for severity in ("error", "warning"):
        for rule in framework.rules_in_force.values():
            if rule.severity == severity and rule.shows in _SHOWN and rule.expects in _SHOWN:
                yield Finding(
                    *(rule.id, severity, "EXAMPLE", _QUARTER.key, indicator),
                    observed="2",
                    expected="1",
                    place="Example!E9",
                )
                break


def _list_decisions() -> list[DecisionRow]:
    department = Text.from_function(lambda language: "Example")
    return [
        DecisionRow("EXAMPLE-1", department, "Example.", decision, _DAY, remarks, promised)
        for decision, remarks, promised in (
            (Decision.ACCEPTED, "", _DAY),
            (Decision.NOT_PURSUED, "Example.", None),
        )
    ]


_TOTAL = FigureDescription("EX1", "", "Example", "", "2", "1", "1", "Example!E9", ("Example",))
_PART = replace(_TOTAL, part="Example", errors=(), warnings=("Example",), is_formula=True)
_FIGURES = FigureOverview((FigureGroup("example", "Example", (_TOTAL, _PART)),), "Example")
