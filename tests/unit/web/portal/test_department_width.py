"""Pages of departments and the page of checks, on a phone of 390 pixels."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Route
from tests.browser import SMART_PHONE, Screen, chromium
from tests.factories import Clerk
from tests.pages import parsed
from tests.unit.services.department_rig import FIRST, SECOND, DepartmentRig, department_rig
from tests.unit.web.portal.test_department_replies import Reader, row

pytestmark = pytest.mark.slow

SITE = "http://testserver"


@pytest.fixture
def rig(clerk: Clerk, tmp_path: Path) -> Iterator[DepartmentRig]:
    with department_rig(clerk, tmp_path) as made:
        yield made


@pytest.fixture
def phone(tmp_path: Path) -> Iterator[Screen]:
    with (
        chromium(tmp_path) as browser,
        Screen.of(browser, SMART_PHONE, tmp_path, SITE) as screen,
    ):
        yield screen


def show(phone: Screen, reader: Reader, path: str, html: str = "") -> None:
    """Open a page of the portal in the browser: as it is, or with this text as its answer."""

    def serve(route: Route) -> None:
        address = route.request.url.removeprefix(SITE)
        if html and address == path:
            route.fulfill(body=html, content_type="text/html; charset=utf-8")
            return
        answer = reader.client.get(address)
        kind = answer.headers.get("content-type", "")
        route.fulfill(status=answer.status_code, body=answer.content, content_type=kind)

    phone.page.unroute_all()
    phone.page.route("**/*", serve)
    phone.page.goto(SITE + path)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_no_page_is_wider_than_a_phone(rig: DepartmentRig, phone: Screen) -> None:
    reader, other = Reader(rig), Reader(rig, "BANKS:to:1")
    show(phone, reader, reader.address)
    phone.look("form")
    show(phone, other, other.address)
    phone.look("form in Hindi")
    wrong = reader.post(**row(FIRST, decision="done"), **row(SECOND, decision="not_pursued"))
    show(phone, reader, "/wrong", wrong.text)
    phone.look("rows to correct")
    answer = reader.post(**row(SECOND, decision="accepted", promised="31-03-2026", remarks="x"))
    show(phone, reader, answer.headers["location"])
    phone.look("receipt")
    for language in ("en", "hi"):
        show(phone, reader, f"/checks?language={language}")
        assert parsed(phone.opened[-1].text()).get("lang") == language
        phone.look(f"checks in {language}")
