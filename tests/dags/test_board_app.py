"""The board's pages without a server: what they show, in both languages, and who may see what."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import update as change
from starlette.testclient import TestClient
from tests.factories import Clerk, RegistryFolder, day_after_quarter, update
from tests.pages import foreign_words, parsed
from tests.random_requests import require_no_fault
from tests.stores import fill_office

from cpsa.calendar import Quarter
from cpsa.services.app_context import AppContext
from cpsa.services.quarter.agency_quarter import load_agency_quarter
from cpsa.services.quarter.load_registry import load_registry
from cpsa.services.quarter.open_quarter import open_quarter
from cpsa.store.database import write_transaction
from cpsa.store.tables.registry_tables import agency as agencies

NOW = "2026-27-Q2"
QUARTER = Quarter.parse(NOW)
HOSTILE = '<script>alert("1")</script> & "é\'{{ 7*7 }}'
# Codes, commands and names that are the same in both languages.
KNOWN = (
    "Airflow CPSA cpsa reopen outbox arrivals resolve open check close publish quarter updates "
    "compile dispatch half year FC IA AB Indore html pdf xlsx docx en hi PM COM"
)


@pytest.fixture
def board(office: AppContext, clerk: Clerk, tmp_path: Path) -> Iterator[TestClient]:
    """The board over an office with a hostile name and some files; a viewer looks at it."""
    from airflow.api_fastapi.core_api.security import get_user

    from cpsa.web.board.board_pages import BoardPages
    from cpsa.web.board.scheduler_state import LatestRun, SchedulerState
    from cpsa.web.board.work_items import WorkItem, WorkItemKind
    from cpsa_airflow.board import board_app, page_responses, request_context
    from cpsa_airflow.board.board_roles import is_ops, require_ops, require_viewer

    def with_a_hostile_name() -> None:
        registry = RegistryFolder(agencies=dict.fromkeys(("IA-AB", "FC-AB"), NOW))
        load_registry(office, registry.write(tmp_path / "registry"), QUARTER.opens_at)
        with write_transaction(office.engine) as connection:
            wicked = {"name_en": HOSTILE, "name_hi": HOSTILE, "district": HOSTILE}
            connection.execute(change(agencies).where(agencies.c.code == "IA-AB").values(**wicked))
        open_quarter(office, QUARTER, QUARTER.opens_at, "ops")
        clerk.send("IA-AB", NOW, at=day_after_quarter(NOW, 22))
        clerk.check(NOW)

    fill_office(office, "a hostile name and some files", with_a_hostile_name)
    at = request_context.BoardContext(
        office, BoardPages(office.settings.templates), QUARTER.closes_at
    )

    def outside(airflow: str, steps: list) -> SchedulerState:
        run = LatestRun("check_updates", NOW, "failed", f"{airflow}/dags/check_updates/runs/1")
        address, named = f"{airflow}/required_actions", {"run": "dispatch_half_year 2026-27-H1"}
        asks = WorkItem(WorkItemKind.QUESTION, QUARTER.opens_at, 1, address, named)
        return SchedulerState(
            [run], [asks], {step: f"{airflow}/dags/{step[0]}/runs" for step in steps}
        )

    patch = pytest.MonkeyPatch()
    for module in (board_app, page_responses):
        patch.setattr(module, "open_board_context", lambda: at)
    board_app.app.dependency_overrides = {
        request_context.open_board_context: lambda: at,
        get_user: lambda: None,
        require_viewer: lambda: None,
        require_ops: lambda: None,
        is_ops: lambda: True,
        board_app.get_state_loader: lambda: outside,
    }
    yield TestClient(board_app.app, root_path="/air/cpsa", follow_redirects=False)
    board_app.app.dependency_overrides = {}
    patch.undo()


@pytest.mark.parametrize("language", ["en", "hi"])
def test_a_quarter_is_shown_and_nothing_written_by_others_is_markup(board, language) -> None:
    answer = board.get(f"/quarter/{NOW}", params={"language": language})
    assert answer.status_code == 200
    assert "<script" not in answer.text
    assert "49" not in answer.text.replace("2049", "")
    page = parsed(answer.text)
    assert page.get("lang") == language
    row = page.xpath("//tr[.//span[@class='code'][.='IA-AB']]")[0]
    assert HOSTILE in row.text_content()
    assert row.xpath(".//a[contains(@href, '/received/')]/@href") == [
        f"/air/cpsa/received/{NOW}/IA-AB/1"
    ]
    assert page.xpath("//a[@href='/air/dags/check_updates/runs/1']")
    assert page.xpath("//a[@href='/air/required_actions']")
    if language == "hi":
        assert not foreign_words(page, KNOWN + HOSTILE + "Agency")
    assert "default-src 'none'" in answer.headers["content-security-policy"]


@pytest.mark.parametrize("period", ["2026-27-H1", "2026-27"])
@pytest.mark.parametrize("language", ["en", "hi"])
def test_a_half_and_a_year_are_shown(board, period, language) -> None:
    answer = board.get(f"/departments/{period}", params={"language": language})
    assert answer.status_code == 200
    page = parsed(answer.text)
    assert len(page.xpath("//section[@aria-labelledby='pendency']//tbody/tr")) > 5


@pytest.mark.parametrize("language", ["en", "hi"])
def test_progress_is_shown_where_no_agency_gave_a_table(board, language) -> None:
    answer = board.get(f"/programme/{NOW}", params={"language": language})
    assert answer.status_code == 200
    page = parsed(answer.text)
    assert len(page.xpath("//section[starts-with(@aria-labelledby, 'pending')]/p")) == 1
    assert not page.xpath("//table")
    assert page.xpath(f"//a[@href='/air/cpsa/programme?language={language}']")


def test_it_leads_to_the_newest(board) -> None:
    progress = board.get("/programme?language=hi").headers["location"]
    assert progress == f"/air/cpsa/programme/{NOW}?language=hi"
    assert board.get("/").headers["location"] == f"/air/cpsa/quarter/{NOW}?language=en"
    there = board.get("/departments?language=hi").headers["location"]
    assert there == "/air/cpsa/departments/2026-27-H1?language=hi"
    assert board.get(f"/?quarter={NOW}").status_code == 307


@pytest.mark.parametrize(
    "address",
    [
        *(
            "/quarter/2026-27-Q7",
            "/quarter/x",
            "/departments/x",
            "/programme/x",
            "/nothing",
            "/document/77",
        ),
        *("/document/99999999999999999999", f"/received/{NOW}/IA-AB/2", "/?quarter=x"),
        *(f"/received/{NOW}/..%2F..%2Fetc/1", f"/received/{NOW}/IA-AB/99999999999"),
    ],
)
def test_what_is_not_there_is_said_so(board, address) -> None:
    answer = board.get(address)
    assert answer.status_code == 404
    parsed(answer.text)


def test_files_come_as_they_were_received(board) -> None:
    answer = board.get(f"/received/{NOW}/IA-AB/1")
    assert answer.content == update("IA-AB", NOW)
    assert answer.headers["content-type"] == "application/octet-stream"
    assert answer.headers["content-disposition"].startswith("attachment")
    assert answer.headers["x-content-type-options"] == "nosniff"


def test_every_address_asks_who_is_there(board) -> None:
    """Without an override the gate is Airflow's own: without a user nobody is admitted."""
    from airflow.api_fastapi.core_api.security import get_user

    from cpsa_airflow.board import board_app
    from cpsa_airflow.board.board_roles import is_ops, require_ops, require_viewer

    for one in (get_user, require_viewer, require_ops, is_ops):
        del board_app.app.dependency_overrides[one]
    addresses = [
        re.sub(r"\{\w+\}", "1", route.path)
        for route in board_app.app.routes
        if hasattr(route, "path")
    ]
    assert len(addresses) >= 7
    for address in addresses:
        answer = board.get(address)
        assert answer.status_code == 401, address
        assert "/air/auth/login?next=" in answer.text
    assert board.get("/openapi.json").status_code == 404
    assert board.get("/docs").status_code == 404
    assert board.post("/").status_code == 405


