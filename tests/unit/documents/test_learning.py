"""The learning document: roll-ups, achievements, training, twinning, restatements, annexes."""

from __future__ import annotations

import re
from dataclasses import replace

import pandas as pd
import pytest
from reading import blocks, row_of, rows, section
from sample_snapshot import empty, with_entry

from cpsa.calendar import Quarter
from cpsa.documents.content_model import Bars, Nothing, Paragraph, Quotes, Table
from cpsa.documents.learning.twin_clusters import suggest_twins
from cpsa.provenance.snapshot import Snapshot

PERIOD = "2025-26-H2"
HALF = ("2025-26-Q3", "2025-26-Q4")
LAST = Quarter.parse("2025-26-Q4")


def test_sections_in_their_order(write) -> None:
    assert [one.id for one in write("learning", PERIOD, "STATE").sections] == [
        "five-lines", "overview", "progress", "unconfirmed", "worked", "constraints", "lessons", "suggestions", "training",
        "twinning", "convergence", "movement", "effects", "quality", "restatements", "annex-scores", "annex-figures",
        "annex-guide",
    ]  # fmt: skip


def test_the_state_sums_first_and_divides_after(write, snapshot: Snapshot) -> None:
    accepted = snapshot.scores.query("state == 'accepted'")[["agency", "quarter"]]
    within = accepted[accepted["quarter"].isin(HALF)]
    done = snapshot.facts.query("indicator == 'OP2' and dimension == ''").merge(within)
    aimed = snapshot.registry.targets.query("indicator == 'OP2'").merge(within)
    actual, target = done["hundredths"].sum() / 100, aimed["hundredths"].sum() / 100
    tables = blocks(section(write("learning", PERIOD, "STATE"), "progress"), Table)
    row = row_of(tables[0], "OP2")
    compared = done.merge(aimed, on=["agency", "quarter"])["hundredths_x"].sum() / 100
    assert [int(cell.replace(",", "")) for cell in row[2:5]] == [actual, compared, target]
    actual = compared
    assert row[5] == f"{actual / target * 100:.1f} %"
    each = done.merge(aimed, on=["agency", "quarter"])
    average = (each["hundredths_x"] / each["hundredths_y"]).mean()
    assert f"{average * 100:.1f} %" != row[5], "the sample cannot tell the two apart"


def test_achievements_are_well_beyond_a_target_worth_having(write) -> None:
    (table,) = blocks(section(write("learning", PERIOD, "STATE"), "worked"), Table)
    shares = [reached(row[5]) for row in rows(table)]
    assert shares == sorted(shares, reverse=True)
    assert 0 < len(shares) <= 12 and shares[-1] >= 120
    targets = [row[4] for row in rows(table) if "₹" not in row[4]]
    assert min(int(target.replace(",", "")) for target in targets) >= 5


def reached(text: str) -> float:
    """The percentage of a target; of a rate, of the rate that is aimed at."""
    if found := re.fullmatch(r".*\n([\d.]+) %\naim ([\d.]+) %", text):
        return float(found[1]) / float(found[2]) * 100
    return float(text.removesuffix(" %"))


def test_figures_far_below_are_those_under_half_of_a_target_worth_having(
    write, snapshot: Snapshot
) -> None:
    table = blocks(section(write("learning", PERIOD, "STATE"), "constraints"), Table)[-2]
    accepted = snapshot.scores.query("state == 'accepted'")[["agency", "quarter"]]
    within = accepted[accepted["quarter"].isin(HALF)]
    key = ["agency", "indicator"]
    done = snapshot.facts.query("dimension == ''").merge(within).groupby(key)["hundredths"].sum()
    aimed = snapshot.registry.targets.merge(within).groupby(key)["hundredths"].sum()
    doubtful = snapshot.facts.loc[snapshot.unconfirmed["figure"]].merge(within)
    doubtful = doubtful[doubtful["dimension"] == ""]
    left_out = set(zip(doubtful["agency"], doubtful["indicator"], strict=True))
    expected = 0
    for place, target in aimed.items():
        one = snapshot.framework.by_code[place[1]]
        least = 5_00 if one.unit == "count" else 1_00_000_00
        if one.rate_of is not None:
            other = place[0], one.rate_of
            target = done.get(other, 0) * one.rate_target
            if other in left_out or done.get(other, 0) < least:
                continue
        if not one.targeted or place in left_out or (one.rate_of is None and target < least):
            continue
        expected += done.get(place, 0) / target < 0.5
    shown = [reached(row[5]) for row in rows(table)]
    assert len(shown) == min(expected, 12) > 3
    assert shown == sorted(shown) and shown[-1] < 50


