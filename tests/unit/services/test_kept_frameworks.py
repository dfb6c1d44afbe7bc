"""A closed quarter keeps the framework with which it was closed; new definitions hold from then on."""

from __future__ import annotations

import shutil
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pandas as pd
import pytest
from sqlalchemy import delete, select
from tests.factories import INCLUDE, Clerk, RegistryFolder

from cpsa.calendar import Quarter
from cpsa.documents.content_model import Paragraph
from cpsa.documents.document_key import DocumentKey
from cpsa.documents.document_registry import QUARTERLY_UPDATE, build_content
from cpsa.errors import RequestError
from cpsa.framework.framework_archive import add_main_indicators
from cpsa.framework.loader import parse_framework
from cpsa.services.app_context import AppContext
from cpsa.services.backfill_quarters.backfill_request import BackfillRequest
from cpsa.services.backfill_quarters.execute_backfill import execute_backfill, preview_backfill
from cpsa.services.backfill_quarters.store_changes import StoreChanges
from cpsa.services.publication.take_snapshot import take_snapshot
from cpsa.services.quarter.check_updates import check_quarter
from cpsa.services.quarter.close_quarter import close_quarter
from cpsa.services.quarter.reopen_quarter import reopen_quarter
from cpsa.services.reports.list_findings import list_findings
from cpsa.services.reports.list_obligations import list_obligations
from cpsa.services.reports.list_scores import list_scores
from cpsa.store.database import read_transaction
from cpsa.store.queries import closing_queries
from cpsa.store.tables.closing_tables import closing, framework_version

pytestmark = pytest.mark.slow

Q1, Q2, Q3 = (Quarter.parse(key) for key in ("2025-26-Q1", "2025-26-Q2", "2025-26-Q3"))
RELEASE = INCLUDE / "programme" / "framework" / "archive" / "1.0.0"
CENTRE, AGENCY = "FC-A", "IA-B"
# A centre that resolves all it receives, of far more that was planned; institutions for persons.
FIGURES = {
    CENTRE: {"FA1": 18, "FA2": 18, "FW1": 5, "FW2": 3},
    AGENCY: {"OP1": 5, "OP2": 60, "OP2:women": 9},
}
WITHOUT_RATE, WITH_RATE = "0.2727", "1.0000"
AUTUMN = datetime.fromisoformat("2026-11-01T10:00:00+05:30")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(INCLUDE / "programme" / "framework", tmp_path / "framework"))


@pytest.fixture
def start(clerk: Clerk, tmp_path: Path) -> Clerk:
    registry = RegistryFolder(
        agencies={CENTRE: Q1.key, AGENCY: Q1.key},
        targets={
            (agency, code, quarter.key): 66
            for agency, code in ((CENTRE, "FA2"), (AGENCY, "OP2"))
            for quarter in (Q1, Q2, Q3)
        },
    )
    registry.load(clerk.office, tmp_path / "registry", Q1.opens_at)
    return clerk


def with_framework(clerk: Clerk, folder: Path) -> Clerk:
    """The same store, opened by a process that has this framework folder."""
    settings = replace(clerk.office.settings, framework=folder)
    return Clerk(AppContext(settings, clerk.office.engine), clerk.folder)


def closed(clerk: Clerk, *quarters: Quarter, folder: Path = RELEASE) -> Clerk:
    """Quarters closed by release 1.0.0, or with another framework."""
    release = with_framework(clerk, folder)
    for quarter in quarters:
        for agency, values in FIGURES.items():
            release.send(agency, quarter.key, values)
        release.check(quarter.key)
        release.close(quarter.key)
    return release


def forget_files(office: AppContext) -> None:
    """As release 1.0.0 left a store: only the version of the framework is known."""
    with office.engine.begin() as connection:
        connection.execute(delete(framework_version))


def facilitation(office: AppContext, quarter: Quarter) -> str:
    frame = list_scores(office, quarter).set_index("agency")
    return str(frame.at[CENTRE, "facilitation"])


def rules_found(office: AppContext, quarter: Quarter) -> set[str]:
    return set(list_findings(office, quarter)["rule"])


def closings(office: AppContext, quarter: Quarter) -> list[tuple[int, str]]:
    with read_transaction(office.engine) as connection:
        rows = select(closing.c.version, closing.c.framework).order_by(closing.c.version)
        return list(map(tuple, connection.execute(rows.where(closing.c.quarter == quarter.key))))


