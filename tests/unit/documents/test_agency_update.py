"""The quarterly update of an agency, against figures added up here from the same files."""

from __future__ import annotations

import csv
import shutil
import subprocess
from dataclasses import replace
from datetime import date
from pathlib import Path

import pandas as pd
import pytest
from reading import blocks, row_of, rows, section
from sample_snapshot import EXPECTED, SAMPLE, empty, sample, with_entry

from cpsa import figures
from cpsa.documents.content_model import Bars, Nothing, Paragraph, Quotes, Table, Tiles, Trend
from cpsa.documents.render.renderer import Renderer
from cpsa.i18n.text import Text
from cpsa.provenance.snapshot import COLUMNS, Snapshot

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


def captioned(section, start: str) -> Table:
    return next(one for one in blocks(section, Table) if one.caption.startswith(start))


def test_score_and_status_are_those_of_the_snapshot(write) -> None:
    content = write("quarterly_update", "2025-26-Q4", "IA-BPENG")
    expected = golden("IA-BPENG", "2025-26-Q4")
    assert tile(content, "Composite score") == expected["composite"] == "0.8558"
    assert tile(content, "Status") == "On track"
    assert tile(content, "State of the update") == "Accepted"
    (bars,) = blocks(section(content, "charts"), Bars)
    assert {bar.text for bar in bars.bars} >= {expected["outcome"], expected["output"]}


def test_the_trend_ends_with_the_quarter_and_starts_with_the_first(write) -> None:
    content = write("quarterly_update", "2025-26-Q4", "IA-BPENG")
    assert not blocks(section(content, "standing"), Trend), "the profile has its room"
    trend, _ = blocks(section(content, "charts"), Trend)
    assert trend.labels == QUARTERS
    assert trend.series[0].texts[-1] == "0.8558"
    assert trend.series[0].texts[0] in trend.alternative


def test_the_target_of_a_quarter_not_accepted_is_left_out(write, snapshot: Snapshot) -> None:
    held = accepted("IA-BPENG")
    assert held != list(QUARTERS), "the sample no longer has a gap to test with"
    targets = snapshot.registry.targets.query("agency == 'IA-BPENG' and indicator == 'B2'")
    expected = targets[targets["quarter"].isin(held)]["hundredths"].sum()
    content = write("quarterly_update", "2025-26-Q4", "IA-BPENG")
    table = blocks(section(content, "figures"), Table)[0]
    assert row_of(table, "B2")[4] == figures.rupees_short(int(expected))


def test_flows_are_summed_and_stocks_are_the_latest(write) -> None:
    done = 0
    for quarter in accepted("IA-BPENG"):
        with (SAMPLE / "updates" / quarter / "IA-BPENG.csv").open(encoding="utf-8-sig") as file:
            for row in csv.DictReader(file):
                if (row["indicator"], row["dimension"]) == ("OP2", ""):
                    done += figures.parse_figure(row["value"]).hundredths or 0
    table = blocks(section(write("quarterly_update", "2025-26-Q4", "IA-BPENG"), "figures"), Table)[
        0
    ]
    assert row_of(table, "OP2")[3] == figures.count(done)
    assert row_of(table, "B1")[2:4] == ["₹ 1.80 crore", "₹ 1.80 crore"]


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
    content = write("quarterly_update", "2025-26-Q4", "FC-REW")
    first = section(content, "standing").blocks[0]
    assert isinstance(first, Paragraph)
    assert "No update" in first.text and "Returned" in first.text
    table = captioned(section(content, "brief"), "Open: to be corrected")
    assert [row[:2] for row in rows(table)][:1] == [["V02", "Error"]]


def test_a_missing_update_says_so(write) -> None:
    missing = sample("2026-27-Q2")
    content = write("quarterly_update", "2026-27-Q2", "FC-GWA", of=missing)
    assert "Not received" in section(content, "standing").blocks[0].text
    told = [block.text for block in blocks(section(content, "brief"), Paragraph)]
    assert told[0] == "No update was received for this quarter. It was due by 20 October 2026."
    assert "There are no open questions from the checks of this quarter." not in told
    hindi = write("quarterly_update", "2026-27-Q2", "FC-GWA", "hi", of=missing)
    told = [block.text for block in blocks(section(hindi, "brief"), Paragraph)]
    assert told[0] == "इस तिमाही का प्रतिवेदन प्राप्त नहीं हुआ। देय तिथि 20 अक्टूबर 2026 थी।"


