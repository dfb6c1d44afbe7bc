"""A programme's files tried on closed quarters of the sample: what would be found, and that nothing is written."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import yaml
from tests.factories import INCLUDE, remove_later_files

from cpsa.calendar import HalfYear, Quarter
from cpsa.errors import RequestError
from cpsa.framework.amendments import list_newest_amendments
from cpsa.services.app_context import AppContext
from cpsa.services.dispatch.build_documents import build_documents
from cpsa.services.quarter.close_quarter import close_quarter
from cpsa.services.try_programme import ENTRY, FINDING, SCORE, ProgrammeTrial, try_programme
from cpsa.settings import from_environment

pytestmark = pytest.mark.slow

HALF = HalfYear.parse("2024-25-H2")
NEW_INDICATOR = """
indicators:
  SU9:
    label: {en: "Units with rooftop solar", hi: "रूफटॉप सोलर वाली इकाइयाँ"}
    of: {form: IA, group: sustainability, unit: count, kind: flow, dimensions: [micro], targeted: true}
    source: "Circular of 20 November 2026"
"""
NEW_DIMENSION = """
dimensions: {disabled: {en: Persons with disabilities, hi: दिव्यांगजन}}
indicators: {OP2: {of: {dimensions: [women, poverty, disabled]}}}
"""
NEW_STATUS = """
statuses: {leading: {at_least: 0.95, label: {en: Leading, hi: अग्रणी}}}
"""
LOWER_THRESHOLD = "rules: {Q02: {parameters: {times: 1.5}}}\n"
RETIRED_RULE = "rules: {Q07: {retired: true}, M03: {retired: true}}\n"
NEW_FORM = """
forms:
  CO: {label: {en: Cooperative, hi: सहकारी समिति}, plural: {en: Cooperatives, hi: सहकारी समितियाँ}}
groups:
  trade: {form: CO, weight: 1.0, label: {en: Trade, hi: व्यापार}}
indicators:
  TR1:
    label: {en: Sales, hi: बिक्री}
    of: {form: CO, group: trade, unit: inr, kind: flow, targeted: true}
    source: "Circular of 20 November 2026"
"""


@pytest.fixture(scope="module")
def office(built_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[AppContext]:
    home = tmp_path_factory.mktemp("tried") / "home"
    shutil.copytree(built_home, home)
    context = AppContext.from_settings(from_environment({"CPSA_HOME": str(home)}))
    yield context
    context.engine.dispose()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(INCLUDE / "programme", tmp_path / "programme"))


def amend(folder: Path, content: str) -> None:
    (folder / "framework" / "2026-27-Q3.amended.yaml").write_text(content, "utf-8")


def tried(office: AppContext, folder: Path) -> ProgrammeTrial:
    """The folder tried on both quarters; the store is the same afterwards, byte by byte."""
    store = office.settings.home / "cpsa.db"
    office.engine.dispose()
    before = store.read_bytes()
    trial = try_programme(
        office, folder / "framework", folder / "reference", HALF.quarters, HALF.dispatch_at
    )
    office.engine.dispose()
    assert store.read_bytes() == before
    return trial


def test_the_same_files_change_nothing(office: AppContext, folder: Path) -> None:
    trial = tried(office, folder)
    assert trial.changes == ()
    assert trial.updates > 30
    assert trial.quarters == tuple(quarter.key for quarter in HALF.quarters)


@pytest.mark.parametrize(
    ("content", "not_requested"),
    [
        (NEW_INDICATOR, {"SU9", "SU9:micro"}),
        (NEW_DIMENSION, {"OP2:disabled"}),
        (NEW_FORM, {"TR1"}),
    ],
    ids=["indicator", "dimension", "form"],
)
def test_what_was_not_requested_is_named_and_found_missing_nowhere(
    office: AppContext, folder: Path, content: str, not_requested: set[str]
) -> None:
    amend(folder, content)
    trial = tried(office, folder)
    assert trial.changes == ()
    assert not_requested <= set(trial.not_requested)


def test_a_lower_threshold_finds_more(office: AppContext, folder: Path) -> None:
    amend(folder, LOWER_THRESHOLD)
    changes = tried(office, folder).changes
    assert changes and {(change.kind, change.name) for change in changes} == {(FINDING, "Q02")}
    assert all(change.before == "" and change.after.startswith("warning") for change in changes)


def test_a_retired_rule_finds_nothing_any_more(office: AppContext, folder: Path) -> None:
    amend(folder, RETIRED_RULE)
    changes = tried(office, folder).changes
    assert changes and {change.name for change in changes} <= {"Q07", "M03"}
    assert all(change.after == "" for change in changes)


def test_a_new_status_changes_statuses_and_no_composite(office: AppContext, folder: Path) -> None:
    amend(folder, NEW_STATUS)
    changes = tried(office, folder).changes
    assert changes and {(change.kind, change.name) for change in changes} == {(SCORE, "status")}
    assert {change.after for change in changes} == {"leading"}


def test_a_scheme_and_a_department_that_entries_name_are_missed(
    office: AppContext, folder: Path
) -> None:
    file = folder / "reference" / "schemes.yaml"
    data = yaml.safe_load(file.read_text("utf-8"))
    data["schemes"] = [scheme for scheme in data["schemes"] if scheme["code"] != "MSE-CDP"]
    file.write_text(yaml.safe_dump(data, allow_unicode=True), "utf-8")
    changes = tried(office, folder).changes
    assert changes and {(change.kind, change.name, change.after) for change in changes} == {
        (ENTRY, "scheme", "")
    }
    assert {change.before for change in changes} == {"MSE-CDP"}


def test_quarters_without_updates_are_refused(office: AppContext, folder: Path) -> None:
    with pytest.raises(RequestError, match="Nothing was received"):
        try_programme(
            *(office, folder / "framework", folder / "reference"),
            *([Quarter.parse("2019-20-Q1")], HALF.dispatch_at),
        )


def test_a_new_indicator_changes_no_document_of_a_closed_quarter(
    office: AppContext, folder: Path
) -> None:
    amend(folder, NEW_INDICATOR)
    settings = replace(office.settings, framework=folder / "framework")
    amended = AppContext(settings, office.engine)
    for quarter in HALF.quarters:
        assert not close_quarter(amended, quarter, HALF.dispatch_at).changed
    built = build_documents(amended, HALF, HALF.dispatch_at)
    assert built.documents and not built.new


def test_what_the_newest_files_changed_is_listed(folder: Path) -> None:
    amend(folder, NEW_INDICATOR + RETIRED_RULE + NEW_STATUS)
    remove_later_files(folder / "framework", "2026-27-Q3.amended.yaml")
    listed = {
        (amendment.table, *amendment.added, "/", *amendment.changed, "/", *amendment.retired)
        for amendment in list_newest_amendments(folder / "framework")
        if amendment.file == "2026-27-Q3.amended.yaml"
    }
    assert listed == {
        ("indicators", "SU9", "/", "/"),
        ("rules", "/", "/", "Q07", "M03"),
        ("statuses", "leading", "/", "/"),
    }
