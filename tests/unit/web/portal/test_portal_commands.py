"""The portal's commands: a link for one agency and quarter, refused where it would open nothing."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from tests.unit.web.portal.conftest import ENGLISH, QUARTER, Site
from typer.testing import CliRunner, Result

from cpsa import signed_links
from cpsa.cli.command_line import app


@pytest.fixture
def cpsa(site: Site, monkeypatch: pytest.MonkeyPatch):
    settings = site.office.settings
    monkeypatch.setenv("CPSA_HOME", str(settings.home))
    monkeypatch.setenv("CPSA_DATABASE_URL", settings.database_url)
    monkeypatch.setenv("CPSA_PORTAL_URL", "https://updates.example.org/")

    def run(*words: str) -> Result:
        return CliRunner().invoke(app, list(words))

    return run


def test_a_link_is_of_one_agency_and_quarter_and_ends(site: Site, cpsa) -> None:
    answer = cpsa("link", ENGLISH, QUARTER.key, "--days", "2")
    assert answer.exit_code == 0, answer.output
    base, _, token = answer.output.strip().rpartition("/u/")
    assert base == "https://updates.example.org"
    now = datetime.now(UTC)
    found = signed_links.verify_link(site.office.seal_key, signed_links.AgencyLink, token, now)
    assert (found.agency, found.quarter) == (ENGLISH, QUARTER.key)
    assert timedelta(days=1) < found.until - now < timedelta(days=2, minutes=1)


def test_no_link_is_given_where_it_would_open_nothing(
    cpsa, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert cpsa("link", "IA-NOBODY", QUARTER.key).exception.key == "cycle.owes_nothing"
    assert cpsa("link", ENGLISH, "2026-Q2").exception.key == "calendar.no_quarter"
    monkeypatch.delenv("CPSA_PORTAL_URL")
    assert cpsa("link", ENGLISH, QUARTER.key).exception.key == "portal.no_address"
