"""The reminder: what is still due, and until when it can be sent."""

from __future__ import annotations

from cpsa.calendar import last_day_before
from cpsa.letters.letter_head import LetterHead, ReceivedFile
from cpsa.letters.letter_layout import LetterBody, LetterParagraph, build_body, make_facts
from cpsa.letters.letter_policy import ReminderStep


def build_reminder(
    head: LetterHead, step: ReminderStep, returned: ReceivedFile | None, workbook: str = ""
) -> LetterBody:
    """``returned``: the returned file that was not corrected yet; None when there is none.

    ``workbook``: the name of the attached template, if one is.
    """
    say = head.say
    deadlines = head.deadlines
    when = "after" if step.get_day(deadlines) > last_day_before(deadlines.due_by) else "before"
    if returned is None:
        request_text = say(f"reminder.nothing_{when}", period=head.period, due=head.due)
    else:
        request_text = say(
            f"reminder.returned_{when}",
            period=head.period,
            due=head.due,
            receipt=returned.receipt,
            day=say.day(returned.received_at),
        )
    return build_body(
        say("reminder.subject_before", due=head.due)
        if when == "before"
        else say("reminder.subject_after", closes=head.window_end),
        LetterParagraph(request_text, strong=True),
        make_facts(
            (say("request.due"), head.due),
            (say("reminder.closes"), head.window_end),
        ),
        LetterParagraph(say("reminder.workbook", workbook=workbook, reply_to=head.reply_to))
        if workbook
        else LetterParagraph(say("reminder.send", reply_to=head.reply_to)),
        head.make_link_block("fill" if returned is None else "correct"),
        LetterParagraph(say("reminder.crossed")),
    )
