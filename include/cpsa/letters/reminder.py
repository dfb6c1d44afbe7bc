"""The reminder: what is still owed, and how long it is waited for."""

from __future__ import annotations

from cpsa.calendar import IST, last_day_before
from cpsa.letters.head import Head, ReceivedFile
from cpsa.letters.layout import Body, Paragraph, body, facts
from cpsa.letters.policy import Step


def reminder(head: Head, step: Step, returned: ReceivedFile | None, workbook: str = "") -> Body:
    """``returned``: the file that went back and was not mended yet; None when none came at all.

    ``workbook``: the name of the attached template, if one is.
    """
    say = head.say
    deadlines = head.deadlines
    when = "after" if step.day(deadlines) > last_day_before(deadlines.due_by) else "before"
    if returned is None:
        asked = say(f"reminder.nothing_{when}", period=head.period, due=head.due)
    else:
        asked = say(
            f"reminder.returned_{when}",
            period=head.period,
            due=head.due,
            receipt=returned.receipt,
            day=say.day(returned.received_at.astimezone(IST).date()),
        )
    return body(
        say("reminder.subject_before", due=head.due)
        if when == "before"
        else say("reminder.subject_after", closes=head.window_end),
        Paragraph(asked, strong=True),
        facts(
            (say("request.due"), head.due),
            (say("reminder.closes"), say("reminder.until", last=head.window_end)),
        ),
        Paragraph(say("reminder.workbook", workbook=workbook, reply_to=head.reply_to))
        if workbook
        else Paragraph(say("reminder.send", reply_to=head.reply_to)),
        head.way("fill" if returned is None else "mend"),
        Paragraph(say("reminder.crossed")),
    )