def test_a_viewer_is_offered_no_file(board) -> None:
    from cpsa_airflow.board import board_app
    from cpsa_airflow.board.board_roles import is_ops

    board_app.app.dependency_overrides[is_ops] = lambda: False
    page = parsed(board.get(f"/quarter/{NOW}").text)
    assert not page.xpath("//a[contains(@href, '/received/')]")


def test_steps_are_dags(dagbag) -> None:
    from cpsa_airflow.board.airflow_runs import list_steps

    assert {dag for dag, _ in list_steps(QUARTER)} <= set(dagbag.dags)
    assert [period for _, period in list_steps(QUARTER.year)].count("2026-27-H2") == 2


def test_airflow_knows_the_plugin() -> None:
    import cpsa_board
    from cpsa_airflow.web_addresses import BOARD_PATH

    (app,) = cpsa_board.CpsaBoardPlugin.fastapi_apps
    assert app["url_prefix"] == BOARD_PATH


@pytest.mark.nightly
@pytest.mark.parametrize(
    "known", [{}, {"key": NOW, "agency": "IA-AB", "version": 1}], ids=["anything", "what is there"]
)
def test_whatever_a_machine_asks_it_is_never_the_boards_fault(board, known) -> None:
    def adjust(case: Any) -> None:
        for name in known.keys() & (case.path_parameters or {}).keys():
            case.path_parameters[name] = known[name]

    assert require_no_fault(board.app, adjust, 30) > 120


