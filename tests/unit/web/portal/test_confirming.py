"""The page behind the link of a letter: opening it changes nothing, a click confirms or refuses."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from http.cookiejar import CookieJar
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import HTTPCookieProcessor, HTTPRedirectHandler, Request, build_opener

import uvicorn
from lxml.html import HtmlElement
from sqlalchemy import text
from tests.pages import parsed
from tests.unit.web.portal.conftest import ENGLISH, HINDI, QUARTER, Site, good

from cpsa import signed_links
from cpsa.intake.arrival import Arrival
from cpsa.intake.channels.channel import IncomingFile
from cpsa.intake.channels.mail_authentication import Proof, UnprovenSender
from cpsa.services.collection.awaiting_arrivals import (
    CONFIRMATION_PERIOD,
    load_awaiting_arrival,
)
from cpsa.services.collection.mail_trust import await_sender_confirmation
from cpsa.services.quarter.agency_quarter import load_agency_quarter
from cpsa.web.portal.portal_app import make_app

AT = QUARTER.opens_at + timedelta(days=3, hours=1)
EARLIER = QUARTER.opens_at + timedelta(days=2)


def waiting(site: Site, value: str = "7", agency: str = ENGLISH, key: str = "<1@x>", at=AT) -> int:
    """An update of a mail that would replace the accepted one; its number."""
    site.visitor(agency).send(good(agency=agency))
    content = good({"A1" if agency == ENGLISH else "FB5": value}, agency)
    arrival = Arrival("mail", key, "update.csv", content, agency, QUARTER.key, at)
    sender = UnprovenSender(f"{agency.lower()}@example.org", Proof.FAILED)
    item = await_sender_confirmation(site.office, IncomingFile(arrival), sender, site.now)
    assert item is not None
    assert item.outcome == "awaiting"
    with site.office.engine.connect() as connection:
        return connection.execute(text("SELECT max(id) FROM awaiting_arrival")).scalar_one()


def link(site: Site, number: int, party: str = ENGLISH) -> str:
    holder = signed_links.ArrivalLink(str(number), party, site.now + CONFIRMATION_PERIOD)
    return signed_links.sign_link(site.office.seal_key, holder)


def versions(site: Site, agency: str = ENGLISH) -> list[tuple[int, str]]:
    found = load_agency_quarter(site.office, agency, QUARTER).submissions
    return [(one.version, one.state) for one in found]


@dataclass
class Browser:
    """A browser at the portal over real HTTP, that keeps cookies and follows redirects."""

    root: str
    cookies: bool = True

    def __post_init__(self) -> None:
        handlers = [HTTPCookieProcessor(CookieJar())] if self.cookies else []
        self._open = build_opener(HTTPRedirectHandler(), *handlers).open

    def get(self, path: str, status: int = 200, method: str = "GET") -> HtmlElement | None:
        return self._asked(Request(self.root + path, method=method), status)

    def press(self, path: str, do: str, status: int = 200) -> HtmlElement | None:
        """Press a button of the page as it is shown."""
        page = self.get(path)
        assert page is not None
        assert page.xpath(f"//form[@method='post']//button[@name='do'][@value='{do}']"), do
        token = page.xpath("string(//input[@name='form_token']/@value)")
        return self.post(path, {"form_token": token, "do": do}, status)

    def post(self, path: str, fields: dict[str, str], status: int) -> HtmlElement | None:
        data = urlencode(fields).encode()
        return self._asked(Request(self.root + path, data=data), status)

    def _asked(self, request: Request, status: int) -> HtmlElement | None:
        try:
            with self._open(request, timeout=30) as answer:
                found, body = answer.status, answer.read().decode()
        except HTTPError as error:
            found, body = error.code, error.read().decode()
        assert found == status, body
        return parsed(body) if body else None


@contextmanager
def served(site: Site) -> Iterator[str]:
    """The portal with a real server on 127.0.0.1; its address."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    app = make_app(site.office, lambda: site.now, site.limits)
    server = uvicorn.Server(uvicorn.Config(app, "127.0.0.1", port, log_config=None))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    for _ in range(200):
        if server.started:
            break
        time.sleep(0.05)
    yield f"http://127.0.0.1:{port}"
    server.should_exit = True
    thread.join(20)


def test_opening_the_page_changes_nothing_and_a_click_confirms(site_on_either: Site) -> None:
    site = site_on_either
    number = waiting(site)
    path = f"/a/{link(site, number)}"
    with served(site) as root:
        for _ in range(3):  # as programs do that look for harm
            Browser(root, cookies=False).get(path)
            Browser(root).get(f"{path}?do=confirm&lang=hi")
        Browser(root).get(path, 405, method="PUT")
        assert (versions(site), load_awaiting_arrival(site.office, number).waits) == (
            [(1, "accepted")],
            True,
        )
        page = Browser(root).press(path, "confirm")
        assert page is not None
        assert "confirmed" in page.xpath("string(//h1)")
        assert versions(site) == [(1, "accepted"), (2, "accepted")]
        newest = load_agency_quarter(site.office, ENGLISH, QUARTER).submissions[-1]
        assert (newest.received_at, newest.channel) == (AT, "mail")
        # A second click finds it settled.
        again = Browser(root).get(path)
        assert again is not None
        assert not again.xpath("//form")


