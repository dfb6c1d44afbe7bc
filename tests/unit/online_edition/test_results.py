"""The first page shows the programme's results before how agencies report."""

from __future__ import annotations

from dataclasses import replace

import pytest
from lxml.html import HtmlElement
from tests.factories import INCLUDE
from tests.unit.online_edition.conftest import LAST, pages_of, site_of

from cpsa.framework.loader import list_indicator_codes
from cpsa.i18n.text import LANGUAGES
from cpsa.provenance.snapshot import Snapshot
from cpsa.reference.programme_in_use import get_programme


@pytest.mark.parametrize("language", LANGUAGES)
def test_results_come_first(pages: dict[str, HtmlElement], language: str) -> None:
    """Found: the public read rates of reporting, and not one job or loan."""
    home = pages[f"{language}/index.html"]
    assert home.xpath("//h2/@id")[:2] == ["results", "reporting"]
    names = [one.text for one in home.cssselect(".results h3")]
    assert names == [result.name.in_(language) for result in get_programme().public_results]


def test_each_is_the_sum_of_accepted_figures_and_leads_to_its_parts(
    pages: dict[str, HtmlElement], programme: Snapshot
) -> None:
    home = pages["en/index.html"]
    accepted = programme.scores.query("state == 'accepted'")[["agency", "quarter"]]
    facts = programme.facts.merge(accepted)
    for result, shown in zip(
        get_programme().public_results, home.cssselect(".results li"), strict=True
    ):
        (link,) = shown.cssselect(".value a:not(.changed)")
        path, _, anchor = link.get("href").partition("#")
        assert pages[f"en/{path}"].get_element_by_id(anchor) is not None
        if result.indicator == "OC5":
            total = facts.query("indicator == 'OC5' and dimension == ''")["hundredths"].sum()
            assert link.text.replace(",", "") == str(total // 100)
        (line,) = shown.cssselect("svg.line")
        assert line.get("role") == "img" and "2025: " in line.get("aria-label")


def test_a_share_is_of_a_dimension_in_the_same_sum(
    pages: dict[str, HtmlElement], programme: Snapshot
) -> None:
    accepted = programme.scores.query("state == 'accepted'")[["agency", "quarter"]]
    facts = programme.facts.query("indicator == 'OP2'").merge(accepted)
    women = facts.query("dimension == 'women'")["hundredths"].sum()
    share = women / facts.query("dimension == ''")["hundredths"].sum()
    values = [one.text_content() for one in pages["en/index.html"].cssselect(".results .value")]
    assert any(value.startswith(f"{share * 100:.1f} %") for value in values)


def test_a_changed_figure_is_marked_and_leads_to_what_changed(programme: Snapshot) -> None:
    fact = programme.facts.query("indicator == 'OC5' and dimension == ''").iloc[0]
    row = {
        "quarter": fact["quarter"], "agency": fact["agency"], "indicator": "OC5", "dimension": "",
        "old": 100, "new": 200, "reason": "Counted again.", "at": programme.as_of,
    }  # fmt: skip
    changed = replace(
        programme, restatements=programme.restatements.iloc[:0].reindex(range(1)).assign(**row)
    )
    pages = pages_of(site_of(changed))
    home = pages["en/index.html"]
    (mark,) = home.cssselect(".results .changed")
    assert mark.get("href") == "#changed"
    (link,) = home.xpath("//section[@aria-labelledby='changed']//a")
    path, _, anchor = link.get("href").partition("#")
    assert pages[f"en/{path}"].get_element_by_id(anchor) is not None


def test_nothing_is_marked_where_nothing_changed(programme: Snapshot) -> None:
    same = replace(programme, restatements=programme.restatements.iloc[:0])
    assert not pages_of(site_of(same))["en/index.html"].xpath("//*[@id='changed']")


def test_a_limited_status_is_shown_with_its_reason(programme: Snapshot) -> None:
    """Found: "Lagging 0.8425" above "On track 0.8107" read as an error."""
    scores = programme.scores.copy()
    row = scores.index[scores["quarter"] == LAST][0]
    scores.loc[row, ["status", "composite", "coverage"]] = ["lagging", 0.9, 0.625]
    home = site_of(replace(programme, scores=scores))["en/index.html"].decode()
    assert "since only 62.5 % of its updates are accepted" in " ".join(home.split())


def test_the_results_of_the_shipped_programme_are_indicators_of_its_framework() -> None:
    known = list_indicator_codes(INCLUDE / "programme" / "framework")
    assert {result.indicator for result in get_programme().public_results} <= known