QUERY = f"/query/{NOW}/IA-AB"


@pytest.mark.parametrize("language", ["en", "hi"])
def test_ops_ask_about_a_figure_on_a_form(board, office: AppContext, language: str) -> None:
    shown = parsed(board.get(f"/quarter/{NOW}", params={"language": language}).text)
    assert f"/air/cpsa{QUERY}?language={language}" in shown.xpath("//a/@href")
    form = board.get(QUERY, params={"language": language})
    page = parsed(form.text)
    assert (form.status_code, page.get("lang")) == (200, language)
    token = page.xpath("string(//input[@name='form_token']/@value)")
    asked = {"indicator": "B1", "dimension": "", "text": HOSTILE, "text_hi": "कैसे?"}
    without = board.post(QUERY, data=asked)
    assert without.status_code == 403, "a form of another site has no token"
    board.cookies.set("cpsa_board_form", form.cookies["cpsa_board_form"])
    elsewhere = {"sec-fetch-site": "cross-site"}
    answer = board.post(QUERY, data={"form_token": token, **asked}, headers=elsewhere)
    assert answer.status_code == 403
    answer = board.post(QUERY, data={"form_token": token, **asked}, params={"language": language})
    assert answer.status_code == 200
    assert "--withdraw 1" in parsed(answer.text).text_content()
    account = load_agency_quarter(office, "IA-AB", QUARTER)
    (finding,) = [one for one in account.open_warnings if one.rule == "C01"]
    assert finding.expected.startswith('<script>alert("1")</script>')
    again = board.post(QUERY, data={"form_token": token, **asked}, params={"language": language})
    assert (again.status_code, "<script" in again.text) == (422, False)
    assert HOSTILE in parsed(again.text).xpath("string(//textarea[@name='text'])")
    board.cookies.clear()


def test_what_is_no_form_of_ours_changes_nothing(board, office: AppContext) -> None:
    assert board.get(f"/query/{NOW}/IA-NOBODY").status_code == 404
    assert board.post(QUERY, content=b"x" * 30_000).status_code == 413
    assert board.post(QUERY, data={"form_token": "x", "text": "?"}).status_code == 403
    rules = {one.rule for one in load_agency_quarter(office, "IA-AB", QUARTER).open_warnings}
    assert "C01" not in rules
