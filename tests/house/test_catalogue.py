"""Every text a user sees: in both languages, with the same placeholders, used, and in NFC."""

from __future__ import annotations

import ast
import re
import string
import unicodedata
from collections import Counter
from collections.abc import Iterator
from itertools import chain
from pathlib import Path

import pytest
import yaml
from tests.house.sources import (
    INCLUDE,
    PACKAGE,
    ROOT,
    name_of,
    nodes,
    patterns,
    python_files,
    strings,
)

from cpsa.i18n import catalogue

TEXTS = sorted((PACKAGE / "i18n" / "texts").glob("*.yaml"))
SPEAKERS = [
    file for folder in ("include", "plugins", "dags") for file in python_files(ROOT / folder)
]
CATALOGUE = catalogue.load_catalogue()
AREAS = {key.partition(".")[0] for key in CATALOGUE}
DEVANAGARI = re.compile("[\u0900-\u097f]")
KEY = re.compile(r"[a-z]+(\.[a-z0-9_]+)+")
# Columns and files look like keys.
NO_KEYS = re.compile(
    r".*\.(id|number|yaml|csv|xlsx|xml|db|html|typ|sql|log|cfg|json|py|part|css|js|lock)"
)

TRANSLATORS = ("Translator", "super().__init__")


def placeholders(text: str) -> list[str]:
    """What code fills in; names of the programme are filled in as the texts are read."""
    names = {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}
    return sorted(name for name in names if not name.startswith("programme."))


def areas_of_translators(file: Path) -> Iterator[str]:
    """Heads of keys that a file gives to translators, and to classes that extend them."""
    for node in nodes(file):
        if isinstance(node, ast.Call) and ast.unparse(node.func) in TRANSLATORS:
            for area in node.args[1:]:
                if isinstance(area, ast.Constant) and isinstance(area.value, str):
                    yield area.value


@pytest.mark.parametrize("file", TEXTS, ids=lambda file: file.name)
def test_no_text_is_written_twice_in_a_file(file: Path) -> None:
    """YAML keeps the last one and says nothing."""
    keys = Counter(re.findall(rf"^({KEY.pattern}):", file.read_text("utf-8"), re.MULTILINE))
    assert [key for (key, *_), number in keys.items() if number > 1] == []


def test_the_catalogue_is_all_of_the_files() -> None:
    held = [yaml.safe_load(file.read_text("utf-8")) or {} for file in TEXTS]
    assert set(chain.from_iterable(held)) == set(CATALOGUE)
    assert sum(map(len, held)) == len(CATALOGUE) > 300


@pytest.mark.parametrize("file", TEXTS, ids=lambda file: file.stem)
def test_a_text_is_in_the_file_of_its_area(file: Path) -> None:
    for key in yaml.safe_load(file.read_text("utf-8")):
        assert key.partition(".")[0] == file.stem, f"{key}: it is looked for by its area"


@pytest.mark.parametrize("file", TEXTS, ids=lambda file: file.stem)
def test_both_languages_say_it_with_the_same_placeholders(file: Path) -> None:
    for key, text in (yaml.safe_load(file.read_text("utf-8")) or {}).items():
        assert KEY.fullmatch(key), key
        assert set(text) == {"en", "hi"}, key
        assert placeholders(text["en"]) == placeholders(text["hi"]), key
        words = re.sub(r"\{+[\w.]*\}+", "", text["hi"])
        assert DEVANAGARI.search(words) or not re.search(r"\w", words), f"{key} has no Hindi"


def test_every_key_that_code_names_exists() -> None:
    named = {
        (value, f"{name_of(file)}:{line}")
        for file in SPEAKERS
        if "documents" not in file.parts  # they name their keys without the area
        for value, line in strings(file)
        if KEY.fullmatch(value)
        and value.partition(".")[0] in AREAS
        and not NO_KEYS.fullmatch(value)
    }
    assert len(named) > 100
    unknown = {
        f"{where}: {key}"
        for key, where in named
        # A key may be the head of several, such as deliver.why.
        if key not in CATALOGUE and not any(one.startswith(f"{key}.") for one in CATALOGUE)
    }
    assert not unknown


def test_every_text_is_used() -> None:
    """Named whole, or made of a fixed head and a rest that stands somewhere.

    What documents say is held to the same rule by their own tests.
    """
    said = {value for file in SPEAKERS for value, _ in strings(file)}
    data = chain(
        (INCLUDE / "templates").rglob("*"), (INCLUDE / "programme" / "framework").glob("*.yaml")
    )
    written = "\n".join(
        file.read_text("utf-8") for file in data if file.is_file() and file.suffix != ".docx"
    )
    made = [
        re.compile("".join("(.+)" if part is None else re.escape(part) for part in parts))
        for file in SPEAKERS
        for parts in patterns(file)
        if parts and (parts[0] or "").partition(".")[0] in AREAS
    ]
    areas = {area for file in SPEAKERS for area in areas_of_translators(file)}
    assert {"letters", "public", "figure.read"} <= areas
    made += [re.compile(re.escape(area) + r"\.(.+)") for area in areas]
    unused = {
        key
        for key in CATALOGUE
        if not key.startswith("documents.")
        and key not in said
        and key not in written
        and not any(pattern.fullmatch(key) for pattern in made)
    }
    assert not unused


def test_all_that_is_written_down_is_composed() -> None:
    """Devanagari has letters with two spellings; one of them is ours."""
    files = [
        file
        for file in INCLUDE.rglob("*")
        if file.suffix in (".yaml", ".csv", ".py", ".html", ".j2")
    ]
    assert len(files) > 100
    apart = [
        name_of(file)
        for file in files
        if "updates" not in file.parts  # what agencies sent stays as they sent it
        and not unicodedata.is_normalized("NFC", file.read_text("utf-8"))
    ]
    assert not apart


def test_airflows_forms_take_their_hindi_from_the_catalogue() -> None:
    for folder in ("plugins", "dags"):
        for file in python_files(ROOT / folder):
            assert not DEVANAGARI.search(file.read_text("utf-8")), (
                f"{name_of(file)}: move the text to include/cpsa/i18n/texts/forms.yaml"
            )


def test_labels_and_rules_are_in_both_languages(framework) -> None:
    labels = [
        *(one.label for one in framework.indicators),
        *(one.label for one in framework.groups.values()),
        *(one.label for one in framework.statuses.values()),
        *(text for one in framework.forms.values() for text in (one.label, one.plural)),
        *framework.dimension_labels.values(),
        *framework.state_labels.values(),
        *(
            text
            for rule in framework.rules.values()
            for text in (rule.title, rule.message, rule.correction)
        ),
    ]
    for label in labels:
        assert label.en.strip()
        assert not DEVANAGARI.search(label.en)
        assert DEVANAGARI.search(label.hi), label
        assert placeholders(label.en) == placeholders(label.hi), label


def test_rule_texts_use_only_placeholders_that_are_filled(framework) -> None:
    filled = {
        *("indicator", "label", "dimension", "dimension_name", "group", "form"),
        *("agency", "quarter", "observed", "expected"),
    }
    for rule in framework.rules.values():
        for text in (rule.message.en, rule.correction.en):
            assert set(placeholders(text)) <= filled, rule.id
