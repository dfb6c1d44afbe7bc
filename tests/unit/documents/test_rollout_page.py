"""The programme's own page: counts and money against figures added up here from the same frames."""

from __future__ import annotations

import re
import shutil
from dataclasses import replace
from decimal import ROUND_HALF_UP, Decimal

import pandas as pd
import pytest
from reading import blocks, row_of, rows, section, texts
from sample_snapshot import INCLUDE, empty, sample, with_entry

from cpsa import figures
from cpsa.documents.content_model import Bars, Nothing, Paragraph, Table, Tiles
from cpsa.provenance.snapshot import Snapshot
from cpsa.reference.reference_data import Reference
from cpsa.reference.rollout_plan import MEASURES_OF_A_FORM
from cpsa.reference.yaml_reader import ReferenceDataError

PERIOD = "2025-26-H2"
HALF = ("2025-26-Q3", "2025-26-Q4")


def page(write, period: str = PERIOD, language: str = "en", of: Snapshot | None = None):
    return write("rollout", period, "STATE", language, **({"of": of} if of else {}))


def outcomes(content) -> list[list[str]]:
    return rows(blocks(section(content, "outcomes"), Table)[0])


def counted(content, label: str) -> list[str]:
    return next(row[2:] for row in outcomes(content) if row[1].startswith(label))


def crore(paise: int) -> str:
    return str((Decimal(int(paise)) / 10**9).quantize(Decimal("0.01"), ROUND_HALF_UP))


def accepted_total(snapshot: Snapshot, indicator: str, last: str) -> int:
    accepted = snapshot.scores.query("state == 'accepted'")[["agency", "quarter"]]
    held = snapshot.facts.merge(accepted)
    held = held[(held["indicator"] == indicator) & (held["dimension"] == "")]
    return int(held.loc[held["quarter"] <= last, "hundredths"].sum())


def test_every_outcome_stands_there_with_its_count(write, snapshot: Snapshot) -> None:
    content = page(write)
    plan = snapshot.reference.rollout.values()
    assert [row[0].partition(" (")[0] for row in outcomes(content) if row[0]] == [
        one.title.en for one in plan
    ]
    planned = [row[2] for row in outcomes(content) if row[1] != "–"]
    assert len(planned) == sum(len(one.targets) for one in plan) == 19


def test_counts_are_those_of_the_store(write, snapshot: Snapshot) -> None:
    content = page(write)
    last = snapshot.scores.query("quarter == '2025-26-Q4'")["agency"]
    clusters, centres = (sum(last.str.startswith(form)) for form in ("IA-", "FC-"))
    assert counted(content, "Clusters under full")[:2] == ["10", str(clusters)]
    assert counted(content, "MSME Facilitation Centres")[:2] == ["10", str(centres)]
    within = snapshot.scores[snapshot.scores["quarter"].isin(HALF)].query("state == 'accepted'")
    reviewed = {agency for agency in within["agency"] if agency.startswith("IA-")}
    assert counted(content, "Clusters reviewed")[1] == str(len(reviewed))


def test_what_is_due_every_so_often_is_held_to_the_period(write) -> None:
    assert counted(page(write), "Progress update published")[:2] == ["2", "2"]
    year = page(write, "2025-26")
    assert counted(year, "Progress update published")[:2] == ["4", "4"]
    assert counted(year, "Exchange meeting")[0] == "at least 2"
    first = page(write, "2024-25-H2")
    assert counted(first, "Final learning document")[:2] == ["1", "0"]
    assert counted(first, "Final learning document")[2] == "1 missing"
    assert counted(page(write), "Final learning document")[:2] == ["1", "1"]


def test_a_cluster_fewer_is_told(write, snapshot: Snapshot) -> None:
    fewer = replace(snapshot, scores=snapshot.scores.query("agency != 'IA-BPENG'"))
    content = page(write, of=fewer)
    assert counted(content, "Clusters under full")[1:] == ["9", "1 missing"]
    assert counted(content, "MSME Facilitation Centres")[1:] == ["10", "Reached"]
    assert counted(content, "Clusters selected")[1] == "10"  # it stays registered


def test_what_nothing_counts_is_said_and_never_a_number(write) -> None:
    for row in outcomes(page(write)):
        if "not counted" in row[4] or "no number given" in row[4]:
            assert row[3] == "–"
    assert counted(page(write), "District seminars") == ["51", "–", "not counted here"]


