"""One letter of every kind and turn, in either language, as an agency would get it."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

from tests.factories import INCLUDE

from cpsa.actions.decision import Decision
from cpsa.calendar import IST, Quarter
from cpsa.delivery.mail_message import Attachment, MailMessage
from cpsa.framework.loader import load_framework
from cpsa.i18n.text import Text
from cpsa.intake.channels.unusable_content import UnusableKind
from cpsa.letters.letter_context import (
    ClosingResult,
    DecisionRow,
    LetterContext,
    LetterFile,
    PageLink,
)
from cpsa.letters.letter_message import MAX_FINDINGS, build_message
from cpsa.letters.letter_policy import LetterPolicy
from cpsa.submissions.due_date import DueDate
from cpsa.submissions.figure_description import FigureOverview, describe_figures
from cpsa.submissions.finding import Finding

QUARTER = Quarter.parse("2026-27-Q2")
TEMPLATES = INCLUDE / "templates"
FRAMEWORK = load_framework(QUARTER, INCLUDE / "programme" / "framework")
POLICY = LetterPolicy.load(INCLUDE / "programme" / "reference")
STEPS = POLICY.steps
NAME = Text("Implementing Agency, Ujjain Plastic Cluster", "कार्यान्वयन एजेंसी, उज्जैन प्लास्टिक क्लस्टर")
NOT_REQUESTED = DueDate(QUARTER.due_by, requested=False)
LINK = PageLink(
    "https://updates.example.org/u/WyJJQS1VSlBMQSJd.t1aNsEvokwS6",
    datetime(2026, 12, 15, tzinfo=IST),
)
FILE = LetterFile(
    "प्रतिवेदन Q2.xlsx",
    datetime(2026, 10, 12, 9, 30, tzinfo=IST),
    2,
    "2026-27-Q2/IA-UJPLA/2/7F3A",
    officer="R. Verma, Manager",
)
LATE = LetterFile(
    "update.csv", datetime(2026, 11, 4, 18, 5, tzinfo=IST), 3, "2026-27-Q2/IA-UJPLA/3/00C1"
)
TEMPLATE = (Attachment(Path("a"), "IA-UJPLA 2026-27-Q2.xlsx", "a" * 64),)


def finding(rule: str, indicator: str = "", place: str = "", **said: object) -> Finding:
    severity = FRAMEWORK.rules[rule].severity
    return Finding(rule, severity, "IA-UJPLA", QUARTER.key, indicator, place=place, **said)


ERRORS = (
    finding("S01", "OP1", "Output!E12", observed="12 approx"),
    finding("V01", "B2", "Budget!E9"),
    finding("V02", "CB2", "Capacity building!F15", dimension="women", observed="40", expected="30"),
)
WARNINGS = (
    finding("Q02", "OC1", "Outcome!E8", observed="900000000", expected="10000000"),
    finding("Q05", "output", observed="0.4816", expected="0.5000"),
)
QUESTIONS = (finding("C01", "OP2", "Output!E9", observed="250", expected="How so many? | इतने कैसे?"),)
IN_A_CSV = (finding("S02", "OP1", "line 64", observed="-5"),)
NIL_TICKED = finding("V07")
UNREADABLE = (finding("S00", observed="door.encrypted", expected="agency,quarter"),)


@dataclass(frozen=True)
class Value:
    """A figure as it was understood."""

    hundredths: int
    origin: str = "reported"
    place: str = ""


def figures(language: str, findings: Sequence[Finding] = ()) -> FigureOverview:
    """Every figure of an agency's form with all its parts, rupees in crores: as long as it gets."""
    values = {
        (one.code, part): Value(
            123456789 * (100 if one.unit == "inr" else 1) + number * 100,
            place=f"Capacity building!F{number}",
        )
        for number, one in enumerate(FRAMEWORK.form_indicators("IA"))
        for part in ("", *one.dimensions)
        if one.code != "A1"
    }
    values["A2", ""] = Value(0, "nil", "Budget!C9")
    last = dict.fromkeys(values, 98765432 * 100)
    last["B2", ""] = values["B2", ""].hundredths
    quarter = (QUARTER - 1).label(language)
    return describe_figures(
        FRAMEWORK, "IA", values, findings, language, last=last, last_quarter=quarter
    )


