"""Figures to be confirmed: named, marked, and in no list of successes or shortfalls."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

import pandas as pd
import pytest
from reading import blocks, row_of, rows, section
from sample_snapshot import AS_OF

from cpsa.calendar import IST, Quarter
from cpsa.documents import period_sums
from cpsa.documents.content_model import Bars, Paragraph, Table, Trend
from cpsa.i18n import catalogue
from cpsa.provenance.snapshot import COLUMNS, Snapshot

PERIOD, LAST = "2025-26-H2", "2025-26-Q4"
AGENCY, DOUBTED = "IA-BPENG", "OC5"


def of_findings(snapshot: Snapshot, *found: dict[str, object]) -> Snapshot:
    """The snapshot with these findings on the agency's last quarter, and no others."""
    usual = {
        "quarter": LAST, "agency": AGENCY, "version": 1, "rule": "Q02", "severity": "warning",
        "indicator": DOUBTED, "dimension": "", "observed": "10300", "expected": "900",
        "place": "line 3", "waived": False, "explanation": "",
    }  # fmt: skip
    frame = pd.DataFrame([usual | one for one in found], columns=COLUMNS["findings"])
    return replace(snapshot, findings=frame)


def with_value(snapshot: Snapshot, hundredths: int) -> Snapshot:
    """The doubted figure made enormous, as a slip of the keyboard makes it."""
    facts = snapshot.facts.copy()
    own = (facts["agency"] == AGENCY) & (facts["quarter"] == LAST)
    own &= (facts["indicator"] == DOUBTED) & (facts["dimension"] == "")
    assert own.sum() == 1
    facts.loc[own, "hundredths"] = hundredths
    return replace(snapshot, facts=facts)


@pytest.mark.parametrize(
    ("finding", "listed"),
    [
        ({}, True),
        ({"explanation": "Two units opened."}, False),
        ({"waived": True}, False),
        ({"rule": "Q05"}, False),
        ({"version": 2}, False),  # of a version that does not count
        ({"rule": "M01", "version": 0}, True),
    ],
)
def test_a_figure_is_to_be_confirmed_while_its_finding_is_open(
    write, snapshot: Snapshot, finding: dict[str, object], listed: bool
) -> None:
    content = write("learning", PERIOD, "STATE", of=of_findings(snapshot, finding))
    tables = blocks(section(content, "unconfirmed"), Table)
    assert [row[1:3] for table in tables for row in rows(table)] == [[LAST, DOUBTED]] * listed
    table = blocks(section(content, "progress"), Table)[0]
    row = next(row for body in table.bodies for row in body.rows if row[0].text == DOUBTED)
    marked = [cell.text for cell in row if cell.mark == "*"]
    assert bool(marked) == listed


def test_it_is_no_success_and_the_total_without_it_is_beside(write, snapshot: Snapshot) -> None:
    huge = with_value(snapshot, 9_999_00)
    believed = write("learning", PERIOD, "STATE", of=of_findings(huge, {"rule": "Q05"}))
    first = rows(blocks(section(believed, "worked"), Table)[0])[0]
    assert first[1] == DOUBTED, "without the finding it would be the first success"
    of = of_findings(huge, {})
    content = write("learning", PERIOD, "STATE", of=of)
    shown = rows(blocks(section(content, "worked"), Table)[0])
    assert not [row for row in shown if (row[0], row[1]) == (first[0], DOUBTED)]
    (without,) = [
        table
        for table in blocks(section(content, "progress"), Table)
        if table.caption.startswith("The totals marked *, without")
    ]
    row = row_of(without, DOUBTED)
    facts = snapshot.facts.query(f"indicator == '{DOUBTED}' and dimension == ''")
    accepted = snapshot.scores.query("state == 'accepted'")[["agency", "quarter"]]
    facts = facts.merge(accepted)
    left = facts[~((facts["agency"] == AGENCY) & (facts["quarter"] == LAST))]
    half = left[left["quarter"].isin(["2025-26-Q3", LAST])]
    targets = snapshot.registry.targets.query(f"indicator == '{DOUBTED}'").merge(
        half[["agency", "quarter"]]
    )
    compared = half.merge(targets, on=["agency", "quarter"])
    done, aim = compared["hundredths_x"].sum(), compared["hundredths_y"].sum()
    assert row[2] == f"{half['hundredths'].sum() // 100:,}"
    assert row[5] == f"{done / aim * 100:.1f} %"
    assert row[6] == f"{left['hundredths'].sum() // 100:,}"


def test_a_part_of_a_doubted_total_is_doubted_too(snapshot: Snapshot) -> None:
    of = of_findings(snapshot, {"indicator": "OP2"})
    doubted = of.facts.loc[of.unconfirmed["figure"]]
    assert set(zip(doubted["indicator"], doubted["dimension"], strict=True)) == {
        ("OP2", ""), ("OP2", "women"),
    }  # fmt: skip
    women = of_findings(snapshot, {"indicator": "OP2", "dimension": "women", "rule": "Q02"})
    doubted = women.facts.loc[women.unconfirmed["figure"]]
    assert doubted["dimension"].to_list() == ["women"]
    until = Quarter.parse(LAST)
    assert period_sums.sum_of_state(women, until)["OP2", ""].unconfirmed == 0
    assert period_sums.sum_of_state(women, until)["OP2", "women"].unconfirmed == 1


