"""Figures as they stand in rendered documents, found by their text in HTML and in PDF.

Rows are found by the code they begin with, columns by their printed heads; the words of the heads
come from the catalogue, since they are labels and no figures.
"""

from __future__ import annotations

import re
import subprocess
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

from lxml import html
from lxml.html import HtmlElement

from cpsa.calendar import AnyPeriod
from cpsa.documents.document_key import DocumentKey
from cpsa.framework.model import Framework
from cpsa.i18n import catalogue

HEADS = (
    *("figures.quarter", "figures.to_date", "figures.target", "figures.share", "figures.baseline"),
    *("share.in_all_head", "share.with_target", "share.without_target", "share.to_date"),
    *("progress.target", "progress.share"),
    *("progress.share_to_date", "annex.period", "annex.target"),
    *("composite", "previous", "coverage"),
    *("reporting.expected", "reporting.received", "reporting.accepted"),
    *("reporting.rate", "reporting.accepted_rate", "reporting.on_time_rate"),
)
SECTIONS = {
    "figures": "figures.",
    "progress": ("progress.", "share."),
    "annex-figures": ("annex.", "quarter:"),
    "annex-scores": ("composite", "coverage", "group:"),
    "agencies-ia": ("composite", "previous", "coverage"),
    "agencies-fc": ("composite", "previous", "coverage"),
    "reporting": "reporting.",
    "quality": "reporting.",
}
_FIGURE = re.compile(
    r"-?₹ [\d,]+(?:\.\d+)?(?: (?:crore|lakh|करोड़|लाख))?|-?\d[\d,]*(?:\.\d+)?(?: %)?|–".replace(
        "करोड़", unicodedata.normalize("NFC", "करोड़")
    )
)
MARKS = "*†"
"""Behind a figure that is to be confirmed, or a score that is carried over."""
DOUBT = re.compile(r" \[(?:to be confirmed|पुष्टि शेष)\]")
_CODE = r"(?:[A-Z]{2,}\d+[A-Z]?|[A-Z]\d+)"
_EVIDENCE = re.compile(rf"\(({_CODE})\): (.*?)(?=; [^;]*\({_CODE}\): |$)")
_OWNER = re.compile(r"\(((?:IA|FC)-[A-Z]+)\)")


@dataclass(frozen=True)
class Row:
    """A printed row: its code, whose it is, and for each figure what it means and its text.

    ``heads``: keys of the catalogue, ``group:`` or ``quarter:`` and a code; blank for what nobody
    here reckons. ``owner``: the agency of the rows or of the action, or the form; may be blank.
    ``confirmed``: of a table that leaves out the figures to be confirmed.
    """

    document: DocumentKey
    section: str
    code: str
    owner: str
    heads: tuple[str, ...]
    texts: tuple[str, ...]
    confirmed: bool = False


def rows(document: DocumentKey, page: bytes, framework: Framework) -> Iterator[Row]:
    """The rows of a document's HTML that hold figures which can be reckoned."""
    tree = html.fromstring(page.decode())
    meanings = _meanings(document, framework)
    forms = {
        _clean(one.plural.in_(document.language)): one.code for one in framework.forms.values()
    }
    for section in tree.xpath("//main/section"):
        for table in section.xpath(".//table[thead]"):
            yield from _of_table(document, section.get("id"), table, meanings, forms)
    for article in tree.xpath("//article[contains(@class, 'case')]"):
        title = _text(article.xpath(".//p[contains(@class, 'number')]")[0])
        number, (owner,) = title.split()[0], _OWNER.findall(title)
        for told in map(_text, article.xpath(".//dd[not(contains(@class, 'own_words'))]")):
            for code, figures in _EVIDENCE.findall(told):
                texts = (DOUBT.sub("", figures).strip(),)
                yield Row(document, "case", f"{number} {code}", owner, ("evidence",), texts)


