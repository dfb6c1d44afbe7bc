"""The quarterly update of an agency, against figures added up here from the same files."""

from __future__ import annotations

import csv
from dataclasses import replace

import pandas as pd
import pytest
from reading import blocks, row_of, rows, section
from sample_snapshot import EXPECTED, SAMPLE, empty, sample

from cpsa import figures
from cpsa.documents import Snapshot
from cpsa.documents.model import Bars, Nothing, Paragraph, Table, Tiles, Trend

QUARTERS = ("2024-25-Q3", "2024-25-Q4", "2025-26-Q1", "2025-26-Q2", "2025-26-Q3", "2025-26-Q4")


def golden(agency: str, quarter: str) -> dict[str, str]:
    with (EXPECTED / "scores.csv").open() as file:
        held = [row for row in csv.DictReader(file) if row["agency"] == agency]
    return next(row for row in held if row["quarter"] == quarter)


def accepted(agency: str) -> list[str]:
    return [quarter for quarter in QUARTERS if golden(agency, quarter)["state"] == "accepted"]


def tile(content, label: str) -> str:
    (tiles,) = blocks(section(content, "standing"), Tiles)
    return next(one.value for one in tiles.tiles if one.label == label)


def test_score_and_status_are_those_of_the_snapshot(write) -> None:
    content = write("quarterly_update", "2025-26-Q4", "IA-BPENG")
    expected = golden("IA-BPENG", "2025-26-Q4")
    assert tile(content, "Composite score") == expected["composite"] == "0.7646"
    assert tile(content, "Status") == "Lagging"
    assert tile(content, "State of the update") == "Accepted"
    (bars,) = blocks(section(content, "standing"), Bars)
    assert {bar.text for bar in bars.bars} >= {expected["outcome"], expected["output"]}


def test_the_trend_ends_with_the_quarter_and_starts_with_the_first(write) -> None:
    (trend,) = blocks(
        section(write("quarterly_update", "2025-26-Q4", "IA-BPENG"), "standing"), Trend
    )
    assert trend.labels == QUARTERS
    assert trend.series[0].texts[-1] == "0.7646"
    assert trend.series[0].texts[0] in trend.alternative


def test_the_target_of_a_quarter_not_accepted_is_left_out(write, snapshot: Snapshot) -> None:
    held = accepted("IA-INDPH")
    assert held != list(QUARTERS), "the sample no longer has a gap to test with"
    targets = snapshot.registry.targets.query("agency == 'IA-INDPH' and indicator == 'B2'")
    expected = targets[targets["quarter"].isin(held)]["hundredths"].sum()
    content = write("quarterly_update", "2025-26-Q4", "IA-INDPH")
    (table,) = blocks(section(content, "figures"), Table)
    assert row_of(table, "B2")[4] == figures.rupees_short(int(expected))


def test_flows_are_summed_and_stocks_are_the_latest(write) -> None:
    done = 0
    for quarter in accepted("IA-BPENG"):
        with (SAMPLE / "updates" / quarter / "IA-BPENG.csv").open(encoding="utf-8-sig") as file:
            for row in csv.DictReader(file):
                if (row["indicator"], row["dimension"]) == ("OP2", ""):
                    done += figures.read(row["value"]).hundredths or 0
    (table,) = blocks(
        section(write("quarterly_update", "2025-26-Q4", "IA-BPENG"), "figures"), Table
    )
    assert row_of(table, "OP2")[3] == figures.count(done)
    assert row_of(table, "B1")[2:4] == ["₹ 2.50 crore", "₹ 2.50 crore"]


def test_the_share_of_women_is_over_all_accepted_quarters(write) -> None:
    (table,) = blocks(
        section(write("quarterly_update", "2025-26-Q4", "IA-BPENG"), "dimensions"), Table
    )
    women = table.bodies[0]
    assert women.title == "Women"
    trainees = next(row for row in women.rows if row[0].text == "OP2")
    part, whole = (int(trainees[place].text.replace(",", "")) for place in (3, 4))
    assert trainees[5].text == f"{part / whole * 100:.1f} %"


def test_an_update_not_accepted_says_so_with_its_findings(write) -> None:
    content = write("quarterly_update", "2025-26-Q4", "FC-MOR")
    first = section(content, "standing").blocks[0]
    assert isinstance(first, Paragraph)
    assert "No update" in first.text and "Returned" in first.text
    (table,) = blocks(section(content, "findings"), Table)
    assert [row[:2] for row in rows(table)][:2] == [["V05", "Error"], ["V05", "Error"]]


def test_a_missing_update_says_so(write) -> None:
    missing = sample("2026-27-Q2")
    content = write("quarterly_update", "2026-27-Q2", "FC-GWA", of=missing)
    assert "Missing" in section(content, "standing").blocks[0].text
    assert isinstance(section(content, "findings").blocks[0], Nothing)


def change_findings(snapshot: Snapshot, **values: object) -> Snapshot:
    mine = (snapshot.findings["agency"] == "FC-NAR") & (snapshot.findings["quarter"] == QUARTERS[2])
    return replace(snapshot, findings=snapshot.findings[mine].assign(**values))


@pytest.mark.parametrize(
    ("values", "shown"),
    [({}, 3), ({"waived": True}, 0), ({"rule": "M03"}, 0), ({"severity": "error"}, 0)],
)
def test_open_warnings_are_those_still_to_be_explained(
    write, snapshot: Snapshot, values: dict[str, object], shown: int
) -> None:
    changed = change_findings(snapshot, **values)
    content = write("quarterly_update", QUARTERS[2], "FC-NAR", of=changed)
    assert sum(len(rows(table)) for table in blocks(section(content, "findings"), Table)) == shown


def test_an_explained_warning_is_shown_with_its_explanation(write, snapshot: Snapshot) -> None:
    changed = change_findings(snapshot, explanation="The fair was put off.")
    content = write("quarterly_update", QUARTERS[2], "FC-NAR", of=changed)
    (table,) = blocks(section(content, "findings"), Table)
    assert table.caption == "Warnings the agency has explained"
    assert rows(table)[0][2] == "The fair was put off."


def test_findings_are_those_of_the_version_that_counts(write, snapshot: Snapshot) -> None:
    mine = change_findings(snapshot).findings
    returned = mine.assign(version=2, rule="V01", severity="error", indicator="FA2")
    both = replace(snapshot, findings=pd.concat([mine, returned]))
    content = write("quarterly_update", QUARTERS[2], "FC-NAR", of=both)
    (table,) = blocks(section(content, "findings"), Table)
    assert {row[0] for row in rows(table)} == {"Q05"}


@pytest.mark.parametrize("language", ["en", "hi"])
def test_no_section_is_ever_empty(write, snapshot: Snapshot, language: str) -> None:
    bare = empty(
        snapshot, "facts", "scores", "group_scores", "findings", "entries", "actions", "reporting"
    )
    for subject in ("IA-BPENG", "STATE"):
        content = write("quarterly_update", "2025-26-Q4", subject, language, of=bare)
        for one in content.sections:
            assert any(isinstance(block, Nothing | Paragraph) for block in one.blocks), one.id
