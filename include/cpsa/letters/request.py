"""The request: what is asked, by when, and by which ways it may come."""

from __future__ import annotations

from cpsa.letters.head import Head
from cpsa.letters.layout import Body, Paragraph, body, facts


def request(head: Head, workbook: str) -> Body:
    """``workbook``: the name of the attached template."""
    say, quarter = head.say, head.quarter
    opens = say.day(quarter.opens_at.date())
    return body(
        say("request.subject", due=head.due),
        Paragraph(
            say("request.asked", name=head.agency.name.in_(say.language), period=head.period)
        ),
        facts(
            (say("request.due"), head.due),
            (say("request.window"), say("request.from_to", first=opens, last=head.window_end)),
            (say("request.workbook"), workbook),
        ),
        Paragraph(say("request.how", reply_to=head.reply_to)),
        head.way("fill"),
        Paragraph(say("request.blanks")),
        Paragraph(say("request.late", due=head.due, closes=head.window_end)),
    )
