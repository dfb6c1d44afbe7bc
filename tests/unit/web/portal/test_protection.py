"""Who may come in, how often, with which forms; and what leaves the portal with every page."""

from __future__ import annotations

import logging
from datetime import UTC, datetime, timedelta

import pytest
from tests.pages import parsed
from tests.unit.web.portal.conftest import ENGLISH, HINDI, QUARTER, Site, Visitor, good

from cpsa import signed_links
from cpsa.errors import RequestError
from cpsa.services.quarter.agency_quarter import load_agency_quarter
from cpsa.services.verify_store.last_verification import write_last_verification
from cpsa.web.portal.form_token import COOKIE, FormTokens
from cpsa.web.portal.rate_limits import RateLimiter, RateLimits
from cpsa.web.portal.request_body import MAX_FIELDS

HOSTILE = "<script>alert(1)</script>\"'><b>"


def test_an_expired_link_says_so_in_both_languages(site: Site) -> None:
    visitor = site.visitor(days=30)
    site.now += timedelta(days=30)
    page = visitor.get(status=403)
    assert "This link has expired" in page.text_content()
    assert "अवधि समाप्त" in page.text_content()
    assert page.xpath("//*[@lang='hi']")
    assert visitor.client.post(visitor.address("send")).status_code == 403


@pytest.mark.parametrize("link", ["x", "a.b", "WyJJQS1PTkUiXQ.AAAA", "%00", "é" * 400])
def test_a_link_that_we_never_gave_opens_nothing(site: Site, link: str) -> None:
    Visitor(site.client, link).get(status=404)


def test_a_link_of_another_key_or_an_agency_that_owes_nothing_opens_nothing(site: Site) -> None:
    until = site.now + timedelta(days=1)
    for key, agency in ((b"another key", ENGLISH), (site.office.seal_key, "IA-NOBODY")):
        token = signed_links.sign_link(key, signed_links.AgencyLink(agency, QUARTER.key, until))
        Visitor(site.client, token).get(status=404)


def test_a_form_needs_its_token_and_its_cookie(site: Site, visitor: Visitor) -> None:
    token = visitor.get().xpath("string(//input[@name='form_token']/@value)")
    cookie = site.client.cookies[COOKIE]
    other = site.visitor(HINDI)
    foreign = other.get().xpath("string(//input[@name='form_token']/@value)")
    for field, sent in (
        ("", cookie),
        (token, ""),
        (foreign, cookie),
        (token, token),
        ("é", cookie),
    ):
        site.client.cookies.clear()
        if sent:
            site.client.cookies.set(COOKIE, sent)
        for steps, files in (("send", {"file": ("a.csv", good())}), ("explain", None)):
            answer = site.client.post(
                visitor.address(steps), data={"form_token": field}, files=files
            )
            assert answer.status_code == 403
            parsed(answer.text)
    assert not load_agency_quarter(site.office, ENGLISH, QUARTER).submissions


def test_the_cookie_is_kept_from_other_sites_and_pages(visitor: Visitor) -> None:
    cookie = visitor.client.get(visitor.address()).headers["set-cookie"]
    assert "SameSite=strict" in cookie
    assert "HttpOnly" in cookie
    assert f"Path=/u/{visitor.link}" in cookie


def test_form_tokens_are_of_one_link_and_one_key() -> None:
    ours = FormTokens(b"key")
    assert ours.are_valid("a", ours.field("a"), ours.cookie("a"))
    assert not ours.are_valid("b", ours.field("a"), ours.cookie("a"))
    assert not ours.are_valid("a", ours.cookie("a"), ours.field("a"))
    assert not FormTokens(b"other").are_valid("a", ours.field("a"), ours.cookie("a"))


def test_who_asks_too_often_is_told_when_to_come_back(site: Site) -> None:
    strict = Site(site.office, RateLimits(reads_per_link="3 per minute"))
    visitor = strict.visitor()
    for _ in range(3):
        visitor.get()
    answer = strict.client.get(visitor.address())
    assert answer.status_code == 429
    assert answer.headers["retry-after"] == "60"
    parsed(answer.text)
    strict.visitor(HINDI).get()
    assert strict.client.get("/health").status_code == 200


