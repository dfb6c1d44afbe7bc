"""How much one link may upload; and that nobody within the limit is refused."""

from __future__ import annotations

from copy import copy
from dataclasses import replace
from datetime import timedelta

import pytest
from tests.unit.web.portal.conftest import ENGLISH, HINDI, QUARTER, Site, good

from cpsa.errors import RequestError
from cpsa.services.collection import upload_limits
from cpsa.services.quarter.agency_quarter import load_agency_quarter
from cpsa.services.reports.list_arrivals import list_arrivals
from cpsa.settings import from_environment

BROKEN = b"PK\x03\x04 no workbook "


def site_of(site: Site, day_mb: float) -> Site:
    settings = copy(site.office.settings)
    # Less than a setting may be: with 10 MB each test would send large files.
    object.__setattr__(settings, "portal_day_mb", day_mb)
    return Site(replace(site.office, settings=settings))


def kept(site: Site) -> int:
    return sum(1 for one in site.office.settings.received.rglob("*") if one.is_file())


def test_a_link_keeps_so_many_bytes_a_day_and_the_rest_of_the_file_nowhere(
    site_on_either: Site,
) -> None:
    site = site_of(site_on_either, 0.01)  # 10,485 bytes
    visitor, other = site.visitor(), site.visitor(HINDI)
    filler = b"\r\n" * 4000
    assert visitor.send(good() + filler).status_code == 303
    before = kept(site)
    answer = visitor.send(good({"OP2": "12"}) + filler)
    assert answer.status_code == 429
    assert answer.headers["retry-after"] == "86400"
    assert "not saved" in answer.text
    assert "0.01 MB" in answer.text
    assert kept(site) == before
    assert len(list_arrivals(site.office)) == 1
    assert visitor.send(good() + filler).status_code == 303, "the same bytes take no room"
    assert other.send(good(agency=HINDI) + filler).status_code == 303, "another link has its own"
    site.now += timedelta(hours=25)
    assert visitor.send(good({"OP2": "12"}) + filler).status_code == 303


def test_of_files_that_cannot_be_read_so_many_are_kept(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(upload_limits, "UNREADABLE_KEPT", 3)
    visitor = site.visitor()
    for number in range(3):
        assert visitor.send(BROKEN + b"%d" % number, "a.xlsx").status_code == 303
    before = kept(site)
    answer = visitor.send(BROKEN + b"more", "a.xlsx")
    assert answer.status_code == 422
    assert "3 files that cannot be read" in answer.text
    assert kept(site) == before
    hindi = site.client.get(visitor.address(), params={"lang": "hi"})
    assert hindi.status_code == 200, "its page goes on"
    assert visitor.send(good()).status_code == 303, "one that can be read is always taken"
    assert load_agency_quarter(site.office, ENGLISH, QUARTER).state == "accepted"


@pytest.mark.parametrize("said", ["9", "0", "-1", "many", "nan", "1e9"])
def test_a_limit_below_one_file_is_none(said: str, tmp_path) -> None:
    with pytest.raises(RequestError, match="CPSA_PORTAL_DAY_MB"):
        from_environment({"CPSA_HOME": str(tmp_path), "CPSA_PORTAL_DAY_MB": said})


def test_a_limit_that_is_set_is_taken(tmp_path) -> None:
    variables = {"CPSA_HOME": str(tmp_path), "CPSA_PORTAL_DAY_MB": "250"}
    assert from_environment(variables).portal_day_mb == 250
