"""Whether a file that came by mail was sent by the one it names, and that nobody confirmed it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from cpsa.letters.layout import Body, Facts, Paragraph, Way, body, facts
from cpsa.letters.words import Words


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


def confirmation(
    say: Words, file: UnprovenFile, address: str, expires_at: datetime, reply_to: str
) -> Body:
    """``address``: of the page behind the link, blank where there is no portal."""
    until = say.moment(expires_at)
    way = Way(say("confirm.way"), address, say("confirm.note", until=until)) if address else None
    return body(
        say("confirm.subject"),
        Paragraph(say("confirm.question"), strong=True),
        _facts(say, file),
        Paragraph(say(f"confirm.why.{file.reason}")),
        way or Paragraph(say("confirm.contact", reply_to=reply_to)),
        Paragraph(say("confirm.otherwise", until=until)),
    )


def not_confirmed(say: Words, file: UnprovenFile, outcome: str, reply_to: str) -> Body:
    """``outcome``: expired or refused."""
    return body(
        say("not_confirmed.subject"),
        Paragraph(say(f"not_confirmed.{outcome}"), strong=True),
        _facts(say, file),
        Paragraph(say("not_confirmed.next", reply_to=reply_to)),
    )


def _facts(say: Words, file: UnprovenFile) -> Facts:
    rows = [
        (say("file.name"), file.name),
        (say("confirm.kind"), say(f"confirm.kind.{file.kind}")),
        (say("file.received"), say.moment(file.received_at)),
    ]
    if file.period:
        rows.insert(2, (say("confirm.period"), file.period))
    return facts(*rows)