def in_pdf(text: str, row: Row, expected: tuple[str | None, ...]) -> bool:
    """Whether the PDF's text has the row with these figures; None stands for any."""
    if row.section == "case":
        number, code = row.code.split(" ")
        after = " ".join(text.split()).split(number)
        return any(f"({code}): {expected[0]}" in part.partition("PA-")[0] for part in after[1:])
    if row.section == "annex-figures":
        text = _annex_of(text, row.owner)
    lines = [line for line in text.splitlines() if line.split()[:1] == [row.code]]
    return any(_has(line, expected) for line in lines)


def text_of(pdf: bytes) -> str:
    """As ``pdftotext`` gives it, laid out."""
    command = ["pdftotext", "-layout", "-enc", "UTF-8", "-", "-"]
    found = subprocess.run(command, input=pdf, capture_output=True, check=True)
    # In a narrow column poppler may give the sign without its blank.
    return re.sub("₹ *", "₹ ", unicodedata.normalize("NFC", found.stdout.decode()))


def _of_table(
    document: DocumentKey,
    section: str,
    table: HtmlElement,
    meanings: dict[str, list[str]],
    forms: dict[str, str],
) -> Iterator[Row]:
    heads = [
        (place, _meaning(section, _text(head), meanings))
        for place, head in enumerate(table.xpath("./thead/tr/th"))
        if "figure" in (head.get("class") or "")
    ]
    if not any(meaning for _, meaning in heads):
        return
    confirmed = _is_confirmed(document, table)
    for body in table.xpath("./tbody"):
        titles = body.xpath("./tr/th[contains(@class, 'body')]")
        agency = "".join(_OWNER.findall(_text(titles[0])) if titles else "")
        for row in body.xpath("./tr[td]"):
            cells = [_text(cell) for cell in row.xpath("./td")]
            if cells[0]:
                texts = tuple(cells[place].rstrip(MARKS) for place, _ in heads)
                meant = tuple(meaning for _, meaning in heads)
                owner = agency or forms.get(cells[1], "")
                yield Row(document, section, cells[0], owner, meant, texts, confirmed)


def _is_confirmed(document: DocumentKey, table: HtmlElement) -> bool:
    """Whether the table says above it that it leaves out the figures to be confirmed."""
    key, mark = "documents.unconfirmed.without", MARKS[0]
    told = _clean(catalogue.text(key, document.language, mark=mark, form=""))
    return any(told in _text(caption) for caption in table.xpath("./caption"))


def _meanings(document: DocumentKey, framework: Framework) -> dict[str, list[str]]:
    """What each printed head may mean; the same words head several columns."""
    language = document.language
    found: dict[str, list[str]] = {}
    for key in HEADS:
        found.setdefault(_clean(catalogue.text(f"documents.{key}", language)), []).append(key)
    for group in framework.groups.values():
        found.setdefault(_clean(group.label.in_(language)), []).append(f"group:{group.code}")
    period: AnyPeriod = document.period
    for quarter in period.quarters:
        months = quarter.label(language).partition(" (")[0]
        found.setdefault(_clean(months), []).append(f"quarter:{quarter.key}")
    return found


def _meaning(section: str, head: str, meanings: dict[str, list[str]]) -> str:
    starts = SECTIONS.get(section)
    known = meanings.get(head, []) if starts else []
    return next((meaning for meaning in known if meaning.startswith(starts)), "")


def _annex_of(text: str, agency: str) -> str:
    """The pages' part between an agency's title and the next one's."""
    parts = re.split(r"\((IA|FC)(-[A-Z]+)\)", text)
    mine = [
        parts[place + 2]
        for place in range(1, len(parts), 3)
        if parts[place] + parts[place + 1] == agency
    ]
    return "\n".join(mine)


def _has(line: str, expected: tuple[str | None, ...]) -> bool:
    """Figures that are set below one another, as of a rate, are looked for in HTML only."""
    if any(want and want not in _FIGURE.findall(want) for want in expected):
        return True
    figures = _FIGURE.findall(line)[-len(expected) :]
    return len(figures) == len(expected) and all(
        want is None or want == got for want, got in zip(expected, figures, strict=True)
    )


def _text(element: HtmlElement) -> str:
    return _clean(element.text_content())


def _clean(text: str) -> str:
    return unicodedata.normalize("NFC", " ".join(text.split()))
