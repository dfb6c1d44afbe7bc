"""The mail of a department's pack in every turn, in either language."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

from tests.unit.letters.samples import LINK, TEMPLATES

from cpsa.calendar import HalfYear
from cpsa.delivery.mail_message import Attachment, AttachmentUse, MailMessage
from cpsa.i18n.text import Text
from cpsa.letters.letter_context import (
    LetterContext,
    PackContent,
    PackRevision,
    ReplacedDocument,
    RequestSummary,
)
from cpsa.letters.letter_kinds import PACK_SLOT
from cpsa.letters.letter_message import build_message
from cpsa.letters.seats import make_mail_reference

HALF = HalfYear.parse("2025-26-H2")
DEPARTMENT = Text("Banks & SIDBI <all>", "बैंक एवं सिडबी")
DOCUMENTS = (
    Attachment(Path("a.pdf"), "Policy actions.pdf", "a" * 64),
    Attachment(Path("b.pdf"), "नीतिगत कार्रवाई.pdf", "b" * 64),
)
USES = {
    AttachmentUse.FILL_IN: "form.xlsx",
    AttachmentUse.EDIT: "actions.docx",
    AttachmentUse.CALCULATE: "figures.xlsx",
}
WITH_USES = (
    *DOCUMENTS,
    *(Attachment(Path(name), name, "c" * 64, use=use) for use, name in USES.items()),
)
LINKED = (Attachment(Path("a.pdf"), "Large.pdf", "d" * 64, link="https://x.example.org/d/1"),)
REVISION = PackRevision(
    1,
    "counted again",
    (ReplacedDocument("Policy actions.pdf", "CPSA/2025-26-H2/PACK/BANKS", date(2026, 5, 15)),),
    "note.pdf",
)
CHECKED = (
    *DOCUMENTS,
    Attachment(Path("s.txt"), "SHA256SUMS.txt", "e" * 64, use=AttachmentUse.CHECK),
)
REPLY_BY, EARLIER_BY = date(2026, 8, 13), date(2026, 7, 1)
STATE = RequestSummary(21, REPLY_BY, 0, None, 59)


def write_pack(
    language: str = "en",
    kind: str = "to",
    *,
    name: str = "Nodal officer",
    action_count: int = 2,
    earlier: int = 3,
    overdue: int = 2,
    reply_by: date | None = REPLY_BY,
    state: RequestSummary | None = None,
    urgent: tuple[str, ...] = ("PA-1 Lend",),
    documents: tuple[Attachment, ...] = DOCUMENTS,
    revision: PackRevision | None = None,
    test: bool = False,
    **frame: Any,
) -> MailMessage:
    number = revision.number if revision else 0
    requests = RequestSummary(
        action_count, reply_by if action_count else None, earlier, EARLIER_BY, overdue
    )
    pack = PackContent(
        *(requests, urgent, date(2026, 8, 13), state, revision),
        is_copy=kind != "to",
        is_information=kind == "info",
        test=test,
    )
    letter = LetterContext(
        **{
            "template": "pack",
            "cycle": HALF.key,
            "slot": PACK_SLOT,
            "language": language,
            "recipient": f"BANKS:{kind}:1",
            "name": name,
            "email": "banks@example.org",
            "reply_to": "cpsa@example.org",
            "period": HALF,
            "attachments": documents,
            "reference": make_mail_reference(HALF, "BANKS", number),
            "department": DEPARTMENT.in_(language),
            "pack": pack,
            **frame,
        }
    )
    return build_message(TEMPLATES, letter)


def all_packs(language: str) -> Iterator[MailMessage]:
    for kind in ("to", "cc", "info"):
        for action_count, urgent in ((0, ()), (1, ("PA-1 Lend",)), (7, ("PA-1 <a>", "PA-2 & x"))):
            yield write_pack(language, kind, action_count=action_count, urgent=urgent)
    yield write_pack(language, documents=WITH_USES)
    yield write_pack(language, documents=(DOCUMENTS[0], *LINKED))
    yield write_pack(language, revision=REVISION)
    yield write_pack(language, test=True)
    yield write_pack(language, documents=WITH_USES, link=LINK)
    yield write_pack(language, documents=CHECKED, state=STATE)
    yield write_pack(language, action_count=0, urgent=(), earlier=0)
    yield write_pack(language, action_count=0, urgent=(), earlier=1, overdue=1)
    yield write_pack(language, "cc", action_count=1, overdue=1)
    yield write_pack(language, overdue=0)
    yield write_pack(language, reply_by=None, state=RequestSummary(1, REPLY_BY, 0, None, 1))
    yield write_pack(language, action_count=1, reply_by=None)
    yield write_pack(language, action_count=0, urgent=(), earlier=0, overdue=0)
