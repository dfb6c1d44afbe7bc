"""Languages, formats and template environments: one place each, and what they promise."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import jinja2
import pytest
from tests.house.sources import ROOT, name_of, python_files, tree

from cpsa.calendar import Quarter
from cpsa.figures import NO_FIGURE
from cpsa.i18n import catalogue, template_environment
from cpsa.i18n.text import (
    DEFAULT_LANGUAGE,
    LANGUAGES,
    Text,
    get_other_language,
    order_languages,
    select_language,
)
from cpsa.letters.letter_text import LetterText
from cpsa.translator import Translator, format_dotted_date, format_dotted_moment

LATE = datetime(2026, 11, 3, 20, 30, tzinfo=UTC)
"""In India it is the next day by then."""


def calls_and_tuples() -> Iterator[tuple[str, str]]:
    """Each call and each tuple of texts in the package and the plugins, with its module."""
    for folder in ("include", "plugins", "dags"):
        for file in python_files(ROOT / folder):
            for node in ast.walk(tree(file)):
                if isinstance(node, ast.Call):
                    yield name_of(file), ast.unparse(node.func)
                elif isinstance(node, ast.Tuple | ast.List | ast.Set):
                    yield name_of(file), ast.unparse(node).strip("()[]{}")


def test_languages_are_listed_and_environments_are_made_in_one_place() -> None:
    places = list(calls_and_tuples())
    lists = {name for name, text in places if text == "'en', 'hi'"}
    environments = {name for name, text in places if text.endswith("Environment")}
    assert {Path(name).name for name in lists} == {"text.py"}
    assert {Path(name).name for name in environments} == {"template_environment.py"}


def test_each_language_comes_first_for_its_reader() -> None:
    for language in LANGUAGES:
        ordered = order_languages(language)
        assert ordered[0] == language
        assert sorted(ordered) == sorted(LANGUAGES)
        assert get_other_language(language) == ordered[1] != language


def test_a_language_without_texts_is_never_chosen() -> None:
    assert DEFAULT_LANGUAGE in LANGUAGES
    assert select_language("hi", "en") == "hi"
    assert [select_language(requested, "hi") for requested in ("", "de", "HI")] == ["hi"] * 3


def test_a_text_is_made_for_all_languages_at_once() -> None:
    row = {"name_en": "Bank", "name_hi": "बैंक"}
    assert Text.from_columns(row, "name") == Text("Bank", "बैंक")
    assert Text.untranslated("IA-1") == Text("IA-1", "IA-1")
    assert Text("Bank", "बैंक").list_labels() == ("Bank", "बैंक")
    quarter = Text.from_function(Quarter.parse("2026-27-Q2").label)
    made = catalogue.make_text("template.last_of", quarter=quarter)
    for language in LANGUAGES:
        assert quarter.in_(language) in made.in_(language)
    with pytest.raises(ValueError, match="not one of en, hi"):
        quarter.in_("de")


def test_an_instant_is_written_as_it_is_in_india() -> None:
    page, letter = Translator("en"), LetterText("en")
    assert (page.date(LATE), page.time(LATE)) == ("04-11-2026", "02:00")
    assert page.moment(LATE) == "04-11-2026 02:00"
    assert page.day(LATE) == letter.day(LATE) == page.day(date(2026, 11, 4)) == "4 November 2026"
    assert format_dotted_date(LATE) == format_dotted_date(date(2026, 11, 4)) == "04.11.2026"
    assert format_dotted_moment(LATE) == "04.11.2026 02:00"
    end = datetime(2026, 11, 10, 18, 30, tzinfo=UTC)  # midnight in India
    assert page.last_day(end) == "10-11-2026"
    assert letter.last_day(end) == "10 November 2026"


@pytest.mark.parametrize("language", LANGUAGES)
def test_an_area_is_the_first_part_of_the_keys(language: str) -> None:
    whole, part = Translator(language), Translator(language, "letters")
    assert part("signature") == whole("letters.signature") == LetterText(language)("signature")
    assert whole.in_other("letters.signature") == Translator(whole.other)("letters.signature")
    assert whole.quantity(None, "inr") == whole.in_full(None, "count") == NO_FIGURE


@pytest.fixture
def templates(tmp_path: Path) -> Path:
    for name in ("a.html", "a.xml"):
        (tmp_path / name).write_text("{{ words }}\n")
    return tmp_path


def test_each_environment_escapes_what_its_templates_are(templates: Path) -> None:
    words = {"words": "<b>&"}
    letters = [
        template_environment.make_letter_environment([templates], form) for form in ("html", "text")
    ]
    mails = [environment.get_template("a.html").render(words) for environment in letters]
    assert mails == ["&lt;b&gt;&amp;", "<b>&"]
    page = template_environment.make_page_environment(templates).get_template("a.html")
    assert page.render(words) == "&lt;b&gt;&amp;\n"
    word = template_environment.make_xml_environment(templates, lambda value: f"{value}!")
    assert word.get_template("a.xml").render(words) == "&lt;b&gt;&amp;!"
    for template in (page, word.get_template("a.xml")):
        with pytest.raises(jinja2.UndefinedError):
            template.render()


def test_the_address_of_a_file_changes_with_its_content() -> None:
    first, second = (
        template_environment.make_versioned_address("/p/portal.css", content)
        for content in (b"a", b"b")
    )
    assert first.startswith("/p/portal.css?")
    assert first != second
