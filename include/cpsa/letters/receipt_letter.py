"""The receipt: which file came, when, under which number, and the figures as they were read."""

from __future__ import annotations

from cpsa.letters.figure_table import build_figure_blocks
from cpsa.letters.letter_head import LetterHead, ReceivedFile
from cpsa.letters.letter_layout import LetterBody, LetterParagraph, build_body
from cpsa.submissions.figure_description import FigureOverview


def build_receipt(
    head: LetterHead,
    file: ReceivedFile,
    *,
    earlier: ReceivedFile | None = None,
    figures: FigureOverview | None = None,
) -> LetterBody:
    """``earlier``: the accepted file that counts until this one is. ``figures``: as they were read;
    None where nothing could be read."""
    say = head.say
    return build_body(
        say("receipt.subject"),
        LetterParagraph(say("receipt.received", period=head.period)),
        file.make_facts(head),
        LetterParagraph(say("receipt.next")),
        LetterParagraph(head.describe_counting_version(earlier)),
        LetterParagraph(say("receipt.not_yours", reply_to=head.reply_to)),
        build_figure_blocks(figures, say.language),
    )
