"""An agency leaves: what is closed keeps it, what comes after does without it."""

from __future__ import annotations

import csv
import io
from datetime import datetime
from pathlib import Path

import pandas as pd
import pytest
from lxml import html
from tests.factories import Clerk, RegistryFolder, known_codes
from tests.stores import fill_office

from cpsa.calendar import Quarter
from cpsa.errors import RequestError
from cpsa.registry import registry_files
from cpsa.services.app_context import AppContext
from cpsa.services.publication.publish_quarter import publish_quarter
from cpsa.services.publication.take_snapshot import take_snapshot
from cpsa.services.quarter.agency_quarter import load_agency_quarter
from cpsa.services.quarter.load_registry import load_registry
from cpsa.services.quarter.open_quarter import open_quarter
from cpsa.services.reports.list_findings import list_findings
from cpsa.services.reports.list_obligations import list_obligations
from cpsa.services.reports.list_reporting import list_reporting
from cpsa.store.database import read_transaction, write_transaction
from cpsa.store.queries import registry_queries

Q1, Q2, Q3 = (Quarter.parse(f"2026-27-Q{number}") for number in (1, 2, 3))
AGENCIES = {"IA-A": Q1.key, "FC-A": Q1.key, "FC-SHA": Q1.key}


def load_as_1_0_0(office: AppContext, folder: Path, now: datetime) -> None:
    """Version 1.0.0 let a line be dropped."""
    read = registry_files.read_registry_folder(folder, known_codes())
    with write_transaction(office.engine) as connection:
        registry_queries.save_registry(connection, read, now)


def programme(office: AppContext, tmp_path: Path) -> Clerk:
    made = RegistryFolder(agencies=AGENCIES, targets={("FC-SHA", "FA3", Q1.key): 9})
    made.load(office, tmp_path / "first", Q1.opens_at)
    clerk = Clerk(office, tmp_path / "sent")
    for agency in AGENCIES:
        clerk.send(agency, Q1.key, {"FA3": 9} if agency == "FC-SHA" else {})
    clerk.close(Q1.key)
    return clerk


@pytest.fixture(params=["ends", "dropped"])
def left(request: pytest.FixtureRequest, office: AppContext, tmp_path: Path) -> Clerk:
    """Two quarters are closed; FC-SHA was active in the first only."""
    fill_office(
        office, f"an agency {request.param}", lambda: _leave(office, tmp_path, request.param)
    )
    return Clerk(office, tmp_path / "sent")


def _leave(office: AppContext, tmp_path: Path, way: str) -> None:
    clerk = programme(office, tmp_path)
    if way == "ends":
        made = RegistryFolder(agencies=AGENCIES, ends={"FC-SHA": Q1.key})
        load_registry(office, made.write(tmp_path / "second"), Q2.opens_at)
    else:
        others = {code: since for code, since in AGENCIES.items() if code != "FC-SHA"}
        made = RegistryFolder(agencies=others)
        load_as_1_0_0(office, made.write(tmp_path / "second"), Q2.opens_at)
    for agency in ("IA-A", "FC-A"):
        clerk.send(agency, Q2.key)
    clerk.close(Q2.key)


def links(page: Path) -> list[str]:
    return [str(link) for link in html.parse(page).xpath("//main//a/@href")]


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_the_public_page_of_a_closed_quarter_keeps_an_agency_that_left(left: Clerk) -> None:
    """Found on a store of the sample: "On track (6)" became "(5)", FC-SHA's page was gone."""
    office = left.office
    publish_quarter(office, Q3.opens_at)
    site = office.settings.public
    for language in ("en", "hi"):
        pages = site / language
        assert any("FC-SHA" in link for link in links(pages / f"quarters/{Q1.key}.html"))
        assert not any("FC-SHA" in link for link in links(pages / f"quarters/{Q2.key}.html"))
        assert not any("FC-SHA" in link for link in links(pages / "index.html"))
        assert any("FC-SHA" in link for link in links(pages / "names.html"))
        assert (pages / "agencies" / "FC-SHA.html").is_file()
        for page in pages.rglob("*.html"):
            missing = [
                link
                for link in links(page)
                if not link.startswith(("http", "#", "mailto"))
                and not (page.parent / link.split("#")[0]).exists()
            ]
            assert missing == [], page
    rows = csv.DictReader(io.StringIO((site / f"data/scores-{Q1.key}.csv").read_text("utf-8")))
    assert "FC-SHA" in {row["agency"] for row in rows}


