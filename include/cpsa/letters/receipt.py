"""The receipt: which file came, when, under which number, and the figures as they were read."""

from __future__ import annotations

from cpsa.letters.figure_table import figure_blocks
from cpsa.letters.head import Head, ReceivedFile
from cpsa.letters.layout import Body, Paragraph, body
from cpsa.submissions.figures_read import FiguresRead


def receipt(
    head: Head,
    file: ReceivedFile,
    *,
    earlier: ReceivedFile | None = None,
    figures: FiguresRead | None = None,
) -> Body:
    """``earlier``: the accepted file that counts until this one is. ``figures``: as they were read;
    None where nothing could be read."""
    say = head.say
    return body(
        say("receipt.subject"),
        Paragraph(say("receipt.came", period=head.period)),
        file.facts(head),
        Paragraph(say("receipt.next")),
        Paragraph(head.which_counts(earlier)),
        Paragraph(say("receipt.not_yours", reply_to=head.reply_to)),
        figure_blocks(figures, say.language),
    )
