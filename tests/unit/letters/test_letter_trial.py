"""The letter templates of an office are tried before a letter is sent: file, line and name of what is wrong."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from tests.factories import INCLUDE

from cpsa.framework.model import Framework
from cpsa.i18n.text import LANGUAGES
from cpsa.letters.letter_examples import list_letter_examples
from cpsa.letters.letter_kinds import LetterKind
from cpsa.letters.letter_trial import find_letter_faults

SHIPPED = INCLUDE / "templates"
NAMES = {file.stem for file in (SHIPPED / "letters").glob("*.j2")} - {"parts"}


@pytest.fixture
def own(tmp_path: Path) -> Path:
    (tmp_path / "letters").mkdir()
    return tmp_path


def change(own: Path, name: str, before: str, after: str) -> None:
    """Put a template of an earlier version into a folder: the shipped one with something else in it."""
    text = (SHIPPED / "letters" / name).read_text("utf-8")
    assert before in text
    file = own / "letters" / name
    file.parent.mkdir(exist_ok=True)
    file.write_text(text.replace(before, after), "utf-8")


def find(own: Path, framework: Framework) -> set[tuple[str, object, object]]:
    return {
        (
            str(fault.params["file"]).removeprefix(f"{own}/letters/"),
            fault.params["line"],
            fault.params["value"],
        )
        for fault in find_letter_faults([own], framework)
    }


def test_every_template_has_an_example(newest_framework: Framework) -> None:
    tried = {letter.template for letter in list_letter_examples(newest_framework, "en")}
    assert tried == NAMES
    assert {kind.name.lower() for kind in LetterKind} <= tried


def test_what_is_shipped_can_be_sent_also_from_a_folder_of_its_own(
    own: Path, newest_framework: Framework
) -> None:
    assert find_letter_faults([SHIPPED], newest_framework) == ()
    for name in NAMES:
        change(own, f"{name}.j2", "", "")
    assert find_letter_faults([own, SHIPPED], newest_framework) == ()


def test_an_office_without_templates_of_its_own_has_no_fault(
    own: Path, newest_framework: Framework
) -> None:
    assert find_letter_faults([own, own / "none", SHIPPED], newest_framework) == ()


@pytest.mark.parametrize(
    ("name", "before", "after", "value"),
    [
        (
            "pack.j2",
            "{% if pack.state and",
            "{% if pack.replies and",
            "replies",
        ),
        ("closing.j2", ", share=say.percent(result.coverage)", "", "share"),
        ("receipt.j2", "receipt.next", "receipt.what_is_next", "letters.receipt.what_is_next"),
        ("reply_form.j2", "letter.unchanged)", "letter.same)", "same"),
        ("query.j2", "file_facts()", "facts_of_file()", "facts_of_file"),
        ("pack.j2", "item(action)", "item(action, digest=action)", "digest"),
        ("html/letter.j2", "{{ letter.reply_to }}", "{{ letter.sender }}", "sender"),
    ],
)
def test_what_letters_do_not_have_any_more_is_named_where_it_is(
    name: str, before: str, after: str, value: str, own: Path, newest_framework: Framework
) -> None:
    change(own, name, before, after)
    text = (own / "letters" / name).read_text("utf-8")
    line = text[: text.index(after)].count("\n") + 1
    found = find(own, newest_framework)
    assert {(file, said) for file, _, said in found} == {(name, value)}
    if after:
        assert {said for _, said, _ in found} == {line}


def test_an_entry_that_is_not_always_there_is_quoted_as_jinja_says_it(
    own: Path, newest_framework: Framework
) -> None:
    """Up to 1.5.0 each closing had a status."""
    change(own, "closing.j2", "{% if result.status %}", "{% if true %}")
    ((file, _, said),) = find(own, newest_framework)
    assert (file, said) == ("closing.j2", "'dict object' has no attribute ''")


def test_a_template_that_cannot_be_read_is_named(own: Path, newest_framework: Framework) -> None:
    (own / "letters" / "notice.j2").write_text("{% extends 'mail.j2' %}\n{% block body %}", "utf-8")
    ((file, line, said),) = find(own, newest_framework)
    assert (file, line) == ("notice.j2", 2)
    assert "endblock" in str(said)


def test_a_letter_without_a_subject_is_named(own: Path, newest_framework: Framework) -> None:
    change(own, "notice.j2", "{% set subject = letter.subject %}", "")
    assert find(own, newest_framework) == {("notice.j2", 1, "subject")}


def test_the_line_says_file_line_and_name_in_both_languages(
    own: Path, newest_framework: Framework
) -> None:
    change(own, "pack.j2", "pack.state and", "pack.action_count and")
    (fault,) = find_letter_faults([own], newest_framework)
    for language in LANGUAGES:
        line = fault.text(language)
        assert "\n" not in line
        assert f"{own}/letters/pack.j2" in line and "action_count" in line
        assert bool(re.search("[\u0900-\u097f]", line)) == (language == "hi")
