"""The mail a department gets: seats, wording in both languages, and HTML equal to plain text."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path
from string import Formatter
from types import SimpleNamespace

import pandas as pd
import pytest
from jinja2 import UndefinedError
from tests.unit.letters.pack_samples import (
    CHECKED,
    DEPARTMENT,
    DOCUMENTS,
    HALF,
    LINK,
    REPLY_BY,
    STATE,
    TEMPLATES,
    USES,
    WITH_USES,
    all_packs,
    write_pack,
)

import cpsa
from cpsa.delivery import ledger_rows
from cpsa.i18n import template_environment
from cpsa.i18n.catalogue import load_catalogue
from cpsa.letters.letter_text import LetterText
from cpsa.letters.seats import number_seats

_KEY = ("cycle", "slot", "recipient")


class Reader(HTMLParser):
    """The words a reader of the HTML sees, and the elements they stand in."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.words: list[str] = []
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))

    def handle_data(self, data):
        self.words += data.split()


def test_seats_are_numbered_by_department_and_kind_in_the_order_of_the_registry():
    rows = [("DOMSME", "to"), ("BANKS", "to"), ("DOMSME", "cc"), ("DOMSME", "to")]
    recipients = pd.DataFrame(
        [
            (code, f"Officer {n}", f"{n}@example.org", "en", kind)
            for n, (code, kind) in enumerate(rows)
        ],
        columns=["department", "name", "email", "language", "kind"],
    )
    found = number_seats(recipients)
    assert [it.id for it in found] == ["DOMSME:to:1", "BANKS:to:1", "DOMSME:cc:1", "DOMSME:to:2"]
    assert found[3].email == "3@example.org"


@pytest.mark.parametrize("language", ["en", "hi"])
def test_the_plain_text_says_what_the_html_says(language):
    for mail in all_packs(language):
        said = re.sub(r"(?m)^- ", "", mail.text).split()
        assert said == Reader(mail.html).words


@pytest.mark.parametrize("language", ["en", "hi"])
def test_it_says_what_each_file_is_for(language):
    lines = write_pack(language, documents=WITH_USES).text.splitlines()
    for key, name in zip(("answer_form", "to_edit", "to_calculate"), USES.values(), strict=True):
        start = load_catalogue()[f"letters.pack.{key}"][language].split("{")[0]
        (line,) = [line for line in lines if line.startswith(start)]
        assert f'"{name}"' in line
        assert start not in write_pack(language).text


@pytest.mark.parametrize("language", ["en", "hi"])
def test_it_says_what_is_asked_what_is_attached_and_where_to_answer(language):
    made = write_pack(language, action_count=7, urgent=("PA-2025-26-Q4-007 ऋण सीमा",))
    for told in (
        "CPSA/2025-26-H2/PACK/BANKS",
        HALF.label(language),
        DEPARTMENT.in_(language),
        "7",
        "PA-2025-26-Q4-007 ऋण सीमा",
        "cpsa@example.org",
        *(document.name for document in DOCUMENTS),
    ):
        assert told in made.text
    assert ("div", language) in [(tag, at.get("lang")) for tag, at in Reader(made.html).elements]
    assert made.subject.endswith("(CPSA/2025-26-H2/PACK/BANKS)")
    assert made.attachments == DOCUMENTS


@pytest.mark.parametrize("language", ["en", "hi"])
def test_its_first_lines_say_how_many_by_when_and_how_many_are_overdue(language):
    """Found: an officer read neither a date nor what was overdue in the mail itself."""
    name = "Nodal officer (Clusters), Department of Industry and Commerce, Mantralaya, Bhopal"
    mail = write_pack(language, name=name, action_count=8, overdue=13, state=STATE)
    day = LetterText(language).day(REPLY_BY)
    for words in (mail.text[:300], mail.subject):
        for fact in ("8", day, "13"):
            assert fact in words
    assert "21" in mail.text[:400] and "59" in mail.text[:400], "the state's, for the nodal one"