def test_a_missing_update_says_its_own_due_date_or_that_none_was_requested(write) -> None:
    for requested, said in (
        (True, "No update was received for this quarter. It was due by 8 November 2026."),
        (
            False,
            "No update was received for this quarter. The agency was not asked for it in time.",
        ),
    ):
        row = ("FC-GWA", "2026-27-Q2", date(2026, 11, 8), requested)
        due = pd.DataFrame([row], columns=COLUMNS["due_dates"])
        missing = replace(sample("2026-27-Q2"), due_dates=due)
        content = write("quarterly_update", "2026-27-Q2", "FC-GWA", of=missing)
        told = blocks(section(content, "brief"), Paragraph)[0].text
        assert told.startswith(said)


def change_findings(snapshot: Snapshot, **values: object) -> Snapshot:
    mine = (snapshot.findings["agency"] == "FC-SHA") & (snapshot.findings["quarter"] == QUARTERS[2])
    return replace(snapshot, findings=snapshot.findings[mine].assign(**values))


@pytest.mark.parametrize(
    ("values", "shown"),
    [({}, 3), ({"waived": True}, 0), ({"rule": "M03"}, 0), ({"severity": "error"}, 0)],
)
def test_open_warnings_are_those_still_to_be_explained(
    write, snapshot: Snapshot, values: dict[str, object], shown: int
) -> None:
    changed = change_findings(snapshot, **values)
    content = write("quarterly_update", QUARTERS[2], "FC-SHA", of=changed)
    held = [one for one in blocks(section(content, "brief"), Table) if "Open" in one.caption]
    assert sum(len(rows(table)) for table in held) == shown


def test_an_explained_warning_is_shown_with_its_explanation(write, snapshot: Snapshot) -> None:
    changed = change_findings(snapshot, explanation="The fair was put off.")
    content = write("quarterly_update", QUARTERS[2], "FC-SHA", of=changed)
    (table,) = blocks(section(content, "findings"), Table)
    assert table.caption == "Warnings that the agency has explained"
    assert rows(table)[0][2] == "The fair was put off."


def test_findings_are_those_of_the_version_that_counts(write, snapshot: Snapshot) -> None:
    mine = change_findings(snapshot).findings
    returned = mine.assign(version=2, rule="V01", severity="error", indicator="FA2")
    both = replace(snapshot, findings=pd.concat([mine, returned]))
    content = write("quarterly_update", QUARTERS[2], "FC-SHA", of=both)
    assert {row[0] for row in rows(captioned(section(content, "brief"), "Open"))} == {"Q02", "Q05"}


def test_main_figures_are_those_of_the_annex(write) -> None:
    for agency in ("IA-BPENG", "FC-BHO"):
        content = write("quarterly_update", "2025-26-Q4", agency)
        (main,) = blocks(section(content, "standing"), Table)
        whole = blocks(section(content, "figures"), Table)[0]
        titles = [column.title for column in whole.columns]
        assert ("Baseline" in titles) == (agency == "IA-BPENG"), "none where nothing is in it"
        assert titles == [column.title for column in main.columns][: len(titles)]
        for row in rows(main):
            assert row[: len(titles)] == row_of(whole, row[0])
        shares = {row[0]: row[5] for row in map(texts_of, bodies_of(content, "Women"))}
        women = next(at for at, one in enumerate(main.columns) if one.title == "Women")
        assert {row[0]: row[women] for row in rows(main) if row[women]}.items() <= shares.items()


def texts_of(row) -> list[str]:
    return [cell.text for cell in row]


def bodies_of(content, title: str) -> tuple:
    (table,) = blocks(section(content, "dimensions"), Table)
    return next(body.rows for body in table.bodies if body.title == title)


def test_a_dimension_added_by_data_has_its_column(write, snapshot: Snapshot) -> None:
    """Its words come from the framework alone."""
    framework = snapshot.framework
    indicators = tuple(
        one.model_copy(update={"dimensions": (*one.dimensions, "disabled")})
        if one.code == "OP2"
        else one
        for one in framework.indicators
    )
    labels = {
        **framework.dimension_labels,
        "disabled": Text("Persons with disabilities", "दिव्यांगजन"),
    }
    added = replace(framework, indicators=indicators, dimension_labels=labels)
    own = snapshot.facts.query("indicator == 'OP2' and dimension == 'women'")
    facts = pd.concat([snapshot.facts, own.assign(dimension="disabled")], ignore_index=True)
    changed = replace(snapshot, framework=added, facts=facts)
    for language, title in (("en", "Persons with disabilities"), ("hi", "दिव्यांगजन")):
        content = write("quarterly_update", "2025-26-Q4", "IA-BPENG", language, of=changed)
        (main,) = blocks(section(content, "standing"), Table)
        assert title in [column.title for column in main.columns]
        assert title in [
            body.title for body in blocks(section(content, "dimensions"), Table)[0].bodies
        ]
        write("quarterly_update", "2025-26-Q4", "STATE", language, of=changed)