def test_a_rate_is_unconfirmed_when_either_of_its_figures_is(snapshot: Snapshot) -> None:
    until = Quarter.parse(LAST)
    for indicator in ("FA1", "FA2"):
        of = of_findings(snapshot, {"agency": "FC-IND", "indicator": indicator})
        figure = period_sums.sum_of_state(of, until)["FA2", ""]
        assert figure.unconfirmed_in_rate == 1
        without = period_sums.sum_confirmed_of_state(of, until)["FA2", ""]
        facts = of.facts.query(f"agency == 'FC-IND' and quarter == '{LAST}' and dimension == ''")
        given = facts.set_index("indicator")["hundredths"]
        assert figure.rate_of_sum - without.rate_of_sum == given["FA1"]
        assert figure.actual_with_target - without.actual_with_target == given["FA2"]


@pytest.mark.parametrize(
    ("letter", "said"),
    [
        (None, "not yet asked"),
        ((AGENCY, LAST, 1, datetime(2026, 4, 21, 9, tzinfo=IST)), "21 April 2026"),
        ((AGENCY, LAST, 2, datetime(2026, 4, 21, 9, tzinfo=IST)), "not yet asked"),
        (("IA-MAHAN", LAST, 1, datetime(2026, 4, 21, 9, tzinfo=IST)), "not yet asked"),
    ],
)
def test_the_day_on_which_the_agency_was_asked(
    write, snapshot: Snapshot, letter: tuple | None, said: str
) -> None:
    letters = pd.DataFrame([letter] if letter else [], columns=COLUMNS["letters"])
    of = replace(of_findings(snapshot, {}), letters=letters)
    (table,) = blocks(section(write("learning", PERIOD, "STATE", of=of), "unconfirmed"), Table)
    assert rows(table)[0][-1] == said
    own = write("quarterly_update", LAST, AGENCY, of=of)
    shown = blocks(section(own, "figures"), Table)[-1]
    assert shown.caption == "To be confirmed" and rows(shown)[0][-1] == said
    hindi = write("learning", PERIOD, "STATE", "hi", of=of)
    assert section(hindi, "unconfirmed").title == "पुष्टि हेतु शेष आँकड़े"


def test_spending_that_does_not_match_activity_is_shown_as_that(write, snapshot: Snapshot) -> None:
    doubt = {"rule": "Q04", "indicator": "A2", "observed": "0.9", "expected": "0.4"}
    content = write("learning", PERIOD, "STATE", of=of_findings(snapshot, doubt))
    (table,) = [
        table
        for table in blocks(section(content, "overview"), Table)
        if table.caption.startswith("Spending that does not match activity")
    ]
    assert rows(table)[0][0] == "Govindpura Engineering Cluster"
    assert not blocks(section(content, "unconfirmed"), Table), "Q04 does not unconfirm a figure"


def test_nothing_to_confirm_is_said_in_one_sentence(write, snapshot: Snapshot) -> None:
    for language in ("en", "hi"):
        of = of_findings(snapshot, {"rule": "Q05"})
        (said,) = section(write("learning", PERIOD, "STATE", language, of=of), "unconfirmed").blocks
        assert said.text == catalogue.text("documents.unconfirmed.nothing", language)


def test_the_states_first_page_has_the_mark_and_the_sums_without(write, snapshot: Snapshot) -> None:
    content = write("quarterly_update", LAST, "STATE", of=of_findings(snapshot, {}))
    told = [one.text for one in blocks(section(content, "main"), Paragraph)]
    assert told[0].startswith("* Contains a figure to be confirmed. Without the figures")
    assert f"{DOUBTED} " in told[0]


def test_the_budgets_curve_is_of_those_that_have_a_target(write, snapshot: Snapshot) -> None:
    """Figure 3 of the learning document."""
    targets = snapshot.registry.targets
    without = targets[~((targets["agency"] == AGENCY) & (targets["indicator"] == "B2"))]
    of = replace(snapshot, registry=replace(snapshot.registry, targets=without))
    content = write("learning", PERIOD, "STATE", of=of)
    trend = blocks(section(content, "overview"), Trend)[-1]
    accepted = snapshot.scores.query("state == 'accepted'")[["agency", "quarter"]]
    spent = snapshot.facts.query("indicator == 'B2' and dimension == ''").merge(accepted)
    compared = spent.merge(without.query("indicator == 'B2'"), on=["agency", "quarter"])
    expected = compared["hundredths_x"].sum() / compared["hundredths_y"].sum()
    assert trend.series[0].texts[-1] == f"{expected * 100:.1f} %"


def test_bars_of_shares_carry_the_mark(write, snapshot: Snapshot) -> None:
    content = write("learning", PERIOD, "STATE", of=of_findings(snapshot, {}))
    label = snapshot.framework.by_code[DOUBTED].label.en
    (bar,) = [
        bar
        for bars in blocks(section(content, "progress"), Bars)
        for bar in bars.bars
        if bar.label == label
    ]
    assert bar.text.endswith("*")
    assert snapshot.as_of == AS_OF
