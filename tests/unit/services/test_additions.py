"""What a release adds to the framework: at once in a new store, in an older one from a later quarter."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from tests.factories import INCLUDE, Clerk, RegistryFolder

from cpsa.calendar import Quarter
from cpsa.errors import RequestError
from cpsa.framework.framework_archive import find_framework_version
from cpsa.framework.loader import list_form_starts, load_framework
from cpsa.services.app_context import AppContext
from cpsa.store.database import write_transaction
from cpsa.store.queries.quarter_queries import ADDITIONS_FROM, add_setting

SHIPPED = INCLUDE / "programme" / "framework"
OPENED, NEXT, FOLLOWING = (Quarter.parse(f"2025-26-Q{number}") for number in (1, 2, 3))
ADDED = """
forms: {XA: {label: {en: Extra, hi: अतिरिक्त}, plural: {en: Extras, hi: अतिरिक्त}}}
groups: {extra: {form: XA, label: {en: Extra, hi: अतिरिक्त}}}
indicators:
  X1:
    label: {en: Extra, hi: अतिरिक्त}
    of: {form: XA, group: extra, unit: count, kind: flow}
    source: decided
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The framework as it was before any addition, and an addition of release 9.9.0."""
    additions = shutil.ignore_patterns("*.since-*")
    made = Path(shutil.copytree(SHIPPED, tmp_path / "framework", ignore=additions))
    (made / "2017-18-Q1.since-9.9.0.extra.yaml").write_text(ADDED, encoding="utf-8")
    return made


@pytest.fixture
def office(clerk: Clerk, folder: Path) -> AppContext:
    return AppContext(replace(clerk.office.settings, framework=folder), clerk.office.engine)


def note_start(office: AppContext, quarter: Quarter, release: str = "9.9.0") -> None:
    """As the upgrade of a store that was there before the release."""
    with write_transaction(office.engine) as connection:
        name = f"{ADDITIONS_FROM}{release}"
        add_setting(connection, name, quarter.key, "", OPENED.opens_at)


def test_a_new_store_has_additions_from_its_first_quarter(office: AppContext) -> None:
    assert "X1" in office.load_framework(OPENED).by_code
    assert office.list_form_starts() == {}


def test_an_older_store_has_the_framework_as_it_was_until_then(
    office: AppContext, folder: Path
) -> None:
    note_start(office, NEXT)
    before = office.load_framework(OPENED)
    assert "XA" not in before.forms and "X1" not in before.by_code
    assert before.version == load_framework(OPENED, folder, None).version
    assert "X1" in office.load_framework(NEXT).by_code
    assert "X1" in office.load_framework(FOLLOWING).by_code
    assert office.list_form_starts() == {"XA": NEXT.key}


def test_the_newest_note_is_valid(office: AppContext) -> None:
    note_start(office, FOLLOWING)
    note_start(office, OPENED)
    assert "X1" in office.load_framework(OPENED).by_code


def test_a_later_file_of_an_addition_starts_no_earlier(office: AppContext, folder: Path) -> None:
    (folder / "2017-18-Q1.since-9.9.0.extra.yaml").rename(folder / "2025-26-Q3.since-9.9.0.x.yaml")
    note_start(office, OPENED)
    assert "X1" not in office.load_framework(NEXT).by_code
    assert "X1" in office.load_framework(FOLLOWING).by_code
    assert list_form_starts(folder, {}) == {"XA": FOLLOWING.key}


def test_a_version_recorded_before_an_addition_is_found(folder: Path) -> None:
    before = load_framework(OPENED, folder, None)
    assert find_framework_version(before.version, OPENED, folder) == before
    (folder / "2017-18-Q1.since-9.9.0.extra.yaml").unlink()
    assert load_framework(OPENED, folder).version == before.version


def test_an_agency_is_not_due_before_its_form(
    office: AppContext, folder: Path, tmp_path: Path
) -> None:
    # The shipped reference data names what releases have added.
    shutil.copytree(SHIPPED, folder, dirs_exist_ok=True)
    note_start(office, NEXT)
    early = RegistryFolder(agencies={"XA-1": OPENED.key, "IA-A": OPENED.key})
    with pytest.raises(RequestError) as refused:
        early.load(office, tmp_path / "early", FOLLOWING.opens_at)
    assert refused.value.key == "registry.before_its_form"
    assert (refused.value.params["value"], refused.value.params["since"]) == (OPENED.key, NEXT.key)
    in_time = RegistryFolder(agencies={"XA-1": NEXT.key, "IA-A": OPENED.key})
    in_time.load(office, tmp_path / "in_time", FOLLOWING.opens_at)
