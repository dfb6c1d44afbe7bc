"""Figures as read, last quarter's beside them: after "Only check", after sending, on the receipt."""

from __future__ import annotations

import pytest
from lxml.html import HtmlElement
from tests.factories import update
from tests.pages import parsed
from tests.unit.web.portal.conftest import ENGLISH, HINDI, QUARTER, Site, Visitor, good
from tests.unit.web.portal.test_filling import totals

from cpsa.intake.arrival import Arrival
from cpsa.services.collection.import_update import import_update
from cpsa.services.quarter.agency_quarter import load_agency_quarter
from cpsa.services.quarter.check_updates import check_quarter

HEADING = {ENGLISH: "The figures as we read them", HINDI: "आँकड़े जैसे हमने पढ़े"}
COUNTED = {ENGLISH: ("OP1", "OP2"), HINDI: ("FA1", "FA2")}  # V04 or V05: the first is not below


@pytest.fixture(params=[ENGLISH, HINDI])
def agency(request: pytest.FixtureRequest) -> str:
    return request.param


def accept_last_quarter(site: Site, agency: str, values: dict[str, str]) -> None:
    before = QUARTER - 1
    content = update(agency, before.key, values)
    arrival = Arrival("folder", "k", "a.csv", content, agency, before.key, before.opens_at)
    import_update(site.office, arrival, before.opens_at)
    check_quarter(site.office, before, before.opens_at)
    assert load_agency_quarter(site.office, agency, before).state == "accepted"


def figures_on(page: HtmlElement) -> dict[str, list[str]]:
    """The lines of each figure, by the first word of its name."""
    rows = {}
    for row in page.xpath("//section[@class='read']//li"):
        lines = [" ".join(line.text_content().split()) for line in row.xpath(".//p")]
        rows.setdefault(lines[0].split()[0], lines[1:])
    return rows


def test_only_check_shows_each_figure_with_the_last_one_and_stores_nothing(
    site: Site, agency: str
) -> None:
    first, second = COUNTED[agency]
    accept_last_quarter(site, agency, {first: "125000", second: "1250"})
    visitor = site.visitor(agency)
    typed = totals(visitor.get("fill")) | {f"in_{first}_total": "1.5 लाख"}
    page = parsed(visitor.post("fill", data={**typed, "do": "check"}).text)
    assert HEADING[agency] in page.text_content()
    value, beside, *_ = figures_on(page)[first]
    assert value == "1,50,000"
    assert "1,25,000" in beside
    assert "+25,000 (+20" in beside
    assert not load_agency_quarter(site.office, agency, QUARTER).submissions


def test_a_rupee_figure_is_shown_in_full_and_in_lakh(site: Site, visitor: Visitor) -> None:
    typed = totals(visitor.get("fill")) | {"in_B1_total": "11.8 lakh"}
    page = parsed(visitor.post("fill", data={**typed, "do": "check"}).text)
    assert figures_on(page)["B1"][0].startswith("₹ 11,80,000 (")


def test_after_sending_and_on_the_receipt_stand_the_same_figures(site: Site, agency: str) -> None:
    first, _ = COUNTED[agency]
    visitor = site.visitor(agency)
    sent = visitor.follow(visitor.send(good({first: "12"}, agency)))
    receipt = visitor.get("receipt", 1)
    assert figures_on(sent)[first][0] == "12"
    assert figures_on(receipt) == figures_on(sent)


def test_a_figure_that_was_not_used_says_so(visitor: Visitor) -> None:
    sent = visitor.follow(visitor.send(good({"A1": "twelve"})))
    assert figures_on(sent)["A1"][0] == "“twelve”, not used"
    assert "To correct" in " ".join(figures_on(sent)["A1"])


def test_a_file_of_which_nothing_could_be_used_has_no_figures(visitor: Visitor) -> None:
    visitor.send(b"PK\x03\x04 broken", "a.xlsx")
    for steps in (("sent", 1), ("receipt", 1)):
        assert not figures_on(visitor.get(*steps))