def test_who_moved_most_is_told_with_both_scores(write, snapshot: Snapshot) -> None:
    table = blocks(section(write("learning", PERIOD, "STATE"), "overview"), Table)[0]
    scores = snapshot.scores.set_index(["agency", "quarter"])
    moved = []
    for row in rows(table):
        agency = row[0].rpartition("(")[2].rstrip(")")
        was, now = (scores.loc[(agency, key)] for key in ("2025-26-Q2", "2025-26-Q4"))
        assert row[1:] == [f"{was['composite']:.4f}", f"{now['composite']:.4f}"]
        states = [scores.loc[(agency, key), "state"] for key in HALF]
        assert "accepted" in states
        moved.append(now["composite"] - was["composite"])
    assert moved == sorted(moved, reverse=True)
    assert 0 < len(moved) <= 6 and min(map(abs, moved)) >= 0.05 - 1e-9


def test_the_greatest_change_is_shown_though_the_last_update_was_not_accepted(
    write, snapshot: Snapshot
) -> None:
    """The update accepted in the period's first quarter moved the score; it is carried over."""
    table_scores = snapshot.scores.copy()

    def put(agency: str, quarter: str, state: str, composite: float) -> None:
        own = (table_scores["agency"] == agency) & (table_scores["quarter"] == quarter)
        table_scores.loc[own, ["state", "composite"]] = [state, composite]

    put("IA-BPENG", "2025-26-Q2", "accepted", 0.4661)
    put("IA-BPENG", "2025-26-Q3", "accepted", 0.9083)
    put("IA-BPENG", "2025-26-Q4", "missing", 0.9083)
    put("FC-BHO", "2025-26-Q2", "accepted", 0.1)  # nothing accepted in the period
    put("FC-BHO", "2025-26-Q3", "returned", 0.99)
    put("FC-BHO", "2025-26-Q4", "returned", 0.99)
    of = replace(snapshot, scores=table_scores)
    for language, carried in (
        ("en", "† Score of an earlier quarter"),
        ("hi", "† पूर्व तिमाही का अंक"),
    ):
        printed = section(write("learning", PERIOD, "STATE", language, of=of), "overview")
        table = blocks(printed, Table)[0]
        shown = {row[0].text.rpartition("(")[2].rstrip(")"): row for row in table.bodies[0].rows}
        assert [cell.text for cell in shown["IA-BPENG"][1:]] == ["0.4661", "0.9083"]
        assert [cell.mark for cell in shown["IA-BPENG"][1:]] == ["", "†"]
        assert "FC-BHO" not in shown
        assert any(one.text.startswith(carried) for one in blocks(printed, Paragraph))


def test_constraints_carry_the_figures_of_their_theme(write, snapshot: Snapshot) -> None:
    (chart,) = blocks(section(write("learning", PERIOD, "STATE"), "constraints"), Bars)
    held = snapshot.entries[snapshot.entries["quarter"].isin(HALF)]
    held = held[held["kind"].isin(["challenge", "policy_support"])]
    assert [int(bar.text) for bar in chart.bars] == sorted(
        held.groupby("theme").size(), reverse=True
    )
    notes = [
        one.text
        for one in blocks(section(write("learning", PERIOD, "STATE"), "constraints"), Paragraph)
    ]
    printed = [note for note in notes if note.startswith("Figures of the period on this theme")]
    tables = blocks(section(write("learning", PERIOD, "STATE"), "progress"), Table)
    loans = row_of(tables[0], "OC6")
    assert any(f"(OC6): {loans[3]} of {loans[4]} ({loans[5]})" in note for note in printed)


def test_the_same_words_of_several_agencies_are_quoted_once(write) -> None:
    held = blocks(section(write("learning", PERIOD, "STATE"), "suggestions"), Quotes)[0].quotes
    assert len({(quote.text, quote.source) for quote in held}) == len(held)
    assert len({quote.text for quote in held}) == len(held)
    several = [
        quote for quote in held if quote.source.count("(IA-") + quote.source.count("(FC-") > 1
    ]
    assert several


def test_training_needs_are_mapped_to_modules(write, snapshot: Snapshot) -> None:
    need = {"agency": "FC-BHO", "quarter": "2025-26-Q4", "kind": "training_need"}
    need |= {"theme": "CREDIT", "text": "Bank forms", "department": ""}
    asked = with_entry(snapshot, **need, request="")
    (table,) = blocks(section(write("learning", PERIOD, "STATE", of=asked), "training"), Table)
    assert rows(table)[0][0] == "L3-G1-M6"  # what most agencies need comes first
    assert row_of(table, "L1-M5")[3] == "MSME Facilitation Centre, Bhopal"  # the theme's module
    # A module that is none, which version 1.0.0 accepted, is shown as typed; never another one.
    mistyped = with_entry(snapshot, **need, request="L3-G2-M99")
    (table,) = blocks(section(write("learning", PERIOD, "STATE", of=mistyped), "training"), Table)
    assert row_of(table, "L3-G2-M99")[3] == "MSME Facilitation Centre, Bhopal"
    assert "L1-M5" not in {row[0] for row in rows(table)}