@pytest.mark.parametrize(
    ("period", "states"),
    [
        ("2018-19-H1", ["Years ended", "Under way", "Not started"]),
        ("2018-19", ["Years ended", "Years ended", "Not started"]),
        (PERIOD, ["Years ended", "Years ended", "Years ended"]),
    ],
)
def test_stages_have_their_dates_and_where_they_stand(
    write, period: str, states: list[str]
) -> None:
    (stages,) = blocks(section(page(write, period), "summary"), Table)
    assert [row[2] for row in rows(stages)] == states
    assert rows(stages)[2][1] == "1 April 2019 to 31 March 2022"


@pytest.mark.parametrize("last", ["2025-26-Q4", "2025-26-Q2"])
def test_spending_is_what_agencies_report_to_the_paisa(
    write, snapshot: Snapshot, last: str
) -> None:
    content = page(write, f"2025-26-H{int(last[-1]) // 2}")
    spent = accepted_total(snapshot, "B2", last)
    assert spent % 100 or spent > 10**9, "worth adding up"
    tables = blocks(section(content, "budget"), Table)
    full = row_of(tables[0], "Full-scale interventions in ten clusters")
    assert full[1:6] == ["0.00", "0.00", "20.00", "20.00", crore(spent)]
    assert full[6] == f"{spent / (20 * 10**9) * 100:.1f} %"
    assert figures.rupees(spent) in " ".join(texts(section(content, "budget").blocks))
    others = [row for row in rows(tables[0]) if row is not full and row[0] != full[0]]
    assert {row[5] for row in others} == {"not reported"}
    assert [cell.text for cell in tables[0].total][1:6] == [
        "5.70", "6.50", "73.30", "85.50", crore(spent),
    ]  # fmt: skip


def test_the_chart_shows_every_stage(write) -> None:
    (bars,) = blocks(section(page(write), "budget"), Bars)
    assert [bar.text for bar in bars.bars][0::2] == [
        "₹ 5.70 crore", "₹ 6.50 crore", "₹ 73.30 crore",
    ]  # fmt: skip
    assert [bar.ratio is None for bar in bars.bars] == [False, True, False, True, False, False]
    assert all(bar.text in bars.alternative for bar in bars.bars)


def given(snapshot: Snapshot) -> pd.DataFrame:
    rows_ = snapshot.entries.query("kind == 'convergence'")
    rows_ = rows_[rows_["quarter"] <= "2025-26-Q4"]
    accepted = snapshot.scores.query("state == 'accepted'")[["agency", "quarter"]]
    return rows_.merge(accepted, on=["agency", "quarter"])


def test_contributions_are_by_source_and_none_is_lost(write, snapshot: Snapshot) -> None:
    of = with_entry(
        snapshot, agency="IA-BPENG", quarter="2025-26-Q4", kind="convergence", theme="SPV",
        department="DOMSME", scheme="MSE-CDP", amount=7_00_000_00, people=3, text="Given",
    )  # fmt: skip
    (_, sources) = blocks(section(page(write, of=of), "budget"), Table)
    held = {row[0]: row for row in rows(sources)}
    entries = given(of)
    by_scheme = entries["scheme"].fillna("") != ""
    india = entries[by_scheme | entries["department"].isin(["MSMEDI"])]["amount"].sum()
    others = entries[~by_scheme & entries["department"].isin(["BANKS", "TECH"])]["amount"].sum()
    state = entries["amount"].sum() - india - others
    assert held["Government of India"][3] == figures.rupees(int(india))
    assert held["Government of Madhya Pradesh"][3] == figures.rupees(int(state))
    assert held["Others, not in Table 5"][3] == figures.rupees(int(others))
    private = accepted_total(of, "PC1", "2025-26-Q4")
    assert held["Private sector beneficiaries"][1:] == [
        "9.00", "not reported", figures.rupees(private),
    ]  # fmt: skip


def test_convergence_by_department_adds_up(write, snapshot: Snapshot) -> None:
    (table,) = blocks(section(page(write), "convergence"), Table)
    entries = given(snapshot)
    assert table.total[1].text == str(len(entries))
    assert table.total[2].text == figures.rupees(int(entries["amount"].fillna(0).sum()))
    assert sum(int(row[1]) for row in rows(table)) == len(entries)


