"""One letter of every kind and turn, in either language, as an agency would get it."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from html.parser import HTMLParser

from tests.factories import INCLUDE

from cpsa.actions.decision import Decision
from cpsa.calendar import IST, Quarter
from cpsa.delivery.mail_message import MailMessage
from cpsa.framework.loader import load_framework
from cpsa.i18n.text import Text
from cpsa.intake.channels.unusable_content import UnusableKind
from cpsa.letters.check_result_letter import (
    MAX_FINDINGS,
    build_accepted_letter,
    build_locked_out_letter,
    build_query_letter,
    build_returned_letter,
)
from cpsa.letters.closing_notice import (
    ClosingResult,
    build_closing_notice,
    build_closing_withdrawal,
)
from cpsa.letters.confirmation_letter import (
    UnprovenFile,
    build_confirmation_letter,
    build_not_confirmed_letter,
)
from cpsa.letters.decision_block import DecisionRow, append_decisions
from cpsa.letters.letter_head import AgencyAddressee, LetterHead, PageLink, ReceivedFile
from cpsa.letters.letter_layout import LetterBody
from cpsa.letters.letter_message import build_message
from cpsa.letters.letter_policy import LetterPolicy
from cpsa.letters.letter_text import LetterText
from cpsa.letters.receipt_letter import build_receipt
from cpsa.letters.reminder_letter import build_reminder
from cpsa.letters.request_letter import build_request
from cpsa.letters.unusable_mail_letter import build_unusable_mail_letter
from cpsa.submissions.due_date import DueDate
from cpsa.submissions.figure_description import FigureOverview, describe_figures
from cpsa.submissions.finding import Finding

QUARTER = Quarter.parse("2026-27-Q2")
TEMPLATES = INCLUDE / "templates"
FRAMEWORK = load_framework(QUARTER, INCLUDE / "framework")
POLICY = LetterPolicy.load(INCLUDE / "reference")
STEPS = POLICY.steps
NAME = Text("Implementing Agency, Ujjain Plastic Cluster", "कार्यान्वयन एजेंसी, उज्जैन प्लास्टिक क्लस्टर")
NOT_REQUESTED = DueDate(QUARTER.due_by, requested=False)
LINK = PageLink(
    "https://updates.example.org/u/WyJJQS1VSlBMQSJd.t1aNsEvokwS6",
    datetime(2026, 12, 15, tzinfo=IST),
)
FILE = ReceivedFile(
    "प्रतिवेदन Q2.xlsx",
    2,
    datetime(2026, 10, 12, 9, 30, tzinfo=IST),
    "2026-27-Q2/IA-UJPLA/2/7F3A",
    officer="R. Verma, Manager",
)
LATE = ReceivedFile(
    "update.csv", 3, datetime(2026, 11, 4, 18, 5, tzinfo=IST), "2026-27-Q2/IA-UJPLA/3/00C1"
)


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


def head(slot: str, language: str, link: PageLink | None = LINK, name: Text = NAME) -> LetterHead:
    agency = AgencyAddressee("IA-UJPLA", name, "ia.ujpla@example.org", language)
    return LetterHead(agency, QUARTER, slot, "cpsa@example.org", link)


def written(
    slot: str, language: str, body: Callable[[LetterHead], LetterBody], link: PageLink | None = LINK
) -> MailMessage:
    """A letter whose body is made of its head."""
    framed = head(slot, language, link)
    return build_message(TEMPLATES, framed, body(framed))


DECIDED = [
    DecisionRow(
        "PA-2026-27-Q1-004",
        Text("Department of Energy", "ऊर्जा विभाग"),
        "33/11 < 66?\n2 × 100",
        Decision.DONE,
        date(2026, 9, 3),
        remarks,
    )
    for remarks in ("", "<b>66</b> & 33")
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
    bodies: list[tuple[str, str, Callable[[LetterHead], LetterBody], PageLink | None]] = [
        (
            "request",
            "request",
            lambda h: build_request(h, "IA-UJPLA 2026-27-Q2.xlsx"),
            LINK,
        ),
        ("request without a page", "request", lambda h: build_request(h, "x.xlsx"), None),
        (
            "request with decisions",
            "request",
            lambda h: append_decisions(build_request(h, "x.xlsx"), h, DECIDED),
            LINK,
        ),
        (
            "receipt",
            "receipt-v2",
            lambda h: build_receipt(h, FILE, figures=figures(language)),
            LINK,
        ),
        (
            "receipt of a late file",
            "receipt-v3",
            lambda h: build_receipt(h, LATE, earlier=FILE),
            LINK,
        ),
        (
            "returned",
            "returned-v2",
            lambda h: build_returned_letter(
                h,
                FILE,
                "returned",
                ERRORS + WARNINGS,
                FRAMEWORK,
                workbook="marked",
                figures=figures(language, ERRORS + WARNINGS),
            ),
            LINK,
        ),
        (
            "returned, an earlier one counts",
            "returned-v3",
            lambda h: build_returned_letter(
                h,
                LATE,
                "returned",
                IN_A_CSV * (MAX_FINDINGS + 3),
                FRAMEWORK,
                earlier=FILE,
                closed=True,
                figures=figures(language),
            ),
            None,
        ),
        (
            "one more than fits",
            "returned-v3",
            lambda h: build_returned_letter(
                h, LATE, "returned", IN_A_CSV * (MAX_FINDINGS + 1), FRAMEWORK
            ),
            None,
        ),
        (
            "returned, not for a figure alone",
            "returned-v3",
            lambda h: build_returned_letter(
                h, LATE, "returned", (*IN_A_CSV, NIL_TICKED), FRAMEWORK
            ),
            None,
        ),
        (
            "rejected",
            "returned-v2",
            lambda h: build_returned_letter(
                h,
                FILE,
                "rejected",
                (finding("S06", observed="FC-BHO", expected="IA-UJPLA"),),
                FRAMEWORK,
            ),
            LINK,
        ),
        (
            "unreadable",
            "returned-v2",
            lambda h: build_returned_letter(
                h, FILE, "unreadable", UNREADABLE, FRAMEWORK, workbook="fresh"
            ),
            LINK,
        ),
        (
            "accepted",
            "accepted-v2",
            lambda h: build_accepted_letter(h, FILE, (), FRAMEWORK, figures=figures(language)),
            LINK,
        ),
        (
            "accepted, one to explain",
            "accepted-v2",
            lambda h: build_accepted_letter(
                h,
                FILE,
                WARNINGS[:1],
                FRAMEWORK,
                marked=True,
                figures=figures(language, (*WARNINGS[:1], Q08)),
            ),
            LINK,
        ),
        (
            "accepted, two to explain, no page",
            "accepted-v3",
            lambda h: build_accepted_letter(h, LATE, WARNINGS, FRAMEWORK, closed=True),
            None,
        ),
        (
            "query",
            "query-7",
            lambda h: build_query_letter(h, FILE, QUESTIONS, FRAMEWORK, marked=True, closed=True),
            LINK,
        ),
        *(
            (
                f"unusable, {kind}",
                "unusable-v7",
                lambda h, kind=kind: build_unusable_mail_letter(
                    h, kind, FILE.name, FILE.received_at
                ),
                None if kind == "scan" else LINK,
            )
            for kind in UnusableKind
        ),
        (
            "receipt, our template beside it",
            "receipt-v4",
            lambda h: build_receipt(h, replace(FILE, notice="channels.blank_template")),
            LINK,
        ),
        ("held", "held-v3", lambda h: build_locked_out_letter(h, LATE, FILE), LINK),
        (
            "reminder before",
            "reminder-before-5",
            lambda h: build_reminder(h, STEPS["before-5"], None, "IA-UJPLA 2026-27-Q2.xlsx"),
            LINK,
        ),
        (
            "reminder after",
            "reminder-after-1",
            lambda h: build_reminder(h, STEPS["after-1"], None, "IA-UJPLA 2026-27-Q2.xlsx"),
            None,
        ),
        (
            "reminder before, returned",
            "reminder-before-1",
            lambda h: build_reminder(h, STEPS["before-1"], FILE),
            LINK,
        ),
        (
            "reminder after, returned",
            "reminder-last-5",
            lambda h: build_reminder(h, STEPS["last-5"], FILE),
            LINK,
        ),
        (
            "closing, counted",
            "closing",
            lambda h: build_closing_notice(h, closed_at, result, FRAMEWORK),
            LINK,
        ),
        (
            "closing, limited by coverage",
            "closing",
            lambda h: build_closing_notice(h, closed_at, limited, FRAMEWORK),
            LINK,
        ),
        (
            "closing, missing",
            "closing",
            lambda h: build_closing_notice(h, closed_at, nothing, FRAMEWORK),
            LINK,
        ),
        (
            "closing withdrawn",
            "withdrawn-v2",
            lambda h: build_closing_withdrawal(h, closed_at),
            None,
        ),
        (
            "closing, not accepted",
            "closing",
            lambda h: build_closing_notice(h, closed_at, sent_back, FRAMEWORK),
            LINK,
        ),
    ]
    for name, slot, body, link in bodies:
        yield name, written(slot, language, body, link)
    not_requested = replace(head("closing", language), due_date=NOT_REQUESTED)
    missing = build_closing_notice(not_requested, closed_at, nothing, FRAMEWORK)
    yield "closing, not requested", build_message(TEMPLATES, not_requested, missing)
    receipt = build_receipt(not_requested, LATE)
    yield "receipt, not requested", build_message(TEMPLATES, not_requested, receipt)


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


def about_unproven_files(language: str) -> Iterator[LetterBody]:
    """What is written about files whose sender is not proven, in each of its turns."""
    say, expires_at = LetterText(language), datetime(2026, 11, 11, tzinfo=IST)
    for kind, reason in itertools.product(
        ("update", "entries", "report"), ("not_proven", "replaces_update", "decides")
    ):
        file = UnprovenFile("update.xlsx", kind, reason, FILE.received_at, QUARTER.label(language))
        address = LINK.address if kind == "update" else ""
        yield build_confirmation_letter(say, file, address, expires_at, "cpsa@example.org")
    file = UnprovenFile("update.xlsx", "entries", "replaces_entries", FILE.received_at, "")
    yield build_confirmation_letter(say, file, "", expires_at, "cpsa@example.org")
    for outcome in ("expired", "refused"):
        yield build_not_confirmed_letter(say, file, outcome, "cpsa@example.org")
