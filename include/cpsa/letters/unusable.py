"""The answer to a mail that brought nothing to read: what came, and what to send."""

from __future__ import annotations

from datetime import datetime

from cpsa.letters.head import Head
from cpsa.letters.layout import Body, Paragraph, body, facts


def unusable(head: Head, kind: str, files: str, received_at: datetime) -> Body:
    """``kind``: what the mail brought (``collect.channels.unusable``); ``files``: its files' names."""
    say = head.say
    return body(
        say("unusable.subject"),
        Paragraph(
            say("unusable.came", period=head.period, what=say(f"unusable.what.{kind}")), True
        ),
        facts(
            (say("file.received"), say.moment(received_at)),
            (say("unusable.files"), files),
            (say("request.due"), head.due),
        ),
        Paragraph(say(f"unusable.send.{kind}")),
        Paragraph(say("unusable.where" if head.link else "unusable.to", reply_to=head.reply_to)),
        head.way("fill"),
    )
