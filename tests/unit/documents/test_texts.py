"""Words: both languages, one set of placeholders, nothing unused, no English in the Hindi edition."""

from __future__ import annotations

import re
import string
from pathlib import Path

import pytest
import yaml
from reading import texts
from sample_snapshot import INCLUDE, sample

from cpsa.calendar import parse_period
from cpsa.documents.document_registry import build_content, list_document_keys
from cpsa.provenance.snapshot import Snapshot

CATALOGUE = yaml.load((INCLUDE / "cpsa/i18n/texts/documents.yaml").read_bytes(), yaml.CSafeLoader)
PLACES = ("documents", "provenance")
SOURCES = [
    INCLUDE / "cpsa/translator.py",
    *(file for place in PLACES for file in sorted((INCLUDE / "cpsa" / place).rglob("*.py"))),
]
LATIN = re.compile(r"[A-Za-z][A-Za-z0-9&'.-]*")
CODES = re.compile(
    r"CPSA/[A-Z0-9/-]+|PA-[0-9Q-]+|\d{4}-\d{2}-[QH]\d"  # references, actions, periods
    r"|(?:IA|FC)-[A-Z0-9]+|L\d(?:-G\d)?-M\d+"  # agencies, training modules
    r"|\b(?:S|V|Q|M)\d\d\b"  # rules
    r"|\b[0-9A-Z]{6}-\d\d\b"  # tables
)


def placeholders(text: str) -> set[str | None]:
    """What documents fill in; the programme's names are filled in as texts are read."""
    names = {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}
    return {name for name in names if not name.startswith("programme.")}


@pytest.mark.parametrize("key", CATALOGUE)
def test_every_text_is_there_in_both_languages(key: str) -> None:
    text = CATALOGUE[key]
    assert text.keys() == {"en", "hi"}
    assert placeholders(text["en"]) == placeholders(text["hi"])
    words = re.sub(r"\{+[\w.]+\}+", "", text["hi"])
    assert not LATIN.search(words), "the Hindi text has a Latin word"
    assert re.search(r"[\u0900-\u097f]", words) or not re.search(r"\w", words)


def test_every_text_is_used() -> None:
    source = "\n".join(file.read_text("utf-8") for file in SOURCES)
    fixed = set(re.findall(r'"([a-z_]+(?:\.[a-z_0-9]+)*)"', source))
    patterns = [
        re.compile(re.sub(r"\\\{.*?\}", "[a-z_0-9]+", re.escape(key)))
        for key in re.findall(r"""f["']([a-z_]+\.[^"']*\{[^"']*)["']""", source)
    ]
    for key in CATALOGUE:
        short = key.removeprefix("documents.")
        plain = re.sub(r"\.(one|many)$", "", short)
        used = {short, plain, key} & fixed or any(
            each.fullmatch(name) for each in patterns for name in (short, key)
        )
        assert used, f"{key} is used nowhere"


def allowed(snapshot: Snapshot) -> set[str]:
    """Codes, and names the registry or the reference data have in no Hindi."""
    reference, framework = snapshot.reference, snapshot.framework
    held = {one.code for one in framework.indicators} | set(reference.departments)
    held |= set(snapshot.registry.clusters["code"])
    held.add("NIL")  # what an agency writes in its file
    for entries in (reference.schemes, reference.training_modules, reference.sectors):
        for entry in entries.values():
            name = entry.name if hasattr(entry, "name") else entry.title
            held |= set(LATIN.findall(name.hi))
    return held


@pytest.mark.parametrize("period", ["2025-26-Q1", "2025-26-Q4", "2025-26-H2", "2025-26"])
def test_the_hindi_edition_has_no_english(period: str) -> None:
    snapshot = sample()
    known = allowed(snapshot)
    for key in list_document_keys(snapshot, parse_period(period)):
        if key.language == "hi" and key.format == "html":
            for text in texts(build_content(key, snapshot), own=False):
                found = LATIN.findall(
                    CODES.sub("", text).replace("{page}", "").replace("{pages}", "")
                )
                foreign = [word for word in found if word.strip(".-") not in known]
                assert not foreign, f"{key.path}: {foreign} in {text!r}"


def test_no_source_of_the_documents_speaks_by_itself() -> None:
    """Devanagari in code would be a text outside the catalogue."""
    for file in (*SOURCES, *Path(INCLUDE / "templates/web").iterdir()):
        assert not re.search(r"[\u0900-\u097f]", file.read_text("utf-8")), file.name