def test_what_release_1_0_0_closed_keeps_its_definitions(start: Clerk) -> None:
    release = closed(start, Q1, Q2)
    forget_files(release.office)
    now = with_framework(start, INCLUDE / "programme" / "framework")
    kept = now.office.load_framework(Q1)
    assert (kept.by_code["FA2"].rate_of, "Q10" in kept.rules) == (None, False)
    assert kept.rules["Q02"].unconfirms, "documents say what is to be confirmed all the same"
    assert not kept.rules["Q04"].unconfirms
    assert now.office.load_framework(Q3).by_code["FA2"].rate_of == "FA1"
    assert closings(now.office, Q1) == [(1, kept.version)]
    before = facilitation(now.office, Q1), rules_found(now.office, Q1)
    assert before[0] == WITHOUT_RATE and "Q10" not in before[1]
    for quarter in (Q1, Q2):
        assert check_quarter(now.office, quarter, AUTUMN).judgements == ()
        assert not close_quarter(now.office, quarter, AUTUMN).changed
    closed(now, Q3, folder=INCLUDE / "programme" / "framework")
    assert (facilitation(now.office, Q1), rules_found(now.office, Q1)) == before
    assert facilitation(now.office, Q3) == WITH_RATE
    assert {"Q10"} <= rules_found(now.office, Q3)
    # Closed quarters and those that follow are shown each with its own definitions.
    taken = take_snapshot(now.office, Q3)
    rates = {key: one.by_code["FA2"].rate_of for key, one in taken.snapshot.frameworks.items()}
    assert rates == {Q1.key: None, Q2.key: None, Q3.key: "FA1"}


def test_a_restatement_changes_only_what_its_file_changes(start: Clerk) -> None:
    release = closed(start, Q1)
    forget_files(release.office)
    now = with_framework(start, INCLUDE / "programme" / "framework")
    found = list_findings(now.office, Q1)
    held = now.send(AGENCY, Q1.key, {**FIGURES[AGENCY], "OP2": 66}, at=AUTUMN)
    assert held.outcome == "new"
    reopen_quarter(now.office, AGENCY, Q1, "more lists came", "admin", AUTUMN)
    assert not close_quarter(now.office, Q1, AUTUMN).changed, "reopening computed it already"
    with read_transaction(now.office.engine) as connection:
        restated = closing_queries.load_restatements(connection, Q1.key)
    assert restated[["agency", "indicator", "old", "new"]].values.tolist() == [
        [AGENCY, "OP2", 6000, 6600]
    ]
    (first, second) = closings(now.office, Q1)
    assert first[1] == second[1] == now.office.load_framework(Q1).version
    assert facilitation(now.office, Q1) == WITHOUT_RATE
    mine = list_findings(now.office, Q1)
    assert rules_found(now.office, Q1) == set(found["rule"])
    assert len(mine[mine["agency"] == CENTRE]) == len(found[found["agency"] == CENTRE])
    # The framework of the restated quarter is kept whole from now on.
    with read_transaction(now.office.engine) as connection:
        (files,) = connection.execute(select(framework_version.c.files)).scalars()
    assert parse_framework(files).version == first[1]


def test_a_framework_edited_in_place_does_not_reach_closed_quarters(
    start: Clerk, folder: Path
) -> None:
    mine = closed(start, Q1, folder=folder)
    version = mine.office.load_framework(Q1).version
    (folder / f"{Q1.key}.later.yaml").write_text("rules: {Q10: {retired: true}}", "utf-8")
    anew = with_framework(start, folder)
    assert anew.office.load_framework(Q1).version == version
    assert "Q10" in anew.office.load_framework(Q1).rules
    assert "Q10" not in anew.office.load_framework(Q2).rules
    shutil.rmtree(folder)
    assert with_framework(start, folder).office.load_framework(Q1).version == version


def test_a_framework_amended_by_the_office_is_found_with_the_files_of_its_release(
    start: Clerk, folder: Path, tmp_path: Path
) -> None:
    """Release 1.0.0 with a file of the office's own; after the upgrade the file is still there."""
    own = "rules: {M02: {parameters: {below: 0.9}}}"
    before = Path(shutil.copytree(RELEASE, tmp_path / "before"))
    for place in (before, folder):
        (place / f"{Q1.key}.own.yaml").write_text(own, "utf-8")
    release = closed(start, Q1, folder=before)
    version = release.office.load_framework(Q1).version
    forget_files(release.office)
    kept = with_framework(start, folder).office.load_framework(Q1)
    assert kept.version == version
    assert kept.rules["M02"].parameters["below"] == 0.9
    assert kept.by_code["FA2"].rate_of is None


def order(
    redo: tuple[str, ...] = ("definitions",), agencies: tuple[str, ...] = ()
) -> BackfillRequest:
    return BackfillRequest.parse(
        Q1.key, Q2.key, agencies, redo, "rates for the whole year", letters=False
    )


