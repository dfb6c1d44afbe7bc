"""How to read a document: what its words mean and how its figures are made, at its end.

Its numbers come from the framework, the reference data and the parameters of documents, its abbreviations from
``programme.yaml``: those that the document uses. What must not go here: which terms a kind of document explains
(``document_registry``).
"""

from __future__ import annotations

import re
from collections.abc import Set

from cpsa.calendar import Quarter
from cpsa.documents.blocks import column, table, text_cell
from cpsa.documents.content_model import Content, Paragraph, Section, find_texts
from cpsa.documents.document_text import DocumentText
from cpsa.documents.parameters import DocumentParameters
from cpsa.i18n.text import Text
from cpsa.reference.programme import Abbreviation
from cpsa.reference.programme_in_use import get_programme

_LETTER = r"[\w\u0900-\u097f]"


def build_reading_guide(
    content: Content,
    words: DocumentText,
    quarter: Quarter,
    parameters: DocumentParameters,
    terms: tuple[str, ...],
) -> Section | None:
    """The section that explains these terms and a document's abbreviations; None where it has neither."""
    numbers = _make_numbers(words, parameters)
    rows = [(words(f"guide.{term}.term"), words(f"guide.{term}", **numbers)) for term in terms]
    rows += [
        (words.label(found.short), words.label(found.name))
        for found in _find_abbreviations(content)
    ]
    if not rows:
        return None
    explained = table(
        "",
        (column(words("guide.word"), 1.6), column(words("guide.meaning"), 7)),
        ((text_cell(word), text_cell(meaning)) for word, meaning in rows),
        dense=True,
    )
    note = Paragraph(words("guide.explained", quarter=words.period(quarter)), note=True)
    return Section("annex-guide", words("guide.title"), (note, explained))


def _make_numbers(words: DocumentText, parameters: DocumentParameters) -> dict[str, str]:
    """What the texts fill in: thresholds, weights and terms as they hold for the last quarter."""
    framework = words.snapshot.framework
    bounds = [
        words("guide.bound", status=words.label(status.label), bound=f"{status.at_least:.2f}")
        for status in framework.bounded_statuses
        if status.at_least
    ]
    lowest = framework.bounded_statuses[-1]
    return {
        "statuses": "; ".join([*bounds, words("guide.below", status=words.label(lowest.label))]),
        "weights": "; ".join(
            filter(None, (_list_weights(words, form) for form in framework.forms))
        ),
        "floor": words.whole_percent(framework.coverage_floor),
        "limited": words.status(framework.status_below_coverage),
        "days": words.number(words.snapshot.reference.replies.term.days),
        "agencies": words.number(parameters.systemic_agencies),
        "quarters": words.number(parameters.systemic_quarters),
    }


def _list_weights(words: DocumentText, form: str) -> str:
    """The groups of a form that its score is made of, each with its share."""
    shares = [
        f"{words.label(group.label)} {words.whole_percent(group.weight)}"
        for group in words.snapshot.framework.groups.values()
        if group.form == form and group.weight is not None
    ]
    return words("guide.weights", form=words.form(form), shares=", ".join(shares)) if shares else ""


def _find_abbreviations(content: Content) -> list[Abbreviation]:
    """The programme's abbreviations that a document uses, in either language, by their letters."""
    texts = find_texts(content)
    printed = "\n".join(texts)  # to search in one text is many times as fast
    return [
        found for found in get_programme().abbreviations if _is_used(found.short, texts, printed)
    ]


def _is_used(short: Text, texts: Set[str], printed: str) -> bool:
    labels = [label for label in short.list_labels() if label in printed]
    if not labels:
        return False
    either = "|".join(map(re.escape, labels))
    alone = re.compile(f"(?<!{_LETTER})({either})(?!{_LETTER})")
    return any(alone.search(text) for text in texts if any(label in text for label in labels))
