"""What letters say: each kind in both languages, HTML equal to plain text, and nothing but text."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from tests.unit.letters.department_samples import all_department_letters
from tests.unit.letters.pack_samples import all_packs
from tests.unit.letters.samples import (
    ERRORS,
    FILE,
    LATE,
    LINK,
    NAME,
    QUARTER,
    STEPS,
    WARNINGS,
    Reader,
    about_unproven_files,
    all_letters,
    finding,
    written,
)
from tests.unit.letters.samples import (
    letter as make_letter,
)

from cpsa.delivery.mail_message import MailMessage
from cpsa.i18n import catalogue
from cpsa.i18n.text import LANGUAGES, Text
from cpsa.intake.quarter_names import find_quarter_key
from cpsa.letters.letter_context import LetterFile
from cpsa.letters.letter_kinds import LetterKind
from cpsa.letters.letter_message import build_message
from cpsa.letters.letter_policy import Deadlines
from cpsa.letters.letter_text import LetterText
from cpsa.submissions.finding import Finding

NAMES = [name for name, _ in all_letters("en")]
BY_NAME = {language: dict(all_letters(language)) for language in LANGUAGES}
DEVANAGARI = re.compile("[\u0900-\u097f]")


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", NAMES)
class TestEveryLetter:
    def test_says_the_same_in_html_and_in_plain_text(self, name, language):
        letter = BY_NAME[language][name]
        without_numbers = re.sub(r"(?m)^\d+\. ", "", letter.text)
        plain = [word.rstrip(":") for word in without_numbers.split()]
        assert plain == [word.rstrip(":") for word in Reader(letter.html).words]

    def test_says_the_matter_first_in_its_subject_and_the_reference_last(self, name, language):
        letter = BY_NAME[language][name]
        months = QUARTER.months(language)
        reference = f"CPSA/2026-27-Q2/IA-UJPLA/{letter.slot.upper()}"
        assert letter.subject.endswith(f": {months} ({reference})")
        matter = letter.subject.partition(f": {months}")[0]
        assert "CPSA" not in matter
        assert matter[0] == matter[0].upper()
        assert f"CPSA/2026-27-Q2/IA-UJPLA/{letter.slot.upper()}\n" in letter.text
        assert len(letter.subject) < 125
        assert len(matter) < 60

    def test_an_answer_to_it_is_still_known_by_its_subject(self, name, language):
        letter = BY_NAME[language][name]
        assert find_quarter_key(f"Re: {letter.subject}") == QUARTER.key

    def test_goes_to_the_agency_in_its_language(self, name, language):
        letter = BY_NAME[language][name]
        assert (letter.cycle, letter.recipient) == ("2026-27-Q2", "IA-UJPLA")
        assert (letter.to_name, letter.to_email) == (NAME.in_(language), "ia.ujpla@example.org")
        assert letter.language == language
        assert Reader(letter.html).elements[0] == (
            "div",
            {"lang": language, "style": Reader(letter.html).elements[0][1]["style"]},
        )

    def test_does_not_speak_the_other_language(self, name, language):
        letter = BY_NAME[language][name]
        ours = (
            letter.text.replace(FILE.name, "").replace(LINK.address, "").replace(FILE.officer, "")
        )
        if language == "en":
            assert not DEVANAGARI.search(ours)
        else:
            latin = set(re.findall(r"[A-Za-z]{4,}", ours))
            known = {
                *("CPSA", "UJPLA", "xlsx", "example", "cpsa", "update", "agency", "quarter"),
                *map(str.upper, LetterKind),  # in the reference
                *("Outlook", "winmail", "smime", "Windows", "Extract"),
                *("Format", "Text", "HTML", "Plain", "Rich", "Options", "Encrypt", "Sign"),
                *("BEFORE", "AFTER", "LAST", "Output", "Budget", "Outcome", "Capacity"),
                *("building", "approx", "lakh", "File", "Info", "Protect", "Workbook"),
            }
            assert latin <= known

    def test_leads_to_the_page_only_where_there_is_one(self, name, language):
        letter = BY_NAME[language][name]
        links = [at["href"] for tag, at in Reader(letter.html).elements if tag == "a"]
        assert links in ([], [LINK.address])
        assert (LINK.address in letter.text) == bool(links)
        if links:
            assert LetterText(language).last_day(LINK.until) in letter.text


def test_every_text_is_said_by_some_letter(monkeypatch):
    said = set()
    real = catalogue.text

    def listening(key, language, /, **params):
        said.add(key)
        return real(key, language, **params)

    monkeypatch.setattr(catalogue, "text", listening)
    for language in LANGUAGES:
        assert len(list(all_letters(language))) == len(NAMES)
        assert len(list(about_unproven_files(language))) == 12
        assert len(list(all_department_letters(language))) == 18
        assert len(list(all_packs(language))) == 22
    texts = {key for key in catalogue.load_catalogue() if key.startswith("letters.")}
    assert texts - said == set()


@pytest.mark.parametrize(
    ("name", "language", "facts"),
    [
        (
            "request",
            "en",
            ["Due by: 20 October 2026", "1 October 2026 to 31 October 2026", "yellow"],
        ),
        ("request", "hi", ["20 अक्टूबर 2026", "1 अक्टूबर 2026 से 31 अक्टूबर 2026 तक", "पीले सेल"]),
        ("receipt", "en", [FILE.name, FILE.receipt, "12 October 2026, 09:30", "In time: Yes"]),
        ("receipt", "hi", [FILE.name, FILE.receipt, "12 अक्टूबर 2026, 09:30 बजे", "समय पर: हाँ"]),
        ("receipt of a late file", "en", ["In time: No, it is late (due by 20 October 2026)"]),
        ("receipt of a late file", "hi", ["समय पर: नहीं, विलंबित (अंतिम तिथि 20 अक्टूबर 2026)"]),
        (
            "returned",
            "en",
            ["To correct: 3 points", "To explain: 2 points", "workbook is attached"],
        ),
        ("returned", "hi", ["सुधारने योग्य: 3 बातें", "स्पष्टीकरण अपेक्षित: 2 बातें"]),
        (
            "returned, an earlier one counts",
            "en",
            [FILE.receipt, "And 3 more points", "permitted"],
        ),
        ("returned, an earlier one counts", "hi", [FILE.receipt, "और 3 अन्य बातें"]),
        ("one more than fits", "en", ["To correct: 181 points", "And 1 more point,"]),
        ("rejected", "en", ["could not be used", "names FC-BHO"]),
        ("unreadable", "en", ["could not be read", "remove the password", "empty workbook"]),
        ("unreadable", "hi", ["पढ़ी नहीं जा सकी", "पासवर्ड", "खाली कार्यपुस्तिका"]),
        (
            "query",
            "en",
            ["250. Question from CPSA: “How so many?”.", "remains accepted", "quarter is closed"],
        ),
        ("query", "hi", ["सीपीएसए का प्रश्न: “इतने कैसे?”", "बंद हो चुकी है"]),
        (
            "accepted",
            "en",
            [
                *(
                    "is accepted. Thank you.",
                    "anything more",
                    "Version 2 of 12 October 2026 counts",
                ),
                *("B1 ", "(Capacity building!F0): ₹ 12,34,56,789 (₹ 12.35 crore)"),
                *("before: ₹ 9,87,65,432 (₹ 9.88 crore)", "0 (NIL return)", "not given"),
                "Before: Apr–Jun 2026 (2026-27-Q1)",
            ],
        ),
        (
            "accepted, one to explain",
            "en",
            ["To explain: 1 point", "on your page", "“Explanation”"],
        ),
        ("accepted, one to explain", "hi", ["स्पष्टीकरण अपेक्षित: 1 बात", "“स्पष्टीकरण”"]),
        (
            "accepted, two to explain, no page",
            "en",
            ["restated", "“Explanation” of the workbook", "Version 3 of 4 November 2026 counts"],
        ),
        (
            "held",
            "en",
            [
                "after the quarter Jul–Sep 2026",
                "does not count",
                LATE.receipt,
                "You do not need to send it again",
            ],
        ),
        ("held", "hi", ["बंद होने के बाद", LATE.receipt, "फिर भेजने की आवश्यकता नहीं"]),
        (
            "reminder before",
            "en",
            ["have not received", "It is due by 20 October 2026", "31 October"],
        ),
        ("reminder after", "en", ["was due by 20 October 2026 and is now", "attached again"]),
        ("reminder after", "hi", ["अंतिम तिथि 20 अक्टूबर 2026 थी", "फिर संलग्न"]),
        ("reminder before, returned", "en", [FILE.receipt, "for correction"]),
        ("reminder after, returned", "hi", [FILE.receipt, "सुधार के लिए लौटाई गई थी"]),
        ("closing, counted", "en", ["closed on 1 November 2026", "Lagging", "0.5493", "75.0 %"]),
        ("closing, counted", "hi", ["1 नवंबर 2026 को बंद हुई", "लक्ष्य से पीछे", "0.5493"]),
        (
            "closing, limited by coverage",
            "en",
            ["Lagging (since only ", "0.8805"],
        ),
        (
            "closing, missing",
            "en",
            ["We had received no update from your agency", "Not received", "none"],
        ),
        (
            "closing, not accepted",
            "en",
            ["had not been accepted by then", "Returned for correction"],
        ),
    ],
)
def test_it_says_what_its_kind_is_for(name, language, facts):
    text = BY_NAME[language][name].text
    for fact in facts:
        assert fact in text


@pytest.mark.parametrize("language", LANGUAGES)
def test_errors_come_first_each_with_its_place_and_what_to_do(language):
    letter = BY_NAME[language]["returned"]
    places = {"en": "Sheet “Output”, cell E12", "hi": "शीट “Output”, सेल E12"}
    do = {"en": "What to do: ", "hi": "क्या करें: "}[language]
    assert places[language] in letter.text
    assert letter.text.count(do) == len(ERRORS + WARNINGS)
    first_warning = letter.text.index({"en": "To explain", "hi": "स्पष्टीकरण अपेक्षित"}[language])
    assert letter.text.index("12 approx") < letter.text.index("B2") < first_warning


@pytest.mark.parametrize("language", LANGUAGES)
def test_letters_to_departments_say_the_matter_first_and_the_reference_last(language):
    for letter in all_department_letters(language):
        assert letter.subject.endswith(" (CPSA/2026-27-H1/DOIC/REPLY-1)")
        assert not letter.subject.startswith("CPSA")


def returned(language: str, *findings: Finding, **matter: Any) -> MailMessage:
    """The letter that returns a file for these findings."""
    matter = {"file": FILE, **matter}
    return written(
        "returned", "returned-v2", language, state="returned", findings=findings, **matter
    )


def test_a_value_in_a_csv_stands_in_a_line():
    late = finding("S02", "OP1", "line 64", observed="-5")
    assert "1. Line 64\n" in returned("en", late).text


def test_a_cell_is_found_though_its_sheet_is_called_anything():
    odd = finding("S01", "OP1", "What! a sheet!C7", observed="x")
    assert "Sheet “What! a sheet”, cell C7" in returned("en", odd).text


def test_what_agencies_wrote_cannot_become_markup_lines_or_headers():
    sly = "<img src=x onerror=alert(1)>\r\nBcc: all@example.org\n\n1. Nothing to correct"
    name = Text(f"Agency {sly}", f"एजेंसी {sly}")
    file = LetterFile(f"{sly}.xlsx", FILE.received_at, 2, FILE.receipt)
    bad = finding("S01", "OP1", f"{sly}!E12", observed=sly)
    letter = returned("en", bad, file=file, name=name)
    assert not {"img", "script"} & {tag for tag, _ in Reader(letter.html).elements}
    assert "&lt;img" in letter.html
    assert not re.search(r"(?m)^(Bcc:|1\. Nothing)", letter.text)
    for header in (letter.subject, letter.to_name):
        assert "\n" not in header
        assert "\r" not in header


def test_every_kind_has_its_letters_here():
    kinds = {letter.slot.split("-")[0] for letter in BY_NAME["en"].values()}
    assert kinds == set(LetterKind)


def test_a_reminder_counts_from_the_due_date_to_the_end_of_the_day():
    """On the due date itself the update is not overdue yet."""
    deadlines = Deadlines(QUARTER.due_by, QUARTER.window_ends)
    assert {code: step.get_day(deadlines).isoformat() for code, step in STEPS.items()} == {
        "before-5": "2026-10-15",
        "before-1": "2026-10-19",
        "after-1": "2026-10-21",
        "last-5": "2026-10-26",
    }


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_finding_leads_to_what_its_check_means(language):
    letter = returned(language, *ERRORS, portal_url="https://updates.example.org")
    for error in ERRORS:
        address = f"https://updates.example.org/checks?language={language}#{error.rule}"
        assert f": {address}\n" in letter.text
        assert f'href="{address}"' in letter.html
    without = BY_NAME[language]["returned"]
    assert "/checks" not in without.text + without.html


def test_a_template_that_an_offices_own_folder_lacks_is_the_shipped_one(tmp_path: Path) -> None:
    receipt = make_letter("receipt", "receipt-v2", "en", file=FILE)
    shipped = written("receipt", "receipt-v2", "en", file=FILE)
    assert build_message(tmp_path / "without-letters", receipt) == shipped
    own = tmp_path / "own" / "letters"
    own.mkdir(parents=True)
    (own / "receipt.j2").write_text('{% set subject = "Ours" %}In our own words.')
    assert build_message(tmp_path / "own", receipt).text == "In our own words."
