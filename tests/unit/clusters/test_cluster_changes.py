"""What centres propose waits for CPSA: P10 at closing, preview, confirmation as a new version, refusal."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from tests.factories import Clerk
from tests.stores import sqlite_only
from tests.unit.clusters.cluster_office import (
    CENTRE,
    NEXT,
    ORIGIN,
    Q4,
    answer,
    find,
    load_cluster_register,
    make_row,
    open_office,
    write_clusters,
    write_csv,
)

from cpsa.calendar import Quarter
from cpsa.errors import RequestError
from cpsa.i18n import catalogue
from cpsa.i18n.text import LANGUAGES
from cpsa.services.app_context import AppContext
from cpsa.services.clusters.decide_changes import (
    confirm_changes,
    refuse_changes,
    write_clusters_file,
)
from cpsa.services.clusters.waiting_changes import WaitingChange, list_waiting_changes
from cpsa.services.publication.take_snapshot import take_snapshot
from cpsa.services.quarter.check_updates import check_updates
from cpsa.services.quarter.load_registry import load_registry
from cpsa.services.quarter.reopen_quarter import reopen_quarter
from cpsa.services.reports.list_audit_entries import list_audit_entries
from cpsa.services.verify_store.verify_store import verify_store
from cpsa.store.database import read_transaction
from cpsa.store.queries import registry_queries
from cpsa.submissions.step_days import LONG_DAYS
from cpsa.web.board.board_pages import BoardPages
from cpsa.web.board.programme_board import load_programme_board

NOW = Quarter.parse(NEXT).opens_at
WHO, WHY = "admin", "The centre's survey was seen."


@pytest.fixture
def clerk(office: AppContext, tmp_path: Path) -> Clerk:
    return open_office(office, tmp_path)


def changed(**given: object) -> dict[str, object]:
    return make_row("CL-A", "CHANGED", **given, **ORIGIN)


def waiting(clerk: Clerk) -> dict[str, WaitingChange]:
    return {change.proposal.row: change for change in list_waiting_changes(clerk.office)}


def newest_load(office: AppContext) -> int:
    with read_transaction(office.engine) as connection:
        return registry_queries.require_load(connection)


# What a figure was and is, and whether it changed by more than half.
@sqlite_only
@pytest.mark.parametrize("channel", ["csv", "workbook"])
@pytest.mark.parametrize(
    ("column", "given", "is_found"),
    [
        ("jobs", 1500, False),
        ("jobs", 1501, True),
        ("jobs", 500, False),
        ("jobs", 499, True),
        ("units_small", 60, False),
        ("units_small", 61, True),
        ("output_rupees", "75000000", False),
        ("output_rupees", "75000000.01", True),
        ("units_medium", 99, False),  # the register has none
        ("jobs", "", False),  # the row has none
    ],
)
def test_p10_finds_more_than_half_and_not_exactly_half(
    clerk: Clerk, tmp_path: Path, channel: str, column: str, given: object, is_found: bool
) -> None:
    row = changed(jobs_women="", units_women="") | {column: given}
    assert answer(clerk, tmp_path, channel, row) == "accepted"
    assert find(clerk.office, "P10") == [], "it is found when the quarter closes"
    clerk.close(Q4)
    found = [one[1:3] for one in find(clerk.office, "P10")]
    assert found == ([(f"clusters.{column}", "CL-A")] if is_found else [])
    (change,) = waiting(clerk).values() if waiting(clerk) else [None]
    assert (column in change.large if change else False) == is_found


def test_p10_judges_no_cluster_that_closed_or_is_new(clerk: Clerk, tmp_path: Path) -> None:
    closed = make_row("CL-A", "CLOSED", jobs=0, jobs_women=0)
    new = make_row("CL-NEW", "NEW", jobs=9, jobs_women=0, **ORIGIN)
    answer(clerk, tmp_path, "csv", closed, new)
    clerk.close(Q4)
    assert find(clerk.office, "P10") == []


def test_p10_is_of_the_quarters_register_and_stays_when_it_is_confirmed(
    clerk: Clerk, tmp_path: Path
) -> None:
    answer(clerk, tmp_path, "csv", changed(jobs=2000))
    clerk.close(Q4)
    assert find(clerk.office, "P10") == [("P10", "clusters.jobs", "CL-A", "2000", "1000")]
    confirm_changes(clerk.office, CENTRE, ["CL-A"], NOW, WHO, WHY)
    assert clerk.close(Q4).changed is False
    assert len(find(clerk.office, "P10")) == 1


def test_changes_wait_once_the_quarter_is_closed(clerk: Clerk, tmp_path: Path) -> None:
    rows = [changed(jobs=1200), make_row("CL-B", "CLOSED", name_en="Cluster B")]
    answer(clerk, tmp_path, "csv", *rows, make_row("CL-NEW", "NEW", **ORIGIN))
    assert waiting(clerk) == {}
    clerk.close(Q4)
    found = waiting(clerk)
    assert list(found) == ["CL-A", "CL-B", "CL-NEW"]
    assert found["CL-A"].changes == {
        "jobs": (1000, 1200),
        "as_of": ("2024-09-30", "2026-03-31"),
        "source": ("Study", "Survey of the centre"),
    }
    assert found["CL-B"].changes == {"active_to": ("", Q4)}
    assert found["CL-NEW"].cluster is None and found["CL-NEW"].changes["jobs"] == ("", 1000)


def test_what_is_unchanged_or_not_answered_does_not_wait(clerk: Clerk, tmp_path: Path) -> None:
    rows = [make_row("CL-A", "UNCHANGED", jobs=1001), make_row("CL-B", name_en="Cluster B")]
    answer(clerk, tmp_path, "csv", *rows)
    clerk.close(Q4)
    assert waiting(clerk) == {}
    assert confirm_changes(clerk.office, CENTRE, [], NOW, WHO, WHY).decided == ()


def test_confirming_makes_a_new_version_of_the_register(clerk: Clerk, tmp_path: Path) -> None:
    rows = [changed(jobs=1200), make_row("CL-B", "CLOSED", name_en="Cluster B")]
    answer(clerk, tmp_path, "csv", *rows, make_row("CL-NEW", "NEW", **ORIGIN))
    clerk.close(Q4)
    before = newest_load(clerk.office)
    done = confirm_changes(clerk.office, CENTRE, [], NOW, WHO, WHY)
    assert [change.proposal.row for change in done.decided] == ["CL-A", "CL-B", "CL-NEW"]
    earlier, now = (load_cluster_register(clerk.office, load) for load in (before, None))
    assert (earlier["CL-A"].jobs, now["CL-A"].jobs) == (1000, 1200)
    assert (now["CL-A"].as_of, now["CL-A"].source) == ("2026-03-31", "Survey of the centre")
    assert (now["CL-A"].units_micro, now["CL-A"].output_paise) == (100, 5_000_000_000)
    assert (earlier["CL-B"].active_to, now["CL-B"].active_to) == ("", Q4)
    assert "CL-NEW" not in earlier and now["CL-NEW"].district == "Indore"
    assert list(now) == ["CL-A", "CL-B", "CL-GONE", "CL-FAR", "CL-NEW"]
    assert now["CL-FAR"] == earlier["CL-FAR"] and waiting(clerk) == {}
    trail = list_audit_entries(clerk.office, None, CENTRE, "confirm cluster")
    assert list(trail["subject"]) == [f"{CENTRE} {Q4} {row}" for row in ("CL-A", "CL-B", "CL-NEW")]
    assert set(trail["who"]) == {WHO} and set(trail["reason"]) == {WHY}


def test_deciding_again_changes_nothing(clerk: Clerk, tmp_path: Path) -> None:
    answer(clerk, tmp_path, "csv", changed(jobs=1200))
    clerk.close(Q4)
    confirm_changes(clerk.office, CENTRE, ["CL-A"], NOW, WHO, WHY)
    load = newest_load(clerk.office)
    again = confirm_changes(clerk.office, CENTRE, ["CL-A"], NOW, WHO, WHY)
    refused = refuse_changes(clerk.office, CENTRE, ["CL-A"], NOW, WHO, WHY)
    assert again.decided == refused.decided == () and newest_load(clerk.office) == load
    assert len(list_audit_entries(clerk.office, None, CENTRE, "confirm cluster")) == 1


def test_a_refused_change_leaves_the_register_and_waits_no_more(
    clerk: Clerk, tmp_path: Path
) -> None:
    answer(clerk, tmp_path, "csv", changed(jobs=1200), make_row("CL-B", "CLOSED"))
    clerk.close(Q4)
    load = newest_load(clerk.office)
    refuse_changes(clerk.office, CENTRE, ["CL-A"], NOW, WHO, WHY)
    assert newest_load(clerk.office) == load and list(waiting(clerk)) == ["CL-B"]
    assert load_cluster_register(clerk.office)["CL-A"].jobs == 1000
    assert len(list_audit_entries(clerk.office, None, CENTRE, "refuse cluster")) == 1


def test_what_was_confirmed_does_not_wait_again_when_other_files_are_loaded(
    clerk: Clerk, tmp_path: Path
) -> None:
    answer(clerk, tmp_path, "csv", changed(jobs=1200))
    clerk.close(Q4)
    confirm_changes(clerk.office, CENTRE, ["CL-A"], NOW, WHO, WHY)
    load_registry(clerk.office, write_clusters(tmp_path / "registry"), NOW)
    assert load_cluster_register(clerk.office)["CL-A"].jobs == 1000 and waiting(clerk) == {}


def test_the_register_can_be_written_as_the_file_that_is_loaded(
    clerk: Clerk, tmp_path: Path
) -> None:
    answer(clerk, tmp_path, "csv", changed(jobs=1200))
    clerk.close(Q4)
    confirm_changes(clerk.office, CENTRE, ["CL-A"], NOW, WHO, WHY)
    load = newest_load(clerk.office)
    assert write_clusters_file(clerk.office, tmp_path / "registry" / "clusters.csv") == 4
    load_registry(clerk.office, tmp_path / "registry", NOW)
    assert newest_load(clerk.office) == load, "the file says what the register has"


def test_a_row_that_is_sent_again_is_not_decided_again_and_another_is(
    clerk: Clerk, tmp_path: Path
) -> None:
    answer(clerk, tmp_path, "csv", changed(jobs=1200))
    clerk.close(Q4)
    refuse_changes(clerk.office, CENTRE, ["CL-A"], NOW, WHO, WHY)
    for number, (jobs, waits) in enumerate(((1200, []), (1300, ["CL-A"]), (1200, [])), 1):
        at = Quarter.parse(Q4).closes_at + timedelta(days=number)
        reopen_quarter(clerk.office, CENTRE, Quarter.parse(Q4), WHY, WHO, at)
        rows = write_csv(changed(jobs=jobs))
        clerk.send_bytes(f"{CENTRE}.clusters", Q4, rows, at + timedelta(hours=1))
        check_updates(clerk.office, at + timedelta(hours=2))
        assert list(waiting(clerk)) == waits, number


def test_a_new_cluster_gets_its_code_from_cpsa(clerk: Clerk, tmp_path: Path) -> None:
    rows = [make_row("brick kilns", "NEW", **ORIGIN), make_row("CL-FAR", "NEW", **ORIGIN)]
    answer(clerk, tmp_path, "csv", *rows)
    clerk.close(Q4)

    def refused(row: str, code: str = "") -> str:
        with pytest.raises(RequestError) as caught:
            confirm_changes(clerk.office, CENTRE, [row], NOW, WHO, WHY, code)
        return caught.value.key

    assert refused("brick kilns") == "registry.bad_cluster_code"
    assert refused("brick kilns", "CL-FAR") == "clusters.code_taken"
    assert refused("CL-FAR") == "clusters.code_taken", "another district's cluster"
    assert refused("brick kiln") == "clusters.no_row"
    confirm_changes(clerk.office, CENTRE, ["brick kilns"], NOW, WHO, WHY, "CL-BRICK")
    assert load_cluster_register(clerk.office)["CL-BRICK"].name_en == "Cluster A"
    assert list(waiting(clerk)) == ["CL-FAR"]


def test_a_value_that_cannot_be_in_the_register_is_refused_whole(
    clerk: Clerk, tmp_path: Path
) -> None:
    answer(clerk, tmp_path, "csv", changed(nic="none"), make_row("CL-B", "CLOSED"))
    clerk.close(Q4)
    with pytest.raises(RequestError) as caught:
        confirm_changes(clerk.office, CENTRE, [], NOW, WHO, WHY)
    assert caught.value.key == "registry.bad_nic"
    assert list(waiting(clerk)) == ["CL-A", "CL-B"]


def test_a_decision_needs_a_reason(clerk: Clerk, tmp_path: Path) -> None:
    answer(clerk, tmp_path, "csv", changed(jobs=1200))
    clerk.close(Q4)
    for decide in (confirm_changes, refuse_changes):
        with pytest.raises(RequestError):
            decide(clerk.office, CENTRE, ["CL-A"], NOW, WHO, " ")


@sqlite_only
@pytest.mark.parametrize("language", LANGUAGES)
def test_the_boards_programme_page_says_how_many_wait(
    clerk: Clerk, tmp_path: Path, language: str
) -> None:
    def show() -> str:
        board = load_programme_board(clerk.office, Quarter.parse(Q4), 1)
        reference = clerk.office.reference
        return BoardPages(clerk.office.settings.templates).page(
            "programme",
            language,
            root="/cpsa",
            airflow="/air",
            style="board.css",
            board=board,
            departments=reference.departments,
            districts=reference.districts,
            long_days=LONG_DAYS,
            waiting=[],
            may_act=False,
        )

    head = catalogue.text("board.programme.clusters", language)
    assert head not in show()
    answer(clerk, tmp_path, "csv", changed(jobs=1200), make_row("CL-B", "CLOSED"))
    clerk.close(Q4)
    told = catalogue.text("board.programme.clusters_waiting", language, count=2)
    assert head in show() and told in show()
    confirm_changes(clerk.office, CENTRE, [], NOW, WHO, WHY)
    assert head not in show()


def test_no_document_has_what_is_only_proposed(clerk: Clerk, tmp_path: Path) -> None:
    answer(clerk, tmp_path, "csv", changed(jobs=1200))
    clerk.close(Q4)
    assert take_snapshot(clerk.office, Quarter.parse(Q4)).snapshot.table_values.empty


def test_the_store_is_whole_after_decisions(clerk: Clerk, tmp_path: Path) -> None:
    answer(clerk, tmp_path, "csv", changed(jobs=2000), make_row("CL-B", "CLOSED"))
    clerk.close(Q4)
    confirm_changes(clerk.office, CENTRE, ["CL-A"], NOW, WHO, WHY)
    refuse_changes(clerk.office, CENTRE, ["CL-B"], NOW, WHO, WHY)
    assert verify_store(clerk.office, NOW, everything=True).faults == ()
