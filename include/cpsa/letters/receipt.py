"""The receipt: which file came, when, and under which number it is known from now on."""

from __future__ import annotations

from cpsa.letters.head import Head, ReceivedFile
from cpsa.letters.layout import Body, Paragraph, body


def receipt(head: Head, file: ReceivedFile) -> Body:
    say = head.say
    return body(
        say("receipt.subject"),
        Paragraph(say("receipt.came", period=head.period)),
        file.facts(head),
        Paragraph(say("receipt.next")),
        Paragraph(say("receipt.not_yours", reply_to=head.reply_to)),
    )