Q08 = finding("Q08", "OC1", "Outcome!E8", observed="0")


def letter(
    template: str, slot: str, language: str, name: Text = NAME, **matter: Any
) -> LetterContext:
    """A letter to an agency about a quarter."""
    return LetterContext(
        **{
            "template": template,
            "cycle": QUARTER.key,
            "slot": slot,
            "recipient": "IA-UJPLA",
            "name": name.in_(language),
            "email": "ia.ujpla@example.org",
            "language": language,
            "reply_to": "cpsa@example.org",
            "reference": f"CPSA/{QUARTER.key}/IA-UJPLA/{slot.upper()}",
            "period": QUARTER,
            "link": LINK,
            "framework": FRAMEWORK,
            **matter,
        }
    )


def written(template: str, slot: str, language: str, **matter: Any) -> MailMessage:
    return build_message(TEMPLATES, letter(template, slot, language, **matter))


DECIDED = [
    DecisionRow(
        "PA-2026-27-Q1-004",
        Text("Department of Energy", "ऊर्जा विभाग"),
        "33/11 < 66?\n2 × 100",
        Decision.DONE,
        date(2026, 9, 3),
        remarks,
        promised,
    )
    for remarks in ("", "<b>66</b> & 33")
    for promised in (None, date(2026, 8, 31))
]


