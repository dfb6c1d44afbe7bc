"""What can be wrong with the words of a printed document, as a reader would copy them out of it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from typing import Any

import yaml
from paper import normal
from reading import texts
from sample_snapshot import INCLUDE
from test_texts import CODES, LATIN, allowed

from cpsa.actions.decision import Decision
from cpsa.documents.content_model import Cell, CellKind, Content, Fact, Quote
from cpsa.provenance.snapshot import Snapshot

WHOLE = 0.99
"""Of the Hindi words of every document so many must come back as they were written; measured: all
but words that end at a hyphen at a line's end, 99.8 % at least."""
TABLE_CODE = re.compile(r"\b[0-9A-Z]{6}-\d\d\b")
ALLOWED_IN_HINDI = {
    "Q1": "a quarter's number, on the axis of a chart",
    "Q2": "the same",
    "Q3": "the same",
    "Q4": "the same",
}
"""Latin words that stand in the Hindi edition besides codes and names that have no Hindi."""

_HINDI = re.compile("[\u0900-\u097f]")
_EDGES = "“”‘’\"'().,;:!?|।·–-/%"
_UNFILLED = re.compile(r"\{\w*\}")
_RAW = re.compile(r"\b[a-z]+(?:_[a-z0-9]+)+\b|\b(?:nan|NaN|NaT)\b")


def of(content: Content, told: str, snapshot: Snapshot) -> list[str]:
    """Every fault of the words, as sentences; ``told``: the file's text as pdftotext gives it."""
    found = [*broken_glyphs(content, told), *raw_codes(content, told, snapshot)]
    if content.language == "hi":
        found += english(content, told, snapshot)
    return found


def hindi_words(content: Content) -> set[str]:
    """The different Hindi words a document should have on paper."""
    held = {
        word
        for text in texts(content, alternatives=False)
        for word in _words(normal(text))
        if _HINDI.search(word)
    }
    return held if content.contents else held - {content.wording.contents}


def words_of(told: str) -> set[str]:
    """The different words of a text, without the signs around them."""
    return set(_words(told))


def broken_glyphs(content: Content, told: str) -> Iterator[str]:
    """A dotted circle stands for a vowel sign without its letter, U+FFFD for a missing glyph."""
    written = "".join(texts(content))
    for sign, name in (("\u25cc", "dotted circles"), ("\ufffd", "replacement characters")):
        if told.count(sign) > written.count(sign):
            yield f"{told.count(sign)} {name}"


def raw_codes(content: Content, told: str, snapshot: Snapshot) -> Iterator[str]:
    """Keys of texts, places not filled in, and codes where their names should be."""
    own = set(_words(normal(" ".join(_own_words(content)))))
    for pattern in (_UNFILLED, _RAW):
        for found in dict.fromkeys(pattern.findall(told)):
            if found not in own:
                yield f"{found!r} is no word for a reader"
    printed = set(_words(told))
    yield from (f"the key {key!r} is printed" for key in printed & _keys())
    raw = _codes(snapshot) | {"None", "True", "False"}
    for text in dict.fromkeys(texts(content, own=False)):
        if text in raw and not text.isupper():
            yield f"the code {text!r} is printed instead of its name"


def english(content: Content, told: str, snapshot: Snapshot) -> Iterator[str]:
    """Latin words in the Hindi edition that no agency wrote and that are no code or bare name."""
    known = allowed(snapshot) | set(ALLOWED_IN_HINDI) | _names_without_hindi(snapshot)
    known |= _codes_as_codes(content, snapshot)
    own = set(LATIN.findall(" ".join(_own_words(content))))
    for word in dict.fromkeys(LATIN.findall(TABLE_CODE.sub("", CODES.sub("", told)))):
        plain = word.strip(".-'&")
        if plain and plain not in known and word not in own and plain not in own:
            yield f"{word!r} is English"


def _words(text: str) -> Iterator[str]:
    for word in text.replace("\u200b", "").split():
        yield word.strip(_EDGES)


def _own_words(value: Any) -> Iterator[str]:
    """What agencies and departments wrote themselves."""
    match value:
        case Quote():
            yield value.text
        case Fact(own_words=True):
            yield value.value
        case Cell(kind=CellKind.OWN_WORDS):
            yield value.text
        case tuple():
            for one in value:
                yield from _own_words(one)
        case _ if hasattr(value, "__dataclass_fields__"):
            for name in value.__dataclass_fields__:
                yield from _own_words(getattr(value, name))


def _codes_as_codes(content: Content, snapshot: Snapshot) -> set[str]:
    """Agencies' codes that stand alone or in brackets wherever they do, so never as a word."""
    held = [CODES.sub("", text) for text in texts(content)]
    return {
        code
        for code in snapshot.agencies
        if not any(
            text != code and code in LATIN.findall(text.replace(f"({code})", "")) for text in held
        )
    }


def _names_without_hindi(snapshot: Snapshot) -> set[str]:
    rows = snapshot.registry.agencies
    held = [
        row[f"{stem}_en"]
        for _, row in rows.iterrows()
        for stem in ("name", "cluster")
        if not row[f"{stem}_hi"]
    ]
    return {word.strip(".-'&") for word in LATIN.findall(" ".join(held))}


@cache
def _keys() -> frozenset[str]:
    files = sorted((INCLUDE / "cpsa" / "i18n" / "texts").glob("*.yaml"))
    return frozenset(key for file in files for key in yaml.safe_load(file.read_text("utf-8")))


def _codes(snapshot: Snapshot) -> set[str]:
    """Codes that have a name; a code nobody knows is printed as it is."""
    framework, reference = snapshot.framework, snapshot.reference
    return {
        *framework.statuses,
        *framework.state_labels,
        *framework.groups,
        *framework.dimension_labels,
        *reference.sectors,
        *(str(decision) for decision in Decision),
    }