def test_one_client_may_not_try_links_for_ever(site: Site) -> None:
    strict = Site(site.office, RateLimits(reads_per_address="5 per minute"))
    answers = [strict.client.get(f"/u/{number}").status_code for number in range(7)]
    assert answers == [404] * 5 + [429] * 2


def test_writing_has_a_limit_of_its_own(site: Site) -> None:
    strict = Site(site.office, RateLimits(writes_per_link="2 per hour"))
    visitor = strict.visitor()
    assert [visitor.send(good()).status_code for _ in range(3)] == [303, 303, 429]
    visitor.get()


def test_addresses_of_one_ipv6_network_are_one_client() -> None:
    rates = RateLimiter("memory://", RateLimits(reads_per_address="1 per minute"))
    assert rates.check_address("2001:db8:1:2::3", writes=False) == 0
    assert rates.check_address("2001:db8:1:2:ffff::9", writes=False) == 60
    assert rates.check_address("2001:db8:1:3::3", writes=False) == 0
    assert rates.check_address("testclient", writes=False) == 0


def test_a_counter_out_of_reach_lets_agencies_in(caplog: pytest.LogCaptureFixture) -> None:
    rates = RateLimiter("redis://127.0.0.1:1/0")
    with caplog.at_level(logging.WARNING):
        assert rates.check_address("192.0.2.1", writes=True) == 0
    assert "not counted" in caplog.text
    assert "192.0.2.1" not in caplog.text


@pytest.mark.parametrize(
    "address", ["/", "/health", "/nothing", "/portal.css", "/u/x", "/openapi.json"]
)
def test_every_answer_carries_what_keeps_it_safe(site: Site, address: str) -> None:
    headers = site.client.get(address).headers
    assert headers["content-security-policy"].startswith("default-src 'none'; style-src 'self'")
    assert "frame-ancestors 'none'" in headers["content-security-policy"]
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["x-content-type-options"] == "nosniff"
    if address != "/portal.css":
        assert headers["cache-control"] == "no-store"


def test_head_is_answered_like_get_without_a_body(visitor: Visitor) -> None:
    answer = visitor.client.head(visitor.address())
    assert answer.status_code == 200
    assert answer.content == b""
    assert int(answer.headers["content-length"]) > 1000


def test_what_is_wrong_with_a_request_is_a_plain_page(site: Site, visitor: Visitor) -> None:
    client = site.client
    for answer, status in (
        (client.get("/nowhere"), 404),
        (client.delete(visitor.address()), 405),
        (client.get(visitor.address("send")), 405),
        (client.get(visitor.address("sent", "one")), 422),
        (client.get(visitor.address("sent", 0)), 422),
        (client.get(visitor.address("sent", 99)), 404),
    ):
        assert answer.status_code == status
        page = parsed(answer.text)
        assert page.xpath("//main//p")
        assert "detail" not in answer.text


@pytest.mark.parametrize(
    "kind",
    [
        "multipart/form-data",
        "multipart/form-data; boundary=x; charset=rot13",
        "multipart/form-data; boundary=x; charset=utf-7",
        "application/json",
        "text/plain",
        "",
    ],
)
def test_a_body_that_is_no_form_is_refused(visitor: Visitor, kind: str) -> None:
    for steps in ("send", "explain", "fill"):
        answer = visitor.client.post(
            visitor.address(steps), content=b"--x\r\n\r\nno form", headers={"content-type": kind}
        )
        assert answer.status_code in (400, 403)
        parsed(answer.text)


def test_a_form_of_very_many_fields_is_refused(visitor: Visitor) -> None:
    fields = {f"in_{number}_total": "1" for number in range(MAX_FIELDS + 1)}
    files = {"nothing": ("", b"")}
    answer = visitor.client.post(visitor.address("fill"), data=fields, files=files)
    assert answer.status_code == 400
    long = {"note_general": "ख" * 50_000}
    assert visitor.client.post(visitor.address("fill"), data=long, files=files).status_code == 400
    huge = {f"in_{number}_total": "x" * 60_000 for number in range(60)}
    assert visitor.client.post(visitor.address("fill"), data=huge, files=files).status_code == 413