def scores(snapshot: Snapshot, **held: dict[str, float]) -> Snapshot:
    """Group scores of the last quarter for agencies named without their IA- prefix."""
    rows_ = [
        (LAST.key, f"IA-{agency}", group, score)
        for agency, groups in held.items()
        for group, score in groups.items()
    ]
    frame = pd.DataFrame(rows_, columns=["quarter", "agency", "group", "score"])
    return replace(snapshot, group_scores=frame)


@pytest.mark.parametrize(
    ("first", "second", "found"),
    [
        ({"outcome": 0.9, "output": 0.5}, {"outcome": 0.7, "output": 0.6}, 1),
        ({"outcome": 0.8999, "output": 0.5}, {"outcome": 0.7, "output": 0.6}, 0),
        ({"outcome": 0.9, "output": 0.7}, {"outcome": 0.7, "output": 0.6}, 0),
        ({"outcome": 0.9, "output": 0.6}, {"outcome": 0.7, "output": 0.6}, 0),
        ({"outcome": 0.7, "output": 0.6}, {"outcome": 0.75, "output": 0.2}, 1),
        ({"outcome": 0.9, "budget": 0.5}, {"outcome": 0.7, "budget": 0.6}, 0),
    ],
)
def test_twins_have_complementary_strengths(
    snapshot: Snapshot, first: dict[str, float], second: dict[str, float], found: int
) -> None:
    both = scores(snapshot, CHHAN=first, MAHAN=second)
    assert len(suggest_twins(both, LAST, 0.2)) == found


def test_twins_are_of_one_sector(snapshot: Snapshot) -> None:
    other = scores(
        snapshot,
        CHHAN={"outcome": 0.9, "output": 0.1},
        INDPH={"outcome": 0.1, "output": 0.9},
    )
    assert suggest_twins(other, LAST, 0.2) == ()


def test_only_restatements_since_the_last_document_are_told(write) -> None:
    (table,) = blocks(section(write("learning", PERIOD, "STATE"), "restatements"), Table)
    held = rows(table)
    assert [(row[2], row[4], row[5]) for row in held] == [
        ("IA-INDPH", "21", "34"),
        ("FC-BHO", "–", "₹ 1,25,000"),
    ]
    assert held[0][3] == "Trainees (Women)"


def test_the_annex_has_every_figure_of_the_half(write, snapshot: Snapshot) -> None:
    tables = blocks(section(write("learning", PERIOD, "STATE"), "annex-figures"), Table)
    scored = ~snapshot.facts["agency"].isin(snapshot.unscored_agencies)
    places = snapshot.facts[snapshot.facts["quarter"].isin(HALF) & scored]
    shown = sum(
        cell.text != "–" for table in tables for body in table.bodies
        for row in body.rows for cell in row[2:4]
    )  # fmt: skip
    assert shown == len(places.drop_duplicates(["agency", "quarter", "indicator", "dimension"]))
    assert len(places) > 1000


def test_poor_coverage_is_named(write, snapshot: Snapshot) -> None:
    tables = blocks(section(write("learning", PERIOD, "STATE"), "quality"), Table)
    last = snapshot.scores.query("quarter == '2025-26-Q4'")
    assert {row[0] for row in rows(tables[-1])} == set(last[last["coverage"] < 0.75]["agency"])


def test_the_year_has_a_column_for_every_quarter(write) -> None:
    table = blocks(section(write("learning", "2025-26", "STATE"), "annex-figures"), Table)[0]
    assert [column.title for column in table.columns][2:6] == [
        "Apr–Jun 2025", "Jul–Sep 2025", "Oct–Dec 2025", "Jan–Mar 2026",
    ]  # fmt: skip


@pytest.mark.parametrize("language", ["en", "hi"])
def test_no_section_is_ever_empty(write, snapshot: Snapshot, language: str) -> None:
    bare = empty(
        snapshot, "facts", "scores", "group_scores", "findings", "entries", "actions",
        "reporting", "restatements", "closings",
    )  # fmt: skip
    content = write("learning", PERIOD, "STATE", language, of=bare)
    for one in content.sections:
        assert any(isinstance(block, Nothing | Paragraph) for block in one.blocks), one.id


# Convergence


def give(snapshot: Snapshot, agency: str, **values: object) -> Snapshot:
    """The same snapshot with one more contribution of the last quarter."""
    entry = {"quarter": HALF[1], "agency": agency, "kind": "convergence", "theme": "", "text": "T"}
    return with_entry(snapshot, **entry, **values)


