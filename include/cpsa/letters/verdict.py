"""What became of a file: returned with all findings, accepted with what to explain, or held."""

from __future__ import annotations

from collections.abc import Sequence

from cpsa import messages
from cpsa.deliver.message import one_line
from cpsa.framework import Framework
from cpsa.letters.figure_table import figure_blocks
from cpsa.letters.head import Head, ReceivedFile
from cpsa.letters.layout import Block, Body, Paragraph, Point, Points, body
from cpsa.rule_guide import rule_address
from cpsa.submissions.figures_read import FiguresRead
from cpsa.submissions.finding import Finding, mend, message
from cpsa.submissions.state import SubmissionState

# A file that is wrong in every row would make a mail that no mailbox takes; the page and the marked
# workbook have them all.
MOST_FINDINGS = 200
# With more to correct, the figures beside them would make a mail that mail programs cut off.
MOST_WITH_FIGURES = 60


def returned(
    head: Head,
    file: ReceivedFile,
    state: str,
    findings: Sequence[Finding],
    framework: Framework,
    *,
    workbook: str = "",
    earlier: ReceivedFile | None = None,
    closed: bool = False,
    figures: FiguresRead | None = None,
) -> Body:
    """``findings`` as they are told, waived and explained ones left out; ``state``: returned,
    rejected or unreadable. ``workbook``: what goes with it, the agency's own ("marked"), an empty
    one ("fresh") or none (""). ``earlier``: the accepted file that counts until then. ``closed``:
    after closing. ``figures``: as they were read; None where nothing could be read.
    """
    say = head.say
    errors = [one for one in findings if one.blocks]
    warnings = [one for one in findings if not one.blocks]
    return body(
        _subject(head, state, errors, framework),
        Paragraph(say(f"{state}.verdict", period=head.period), strong=True),
        file.facts(head),
        _points(head, "points.mend", errors, framework),
        _points(head, "points.explain", warnings, framework),
        Paragraph(say(f"returned.{workbook}")) if workbook else None,
        _how_to_send_again(head, closed),
        head.way("mend"),
        Paragraph(head.which_counts(earlier)),
        figure_blocks(figures, say.language) if len(findings) <= MOST_WITH_FIGURES else None,
    )


def accepted(
    head: Head,
    file: ReceivedFile,
    warnings: Sequence[Finding],
    framework: Framework,
    *,
    marked: bool = False,
    closed: bool = False,
    figures: FiguresRead | None = None,
) -> Body:
    """``warnings``: those that nobody has explained yet. ``marked``: the agency's own workbook goes
    with it, the places to explain them coloured. ``figures``: as they were read."""
    say = head.say
    return body(
        say.counted("accepted.explain", len(warnings)) if warnings else say("accepted.subject"),
        Paragraph(say("accepted.verdict", period=head.period), strong=True),
        Paragraph(file.counts(head)),
        Paragraph(say("accepted.restates")) if closed else None,
        file.facts(head),
        _points(head, "points.explain", warnings, framework),
        _how_to_explain(head) if warnings else Paragraph(say("accepted.nothing_more")),
        Paragraph(say("accepted.marked")) if marked else None,
        head.way("explain") if warnings else None,
        figure_blocks(figures, say.language),
    )


def query(
    head: Head,
    file: ReceivedFile,
    questions: Sequence[Finding],
    framework: Framework,
    *,
    marked: bool = False,
    closed: bool = False,
) -> Body:
    """A question of CPSA about an accepted figure. ``file``: the one whose figures count."""
    say = head.say
    return body(
        say("query.subject"),
        Paragraph(say("query.verdict", period=head.period), strong=True),
        file.facts(head),
        _points(head, "points.explain", questions, framework),
        _how_to_explain(head),
        Paragraph(say("query.closed")) if closed else None,
        Paragraph(say("accepted.marked")) if marked else None,
        head.way("explain"),
    )


def _subject(head: Head, state: str, errors: Sequence[Finding], framework: Framework) -> str:
    """How many figures are to be corrected, where every error is in a figure."""
    wrong = {(one.indicator, one.dimension) for one in errors}
    if state != SubmissionState.RETURNED or not wrong:
        return head.say(f"{state}.subject")
    if any(indicator not in framework.by_code for indicator, _ in wrong):
        return head.say(f"{state}.subject")
    return head.say.counted("returned.figures", len(wrong))


def _how_to_send_again(head: Head, closed: bool) -> Paragraph:
    where = {"reply_to": head.reply_to, "closes": head.window_end}
    return Paragraph(head.say("returned.again_closed" if closed else "returned.again", **where))


def _how_to_explain(head: Head) -> Paragraph:
    column = messages.text("template.column.note", head.agency.language)
    return Paragraph(
        head.say("accepted.explain_page" if head.link else "accepted.explain_file", column=column)
    )


def held(head: Head, file: ReceivedFile, earlier: ReceivedFile | None = None) -> Body:
    """``earlier``: the accepted file that counts for the closed quarter."""
    say = head.say
    return body(
        say("held.subject"),
        Paragraph(say("held.verdict", period=head.period), strong=True),
        file.facts(head),
        Paragraph(say("held.ask", reply_to=head.reply_to)),
        Paragraph(say("held.next")),
        Paragraph(head.which_counts(earlier)) if earlier else None,
    )


def _points(
    head: Head, heading: str, findings: Sequence[Finding], framework: Framework
) -> list[Block]:
    """Findings under a heading that counts them; nothing where there are none."""
    if not findings:
        return []
    say, language = head.say, head.agency.language
    points = tuple(
        Point(
            one_line(say.place(one.place)),
            one_line(message(one, framework, language)),
            one_line(say("points.do", mend=mend(one, framework, language))),
            messages.text("rules.about", language, rule=one.rule),
            rule_address(head.portal_url, one.rule, language),
        )
        for one in findings[:MOST_FINDINGS]
    )
    listed: list[Block] = [Points(say.counted(heading, len(findings)), points)]
    if more := len(findings) - len(points):
        listed.append(Paragraph(say.counted("points.more", more)))
    return listed
