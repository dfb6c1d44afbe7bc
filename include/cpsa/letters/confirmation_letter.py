"""The question whether the named sender sent a mailed file, and the notice that nobody confirmed it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from cpsa.letters.letter_layout import (
    Facts,
    LetterBody,
    LetterLink,
    LetterParagraph,
    build_body,
    make_facts,
)
from cpsa.letters.letter_text import LetterText


@dataclass(frozen=True)
class UnprovenFile:
    """A file whose sender is not proven, as a letter names it.

    ``kind``: update, entries or report; ``reason``: why it waits (a text of the letter);
    ``period``: blank where its rows name several quarters.
    """

    name: str
    kind: str
    reason: str
    received_at: datetime
    period: str


def build_confirmation_letter(
    say: LetterText, file: UnprovenFile, address: str, expires_at: datetime, reply_to: str
) -> LetterBody:
    """``address``: of the page behind the link, blank where there is no portal."""
    until = say.moment(expires_at)
    way = (
        LetterLink(say("confirm.way"), address, say("confirm.note", until=until))
        if address
        else None
    )
    return build_body(
        say("confirm.subject"),
        LetterParagraph(say("confirm.question"), strong=True),
        _make_facts(say, file),
        LetterParagraph(say(f"confirm.why.{file.reason}")),
        way or LetterParagraph(say("confirm.contact", reply_to=reply_to)),
        LetterParagraph(say("confirm.otherwise", until=until)),
    )


def build_not_confirmed_letter(
    say: LetterText, file: UnprovenFile, outcome: str, reply_to: str
) -> LetterBody:
    """``outcome``: expired or refused."""
    return build_body(
        say("not_confirmed.subject"),
        LetterParagraph(say(f"not_confirmed.{outcome}"), strong=True),
        _make_facts(say, file),
        LetterParagraph(say("not_confirmed.next", reply_to=reply_to)),
    )


def _make_facts(say: LetterText, file: UnprovenFile) -> Facts:
    rows = [
        (say("file.name"), file.name),
        (say("confirm.kind"), say(f"confirm.kind.{file.kind}")),
        (say("file.received"), say.moment(file.received_at)),
    ]
    if file.period:
        rows.insert(2, (say("confirm.period"), file.period))
    return make_facts(*rows)
