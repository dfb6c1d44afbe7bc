"""From a letter's context to the message the ledger plans, by the template of its kind.

A template has its blocks of words and the subject, in any language, once; ``templates/letters/html``
and ``text`` say how its parts are written, so that the plain text says what the HTML says.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from pathlib import Path

from jinja2 import Environment
from markupsafe import Markup

from cpsa.delivery.mail_message import MailMessage, one_line
from cpsa.framework.rule_guide import rule_address
from cpsa.i18n import catalogue
from cpsa.i18n.template_environment import make_letter_environment
from cpsa.i18n.template_files import list_own_folders
from cpsa.letters.letter_context import LetterContext
from cpsa.submissions.figure_description import FigureDescription
from cpsa.submissions.finding import describe_correction, describe_finding
from cpsa.translator import Translator

FORMS = ("html", "text")
# A file that is wrong in every row would make a mail that no mailbox takes; the page and the marked
# workbook have them all.
MAX_FINDINGS = 180
# With more to correct, the figures beside them would make a mail that mail programs cut off.
MAX_FINDINGS_WITH_FIGURES = 60
MAX_ROWS = 100  # of a department's form; the marked form has all of them


def build_message(templates: Path, letter: LetterContext) -> MailMessage:
    """The letter as HTML and as plain text of equal content, in its reader's language."""
    _, html = fill_template(_make_environment(templates, "html"), letter)
    subject, text = fill_template(_make_environment(templates, "text"), letter)
    return MailMessage(
        cycle=letter.cycle,
        slot=letter.slot,
        recipient=letter.recipient,
        to_name=letter.name,
        to_email=letter.email,
        language=letter.language,
        subject=subject,
        html=html,
        text=text,
        attachments=letter.attachments,
    )


def fill_template(environment: Environment, letter: LetterContext) -> tuple[str, str]:
    """A letter's subject and its body, in the environment's form."""
    words = {"letter": letter, "say": letter.say}
    module = environment.get_template(f"{letter.template}.j2").make_module(words)
    return module.subject, str(module)  # type: ignore[attr-defined]


@cache
def _make_environment(templates: Path, form: str) -> Environment:
    return make_environment([*list_own_folders(templates / "letters"), templates / "letters"], form)


def make_environment(folders: Sequence[Path], form: str) -> Environment:
    """How letters are filled in one of ``FORMS``, with the templates of the first folder that has one."""
    environment = make_letter_environment(folders, form)
    environment.filters["one_line"] = _format_one_line
    environment.globals |= {
        "MAX_FINDINGS": MAX_FINDINGS,
        "MAX_FINDINGS_WITH_FIGURES": MAX_FINDINGS_WITH_FIGURES,
        "MAX_ROWS": MAX_ROWS,
        "text": catalogue.text,
        "describe_finding": describe_finding,
        "describe_correction": describe_correction,
        "list_comparisons": list_comparisons,
        "list_marks": list_marks,
        "rule_address": rule_address,
    }
    return environment


def _format_one_line(value: object) -> str:
    """A value in one line; what a macro of HTML has written stays, for it is escaped already."""
    return value if isinstance(value, Markup) else one_line(str(value))


def list_comparisons(figure: FigureDescription, language: str) -> list[str]:
    """What is beside a figure: the last quarter's, and the change."""
    say = Translator(language, "figure.read")
    before = [say("before", last=figure.last)] if figure.last else []
    return before + ([say("change", change=figure.change)] if figure.change else [])


def list_marks(figure: FigureDescription, language: str) -> list[str]:
    """What was found in a figure."""
    say = Translator(language, "figure.read")
    wrong = [say("wrong", remarks=", ".join(figure.errors))] if figure.errors else []
    unusual = [say("unusual", remarks=", ".join(figure.warnings))] if figure.warnings else []
    return wrong + unusual + ([say("formula")] if figure.is_formula else [])