def all_letters(language: str) -> Iterator[tuple[str, MailMessage]]:
    """Every kind of letter in each of its turns, named."""
    result = ClosingResult(
        "accepted", "lagging", 0.5493, 0.75, {"outcome": 0.4511, "output": 0.6429}
    )
    limited = ClosingResult("accepted", "lagging", 0.8805, 0.5, {"outcome": 0.9})
    nothing = ClosingResult("missing", "no_data", None, 0.5)
    sent_back = ClosingResult("returned", "critical", None, 0.5)
    closed_at = QUARTER.closes_at
    rejection = (finding("S06", observed="FC-BHO", expected="IA-UJPLA"),)
    read = figures(language)
    matters: list[tuple[str, str, str, dict[str, Any]]] = [
        ("request", "request", "request", {"attachments": TEMPLATE}),
        (
            *("request without a page", "request", "request"),
            {"attachments": TEMPLATE, "link": None},
        ),
        (
            *("request with decisions", "request", "request"),
            {"attachments": TEMPLATE, "decisions": DECIDED},
        ),
        ("receipt", "receipt", "receipt-v2", {"file": FILE, "figures": read}),
        ("receipt of a late file", "receipt", "receipt-v3", {"file": LATE, "earlier": FILE}),
        (
            *("returned", "returned", "returned-v2"),
            {
                "file": FILE,
                "state": "returned",
                "findings": ERRORS + WARNINGS,
                "attachments": TEMPLATE,
                "figures": figures(language, ERRORS + WARNINGS),
            },
        ),
        (
            *("returned, an earlier one counts", "returned", "returned-v3"),
            {
                "file": LATE,
                "state": "returned",
                "findings": IN_A_CSV * (MAX_FINDINGS + 3),
                "earlier": FILE,
                "closed": True,
                "figures": read,
                "link": None,
            },
        ),
        (
            *("one more than fits", "returned", "returned-v3"),
            {
                "file": LATE,
                "state": "returned",
                "findings": IN_A_CSV * (MAX_FINDINGS + 1),
                "link": None,
            },
        ),
        (
            *("returned, not for a figure alone", "returned", "returned-v3"),
            {
                "file": LATE,
                "state": "returned",
                "findings": (*IN_A_CSV, NIL_TICKED),
                "link": None,
            },
        ),
        (
            *("rejected", "returned", "returned-v2"),
            {"file": FILE, "state": "rejected", "findings": rejection},
        ),
        (
            *("unreadable", "returned", "returned-v2"),
            {
                "file": FILE,
                "state": "unreadable",
                "findings": UNREADABLE,
                "attachments": TEMPLATE,
                "is_fresh": True,
            },
        ),
        ("accepted", "accepted", "accepted-v2", {"file": FILE, "figures": read}),
        (
            *("accepted, one to explain", "accepted", "accepted-v2"),
            {
                "file": FILE,
                "findings": WARNINGS[:1],
                "attachments": TEMPLATE,
                "figures": figures(language, (*WARNINGS[:1], Q08)),
            },
        ),
        (
            *("accepted, two to explain, no page", "accepted", "accepted-v3"),
            {"file": LATE, "findings": WARNINGS, "closed": True, "link": None},
        ),
        (
            *("query", "query", "query-7"),
            {"file": FILE, "findings": QUESTIONS, "attachments": TEMPLATE, "closed": True},
        ),
        *(
            (
                *(f"unusable, {kind}", "unusable", "unusable-v7"),
                {"kind": kind, "file": FILE, "link": None if kind == "scan" else LINK},
            )
            for kind in UnusableKind
        ),
        (
            *("receipt, our template beside it", "receipt", "receipt-v4"),
            {"file": replace(FILE, notice="channels.blank_template")},
        ),
        ("held", "locked_out", "held-v3", {"file": LATE, "earlier": FILE}),
        ("reminder before", "reminder", "reminder-before-5", {"attachments": TEMPLATE}),
        (
            *("reminder after", "reminder", "reminder-after-1"),
            {"attachments": TEMPLATE, "is_overdue": True, "link": None},
        ),
        ("reminder before, returned", "reminder", "reminder-before-1", {"file": FILE}),
        (
            *("reminder after, returned", "reminder", "reminder-last-5"),
            {"file": FILE, "is_overdue": True},
        ),
        ("closing, counted", "closing", "closing", {"closed_at": closed_at, "result": result}),
        (
            *("closing, limited by coverage", "closing", "closing"),
            {"closed_at": closed_at, "result": limited},
        ),
        ("closing, missing", "closing", "closing", {"closed_at": closed_at, "result": nothing}),
        ("closing withdrawn", "withdrawn", "withdrawn-v2", {"closed_at": closed_at, "link": None}),
        (
            *("closing, not accepted", "closing", "closing"),
            {"closed_at": closed_at, "result": sent_back},
        ),
        (
            *("closing, not requested", "closing", "closing"),
            {"closed_at": closed_at, "result": nothing, "due_date": NOT_REQUESTED},
        ),
        (
            *("receipt, not requested", "receipt", "closing"),
            {"file": LATE, "due_date": NOT_REQUESTED},
        ),
    ]
    for name, template, slot, matter in matters:
        yield name, written(template, slot, language, **matter)


class Reader(HTMLParser):
    """The words a reader of the HTML sees, and the elements they stand in."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.words: list[str] = []
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))

    def handle_data(self, data):
        self.words += data.split()


def about_unproven_files(language: str) -> Iterator[MailMessage]:
    """What is written about files whose sender is not proven, in each of its turns."""
    file = LetterFile("update.xlsx", FILE.received_at)
    frame: dict[str, Any] = {"file": file, "expires_at": datetime(2026, 11, 11, tzinfo=IST)}
    for kind, reason in itertools.product(
        ("update", "entries", "report"), ("not_proven", "replaces_update", "decides")
    ):
        link = LINK if kind == "update" else None
        yield written(
            "confirm", "confirm-1", language, kind=kind, reason=reason, link=link, **frame
        )
    frame |= {"kind": "entries", "link": None, "period": None}
    yield written("confirm", "confirm-2", language, reason="replaces_entries", **frame)
    for outcome in ("expired", "refused"):
        yield written("not_confirmed", "not-confirmed-2", language, reason=outcome, **frame)
