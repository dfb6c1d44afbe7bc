"""The form with tables in a browser without scripts, on a phone of 390 pixels."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Route
from tests.browser import SMART_PHONE, Screen, chromium
from tests.unit.tables.test_table_portal import FC, fill, site, type_row
from tests.unit.web.portal.conftest import Site

pytestmark = pytest.mark.slow
assert site, "the office of the tests of the form is this file's, too"
SITE = "http://testserver"


@pytest.fixture
def phone(tmp_path: Path) -> Iterator[Screen]:
    with (
        chromium(tmp_path) as browser,
        Screen.of(browser, SMART_PHONE, tmp_path, SITE) as screen,
    ):
        yield screen


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_table_is_no_wider_than_a_phone_and_a_fault_leads_to_its_field(
    site: Site, phone: Screen
) -> None:
    visitor = site.visitor(FC)
    typed = fill(visitor.get("fill"), "2", **type_row(0, "DOIC", "S", "", "about 5", "", ""))
    answers: dict[str, bytes] = {}

    def serve(route: Route) -> None:
        address = route.request.url.removeprefix(SITE)
        if address in answers:
            route.fulfill(body=answers[address], content_type="text/html; charset=utf-8")
            return
        found = site.client.get(address)
        kind = found.headers.get("content-type", "")
        route.fulfill(status=found.status_code, body=found.content, content_type=kind)

    phone.page.route("**/*", serve)
    for language in ("en", "hi"):
        address = visitor.address(f"fill?lang={language}")
        answers[address] = visitor.post(
            address.split("/")[-1], data={**typed, "do": "check"}
        ).content
        phone.page.goto(f"{SITE}{address}")
        phone.look(f"form in {language}")
        phone.page.locator("#summary a").first.click()
        assert phone.page.url.endswith("#table_applications_0_filed")
        assert phone.page.locator("#table_applications_0_filed").is_visible()
