"""The request: what is requested, by when, and how it can be sent."""

from __future__ import annotations

from cpsa.letters.letter_head import LetterHead
from cpsa.letters.letter_layout import LetterBody, LetterParagraph, build_body, make_facts


def build_request(head: LetterHead, workbook: str) -> LetterBody:
    """``workbook``: the name of the attached template."""
    say, quarter = head.say, head.quarter
    opens = say.day(quarter.opens_at.date())
    return build_body(
        say("request.subject", due=head.due),
        LetterParagraph(
            say("request.what", name=head.agency.name.in_(say.language), period=head.period)
        ),
        make_facts(
            (say("request.due"), head.due),
            (say("request.window"), say("request.from_to", first=opens, last=head.window_end)),
            (say("request.workbook"), workbook),
        ),
        LetterParagraph(say("request.how", reply_to=head.reply_to)),
        head.make_link_block("fill"),
        LetterParagraph(say("request.blanks")),
        LetterParagraph(say("request.late", due=head.due, closes=head.window_end)),
    )