def test_an_admin_may_take_the_present_definitions_and_sees_each_score_before(
    start: Clerk,
) -> None:
    release = closed(start, Q1, Q2)
    forget_files(release.office)
    now = with_framework(start, INCLUDE / "programme" / "framework")
    preview = preview_backfill(now.office, order(), AUTUMN)
    scores = {
        (one.quarter, one.agency, one.name): (one.old, one.new) for one in preview.changes.scores
    }
    assert scores[Q1.key, CENTRE, "facilitation"] == (WITHOUT_RATE, WITH_RATE)
    assert scores[Q2.key, CENTRE, "facilitation"] == (WITHOUT_RATE, WITH_RATE)
    assert scores[Q1.key, CENTRE, "status"] == ("critical", "on_track")
    assert {key[1] for key in scores} == {CENTRE}, "no rate, no change"
    appeared = {(one.rule, one.agency) for one in preview.changes.findings if one.appears}
    assert ("Q10", CENTRE) in appeared
    assert facilitation(now.office, Q1) == WITHOUT_RATE, "a preview changes nothing"
    done = execute_backfill(now.office, order(), "admin", AUTUMN, preview.digest)
    assert done.changes == preview.changes
    assert facilitation(now.office, Q1) == WITH_RATE
    assert now.office.load_framework(Q1).by_code["FA2"].rate_of == "FA1"
    assert pd.DataFrame(list_obligations(now.office, Q1))["state"].eq("accepted").all()
    again = preview_backfill(now.office, order(), AUTUMN)
    assert again.changes == StoreChanges()


def test_a_late_file_is_not_let_in_by_new_definitions(start: Clerk) -> None:
    closed(start, Q1, Q2)
    now = with_framework(start, INCLUDE / "programme" / "framework")
    now.send(AGENCY, Q1.key, {**FIGURES[AGENCY], "OP2": 66}, at=AUTUMN)
    check_quarter(now.office, Q1, AUTUMN)
    done = execute_backfill(now.office, order(), "admin", AUTUMN)
    assert not done.changes.restatements
    assert not [one for one in done.changes.files if one.new == "accepted"]


def test_new_definitions_hold_for_all_agencies_or_none(start: Clerk) -> None:
    with pytest.raises(RequestError, match=AGENCY):
        order(agencies=(AGENCY,))


def notes_of(office: AppContext, quarter: Quarter, language: str = "en") -> list[str]:
    key = DocumentKey(QUARTERLY_UPDATE, quarter, CENTRE, language, "html")
    said = build_content(key, take_snapshot(office, quarter).snapshot)
    blocks = [block for section in said.sections for block in section.blocks]
    return [block.text for block in blocks if isinstance(block, Paragraph) and block.note]


def test_a_document_says_from_when_the_definitions_are_others(start: Clerk) -> None:
    release = closed(start, Q1, Q2)
    forget_files(release.office)
    now = with_framework(start, INCLUDE / "programme" / "framework")
    closed(now, Q3, folder=INCLUDE / "programme" / "framework")
    english, hindi = (" ".join(notes_of(now.office, Q3, one)) for one in ("en", "hi"))
    assert "Definitions changed from Oct–Dec 2025" in english
    assert "परिभाषाएँ बदली हैं" in hindi
    assert "Definitions" not in " ".join(notes_of(now.office, Q2))


def test_other_labels_are_no_other_definitions(start: Clerk, folder: Path) -> None:
    closed(start, Q1, folder=folder)
    labels = "groups: {facilitation: {label: {en: Help, hi: सहायता}}}"
    (folder / f"{Q2.key}.labels.yaml").write_text(labels, "utf-8")
    mine = closed(with_framework(start, folder), Q2, folder=folder)
    first, second = mine.office.load_framework(Q1), mine.office.load_framework(Q2)
    assert first.version != second.version
    assert first.definitions == second.definitions
    assert "Definitions" not in " ".join(notes_of(mine.office, Q2))


def test_a_framework_without_main_indicators_has_those_of_the_folder(folder: Path) -> None:
    """Releases before 1.5.0 had them in the program: first pages of closed quarters stay as they are."""
    files = {file.name: file.read_text("utf-8") for file in RELEASE.glob("*.yaml")}
    kept = parse_framework(files)
    assert not any(indicator.main for indicator in kept.indicators)
    main = {one.code for one in add_main_indicators(kept, folder).indicators if one.main}
    assert {"B2", "OC2", "FA1"} <= main and len(main) == 15
