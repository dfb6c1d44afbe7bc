"""The quarter board in a real Airflow and a real browser: as viewer, as ops, and as nobody."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import expect
from tests.browser import DESK, PHONE
from tests.e2e.people import Site, site_of
from tests.pages import parsed

from cpsa_demo.place import Place
from cpsa_demo.processes import Processes

pytestmark = pytest.mark.e2e

QUARTER, HALF, WAITING = "2026-27-Q1", "2025-26-H2", "2026-27-H1"


def web_server_alone(_place: Place, processes: Processes) -> None:
    processes.start("api-server", ["airflow", "api-server"])


@pytest.fixture(scope="module")
def site(finished) -> Iterator[Site]:
    """Of the finished demo only the web server is started."""
    with site_of(finished.place, web_server_alone) as opened:
        yield opened


def test_strangers_get_401_and_viewers_only_look(site: Site) -> None:
    received = f"/cpsa/received/{QUARTER}/FC-IND/1"
    with site.client() as stranger:
        for address in ("/", f"/quarter/{QUARTER}", f"/departments/{HALF}", "/document/1"):
            answer = stranger.get(f"/cpsa{address}")
            assert answer.status_code == 401, address
            assert "FC-IND" not in answer.text
        assert stranger.get(received).status_code == 401
        forged = {"Authorization": "Bearer of.bad.news"}
        assert stranger.get(f"/cpsa/quarter/{QUARTER}", headers=forged).status_code in (401, 403)
    with site.client("vera") as viewer:
        page = viewer.get(f"/cpsa/quarter/{QUARTER}")
        assert page.status_code == 200
        assert "/received/" not in page.text
        assert viewer.get(received).status_code == 403
        run = {"logical_date": None, "conf": {}}
        assert viewer.post("/api/v2/dags/close_quarter/dagRuns", json=run).status_code == 403
    for user in ("omar", "asha"):
        with site.client(user) as ops:
            assert f"/cpsa/received/{QUARTER}/" in ops.get(f"/cpsa/quarter/{QUARTER}").text
            assert ops.get(received).content


def test_the_numbers_are_those_of_the_command_line(site: Site, finished) -> None:
    lines = finished.cpsa("status", QUARTER, "--format", "csv")
    states = [line.split(",")[3] for line in lines[1:]]
    with site.client("vera") as viewer:
        page = parsed(viewer.get(f"/cpsa/quarter/{QUARTER}").text)
    shown = [
        one.get("class").split()[1] for one in page.xpath("//td/span[contains(@class, 'state ')]")
    ]
    assert sorted(shown) == sorted(states)
    assert len(shown) > 10


@pytest.mark.parametrize("language", ["en", "hi"])
@pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
def test_it_is_read_in_a_browser(site: Site, browser, shots, size, language) -> None:
    width = "desk" if size is DESK else "phone"
    with site.window(browser, size, shots, "omar") as screen:
        page = screen.page
        page.goto(f"{site.address}/cpsa/?quarter={QUARTER}&language={language}")
        screen.look(f"board-quarter-{width}-{language}")
        page.select_option("#state", "accepted")
        page.locator(".filters button").click()
        assert "state=accepted" in page.url
        states = page.locator(".agencies .state")
        assert states.count() == page.locator(".agencies .state.accepted").count() > 0
        if size is DESK:  # on a phone each row is a card, without headings to sort by
            page.locator("th[aria-sort] a").first.click()
            assert page.locator("th[aria-sort='descending']").count() == 1
        page.goto(f"{site.address}/cpsa/departments/{HALF}?language={language}")
        screen.look(f"board-departments-{width}-{language}")


def test_it_leads_to_documents_runs_and_files(site: Site, browser, shots) -> None:
    with site.window(browser, DESK, shots, "omar") as screen:
        page = screen.page
        page.goto(f"{site.address}/cpsa/quarter/{QUARTER}?language=en")
        address = page.locator(".runs a", has_text="check_updates").get_attribute("href") or ""
        with site.client("omar") as ops:
            run = f"/api/v2{address.replace('/runs/', '/dagRuns/')}"
            assert ops.get(run).json()["partition_key"] == QUARTER
            shown = page.locator(".agencies a[href*='/document/']").first.get_attribute("href")
            assert ops.get(shown or "").status_code == 200
            waiting = ops.get(f"/cpsa/departments/{WAITING}?language=en").text
        assert f"dispatch_half_year {WAITING}: a question waits for an answer" in waiting
        with page.expect_download() as download:
            page.locator(".agencies a[href*='/received/']").first.click()
        assert QUARTER in download.value.suggested_filename


def test_airflows_navigation_leads_to_it(site: Site, browser) -> None:
    context = browser.new_context(viewport=DESK)  # type: ignore[arg-type]
    context.add_cookies([site.cookie("vera")])  # type: ignore[list-item]
    page = context.new_page()
    page.goto(site.address)
    page.get_by_role("button", name="Browse").click(timeout=60_000)
    with context.expect_page() as opened:
        page.get_by_role("menuitem", name="CPSA quarter board").click()
    board = opened.value
    expect(board.locator("h1")).to_be_visible()
    assert "/cpsa/quarter/" in board.url
    context.close()