def test_nothing_new_is_not_announced_as_requested():
    late = write_pack(action_count=0, urgent=(), earlier=0, overdue=3)
    assert late.subject.startswith("3 replies overdue (") and "reply sheet" in late.text
    waiting = write_pack(action_count=0, urgent=(), earlier=2, overdue=0)
    assert waiting.subject.startswith("2 earlier replies due by 1 July 2026 (")
    for mail in (late, waiting):
        assert "No new action is requested" in mail.text
    nothing = write_pack(action_count=0, urgent=(), earlier=0, overdue=0)
    assert nothing.subject.startswith("For information: ")
    assert "Nothing is requested from your department this time" in nothing.text
    for mail in (late, waiting, nothing):
        assert "requested" not in mail.subject


def test_nobody_who_gets_a_copy_is_requested_to_answer():
    copy = write_pack(kind="cc", documents=WITH_USES, link=LINK)
    assert copy.subject.startswith("Copy for information: 2 actions requested")
    for words in ("Please reply", "fill in", LINK.address):
        assert words not in copy.text


def test_digests_are_in_a_file_and_do_not_change_what_is_delivered():
    plain, checked = write_pack(), write_pack(documents=CHECKED)
    assert not re.search("[0-9a-f]{64}", checked.text + checked.html)
    assert "SHA256SUMS.txt" in checked.text and checked.enclosed[-1].name == "SHA256SUMS.txt"
    assert checked.digest == plain.digest, "what an earlier version planned stays as it is"
    row = SimpleNamespace(**ledger_rows.make_content_values(checked), **dict.fromkeys(_KEY, "x"))
    assert ledger_rows.restore_message(row).digest == plain.digest
    assert [ledger_rows.is_document(file) for file in row.attachments] == [True, True, False]


@pytest.mark.parametrize("language", ["en", "hi"])
def test_where_there_is_a_portal_it_links_to_the_answer_in_the_browser(language):
    mail = write_pack(language, link=LINK)
    link = LINK.address
    assert ("a", {"href": link, "style": "word-break: break-all"}) in Reader(mail.html).elements
    assert f"\n{link}\n" in mail.text
    last_day = {"en": "14 December 2026", "hi": "14 दिसंबर 2026"}[language]
    assert last_day in mail.text
    plain = write_pack(language)
    assert mail.digest == plain.digest, "the documents are the delivery, not the link"
    assert link not in plain.text


def test_the_languages_differ_and_neither_leaks_into_the_other():
    english, hindi = (write_pack(language, urgent=()).text for language in ("en", "hi"))
    assert not re.search(r"[\u0900-\u097f]", english.replace(DOCUMENTS[1].name, ""))
    assert not re.search(r"(?i)\b(please|attached|urgent|department)\b", hindi)


def test_what_agencies_and_officers_wrote_cannot_become_markup_or_lines():
    sly = "<b onclick=x>Lend</b>\n\nattached: none"
    made = write_pack(name="<img src=x>", urgent=(sly,))
    assert not {"b", "img"} & {tag for tag, _ in Reader(made.html).elements}
    assert "- <b onclick=x>Lend</b> attached: none\n" in made.text


def test_a_word_the_template_does_not_know_is_an_error():
    environment = template_environment.make_letter_environment([TEMPLATES / "letters"], "text")
    with pytest.raises(UndefinedError):
        environment.from_string("{{ nothing }}").render()


def test_every_text_of_delivery_stands_in_both_languages_with_the_same_gaps():
    texts = {key: both for key, both in load_catalogue().items() if key.startswith("deliver.")}
    assert len(texts) > 30
    for key, both in texts.items():
        gaps = {
            language: {gap for _, gap, _, _ in Formatter().parse(both[language]) if gap}
            for language in ("en", "hi")
        }
        assert both.keys() == {"en", "hi"}, key
        assert gaps["en"] == gaps["hi"], key


def test_every_reason_the_code_gives_has_a_text():
    folder = Path(cpsa.__file__).parent / "delivery"
    source = "".join(path.read_text("utf-8") for path in folder.glob("*.py"))
    before = r'(?:reason"?[=:] |reason=|Outcome\.\w+, |UnsendableError\()'
    given = set(re.findall(before + r'"(\w+)"', source))
    mark = "deliver.why."
    told = {key.removeprefix(mark) for key in load_catalogue() if key.startswith(mark)}
    assert given <= told
    assert {"no_reply", "lease_ran_out", "document_changed"} <= given
