"""The form in the browser: the register's clusters of the district, answered and sent."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from tests.stores import sqlite_only
from tests.unit.clusters.cluster_office import CENTRE, Q3, Q4, find, open_office
from tests.unit.tables.test_table_portal import fill, value_of
from tests.unit.web.portal.conftest import Site, Visitor

from cpsa import signed_links
from cpsa.calendar import Quarter
from cpsa.services.app_context import AppContext
from cpsa.services.clusters.waiting_changes import list_waiting_changes
from cpsa.services.quarter.close_quarter import close_quarter
from cpsa.services.quarter.open_quarter import open_quarter


def visit(office: AppContext, folder: Path, key: str) -> Visitor:
    """The centre with its link for a quarter."""
    open_office(office, folder)
    quarter = Quarter.parse(key)
    open_quarter(office, quarter, quarter.opens_at, "ops")
    site = Site(office, now=quarter.opens_at + timedelta(days=3))
    holder = signed_links.AgencyLink(CENTRE, key, site.now + timedelta(days=60))
    return Visitor(site.client, signed_links.sign_link(office.seal_key, holder))


@sqlite_only
def test_an_answer_is_given_in_the_browser(office: AppContext, tmp_path: Path) -> None:
    visitor = visit(office, tmp_path, Q4)
    page = visitor.get("fill")
    assert value_of(page, "table_clusters_0_jobs") == "1000"
    assert value_of(page, "table_clusters_0_sector").startswith("textile")
    typed = fill(page) | {
        name: value_of(page, name)
        for name in page.xpath("//form//select/@name")
        if name.startswith("table_")
    }
    typed |= {"table_clusters_0_answer": "CHANGED", "table_clusters_0_jobs": "1,200"}
    refused = visitor.follow(visitor.post("fill", data={**typed, "do": "send"}))
    assert "is accepted" not in refused.text_content()
    assert {one[:3] for one in find(office, "P14")} == {
        ("P14", f"clusters.{column}", "CL-A") for column in ("as_of", "basis", "source")
    }
    typed |= {
        "table_clusters_0_as_of": "31.03.2026",
        "table_clusters_0_basis": "survey",
        "table_clusters_0_source": "Survey of the centre",
    }
    done = visitor.follow(visitor.post("fill", data={**typed, "do": "send"}))
    assert "is accepted" in done.text_content()
    close_quarter(office, Quarter.parse(Q4), Quarter.parse(Q4).closes_at)
    (change,) = list_waiting_changes(office)
    assert change.changes["jobs"] == (1000, 1200)


@sqlite_only
def test_other_quarters_have_no_such_table(office: AppContext, tmp_path: Path) -> None:
    page = visit(office, tmp_path, Q3).get("fill")
    assert not page.xpath("//*[starts-with(@name, 'table_clusters')]")