@pytest.fixture
def given(snapshot: Snapshot) -> Snapshot:
    """Three contributions in two clusters, and no other entry."""
    first, second = (
        snapshot.scores[
            (snapshot.scores["quarter"] == HALF[1]) & (snapshot.scores["state"] == "accepted")
        ]["agency"]
        .head(2)
        .tolist()
    )
    made = empty(snapshot, "entries", "actions", "decisions")
    made = give(made, first, department="DOIC", scheme="MSE-CDP", amount=5_00_000_00, people=10)
    made = give(made, first, department="BANKS", scheme="", amount=9_00_000_00, people=None)
    return give(made, second, department="DOIC", scheme="", amount=None, people=4)


@pytest.mark.parametrize("language", ["en", "hi"])
def test_contributions_are_shown_by_department_scheme_and_cluster(write, given, language) -> None:
    found = section(write("learning", PERIOD, "STATE", language, given), "convergence")
    by_department, by_scheme, by_cluster = blocks(found, Table)
    assert [row[1:] for row in rows(by_department)] == [
        ["1", "1", "₹ 9.00 " + {"en": "lakh", "hi": "लाख"}[language], "–"],
        ["2", "2", "₹ 5.00 " + {"en": "lakh", "hi": "लाख"}[language], "14"],
    ]
    assert [cell.text for cell in by_department.total][1:3] == ["3", "2"]
    scheme = given.reference.schemes["MSE-CDP"].name.in_(language)
    assert [row[:2] for row in rows(by_scheme)] == [[scheme, "1"]]
    together = [row[1].count("; ") for row in rows(by_cluster)]
    assert sorted(together) == [0, 1], "in one of the clusters two departments are active"


def test_schemes_that_nobody_used_are_named(write, given: Snapshot) -> None:
    note = blocks(section(write("learning", PERIOD, "STATE", of=given), "convergence"), Paragraph)[
        -1
    ]
    schemes = given.reference.schemes
    assert f"{len(schemes) - 1} of the {len(schemes)} schemes" in note.text
    assert "MSE-CDP" not in note.text and "SFURTI" in note.text


def test_contributions_of_updates_that_were_not_accepted_are_in_no_sum(write, given) -> None:
    scores = given.scores.assign(state="returned")
    found = section(
        write("learning", PERIOD, "STATE", of=replace(given, scores=scores)), "convergence"
    )
    assert blocks(found, Table) == []
    first, *_, last = blocks(found, Paragraph)
    assert "not accepted" in first.text and "₹ 14.00 lakh" in first.text
    assert "MSE-CDP" in last.text


def test_of_many_clusters_those_with_most_departments_are_listed(write, given, monkeypatch) -> None:
    monkeypatch.setattr("cpsa.documents.learning.learning_convergence.MAX_CLUSTERS", 1)
    *_, by_cluster = blocks(
        section(write("learning", PERIOD, "STATE", of=given), "convergence"), Table
    )
    ((_, departments, *_),) = rows(by_cluster)
    assert "; " in departments and "the 1 of 2 clusters" in by_cluster.caption


def test_challenges_and_requests_are_apart_and_each_request_is_printed(
    write, snapshot: Snapshot
) -> None:
    printed = section(write("learning", PERIOD, "STATE"), "constraints")
    entries = snapshot.entries[snapshot.entries["quarter"].isin(HALF)]
    requests = entries[entries["kind"] == "policy_support"]
    tables = [one for one in blocks(printed, Table) if one.caption == "Requests to departments"]
    shown = sorted((row[2], row[3]) for table in tables for row in rows(table))
    assert shown == sorted(zip(requests["text"], requests["request"], strict=True))
    quoted = {quote.text for one in blocks(printed, Quotes) for quote in one.quotes}
    assert quoted == set(entries[entries["kind"] == "challenge"]["text"])


def test_training_needs_are_quoted_with_who_needs_them(write, snapshot: Snapshot) -> None:
    (printed,) = blocks(section(write("learning", PERIOD, "STATE"), "training"), Quotes)
    needs = snapshot.entries[snapshot.entries["quarter"].isin(HALF)].query(
        "kind == 'training_need'"
    )
    shown = {quote.text: quote.source for quote in printed.quotes}
    assert set(shown) == set(needs["text"])
    for row in needs.itertuples():
        assert f"({row.agency})" in shown[row.text]


def test_bars_beyond_the_target_pass_its_mark(write) -> None:
    content = write("learning", "2025-26-H2", "STATE")
    charts = [
        block for one in content.sections for block in blocks(one, Bars) if block.target is not None
    ]
    shares = {
        float(bar.text.split(" %")[0]): (bar.ratio, chart.target)
        for chart in charts
        for bar in chart.bars
        if re.fullmatch(r"[\d.]+ %\W?", bar.text)
    }
    assert min(shares) < 100 < max(shares)
    for share, (ratio, target) in shares.items():
        assert (ratio > target) == (share > 100), share
