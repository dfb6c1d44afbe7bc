"""What viewer, ops and admin can do in Airflow's own pages, each in a real browser.

A half-year's approval: a viewer cannot give it, ops can, and then mail leaves. The form of a
backfill: a viewer cannot start one, an admin sees what would change.
"""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from email import policy
from email.parser import BytesParser
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, expect
from tests.browser import DESK
from tests.e2e.conftest import Programme
from tests.e2e.people import Site, site_of

from cpsa_demo.command import serve
from cpsa_demo.ports import free_port

pytestmark = [pytest.mark.e2e, pytest.mark.nightly]

HALF = "2026-27-H1"
DISPATCH = "dispatch_half_year"
SECONDS = 300
BACKFILL = "backfill_quarters"
OLD = "IA-INDPH,2025-26-Q2,OP1,,"


@pytest.fixture(scope="module")
def waiting(finished, tmp_path_factory) -> Programme:
    """A copy of the finished demo: what is approved here stays unanswered for others."""
    home = tmp_path_factory.mktemp("waiting") / "home"
    shutil.copytree(finished.place.home, home)
    return Programme(replace(finished.place, home=home, port=free_port(), mail_port=free_port()))


@pytest.fixture(scope="module")
def site(waiting) -> Iterator[Site]:
    with site_of(waiting.place, serve) as opened:
        yield opened


def asks(site: Site, user: str) -> list[dict]:
    """The questions about the half-year that nobody has answered, as Airflow tells a user."""
    with site.client(user) as client:
        answer = client.get(
            "/api/v2/dags/~/dagRuns/~/hitlDetails", params={"response_received": False}
        )
    found = [one["task_instance"] for one in answer.json()["hitl_details"]]
    return [one for one in found if one["dag_id"] == DISPATCH]


def open_question(page: Page, site: Site) -> None:
    """From the board, as a person comes to it."""
    page.goto(f"{site.address}/cpsa/departments/{HALF}?language=en")
    page.get_by_role("link", name=f"{DISPATCH} {HALF}: a question waits for an answer").click()
    expect(page.get_by_role("button", name="Approve")).to_be_visible(timeout=60_000)


def until(what: str, reached: Callable[[], bool]) -> None:
    deadline = time.monotonic() + SECONDS
    while not reached():
        assert time.monotonic() < deadline, f"{what} did not come about in time"
        time.sleep(1)


def window(browser, site: Site, user: str) -> Page:
    context = browser.new_context(viewport=DESK)
    context.add_cookies([site.cookie(user)])
    return context.new_page()


def test_a_viewer_reads_the_question_and_cannot_answer_it(site: Site, browser, shots) -> None:
    page = window(browser, site, "vera")
    open_question(page, site)
    expect(page.get_by_text("13 mails are ready")).to_be_visible()
    button = page.get_by_role("button", name="Approve")
    if button.is_enabled():
        button.click()
        page.wait_for_timeout(2000)
    page.screenshot(path=shots / "approval-viewer.png")
    page.context.close()
    (question,) = asks(site, "asha")
    address = f"/api/v2/dags/{DISPATCH}/dagRuns/{question['dag_run_id']}/taskInstances"
    answer = {"chosen_options": ["Approve"], "params_input": {}}
    with site.client("vera") as viewer:
        refused = viewer.patch(f"{address}/approve/-1/hitlDetails", json=answer)
    assert refused.status_code == 403
    assert asks(site, "asha") == [question]


def test_the_question_shows_what_would_leave(site: Site, browser) -> None:
    page = window(browser, site, "omar")
    open_question(page, site)
    links = page.locator("a[href*='/cpsa/edition/']")
    assert links.count() > 13
    address = links.first.get_attribute("href") or ""
    with site.client("omar") as ops:
        shown = ops.get(urlsplit(address).path)
    assert shown.status_code == 200
    assert shown.content.startswith(b"%PDF")
    page.context.close()


