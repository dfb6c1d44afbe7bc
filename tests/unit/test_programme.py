"""programme.yaml: what is refused, and what a process that uses a programme shows."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path

import pytest
import yaml
from tests.factories import INCLUDE
from tests.unit.documents.sample_snapshot import sample

from cpsa.calendar import IST, HalfYear, Quarter
from cpsa.documents.document_text import DocumentText
from cpsa.documents.policy_actions.cover_letter import _describe_sender
from cpsa.errors import RequestError
from cpsa.i18n import catalogue
from cpsa.i18n.template_environment import make_page_environment
from cpsa.i18n.template_files import find_template_file
from cpsa.reference.programme import Programme
from cpsa.reference.programme_in_use import get_programme, use_programme
from cpsa.reference.programme_texts import find_text_faults
from cpsa.reference.yaml_reader import ReferenceDataError
from cpsa.services.app_context import AppContext
from cpsa.services.first_quarter import find_first_quarter
from cpsa.services.quarter.open_quarter import open_quarter
from cpsa.store.database import read_transaction

SHIPPED = INCLUDE / "programme"
CHANGED_FROM = Quarter.parse("2026-27-Q3")
LATER_DAYS = {
    "from": CHANGED_FROM.key,
    "due": {"months_after": 1, "day": 25},
    "window_ends": {"months_after": 2, "day": 30},
    "dispatch": {"months_after": 3, "day": 1},
}


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """A programme of its own; afterwards the shipped one is in use again."""
    shutil.copy(SHIPPED / "programme.yaml", tmp_path)
    yield tmp_path
    use_programme(SHIPPED)


def write(folder: Path, **changes: object) -> None:
    file = folder / "programme.yaml"
    content = yaml.safe_load(file.read_text("utf-8")) | changes
    file.write_text(yaml.safe_dump(content, allow_unicode=True), "utf-8")


def add_days(folder: Path, **changes: object) -> None:
    days = yaml.safe_load((folder / "programme.yaml").read_text("utf-8"))["calendar"]
    write(folder, calendar=[*days, LATER_DAYS | changes])


@pytest.mark.parametrize(
    ("key", "value", "expected"),
    [
        ("name", {"en": "Agency"}, "hi"),
        ("state", {"en": "Ra{j}", "hi": "राजस्थान"}, "a name without braces"),
        ("stat", {"en": "R", "hi": "र"}, "stat"),
        ("reference_prefix", "odop/", "capital letters, digits and hyphens"),
        ("languages", ["en", "or"], "each of en, hi once"),
        ("first_quarter", "2026-Q1", "a quarter such as 2026-27-Q2"),
        ("calendar", [], "at least one entry"),
    ],
)
def test_a_fault_is_named_with_what_is_expected(
    folder: Path, key: str, value: object, expected: str
) -> None:
    write(folder, **{key: value})
    with pytest.raises(ReferenceDataError) as refused:
        Programme.load(folder)
    assert "programme.yaml" in str(refused.value) and expected in str(refused.value)


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"due": {"months_after": 3, "day": 1}}, "due not after window_ends"),
        ({"dispatch": {"months_after": 2, "day": 30}}, "window_ends before dispatch"),
        ({"from": "2017-18-Q1"}, "a quarter after that of the entry before"),
        ({"due": {"months_after": 1, "day": 32}}, "at most 31"),
    ],
)
def test_days_that_contradict_each_other_are_refused(
    folder: Path, change: dict[str, object], expected: str
) -> None:
    add_days(folder, **change)
    with pytest.raises(ReferenceDataError, match=expected):
        Programme.load(folder)


def test_changed_days_hold_from_their_quarter_on(folder: Path) -> None:
    before = CHANGED_FROM - 1
    days_before = before.due_by, before.window_ends, before.half.dispatch_at
    add_days(folder)
    use_programme(folder)
    assert (before.due_by, before.window_ends, before.half.dispatch_at) == days_before
    assert CHANGED_FROM.due_day == date(2027, 1, 25)
    assert CHANGED_FROM.window_ends == datetime(2027, 3, 1, tzinfo=IST)  # February has no 30th
    assert CHANGED_FROM.closes_at == datetime(2027, 3, 1, 6, tzinfo=IST)
    assert HalfYear.parse("2026-27-H2").dispatch_at == datetime(2027, 6, 1, 6, tzinfo=IST)


def test_texts_say_its_names_and_its_own_words(folder: Path) -> None:
    (folder / "texts").mkdir()
    own = {"portal.name": {"en": "{programme.short_name} of {programme.state}", "hi": "अपना"}}
    (folder / "texts" / "portal.yaml").write_text(yaml.safe_dump(own, allow_unicode=True), "utf-8")
    write(
        folder,
        state={"en": "Rajasthan", "hi": "राजस्थान"},
        short_name={"en": "ODOP", "hi": "ओडीओपी"},
    )
    other = catalogue.text("portal.footer.contact", "en")
    use_programme(folder)
    assert get_programme().state.en == "Rajasthan"
    assert catalogue.text("portal.name", "en") == "ODOP of Rajasthan"
    assert catalogue.text("portal.name", "hi") == "अपना"
    assert catalogue.has_text("portal.footer.contact") and other


@pytest.mark.parametrize(
    ("key", "text", "expected"),
    [
        ("portal.nam", {"en": "A", "hi": "अ"}, 'the key "portal.nam" is not allowed'),
        ("portal.name", {"en": "A"}, "the text for hi is not there"),
        ("portal.fault.text", {"en": "{numbr}", "hi": "अ"}, "no other placeholders than"),
        ("portal.fault.text", {"en": "{number", "hi": "अ"}, "no other placeholders than"),
    ],
)
def test_a_typing_error_in_a_text_is_found_once(
    folder: Path, key: str, text: dict[str, str], expected: str
) -> None:
    (folder / "texts").mkdir()
    (folder / "texts" / "portal.yaml").write_text(yaml.safe_dump({key: text}, allow_unicode=True))
    (fault,) = find_text_faults(folder)
    assert "texts/portal.yaml" in str(fault) and expected in str(fault)


def test_its_own_templates_come_before_the_general_ones(folder: Path) -> None:
    web = INCLUDE / "templates" / "web"
    (folder / "templates" / "web").mkdir(parents=True)
    own = folder / "templates" / "web" / "guide.html.j2"
    own.write_text("own guide")
    general = make_page_environment(web).get_template("language_switch.html.j2").filename
    use_programme(folder)
    environment = make_page_environment(web)
    assert environment.get_template("guide.html.j2").render() == "own guide"
    assert environment.get_template("language_switch.html.j2").filename == general
    assert find_template_file(web, "guide.html.j2") == own
    assert find_template_file(web, "document.css") == web / "document.css"


def test_the_letter_to_a_department_is_signed(folder: Path) -> None:
    write(
        folder,
        address={"en": "1 Example Road", "hi": "1 उदाहरण मार्ग"},
        signatory={"post": {"en": "Director", "hi": "निदेशक"}, "telephone": "+91 1"},
    )
    words = DocumentText(sample(), "en")
    assert len(_describe_sender(words)) == 1
    use_programme(folder)
    assert _describe_sender(words)[1:] == ["Director", "1 Example Road", "Telephone: +91 1"]


def test_no_quarter_is_opened_before_the_first(folder: Path, office: AppContext) -> None:
    write(folder, first_quarter=CHANGED_FROM.key)
    use_programme(folder)
    before, now = CHANGED_FROM - 1, CHANGED_FROM.opens_at
    with pytest.raises(RequestError, match=f"first quarter.*{CHANGED_FROM.key}|{CHANGED_FROM.key}"):
        open_quarter(office, before, now, "anita")
    with read_transaction(office.engine) as connection:
        assert find_first_quarter(connection) == CHANGED_FROM
