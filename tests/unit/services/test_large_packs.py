"""Packs that are too large for a mail: documents go as signed links, which the portal serves."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import datetime, timedelta
from hashlib import sha256
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from lxml import html
from starlette.testclient import TestClient
from tests.unit.delivery.rig import Relay
from tests.unit.services.leaving import HALF, mailing, restate

from cpsa import signed_links
from cpsa.delivery.mail_attachment import MEDIA_TYPES
from cpsa.errors import RequestError
from cpsa.services.app_context import AppContext
from cpsa.services.dispatch.dispatch_half_year import dispatch_half_year
from cpsa.services.dispatch.plan_dispatch import plan_dispatch
from cpsa.signed_links import DownloadLink
from cpsa.web.portal.portal_app import make_app

pytestmark = pytest.mark.slow

NOW = HALF.dispatch_at
PORTAL = "https://updates.example.org"


@pytest.fixture
def office(built_home: Path, tmp_path: Path, relay: Relay) -> Iterator[AppContext]:
    home = tmp_path / "home"
    shutil.copytree(built_home, home)
    opened = mailing(home, relay.port, CPSA_PORTAL_URL=PORTAL, CPSA_ATTACH_MB="0.001")
    yield opened
    opened.engine.dispose()


def client(office: AppContext, now: datetime = NOW) -> TestClient:
    return TestClient(make_app(office, lambda: now), base_url=PORTAL)


def links_of(mail) -> list[tuple[str, str]]:
    """The links to documents, without the one to the department's page."""
    page = html.fromstring(mail.get_body(("html",)).get_content())
    links = [(link.get("href"), link.text) for link in page.iter("a")]
    return [(address, text) for address, text in links if "/d/" in address]


def test_documents_go_as_links_that_bring_the_same_bytes(office: AppContext, relay: Relay):
    plan = plan_dispatch(office, HALF, NOW)
    assert "linked" in {remark.key for remark in plan.notices}
    assert dispatch_half_year(office, HALF, NOW, "test", approved=plan.digest).accepted == 13
    mail = next(one for one in relay.mails if "sdc@" in one["To"])
    (attached,) = mail.iter_attachments()
    assert attached.get_filename() == "SHA256SUMS.txt"
    digests = attached.get_content()
    words = mail.get_body(("plain",)).get_content()
    found = links_of(mail)
    assert len(found) == 5
    types = set()
    for link, shown in found:
        assert link == shown
        assert link in words.replace("\n", "")
        answer = client(office).get(urlsplit(link).path)
        assert answer.status_code == 200
        assert sha256(answer.content).hexdigest() in digests
        assert answer.headers["content-disposition"].startswith("attachment; filename")
        types.add(answer.headers["content-type"])
    assert types == {MEDIA_TYPES[ending] for ending in (".pdf", ".xlsx", ".docx")}


def test_links_expire_and_cannot_be_changed(office: AppContext, relay: Relay):
    dispatch_half_year(office, HALF, NOW, "test")
    link = urlsplit(links_of(relay.mails[0])[0][0]).path
    assert client(office, NOW + timedelta(days=89)).get(link).status_code == 200
    assert client(office, NOW + timedelta(days=91)).get(link).status_code == 403
    assert client(office).get(link[:-2] + "xx").status_code == 404
    assert client(office).get(link.replace("/d/", "/u/")).status_code == 404


def test_what_left_as_links_has_left(office: AppContext, relay: Relay, tmp_path: Path):
    """And its revision has the note attached, however large the documents are."""
    dispatch_half_year(office, HALF, NOW, "test")
    assert plan_dispatch(office, HALF, NOW + timedelta(days=3)).messages == ()
    relay.raw.clear()
    later = NOW + timedelta(days=9)
    restate(office, tmp_path / "late", later)
    dispatch_half_year(office, HALF, later, "test", revise="counted twice", who="an admin")
    mail = next(one for one in relay.mails if "sdc@" in one["To"])
    assert [part.get_filename() for part in mail.iter_attachments()] == [
        "Restatement note 2024-25-H2 R1.pdf",
        "SHA256SUMS.txt",
    ]
    assert len(links_of(mail)) == 5


def test_without_a_portal_all_is_attached_and_the_approver_is_told(
    built_home: Path, tmp_path: Path, relay: Relay
):
    home = tmp_path / "home"
    shutil.copytree(built_home, home)
    office = mailing(home, relay.port, CPSA_ATTACH_MB="0.001")
    plan = plan_dispatch(office, HALF, NOW)
    assert "large" in {remark.key for remark in plan.notices}
    assert all(not file.link for one in plan.messages for file in one.attachments)
    assert all(file.path.is_file() for one in plan.messages for file in one.attachments)


def test_a_link_says_which_bytes_and_no_other_key_reads_it():
    loan = DownloadLink("a" * 64, "अनुभव एवं सीख दस्तावेज़.pdf", NOW)
    token = signed_links.sign_link(b"one", loan)
    assert signed_links.verify_link(b"one", DownloadLink, token, NOW - timedelta(seconds=1)) == loan
    with pytest.raises(RequestError, match="expired"):
        signed_links.verify_link(b"one", DownloadLink, token, NOW)
    with pytest.raises(RequestError, match="not one of ours"):
        signed_links.verify_link(b"other", DownloadLink, token, NOW - timedelta(days=1))
