"""Sums of districts and of the state on the web and in downloads compare like with like."""

from __future__ import annotations

import csv
import io
from collections import defaultdict
from dataclasses import replace
from decimal import Decimal

import pandas as pd
import pytest
from tests.unit.documents.sample_snapshot import sample
from tests.unit.online_edition.conftest import LAST, Site, pages_of, site_of

from cpsa.provenance.snapshot import COLUMNS, Snapshot

pytestmark = pytest.mark.slow

OC5 = "OC5"


@pytest.fixture(scope="module")
def half_targeted() -> Snapshot:
    """Of the two clusters of one district one has no target for employment; and one figure of it
    is to be confirmed."""
    programme = sample(LAST)
    agencies = programme.registry.agencies
    clusters = accepted_clusters(programme)
    agencies = agencies.assign(
        district=agencies["district"].where(~agencies["code"].isin(clusters), "Harda")
    )
    targets = programme.registry.targets
    dropped = (targets["agency"] == clusters[1]) & (targets["indicator"] == OC5)
    found = {
        "quarter": LAST, "agency": clusters[0], "version": 1, "rule": "Q02",
        "severity": "warning", "indicator": OC5, "dimension": "", "observed": "100",
        "expected": "200", "place": "", "waived": False, "explanation": "",
    }  # fmt: skip
    return replace(
        programme,
        registry=replace(programme.registry, agencies=agencies, targets=targets[~dropped]),
        findings=pd.DataFrame([found], columns=COLUMNS["findings"]),
    )


def accepted_clusters(programme: Snapshot) -> list[str]:
    scores = programme.scores.query("state == 'accepted'")
    clusters = scores[scores["agency"].str.startswith("IA-")].groupby("agency").size()
    return list(clusters[clusters == clusters.max()].index[:2])


@pytest.fixture(scope="module")
def made(half_targeted: Snapshot) -> Site:
    return site_of(half_targeted)


def amounts(snapshot: Snapshot, *, doubted: bool = True) -> dict[str, Decimal]:
    """What the district's clusters gave, gave where a target is set, and their targets."""
    clusters = accepted_clusters(snapshot)
    accepted = snapshot.scores.query("state == 'accepted'")[["agency", "quarter"]]
    facts = snapshot.facts.query(f"indicator == '{OC5}' and dimension == ''").merge(accepted)
    facts = facts[facts["agency"].isin(clusters)]
    if not doubted:
        facts = facts[~((facts["agency"] == clusters[0]) & (facts["quarter"] == LAST))]
    targets = snapshot.registry.targets.query(f"indicator == '{OC5}'")
    both = facts.merge(targets, on=["agency", "quarter"])
    sums = facts["hundredths"].sum(), both["hundredths_x"].sum(), both["hundredths_y"].sum()
    names = ("actual", "actual_with_target", "target")
    return {name: Decimal(int(value)) / 100 for name, value in zip(names, sums, strict=True)}


def test_a_districts_page_has_the_share_of_those_with_a_target(
    made: Site, half_targeted: Snapshot
) -> None:
    told = amounts(half_targeted)
    share = f"{told['actual_with_target'] / told['target'] * 100:.1f} %"
    for language, of in (
        ("en", "{0} of {1} without target: 1 of 2"),
        ("hi", "{1} में से {0} बिना लक्ष्य: 2 में से 1"),
    ):
        page = pages_of(made)[f"{language}/districts/harda.html"]
        (row,) = [row for row in page.xpath("//tr[td]") if row[0].text_content().strip() == OC5]
        cells = [" ".join(cell.text_content().split()) for cell in row]
        assert cells[3] == f"{told['actual']:f}*"
        assert cells[4] == of.format(told["actual_with_target"], told["target"])
        assert cells[5] == f"{share}*"
        without = amounts(half_targeted, doubted=False)
        compared = without["actual_with_target"] / without["target"] * 100
        note = " ".join(page.xpath("string(//p[@class='note'][last()])").split())
        assert f"{OC5} {without['actual']:f} ({compared:.1f} %)" in page.text_content(), note


def test_the_download_has_the_columns_of_a_share(made: Site, half_targeted: Snapshot) -> None:
    (row,) = [
        row
        for row in rollups(made)
        if (row["level"], row["area"], row["period"]) == ("district", "Harda", "to-date")
        and (row["indicator"], row["dimension"]) == (OC5, "")
    ]
    told = amounts(half_targeted)
    assert {name: Decimal(row[name]) for name in told} == told
    assert row["share"] == f"{told['actual_with_target'] / told['target']:.4f}"
    assert (row["agencies"], row["agencies_without_target"]) == ("2", "1")
    assert (row["agencies_partly_without_target"], row["rate"], row["rate_of_sum"]) == ("0", "", "")
    without = amounts(half_targeted, doubted=False)
    assert row["unconfirmed"] == "1"
    assert Decimal(row["actual_without_unconfirmed"]) == without["actual"]
    compared = without["actual_with_target"] / without["target"]
    assert row["share_without_unconfirmed"] == f"{compared:.4f}"


def test_rates_have_their_two_figures(made: Site, half_targeted: Snapshot) -> None:
    accepted = half_targeted.scores.query("state == 'accepted'")[["agency", "quarter"]]
    facts = half_targeted.facts.query("dimension == ''").merge(accepted)
    planned = half_targeted.registry.targets.query("indicator == 'FA2'")[["agency", "quarter"]]
    pairs = facts.merge(planned)
    sums = {
        code: Decimal(int(pairs.query(f"indicator == '{code}'")["hundredths"].sum())) / 100
        for code in ("FA1", "FA2")
    }
    (row,) = [
        row
        for row in rollups(made)
        if (row["level"], row["period"], row["indicator"], row["dimension"])
        == ("state", "to-date", "FA2", "")
    ]
    assert Decimal(row["rate_of_sum"]) == sums["FA1"]
    assert Decimal(row["actual_with_target"]) == sums["FA2"]
    assert row["rate"] == f"{sums['FA2'] / sums['FA1']:.4f}"


def test_areas_add_up_to_the_state(made: Site) -> None:
    sums: dict[tuple[str, ...], dict[str, Decimal]] = defaultdict(lambda: defaultdict(Decimal))
    for row in rollups(made):
        place = row["period"], row["indicator"], row["dimension"]
        for name in ("actual", "actual_with_target", "target", "agencies"):
            sums[row["level"]][(*place, name)] += Decimal(row[name] or 0)  # type: ignore[index]
    assert sums["state"] == sums["division"] == sums["district"] == sums["sector"]  # type: ignore[index]


def test_a_quarter_that_ends_a_half_and_a_year_has_their_sums(made: Site) -> None:
    assert {row["period"] for row in rollups(made)} == {LAST, "2024-25-H2", "2024-25", "to-date"}


def rollups(site: Site) -> list[dict[str, str]]:
    text = site[f"data/rollups-{LAST}.csv"].decode()
    return list(csv.DictReader(io.StringIO(text, newline="")))
