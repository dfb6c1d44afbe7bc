"""What agencies wrote in the other language than their document's: marked for the eye and for readers aloud.

Which language it is, is seen by its script. What must not go here: how a format draws the mark.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace

from cpsa.documents.content_model import (
    Block,
    Case,
    Cell,
    CellKind,
    Fact,
    OtherLanguage,
    Quote,
    Quotes,
    Rows,
    Section,
    Table,
)
from cpsa.documents.document_text import DocumentText

MIN_LETTERS = 12
"""Shorter texts are names and abbreviations, which are the same in both languages."""
LanguageFinder = Callable[[str], OtherLanguage | None]
_SCRIPTS = {"hi": re.compile("[\u0904-\u0939\u0958-\u0961]"), "en": re.compile("[A-Za-z]")}


def mark_other_languages(words: DocumentText, sections: tuple[Section, ...]) -> tuple[Section, ...]:
    """The sections with each text of an agency's own marked that is not in the document's language."""
    (other,) = (language for language in _SCRIPTS if language != words.language)
    note = OtherLanguage(other, words("in_other_language"))

    def find(text: str) -> OtherLanguage | None:
        return note if find_language(text) == other else None

    return tuple(
        replace(section, blocks=tuple(_mark_block(block, find) for block in section.blocks))
        for section in sections
    )


def find_language(text: str) -> str:
    """The language in whose script most letters of a text are; blank of a few letters or one word.

    One word is a reference number, a name or an address, as it is in both languages.
    """
    counts = {language: len(script.findall(text)) for language, script in _SCRIPTS.items()}
    if sum(counts.values()) < MIN_LETTERS or len(text.split()) == 1:
        return ""
    return max(counts, key=lambda language: counts[language])


def _mark_block(block: Block, find: LanguageFinder) -> Block:
    match block:
        case Quotes():
            return replace(block, quotes=tuple(_mark_quote(quote, find) for quote in block.quotes))
        case Case():
            facts = tuple(_mark_fact(fact, find) for fact in block.facts)
            return replace(block, quote=_mark_quote(block.quote, find), facts=facts)
        case Table():
            return replace(block, bodies=tuple(_mark_rows(body, find) for body in block.bodies))
    return block


def _mark_quote(quote: Quote, find: LanguageFinder) -> Quote:
    return replace(quote, other_language=find(quote.text))


def _mark_fact(fact: Fact, find: LanguageFinder) -> Fact:
    return replace(fact, other_language=find(fact.value)) if fact.own_words else fact


def _mark_rows(body: Rows, find: LanguageFinder) -> Rows:
    if not any(cell.kind is CellKind.OWN_WORDS for row in body.rows for cell in row):
        return body
    return replace(
        body, rows=tuple(tuple(_mark_cell(cell, find) for cell in row) for row in body.rows)
    )


def _mark_cell(cell: Cell, find: LanguageFinder) -> Cell:
    if cell.kind is not CellKind.OWN_WORDS or (found := find(cell.text)) is None:
        return cell
    return replace(cell, other_language=found)