def test_documents_of_the_half_keep_it_and_its_target(left: Clerk) -> None:
    taken = take_snapshot(left.office, Q2.half)
    assert taken.snapshot.agencies["FC-SHA"]["active_to"] == Q1.key
    assert taken.snapshot.list_agencies_due(Q1) == ("IA-A", "FC-A", "FC-SHA")
    assert taken.snapshot.list_agencies_due(Q2) == ("IA-A", "FC-A")


def test_who_left_is_expected_no_more(left: Clerk) -> None:
    told = pd.DataFrame(list_obligations(left.office))
    assert set(told.loc[told["quarter"] == Q1.key, "agency"]) == set(AGENCIES)
    assert set(told.loc[told["quarter"] == Q2.key, "agency"]) == {"IA-A", "FC-A"}
    rates = list_reporting(left.office, Q2)
    assert dict(zip(rates["form"], rates["expected"], strict=True)) == {"IA": 1, "FC": 1}
    assert load_agency_quarter(left.office, "FC-SHA", Q1).state == "accepted"
    with pytest.raises(RequestError) as refused:
        load_agency_quarter(left.office, "FC-SHA", Q2)
    assert refused.value.key == "cycle.owes_nothing"


def test_a_file_from_who_left_is_refused_with_s06(left: Clerk) -> None:
    left.send("FC-SHA", Q3.key)
    left.check(Q3.key)
    found = list_findings(left.office, Q3)
    assert list(found["rule"]) == ["S06"]
    told = pd.DataFrame(list_obligations(left.office, Q3))
    assert "FC-SHA" not in set(told["agency"])


def test_who_leaves_while_a_quarter_is_open_is_not_due_for_it(
    office: AppContext, tmp_path: Path
) -> None:
    programme(office, tmp_path)
    open_quarter(office, Q2, Q2.opens_at, "ops")
    assert "FC-SHA" in set(pd.DataFrame(list_obligations(office, Q2))["agency"])
    made = RegistryFolder(agencies=AGENCIES, ends={"FC-SHA": Q1.key})
    load_registry(office, made.write(tmp_path / "second"), Q2.opens_at)
    assert set(pd.DataFrame(list_obligations(office, Q2))["agency"]) == {"IA-A", "FC-A"}


def test_the_register_of_a_quarter_is_that_of_its_closing(
    office: AppContext, tmp_path: Path
) -> None:
    programme(office, tmp_path)
    made = RegistryFolder(agencies={**AGENCIES, "IA-NEW": Q2.key})
    load_registry(office, made.write(tmp_path / "second"), Q2.opens_at)
    with read_transaction(office.engine) as connection:
        assert registry_queries.find_load_of_quarter(connection, Q1.key) == 0
        assert registry_queries.find_load_of_quarter(connection, Q2.key) == 1
        assert "IA-NEW" not in set(office.load_register_of_quarter(connection, Q1).agencies["code"])


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_page_of_a_quarter_has_the_targets_of_then(office: AppContext, tmp_path: Path) -> None:
    clerk = programme(office, tmp_path)
    made = RegistryFolder(agencies=AGENCIES, targets={("FC-SHA", "FA3", Q1.key): 18})
    load_registry(office, made.write(tmp_path / "second"), Q2.opens_at)
    for agency in AGENCIES:
        clerk.send(agency, Q2.key)
    clerk.close(Q2.key)
    publish_quarter(office, Q3.opens_at)
    page = html.parse(office.settings.public / f"en/quarters/{Q1.key}.html")
    row = next(row for row in page.xpath("//tr") if "FA3" in row.text_content())
    assert "100.0" in row.text_content()


def test_forms_that_are_due_are_the_same_from_rows_and_from_the_register(left: Clerk) -> None:
    with read_transaction(left.office.engine) as connection:
        newest = registry_queries.require_load(connection)
        for load_id in range(newest + 1):
            register = registry_queries.load_register(connection, load_id)
            for quarter in (Q1.key, Q2.key, Q3.key):
                rows = registry_queries.load_forms(connection, load_id, quarter)
                assert list(rows.items()) == list(register.forms_in(quarter).items())
