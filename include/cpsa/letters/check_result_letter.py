"""The result of the check: returned with all findings, accepted with warnings, or locked out."""

from __future__ import annotations

from collections.abc import Sequence

from cpsa.delivery.mail_message import one_line
from cpsa.framework.model import Framework
from cpsa.framework.rule_guide import rule_address
from cpsa.i18n import catalogue
from cpsa.letters.figure_table import build_figure_blocks
from cpsa.letters.letter_head import LetterHead, ReceivedFile
from cpsa.letters.letter_layout import (
    LetterBlock,
    LetterBody,
    LetterParagraph,
    Point,
    Points,
    build_body,
)
from cpsa.submissions.figure_description import FigureOverview
from cpsa.submissions.finding import Finding, describe_correction, describe_finding
from cpsa.submissions.state import SubmissionState

# A file that is wrong in every row would make a mail that no mailbox takes; the page and the marked
# workbook have them all.
MAX_FINDINGS = 180
# With more to correct, the figures beside them would make a mail that mail programs cut off.
MAX_FINDINGS_WITH_FIGURES = 60


def build_returned_letter(
    head: LetterHead,
    file: ReceivedFile,
    state: str,
    findings: Sequence[Finding],
    framework: Framework,
    *,
    workbook: str = "",
    earlier: ReceivedFile | None = None,
    closed: bool = False,
    figures: FigureOverview | None = None,
) -> LetterBody:
    """``findings``: in the order of the letter, without waived and explained ones; ``state``: returned,
    rejected or unreadable. ``workbook``: what goes with it, the agency's own ("marked"), an empty
    one ("fresh") or none (""). ``earlier``: the accepted file that counts until then. ``closed``:
    after closing. ``figures``: as they were read; None where nothing could be read.
    """
    say = head.say
    errors = [finding for finding in findings if finding.blocks]
    warnings = [finding for finding in findings if not finding.blocks]
    return build_body(
        _make_subject(head, state, errors, framework),
        LetterParagraph(say(f"{state}.verdict", period=head.period), strong=True),
        file.make_facts(head),
        _make_points(head, "points.correct", errors, framework),
        _make_points(head, "points.explain", warnings, framework),
        LetterParagraph(say(f"returned.{workbook}")) if workbook else None,
        _make_resend_paragraph(head, closed=closed),
        head.make_link_block("correct"),
        LetterParagraph(head.describe_counting_version(earlier)),
        build_figure_blocks(figures, say.language)
        if len(findings) <= MAX_FINDINGS_WITH_FIGURES
        else None,
    )


def build_accepted_letter(
    head: LetterHead,
    file: ReceivedFile,
    warnings: Sequence[Finding],
    framework: Framework,
    *,
    marked: bool = False,
    closed: bool = False,
    figures: FigureOverview | None = None,
) -> LetterBody:
    """``warnings``: those that nobody has explained yet. ``marked``: the agency's own workbook goes
    with it, the places to explain them coloured. ``figures``: as they were read."""
    say = head.say
    return build_body(
        say.count("accepted.explain", len(warnings)) if warnings else say("accepted.subject"),
        LetterParagraph(say("accepted.verdict", period=head.period), strong=True),
        LetterParagraph(file.describe_counting(head)),
        LetterParagraph(say("accepted.restates")) if closed else None,
        file.make_facts(head),
        _make_points(head, "points.explain", warnings, framework),
        _make_explain_paragraph(head)
        if warnings
        else LetterParagraph(say("accepted.nothing_more")),
        LetterParagraph(say("accepted.marked")) if marked else None,
        head.make_link_block("explain") if warnings else None,
        build_figure_blocks(figures, say.language),
    )


def build_query_letter(
    head: LetterHead,
    file: ReceivedFile,
    questions: Sequence[Finding],
    framework: Framework,
    *,
    marked: bool = False,
    closed: bool = False,
) -> LetterBody:
    """A question of CPSA about an accepted figure. ``file``: the one whose figures count."""
    say = head.say
    return build_body(
        say("query.subject"),
        LetterParagraph(say("query.verdict", period=head.period), strong=True),
        file.make_facts(head),
        _make_points(head, "points.explain", questions, framework),
        _make_explain_paragraph(head),
        LetterParagraph(say("query.closed")) if closed else None,
        LetterParagraph(say("accepted.marked")) if marked else None,
        head.make_link_block("explain"),
    )


def _make_subject(
    head: LetterHead, state: str, errors: Sequence[Finding], framework: Framework
) -> str:
    """How many figures are to be corrected, where every error is in a figure."""
    wrong_figures = {(finding.indicator, finding.dimension) for finding in errors}
    if state != SubmissionState.RETURNED or not wrong_figures:
        return head.say(f"{state}.subject")
    if any(indicator not in framework.by_code for indicator, _ in wrong_figures):
        return head.say(f"{state}.subject")
    return head.say.count("returned.figures", len(wrong_figures))


def _make_resend_paragraph(head: LetterHead, *, closed: bool) -> LetterParagraph:
    where = {"reply_to": head.reply_to, "closes": head.window_end}
    return LetterParagraph(
        head.say("returned.again_closed" if closed else "returned.again", **where)
    )


def _make_explain_paragraph(head: LetterHead) -> LetterParagraph:
    column = catalogue.text("template.column.note", head.agency.language)
    return LetterParagraph(
        head.say("accepted.explain_page" if head.link else "accepted.explain_file", column=column)
    )


def build_locked_out_letter(
    head: LetterHead, file: ReceivedFile, earlier: ReceivedFile | None = None
) -> LetterBody:
    """``earlier``: the accepted file that counts for the closed quarter."""
    say = head.say
    return build_body(
        say("locked_out.subject"),
        LetterParagraph(say("locked_out.verdict", period=head.period), strong=True),
        file.make_facts(head),
        LetterParagraph(say("locked_out.how", reply_to=head.reply_to)),
        LetterParagraph(say("locked_out.next")),
        LetterParagraph(head.describe_counting_version(earlier)) if earlier else None,
    )


def _make_points(
    head: LetterHead, heading: str, findings: Sequence[Finding], framework: Framework
) -> list[LetterBlock]:
    """Findings under a heading that counts them; nothing where there are none."""
    if not findings:
        return []
    say, language = head.say, head.agency.language
    points = tuple(
        Point(
            one_line(say.place(finding.place)),
            one_line(describe_finding(finding, framework, language)),
            one_line(say("points.do", to_do=describe_correction(finding, framework, language))),
            catalogue.text("rules.about", language, rule=finding.rule),
            rule_address(head.portal_url, finding.rule, language),
        )
        for finding in findings[:MAX_FINDINGS]
    )
    blocks: list[LetterBlock] = [Points(say.count(heading, len(findings)), points)]
    if more_count := len(findings) - len(points):
        blocks.append(LetterParagraph(say.count("points.more", more_count)))
    return blocks
