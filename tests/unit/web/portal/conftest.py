"""A portal without a server: an office, a clock that tests set, and visitors with links."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from lxml.html import HtmlElement
from starlette.testclient import TestClient
from tests.factories import RegistryFolder, update
from tests.pages import parsed
from tests.stores import fill_office

from cpsa import signed_links
from cpsa.calendar import Quarter
from cpsa.services.app_context import AppContext
from cpsa.services.quarter.load_registry import load_registry
from cpsa.services.quarter.open_quarter import open_quarter
from cpsa.settings import from_environment
from cpsa.web.portal.portal_app import make_app
from cpsa.web.portal.rate_limits import RateLimits

QUARTER = Quarter.parse("2026-27-Q2")
ENGLISH, HINDI = "IA-ONE", "FC-TWO"


@dataclass
class Visitor:
    """Anyone who has a link: opens pages, checks that they are sound, and fills their forms."""

    client: TestClient
    link: str

    def get(self, *steps: object, status: int = 200, **query: str) -> HtmlElement:
        answer = self.client.get(self.address(*steps), params=query)
        assert answer.status_code == status, answer.text
        return parsed(answer.text)

    def post(self, *steps: object, data: Mapping[str, str] = {}, files=None):
        """A form of a page, with what the page gave for it; redirects are not followed."""
        token = self.get(*(() if steps[0] != "fill" else steps)).xpath(
            "string(//input[@name='form_token']/@value)"
        )
        return self.client.post(
            self.address(*steps),
            data={"form_token": token, **data},
            files=files,
            follow_redirects=False,
        )

    def send(self, content: bytes, name: str = "update.csv"):
        return self.post("send", files={"file": (name, content)})

    def follow(self, answer) -> HtmlElement:
        assert answer.status_code == 303, answer.text
        return parsed(self.client.get(answer.headers["location"]).text)

    def address(self, *steps: object) -> str:
        return "/".join(["/u", self.link, *map(str, steps)])


@dataclass
class Site:
    """The portal of an office; its clock stands until it is set."""

    office: AppContext
    limits: RateLimits = field(default_factory=RateLimits)
    now: datetime = QUARTER.opens_at + timedelta(days=3)

    def __post_init__(self) -> None:
        self.app = make_app(self.office, lambda: self.now, self.limits)
        self.client = TestClient(self.app, client=("127.0.0.1", 50_000))

    def visitor(self, agency: str = ENGLISH, days: int = 60) -> Visitor:
        holder = signed_links.AgencyLink(agency, QUARTER.key, self.now + timedelta(days=days))
        return Visitor(self.client, signed_links.sign_link(self.office.seal_key, holder))


def open_sample_quarter(office: AppContext, folder: Path) -> None:
    """The updates of two agencies are due, one of them in Hindi; one had one accepted the quarter before."""
    fill_office(
        office, "the updates of two agencies are due", lambda: _open_quarters(office, folder)
    )


def _open_quarters(office: AppContext, folder: Path) -> None:
    before = QUARTER - 1
    registry = RegistryFolder(
        agencies={ENGLISH: before.key, HINDI: before.key},
        targets={(ENGLISH, "OP2", QUARTER.key): 40},
    ).write(folder)
    file = registry / "agencies.csv"
    lines = file.read_text("utf-8").splitlines()
    lines = [line.replace(",en,", ",hi,") if line.startswith(HINDI) else line for line in lines]
    file.write_text("\n".join(lines) + "\n", "utf-8")
    load_registry(office, registry, before.opens_at)
    for quarter in (before, QUARTER):
        open_quarter(office, quarter, quarter.opens_at, "ops")


@pytest.fixture
def office_on_sqlite(sqlite_template: Path, tmp_path: Path) -> Iterator[AppContext]:
    file = tmp_path / "cpsa.db"
    shutil.copyfile(sqlite_template, file)
    variables = {"CPSA_HOME": str(tmp_path / "home"), "CPSA_DATABASE_URL": f"sqlite:///{file}"}
    opened = AppContext.from_settings(from_environment(variables))
    yield opened
    opened.engine.dispose()


@pytest.fixture
def site(office_on_sqlite: AppContext, tmp_path: Path) -> Site:
    open_sample_quarter(office_on_sqlite, tmp_path / "registry")
    return Site(office_on_sqlite)


@pytest.fixture
def site_on_either(office: AppContext, tmp_path: Path) -> Site:
    open_sample_quarter(office, tmp_path / "registry")
    return Site(office)


@pytest.fixture
def visitor(site: Site) -> Visitor:
    return site.visitor()


def good(values: Mapping[str, str] = {}, agency: str = ENGLISH) -> bytes:
    return update(agency, QUARTER.key, values)
