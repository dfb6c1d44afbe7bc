"""The answer to a mail that brought nothing to read: what came, and what to send."""

from __future__ import annotations

from datetime import datetime

from cpsa.letters.letter_head import LetterHead
from cpsa.letters.letter_layout import LetterBody, LetterParagraph, build_body, make_facts


def build_unusable_mail_letter(
    head: LetterHead, kind: str, files: str, received_at: datetime
) -> LetterBody:
    """``kind``: what the mail brought (from the mail channel); ``files``: its files' names."""
    say = head.say
    return build_body(
        say("unusable.subject"),
        LetterParagraph(
            say("unusable.verdict", period=head.period, what=say(f"unusable.what.{kind}")),
            strong=True,
        ),
        make_facts(
            (say("file.received"), say.moment(received_at)),
            (say("unusable.files"), files),
            (say("request.due"), head.due),
        ),
        LetterParagraph(say(f"unusable.send.{kind}")),
        LetterParagraph(
            say("unusable.where" if head.link else "unusable.to", reply_to=head.reply_to)
        ),
        head.make_link_block("fill"),
    )