def test_a_score_that_is_carried_over_is_drawn_hollow(write) -> None:
    content = write("quarterly_update", "2026-27-Q2", "FC-GWA", of=sample("2026-27-Q2"))
    (trend,) = blocks(section(content, "standing"), Trend)
    assert trend.series[0].carried[-1]
    assert not all(trend.series[0].carried)
    assert "from an earlier quarter" in trend.alternative and "hollow" in trend.caption


def test_an_action_is_shown_with_what_the_department_decided(write, snapshot: Snapshot) -> None:
    asked = snapshot.actions[snapshot.actions["agency"] == "IA-UJPLA"]
    number = asked["number"].iloc[-1]
    row = (
        number,
        "accepted",
        pd.Timestamp("2026-04-20 12:00+05:30"),
        "Funds released.",
        "2026-09-30",
    )
    decisions = pd.DataFrame([row], columns=snapshot.decisions.columns)
    content = write(
        "quarterly_update", "2025-26-Q4", "IA-UJPLA", of=replace(snapshot, decisions=decisions)
    )
    shown = row_of(captioned(section(content, "brief"), "Requested actions"), number)
    assert shown[3].startswith("Accepted")
    (whole,) = blocks(section(content, "actions"), Table)
    assert row_of(whole, number)[4] == "Funds released."
    assert {row[0] for row in rows(whole)} == set(asked["number"])


def test_what_the_first_page_cannot_hold_follows_whole(write, snapshot: Snapshot) -> None:
    many = snapshot
    for number in range(6):
        many = with_entry(
            many, agency="IA-BPENG", quarter="2025-26-Q4", kind="challenge", theme="CREDIT",
            text=f"Challenge {number}", request="", department="",
        )  # fmt: skip
    content = write("quarterly_update", "2025-26-Q4", "IA-BPENG", of=many)
    told = captioned(section(content, "brief"), "Successes and challenges")
    shown = len(rows(told))
    assert 1 <= shown <= 3 and f"{shown} of 7" in told.caption
    quoted = [
        one.text for block in blocks(section(content, "entries"), Quotes) for one in block.quotes
    ]
    assert {f"Challenge {number}" for number in range(6)} <= set(quoted)


@pytest.mark.skipif(not shutil.which("pdftotext"), reason="poppler is not installed")
@pytest.mark.parametrize("agency", ["IA-BPENG", "IA-INDPH", "FC-BHO", "FC-MOR", "FC-UJJ"])
@pytest.mark.parametrize("language", ["en", "hi"])
def test_the_update_is_one_page_and_its_figures_follow(
    write, renderer: Renderer, agency: str, language: str, tmp_path: Path
) -> None:
    content = write("quarterly_update", "2025-26-Q4", agency, language)
    (tmp_path / "update.pdf").write_bytes(renderer.write(content, "pdf"))
    found = subprocess.run(
        ["pdftotext", "-layout", tmp_path / "update.pdf", "-"], capture_output=True, check=True
    )
    pages = found.stdout.decode().split("\f")
    title = section(content, "charts").title
    assert [title in page for page in pages[:2]] == [False, True]


def test_budget_and_activity_are_those_the_rule_compares(write, snapshot: Snapshot) -> None:
    content = write("quarterly_update", "2025-26-Q4", "IA-BPENG")
    _, trend = blocks(section(content, "charts"), Trend)
    held = accepted("IA-BPENG")
    facts = snapshot.facts.query("agency == 'IA-BPENG' and dimension == ''")
    targets = snapshot.registry.targets.query("agency == 'IA-BPENG' and indicator == 'B2'")

    def total(indicator: str) -> int:
        rows_ = facts[(facts["indicator"] == indicator) & facts["quarter"].isin(held)]
        return rows_["hundredths"].sum()

    aim = targets[targets["quarter"].isin(held)]["hundredths"].sum()
    budget, activity = (series.texts[-1] for series in trend.series)
    assert budget == f"{total('B2') / aim * 100:.1f} %"
    assert activity == f"{total('A2') / total('A1') * 100:.1f} %"
    assert budget in trend.alternative
    centre = write("quarterly_update", "2025-26-Q4", "FC-MOR")
    assert not blocks(section(centre, "charts"), Trend)  # a centre has no budget


@pytest.mark.parametrize("language", ["en", "hi"])
def test_no_section_is_ever_empty(write, snapshot: Snapshot, language: str) -> None:
    bare = empty(
        snapshot, "facts", "scores", "group_scores", "findings", "entries", "actions", "reporting"
    )
    for subject in ("IA-BPENG", "STATE"):
        content = write("quarterly_update", "2025-26-Q4", subject, language, of=bare)
        for one in content.sections:
            assert any(isinstance(block, Nothing | Paragraph) for block in one.blocks), one.id
