"""Tables that agencies filled in, on public pages: steps, money and applications, each value with its source."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import pandas as pd
import pytest
from lxml.html import HtmlElement
from tests.pages import foreign_words
from tests.unit.online_edition.conftest import LAST, Site, pages_of, site_of
from tests.unit.online_edition.walking import broken

from cpsa.calendar import Quarter
from cpsa.online_edition.page_addresses import make_district_address
from cpsa.provenance.snapshot import COLUMNS, Snapshot

pytestmark = pytest.mark.slow

STEPS = {
    "CCC": {"actual": "2023-04-10"},
    "STUDY": {"actual": "2023-07-19"},
    "PLAN": {"pending_with": "Office of Shri Ram, ram.lal@example.org", "planned": "2025-09-30"},
}
PENDING = (
    ("DOMSME", "MSE-CDP", 12_00, 5_00),
    ("DOMSME", "Own scheme", 3_00, 1_00),
    ("Town office, 98930 12345", "MSE-CDP", 20_00, None),
    ("DOIC", "MSE-CDP", 0, 0),
)
"""Department, scheme, pending in all and over 90 days (hundredths)."""
MONEY = {"CENTRE": (7_000_000_00, 3_000_000_00), "STATE": (2_000_000_00, 2_000_000_00)}
BEFORE = (Quarter.parse(LAST) - 1).key


def make_rows(
    agency: str, quarter: str, table: str, rows: Iterable[tuple[str, dict[str, object]]]
) -> list[dict[str, object]]:
    """The values of some rows as the snapshot has them; figures in hundredths, all else as text."""
    return [
        {
            "agency": agency,
            "quarter": quarter,
            "version": 1,
            "table": table,
            "position": position,
            "row": key,
            "column": column,
            "place": f"Sheet!C{position + 4}",
            "hundredths": value if isinstance(value, int) else None,
            "value": None if isinstance(value, int) else value,
        }
        for position, (key, values) in enumerate(rows, 1)
        for column, value in values.items()
    ]


def with_tables(snapshot: Snapshot, rows: list[dict[str, object]]) -> Snapshot:
    frame = pd.DataFrame(rows, columns=list(COLUMNS["table_values"])).astype(object)
    return replace(snapshot, table_values=frame)


def find_agencies(snapshot: Snapshot, form: str) -> list[str]:
    due = snapshot.list_agencies_due(Quarter.parse(LAST))
    accepted = snapshot.scores[
        (snapshot.scores["quarter"] == LAST) & (snapshot.scores["state"] == "accepted")
    ]
    return [code for code in due if code in {*accepted["agency"]} and code.startswith(form)]


@pytest.fixture(scope="module")
def given(programme: Snapshot) -> Snapshot:
    """Steps of one cluster, its money a quarter earlier, and the applications of one centre."""
    centre = find_agencies(programme, "FC")[0]
    applications = [
        (
            f"{department}/{scheme}",
            {"department": department, "scheme": scheme, "pending": pending}
            | ({} if old is None else {"over_90": old}),
        )
        for department, scheme, pending, old in PENDING
    ]
    cluster = find_agencies(programme, "IA")[0]
    steps = [(step, {"step": step, **values}) for step, values in STEPS.items()]
    money = [
        (source, {"source": source, "due": due, "received": received})
        for source, (due, received) in MONEY.items()
    ]
    return with_tables(
        programme,
        [
            *make_rows(cluster, LAST, "milestones", steps),
            *make_rows(cluster, BEFORE, "money", money),
            *make_rows(centre, LAST, "applications", applications),
        ],
    )


@pytest.fixture(scope="module")
def made(given: Snapshot) -> Site:
    return site_of(given)


@pytest.fixture(scope="module")
def drawn(made: Site) -> dict[str, HtmlElement]:
    return pages_of(made)


def read_table(table: HtmlElement) -> list[list[str]]:
    return [
        [" ".join(cell.text_content().split()) for cell in row.xpath("th|td")]
        for row in table.xpath(".//tbody/tr | .//tfoot/tr")
    ]


@pytest.mark.parametrize("language", ["en", "hi"])
def test_the_page_of_a_cluster_shows_steps_what_waits_and_money(given, drawn, language) -> None:
    cluster = given.table_values["agency"][0]
    page = drawn[f"{language}/agencies/{cluster}.html"]
    steps, waiting, money = page.xpath("//section[@aria-labelledby='progress']//table")
    labels = given.framework.tables["milestones"].columns["step"].choices
    rows = read_table(steps)
    assert [row[0] for row in rows] == [label.in_(language) for label in labels.values()]
    assert [row[2] for row in rows[:3]] == ["–", "100", "–"], "10 April to 19 July 2023"
    assert "2023" in rows[0][1] and "2023" in rows[1][1] and rows[2][1] == "–"
    ((step, place, days),) = read_table(waiting)
    assert step == labels["PLAN"].in_(language) and days == "621", "to 31 March 2025"
    assert "[…]" in place and "example.org" not in page.text_content()
    assert BEFORE in money.xpath("string(caption)"), "given for the quarter before"
    assert len(read_table(money)) == len(MONEY) + 1
    total = read_table(money)[-1]
    assert total[2] != total[1] and total[3] != "–"


def find_targets(page: HtmlElement) -> list[tuple[str, str]]:
    return [
        tuple(address.split("#"))
        for address in page.xpath("//section[@aria-labelledby='progress']//td//a/@href")
    ]


def test_each_value_leads_to_its_place(given, drawn, made) -> None:
    cluster = given.table_values["agency"][0]
    assert not broken(drawn, made)
    page = drawn[f"en/agencies/{cluster}.html"]
    targets = find_targets(page)
    addresses = {address.rpartition("/")[2] for address, _ in targets}
    assert addresses == {f"{LAST}.html", f"{BEFORE}.html"}
    for cell in page.xpath("//section[@aria-labelledby='progress']//td"):
        label_only = cell.text_content().strip() in ("–", "")
        is_link = bool(cell.xpath(".//a"))
        assert is_link != label_only, cell.text_content()
    source = drawn[f"en/sources/agencies/{cluster}/{LAST}.html"]
    (value,) = source.xpath("//tr[@id='table-milestones-2-actual']")
    assert "2023" in value.text_content() and "C6" in value.text_content()
    rows = page.xpath("//section[@aria-labelledby='tables']//td[.//a]")
    assert len(rows) == 2 + 2 + 2 * len(MONEY), "rows as the agency gave them lead there, too"


def test_only_pages_of_agencies_that_gave_tables_change(given, site, made) -> None:
    cluster, centre = given.table_values["agency"].unique()
    district = make_district_address(given.agencies[centre]["district"])
    changed = {path for path in site if made[path] != site[path]}
    assert set(made) == set(site)
    assert changed == {
        path
        for language in ("en", "hi")
        for path in (
            f"{language}/{district}",
            *(f"{language}/agencies/{code}.html" for code in (cluster, centre)),
            *(f"{language}/sources/agencies/{code}/{LAST}.html" for code in (cluster, centre)),
            f"{language}/sources/agencies/{cluster}/{BEFORE}.html",
        )
    }


def test_hindi_pages_with_tables_are_hindi(given, drawn) -> None:
    cluster = given.table_values["agency"][0]
    known = " ".join(
        [
            *given.agencies,
            *given.registry.cluster_register.clusters,
            *given.framework.by_code,
            *given.framework.rules,
            *given.actions["number"],
            "Sheet Excel NIL SUM",
        ]
    )
    centre = given.table_values["agency"].iloc[-1]
    for path in (
        f"hi/agencies/{cluster}.html",
        f"hi/sources/agencies/{cluster}/{LAST}.html",
        f"hi/{make_district_address(given.agencies[centre]['district'])}",
    ):
        assert not foreign_words(drawn[path], known), path


@pytest.mark.parametrize("language", ["en", "hi"])
def test_the_page_of_a_district_shows_what_is_pending_by_department(given, drawn, language) -> None:
    centre = given.table_values["agency"].iloc[-1]
    page = drawn[f"{language}/{make_district_address(given.agencies[centre]['district'])}"]
    sums, parts = page.xpath("//section[@aria-labelledby='pending']//table")
    department = given.reference.departments["DOMSME"].name.in_(language)
    assert read_table(sums) == [
        ["Town office, […]", "20", "–"],
        [department, "15", "6"],
        ["Total" if language == "en" else "योग", "35", "6"],
    ], "the most pending first, nothing where nothing is pending"
    assert "90" in sums.xpath("string(.//th[last()])")
    assert [row[3:] for row in read_table(parts)] == [["20", "–"], ["12", "5"], ["3", "1"]]
    anchors = {address.split("#")[1] for address in sums.xpath(".//tbody//a/@href")}
    assert anchors == set(parts.xpath("tbody/@id"))
    for address in parts.xpath(".//a/@href"):
        assert f"/{centre}/{LAST}.html#table-applications-" in address