@pytest.mark.parametrize("language", ["en", "hi"])
def test_a_programme_without_figures_has_its_page(write, snapshot: Snapshot, language: str) -> None:
    bare = empty(
        snapshot, "facts", "scores", "group_scores", "findings", "entries", "actions",
        "reporting", "restatements", "closings",
    )  # fmt: skip
    content = page(write, language=language, of=bare)
    assert isinstance(section(content, "convergence").blocks[0], Nothing)
    (tiles,) = blocks(section(content, "summary"), Tiles)
    assert "₹" not in tiles.tiles[3].value


def test_crore_is_rounded_half_up_and_grouped() -> None:
    shown = [
        figures.crore(paise) for paise in (0, 4_999_999, 5_000_000, 85_50_00_000_00, -5_000_000)
    ]
    assert shown == ["0.00", "0.00", "0.01", "85.50", "-0.01"]
    assert figures.crore(12_34_567 * 10**9) == "12,34,567.00"


def test_a_target_counts_the_agencies_of_its_form(write, snapshot: Snapshot) -> None:
    """Whatever the form is called: here targets of one form are those of another, which nobody has."""
    plan = {
        code: outcome.model_copy(
            update={
                "targets": tuple(
                    target.model_copy(
                        update={"form": {"IA": "SPV"}.get(target.form or "", target.form)}
                    )
                    for target in outcome.targets
                )
            }
        )
        for code, outcome in snapshot.reference.rollout.items()
    }
    content = page(write, of=replace(snapshot, reference=replace(snapshot.reference, rollout=plan)))
    assert counted(content, "Clusters under full")[1] == "0"
    assert counted(content, "MSME Facilitation Centres")[1] == "10"


@pytest.mark.parametrize(
    ("file", "old", "new", "told"),
    [
        ("rollout.yaml", "begins: 2017-18", "begins: soon", "soon"),
        ("rollout.yaml", "counted_by: centres", "counted_by: guesses", "guesses"),
        ("rollout.yaml", "{count: 51,", "{count: 51, form: IA,", "form"),
        ("budget.yaml", "spent_by: B2", "spent_by: [B2]", "B2"),
        ("budget.yaml", "printed_lakh: 1000\n", "printed_lakh: 1000\n    spent_by: B2\n", "B2"),
        ("budget.yaml", "departments: [MSMEDI]", "departments: [NOBODY]", "NOBODY"),
    ],
)
def test_a_mapping_that_cannot_be_is_refused(
    tmp_path, file: str, old: str, new: str, told: str
) -> None:
    for each in (INCLUDE / "programme" / "reference").iterdir():
        (tmp_path / each.name).write_text(each.read_text("utf-8"), "utf-8")
    whole = (tmp_path / file).read_text("utf-8")
    assert old in whole
    (tmp_path / file).write_text(whole.replace(old, new), "utf-8")
    with pytest.raises(ReferenceDataError, match=told):
        Reference.load(tmp_path)


def test_a_plan_of_an_earlier_version_names_no_form_and_its_targets_are_not_counted(tmp_path):
    shutil.copytree(INCLUDE / "programme" / "reference", tmp_path, dirs_exist_ok=True)
    file = tmp_path / "rollout.yaml"
    file.write_text(re.sub(r", form: \w+", "", file.read_text("utf-8")), "utf-8")
    targets = [
        target
        for outcome in Reference.load(tmp_path).rollout.values()
        for target in outcome.targets
    ]
    assert {target.form for target in targets} == {None}
    assert not {target.counted_by for target in targets} & set(MEASURES_OF_A_FORM)


def test_later_quarters_change_nothing_before_them(write) -> None:
    """What is printed for a period does not depend on how much came after it."""
    later = sample("2026-27-Q2")
    assert outcomes(page(write)) == outcomes(page(write, of=later))


def test_it_says_when_the_road_maps_terms_are_all_over(write) -> None:
    (summary,) = [one for one in page(write).sections if one.id == "summary"]
    told = [one.text for one in summary.blocks if isinstance(one, Paragraph)]
    assert any("all of them ended before this period did" in text for text in told)
