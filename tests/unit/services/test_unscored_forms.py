"""A form without scores and rates: requested, reminded of and closed like any other, and counted nowhere."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from tests.factories import PROGRAMME_AGENCY as OWN
from tests.factories import Clerk, RegistryFolder
from tests.unit.delivery.rig import Relay, serving
from tests.unit.services.post_office import PostOffice

from cpsa.calendar import Quarter
from cpsa.errors import RequestError
from cpsa.provenance.snapshot import Snapshot
from cpsa.services.app_context import AppContext
from cpsa.services.publication.take_snapshot import take_snapshot
from cpsa.services.quarter.close_quarter import close_quarter
from cpsa.services.reports.list_findings import list_findings
from cpsa.services.reports.list_obligations import list_obligations
from cpsa.services.reports.list_reporting import list_reporting
from cpsa.services.reports.list_scores import list_scores
from cpsa.settings import from_environment
from cpsa.web.board.agency_filter import AgencyFilter
from cpsa.web.board.quarter_board import load_quarter_board

pytestmark = pytest.mark.slow

Q1, Q2 = Quarter.parse("2025-26-Q1"), Quarter.parse("2025-26-Q2")
DAY = timedelta(days=1)
FIGURES = {"CP1": 4, "CP4": 20, "CP10": 30, "CP10:women": 9, "SP1": 4_000_000}
AGENCIES = {"IA-A": Q1.key, "FC-B": Q1.key, OWN: Q1.key}


@pytest.fixture
def post(office: AppContext, tmp_path: Path) -> Iterator[PostOffice]:
    with serving(Relay()) as relay:
        opened = PostOffice.opened(office, relay, tmp_path)
        opened.register(AGENCIES, Q1.opens_at)
        yield opened


def send_all(clerk: Clerk, quarter: Quarter, *agencies: str) -> None:
    for agency in agencies:
        clerk.send(agency, quarter.key, FIGURES if agency == OWN else {})


@pytest.fixture
def closed(post: PostOffice) -> PostOffice:
    for quarter in (Q1, Q2):
        send_all(post.clerk, quarter, *AGENCIES)
        post.clerk.check(quarter.key)
        post.clerk.close(quarter.key)
    return post


def snapshot_of(post: PostOffice) -> Snapshot:
    return take_snapshot(post.office, Q2).snapshot


def test_it_is_requested_reminded_and_told_of_the_closing(post: PostOffice) -> None:
    post.open(Q1.key)
    post.write(Q1.opens_at)
    assert (f"{OWN.lower()}@example.org", "REQUEST") in post.arrived()
    assert (OWN, "before-5") in {
        (agency, slot.split("reminder-")[-1]) for agency, slot in post.owed(Q1.due_by - 4 * DAY)
    }
    send_all(post.clerk, Q1, OWN)
    post.clerk.check(Q1.key)
    post.write(Q1.due_by)
    post.clerk.close(Q1.key)
    post.write(Q1.closes_at + DAY / 24)
    text = post.text("closing", OWN.lower())
    assert "Your update is accepted" in text
    assert not any(word in text for word in ("Status", "Composite", "Quarters accepted so far"))
    assert "Composite" in post.text("closing", "ia-a")


def test_it_is_listed_among_those_that_are_due_and_early_closing_waits_for_it(
    post: PostOffice,
) -> None:
    post.open(Q1.key)
    listed = {row.agency: row.state for row in list_obligations(post.office, Q1)}
    assert listed == dict.fromkeys(AGENCIES, "expected")
    send_all(post.clerk, Q1, "IA-A", "FC-B")
    now = Q1.opens_at + 10 * DAY
    with pytest.raises(RequestError) as refused:
        close_quarter(post.office, Q1, now, "asha", "all are here", early=True)
    assert refused.value.key == "window.not_all_accepted"
    assert refused.value.params["agencies"] == OWN
    send_all(post.clerk, Q1, OWN)
    closed = close_quarter(post.office, Q1, now, "asha", "all are here", early=True)
    assert (closed.expected, closed.accepted) == (2, 2), "agencies that rates count"


def test_it_has_no_row_in_scores_or_reporting_and_no_finding(closed: PostOffice) -> None:
    for quarter in (Q1, Q2):
        assert set(list_scores(closed.office, quarter)["agency"]) == {"IA-A", "FC-B"}
        assert set(list_reporting(closed.office, quarter)["form"]) == {"IA", "FC"}
        assert OWN not in set(list_findings(closed.office, quarter)["agency"])


@pytest.mark.parametrize("spent", [0, 10**8, 10**9])
def test_whatever_it_reports_changes_no_row_of_others(
    post: PostOffice, closed_without: tuple[str, str], spent: int
) -> None:
    send_all(post.clerk, Q1, "IA-A", "FC-B")
    post.clerk.send(OWN, Q1.key, {"CP1": 400, "SP1": spent})
    post.clerk.close(Q1.key)
    assert read_rows(post.office) == closed_without
    found = list_findings(post.office, Q1)
    assert set(found["rule"]) == ({"P01"} if spent > 10**8 else set())


def read_rows(office: AppContext) -> tuple[str, str]:
    return list_scores(office, Q1).to_csv(), list_reporting(office, Q1).to_csv()


@pytest.fixture
def closed_without(tmp_path: Path, sqlite_template: Path) -> Iterator[tuple[str, str]]:
    """Scores and rates of a programme that has no such agency."""
    folder = tmp_path / "without"
    folder.mkdir()
    file = shutil.copy(sqlite_template, folder / "cpsa.db")
    settings = {"CPSA_HOME": str(folder), "CPSA_DATABASE_URL": f"sqlite:///{file}"}
    office = AppContext.from_settings(from_environment(settings))
    others = {agency: first for agency, first in AGENCIES.items() if agency != OWN}
    RegistryFolder(others).load(office, folder / "registry", Q1.opens_at)
    clerk = Clerk(office, folder / "sent")
    send_all(clerk, Q1, *others)
    clerk.close(Q1.key)
    yield read_rows(office)
    office.engine.dispose()


def test_documents_count_the_others_only(closed: PostOffice) -> None:
    snapshot = snapshot_of(closed)
    assert snapshot.list_agencies_due(Q2) == ("IA-A", "FC-B")
    assert snapshot.unscored_agencies == {OWN}
    assert snapshot.accepted_unscored == {(OWN, Q1.key), (OWN, Q2.key)}


def test_the_board_lists_it_and_counts_it_in_no_tile(closed: PostOffice) -> None:
    board = load_quarter_board(closed.office, Q2, AgencyFilter())
    assert {row.agency for row in board.agencies} == set(AGENCIES)
    assert (board.totals.expected, board.totals.accepted, board.found) == (2, 2, 3)
    assert board.listed == 3, "of how many the list shows some"
    assert {form: own.expected for form, own in board.by_form.items()} == {"IA": 1, "FC": 1, OWN: 1}


def test_a_missing_update_lowers_no_rate(post: PostOffice) -> None:
    post.open(Q1.key)
    send_all(post.clerk, Q1, "IA-A", "FC-B")
    post.clerk.check(Q1.key)
    post.clerk.close(Q1.key)
    assert list(list_reporting(post.office, Q1)["accepted_rate"]) == ["1.0000", "1.0000"]
    assert "M02" not in set(list_findings(post.office, Q1)["rule"])
    states = {row.agency: row.state for row in list_obligations(post.office, Q1)}
    assert states[OWN] == "missing"
    post.write(Q1.closes_at + DAY / 24)
    assert "We had received no update" in post.text("closing", OWN.lower())