def test_ops_approve_and_every_department_gets_its_mail(
    site: Site, waiting: Programme, browser, shots
) -> None:
    before = set(waiting.mails())
    page = window(browser, site, "omar")
    open_question(page, site)
    confirmed = page.locator("label:has(input[name='element_backfill'])")
    if confirmed.count():  # asked for when the dispatch date is more than 45 days past
        confirmed.click()
    page.get_by_role("button", name="Approve").scroll_into_view_if_needed()
    page.screenshot(path=shots / "approval-ops.png")
    page.get_by_role("button", name="Approve").click()
    until("the mails", lambda: len(set(waiting.mails()) - before) == 13)
    page.context.close()
    read = BytesParser(policy=policy.default).parsebytes
    mails = [
        read((waiting.place.mails / name).read_bytes()) for name in set(waiting.mails()) - before
    ]
    assert len({mail["To"] for mail in mails}) == 13
    assert not asks(site, "asha")
    trail = [line for line in waiting.cpsa("audit", "--format", "csv") if HALF in line]
    assert any("approve" in line and "omar" in line for line in trail), trail


def fill_in_backfill(page: Page, site: Site) -> None:
    """The form of a dry run, sent."""
    page.goto(f"{site.address}/dags/{BACKFILL}")
    page.get_by_role("button", name="Trigger").click(timeout=60_000)
    page.locator("#element_from").fill("2025-26-Q1")
    page.locator("#element_to").fill("2025-26-Q4")
    page.locator("#element_reason").fill("a corrected file came")
    page.get_by_label("Remove documents").click()  # the slow tests build them
    button = page.get_by_role("dialog").get_by_role("button", name="Trigger")
    expect(button).to_be_enabled()
    button.click()
    page.wait_for_timeout(2000)


def runs_of(site: Site, dag: str) -> list[dict]:
    with site.client("asha") as client:
        return client.get(f"/api/v2/dags/{dag}/dagRuns").json()["dag_runs"]


def test_a_viewer_cannot_start_a_backfill(site: Site, browser, shots) -> None:
    page = window(browser, site, "vera")
    fill_in_backfill(page, site)
    page.screenshot(path=shots / "backfill-viewer.png")
    page.context.close()
    assert runs_of(site, BACKFILL) == []


def test_an_admin_sees_what_a_backfill_would_change(
    site: Site, waiting: Programme, browser, shots
) -> None:
    with site.client("asha") as admin:  # or the file is imported at the quarter-hour
        paused = admin.patch("/api/v2/dags/collect_updates", json={"is_paused": True})
        assert paused.is_success, paused.text
    file = waiting.place.inbox / "2025-26-Q2" / "IA-INDPH.csv"
    text = file.read_text("utf-8")
    assert text.count(OLD) == 1
    file.write_text(text.replace(OLD, f"{OLD}1"), "utf-8")
    figures = waiting.figures()
    page = window(browser, site, "asha")
    fill_in_backfill(page, site)
    page.screenshot(path=shots / "backfill-admin.png")
    page.context.close()

    def ended() -> bool:
        return [run["state"] for run in runs_of(site, BACKFILL)] == ["success"]

    until("the preview", ended)
    (run,) = runs_of(site, BACKFILL)
    path = f"/api/v2/dags/{BACKFILL}/dagRuns/{run['dag_run_id']}/taskInstances/preview"
    with site.client("asha") as client:
        shown = client.get(f"{path}/xcomEntries/return_value").json()["value"]
    assert "IA-INDPH | OP1" in str(shown)
    assert waiting.figures() == figures


def test_only_an_admin_answers_the_question_of_a_backfill(site: Site) -> None:
    form = {
        "from": "2025-26-Q1",
        "to": "2025-26-Q1",
        "redo": ["score"],
        "reason": "scores were asked about",
        "dry_run": False,
    }
    with site.client("asha") as admin, site.client("omar") as ops:
        started = admin.post(
            f"/api/v2/dags/{BACKFILL}/dagRuns", json={"logical_date": None, "conf": form}
        )
        address = f"/api/v2/dags/{BACKFILL}/dagRuns/{started.json()['dag_run_id']}"
        address += "/taskInstances/approve/-1/hitlDetails"
        until("the question", lambda: admin.get(address).status_code == 200)
        time.sleep(9)  # until Airflow has heard that the task waits
        answer = {"chosen_options": ["Leave it"], "params_input": {"why_declined": "not needed"}}
        assert ops.patch(address, json=answer).status_code == 403
        assert admin.get(address).json()["response_received"] is False
        assert admin.patch(address, json=answer).status_code == 200