def test_a_form_that_is_not_of_this_page_confirms_nothing(site: Site) -> None:
    number = waiting(site)
    other = waiting(site, agency=HINDI, key="<2@x>")
    path = f"/a/{link(site, number)}"
    with served(site) as root:
        Browser(root).post(path, {"do": "confirm"}, 403)
        browser = Browser(root)
        page = browser.get(f"/a/{link(site, other, HINDI)}")
        assert page is not None
        token = page.xpath("string(//input[@name='form_token']/@value)")
        browser.post(path, {"do": "confirm", "form_token": token}, 403)
        page = browser.get(path)
        assert page is not None
        token = page.xpath("string(//input[@name='form_token']/@value)")
        browser.post(path, {"do": "anything", "form_token": token}, 400)
    assert load_awaiting_arrival(site.office, number).waits


def _with_another_signature(token: str) -> str:
    """Another first letter: the last one has bits that say nothing, so it may be the same signature."""
    head, dot, signature = token.rpartition(".")
    return f"{head}{dot}{'A' if signature[0] != 'A' else 'B'}{signature[1:]}"


def test_a_link_for_another_agency_confirms_nothing(site: Site) -> None:
    number = waiting(site)
    pass_ = signed_links.AgencyLink(HINDI, QUARTER.key, site.now + CONFIRMATION_PERIOD)
    for token in (
        link(site, number, HINDI),
        link(site, number + 1),
        signed_links.sign_link(site.office.seal_key, pass_),
        _with_another_signature(link(site, number)),
    ):
        answer = site.client.get(f"/a/{token}")
        assert answer.status_code == 404, token
        answer = site.client.post(f"/a/{token}", data={"do": "confirm"})
        assert answer.status_code == 404, token
    assert load_awaiting_arrival(site.office, number).waits


def test_no_refuses_it_and_the_accepted_update_stays(site: Site) -> None:
    number = waiting(site)
    with served(site) as root:
        page = Browser(root).press(f"/a/{link(site, number)}", "refuse")
    assert page is not None
    assert "refused" in page.xpath("string(//h1)")
    assert versions(site) == [(1, "accepted")]
    assert load_awaiting_arrival(site.office, number).row.outcome == "refused"


def test_where_a_newer_update_counts_the_page_says_so_and_asks(site: Site) -> None:
    """The accepted version came through the portal after both mails."""
    first = waiting(site, at=EARLIER)
    second = waiting(site, "8", key="<2@x>", at=EARLIER)
    with served(site) as root:
        page = Browser(root).get(f"/a/{link(site, first)}")
        assert page is not None
        assert "newer update" in page.xpath("string(//*[@id='newer'])")
        assert not page.xpath("//button[@value='confirm']")
        Browser(root).press(f"/a/{link(site, first)}", "newer")
        assert versions(site) == [(1, "accepted")]
        assert load_awaiting_arrival(site.office, first).row.outcome == "replaced"
        Browser(root).press(f"/a/{link(site, second)}", "replace")
    assert versions(site) == [(1, "accepted"), (2, "accepted")]


def test_a_newer_update_that_came_while_the_page_was_open_is_not_replaced(site: Site) -> None:
    number = waiting(site)
    path = f"/a/{link(site, number)}"
    with served(site) as root:
        browser = Browser(root)
        page = browser.get(path)
        assert page is not None
        token = page.xpath("string(//input[@name='form_token']/@value)")
        site.now = AT + timedelta(hours=1)
        site.visitor().send(good({"A1": "9"}))
        answer = browser.post(path, {"form_token": token, "do": "confirm"}, 409)
    assert answer is not None
    assert "newer update" in answer.xpath("string(//*[@id='newer'])")
    assert load_awaiting_arrival(site.office, number).waits


def test_the_page_in_hindi(site: Site) -> None:
    number = waiting(site, agency=HINDI)
    page = parsed(site.client.get(f"/a/{link(site, number, HINDI)}").text)
    assert page.get("lang") == "hi"
    assert "क्या यह फ़ाइल आपने भेजी है?" in page.xpath("string(//h1)")
    english = parsed(site.client.get(f"/a/{link(site, number, HINDI)}?lang=en").text)
    assert "Did you send this file?" in english.xpath("string(//h1)")


def test_after_its_days_the_link_has_expired(site: Site) -> None:
    number = waiting(site)
    path = f"/a/{link(site, number)}"
    site.now = site.now + CONFIRMATION_PERIOD
    assert site.client.get(path).status_code == 403