def test_what_agencies_write_never_becomes_markup(site: Site, visitor: Visitor) -> None:
    visitor.send(good({"A1": HOSTILE}), f"{HOSTILE}.csv")
    notes = {"in_A1_total": HOSTILE, "note_general": HOSTILE, "entry_lesson_0_text": HOSTILE}
    pages = [
        visitor.client.get(visitor.address(*steps)).text
        for steps in ((), ("sent", 1), ("receipt", 1), ("fill",))
    ]
    pages.append(visitor.post("fill", data={**notes, "do": "check"}).text)
    for text in pages:
        page = parsed(text)
        assert text.count("<script") == len(page.xpath("//head/script[@src]")) <= 1
        assert "'><b>" in page.text_content() + "".join(page.xpath("//@value"))


def test_a_defect_is_one_line_with_a_number_and_no_secret_in_the_log(
    site: Site, visitor: Visitor, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def breaks(*_args: object) -> None:
        raise KeyError("person@example.org")

    monkeypatch.setattr("cpsa.web.portal.routes.form_routes.load_newest_values", breaks)
    visitor.send(good({"A1": "twelve"}))
    answer = visitor.client.get(visitor.address("fill"))
    assert answer.status_code == 500
    page = parsed(answer.text)
    assert "Traceback" not in answer.text
    assert "KeyError" not in answer.text
    number = page.xpath("string(//main//p)").split()[-1]
    ours = "\n".join(one.getMessage() for one in caplog.records if one.name == "cpsa.portal")
    assert f"incident {number} at GET /u/{{link}}/fill" in ours
    assert "person@example.org" not in ours
    assert visitor.link not in ours


def test_a_store_out_of_reach_is_said_plainly(
    site: Site, visitor: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    def out_of_reach(*_args: object) -> None:
        raise RequestError("store.unreachable", detail="host=10.1.2.3 password=secret")

    monkeypatch.setattr("cpsa.web.portal.agency_visit.load_agency_quarter", out_of_reach)
    monkeypatch.setattr("cpsa.web.portal.routes.service_routes.require_reachable", out_of_reach)
    answer = site.client.get(visitor.address())
    assert answer.status_code == 503
    assert answer.headers["retry-after"] == "60"
    assert "secret" not in answer.text
    parsed(answer.text)
    health = site.client.get("/health")
    assert (health.status_code, health.json()) == (503, {"status": "store out of reach"})


def test_a_store_of_another_version_is_not_well(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    def old(*_args: object) -> None:
        raise RequestError("store.not_current")

    monkeypatch.setattr("cpsa.web.portal.routes.service_routes.require_current", old)
    health = site.client.get("/health")
    assert (health.status_code, health.json()) == (503, {"status": "store of another version"})


VERIFIED_AT = datetime(2026, 8, 2, 6, 30, tzinfo=UTC)


def test_health_says_when_the_store_was_verified_and_what_was_found(site: Site) -> None:
    write_last_verification(site.office, VERIFIED_AT, 3)
    assert site.client.get("/health").json() == {
        "status": "ok",
        "verified_at": VERIFIED_AT.isoformat(),
        "faults": 3,
    }
    (site.office.settings.home / "verify" / "last.json").write_text("{")
    assert site.client.get("/health").json() == {"status": "ok"}


def test_where_nothing_can_be_kept_is_not_well(site: Site) -> None:
    folder = site.office.settings.received
    assert site.client.get("/health").json() == {"status": "ok"}
    assert not [one for one in folder.iterdir() if not one.is_dir()], "it leaves nothing behind"
    aside = folder.rename(folder.with_name("aside"))
    folder.write_text("a file where the folder should be")
    health = site.client.get("/health")
    assert (health.status_code, health.json()) == (503, {"status": "files cannot be kept"})
    folder.unlink()
    aside.rename(folder)


def test_the_portal_may_stand_below_a_path_of_another_site(site: Site) -> None:
    from dataclasses import replace

    settings = replace(site.office.settings, portal_url="https://one.example.org/updates")
    below = Site(replace(site.office, settings=settings))
    visitor = below.visitor()
    page = visitor.get()
    assert all(
        one.startswith("/updates/") for one in page.xpath("//header//@href | //form/@action")
    )
    answer = below.client.get(visitor.address())
    assert f"Path=/updates/u/{visitor.link}" in answer.headers["set-cookie"]
    assert "Secure" in answer.headers["set-cookie"]
    assert below.client.get(f"/updates/u/{visitor.link}").status_code == 200
