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
from cpsa.provenance.snapshot import COLUMNS, Snapshot
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


def test_what_is_not_followed_is_named_in_both_languages(write, snapshot: Snapshot) -> None:
    for language in ("en", "hi"):
        _, text = texts(section(page(write, language=language), "not-now"))
        assert all(subject.in_(language) in text for subject in snapshot.reference.not_now)
    assert len(snapshot.reference.not_now) == 3
    reference = replace(snapshot.reference, not_now=())
    bare = page(write, of=replace(snapshot, reference=reference))
    assert "not-now" not in [one.id for one in bare.sections]


def test_counts_are_those_of_the_store(write, snapshot: Snapshot) -> None:
    content = page(write)
    last = snapshot.scores.query("quarter == '2025-26-Q4'")["agency"]
    clusters, centres = (sum(last.str.startswith(form)) for form in ("IA-", "FC-"))
    assert counted(content, "Implementing Agencies") == ["5", "5", "Reached"]  # one to a pilot
    registered = [row[2:] for row in outcomes(content) if row[1] == "Implementing Agencies"]
    assert registered == [["10", str(clusters), "by registry"]]
    assert counted(content, "MSME Facilitation Centres")[:2] == ["10", str(centres)]
    within = snapshot.scores[snapshot.scores["quarter"].isin(HALF)].query("state == 'accepted'")
    reviewed = {agency for agency in within["agency"] if agency.startswith("IA-")}
    assert counted(content, "Clusters reviewed")[1] == str(len(reviewed))
    assert counted(content, "Clusters under full")[1] == str(len(reviewed))


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
    registered = [row[3:] for row in outcomes(content) if row[1] == "Implementing Agencies"]
    assert registered == [["9", "1 missing, by registry"]]
    assert counted(content, "MSME Facilitation Centres")[1:] == ["10", "by registry"]


def own_figures(snapshot: Snapshot) -> pd.DataFrame:
    return snapshot.facts[snapshot.facts["agency"] == "CPSA"]


def test_what_is_reported_is_counted_with_its_code(write, snapshot: Snapshot) -> None:
    """A flow to date, a level at its latest, and what is due every so often within the period."""
    facts = own_figures(snapshot).query("dimension == ''")

    def total(code: str, *quarters: str) -> int:
        rows = facts[(facts["indicator"] == code) & facts["quarter"].isin(quarters)]
        return int(rows["hundredths"].sum()) // 100

    every = sorted(facts["quarter"].unique())
    content = page(write)
    assert counted(content, "District seminars and discussions (CP1)")[1] == str(
        total("CP1", *every)
    )
    assert counted(content, "Division seminars and discussions (CP2)")[1:] == ["9", "1 missing"]
    assert counted(content, "State seminars (CP3)")[1:] == ["3", "Reached"]
    assert counted(content, "Pilot clusters (CP6)")[1] == str(total("CP6", every[-1]))
    assert counted(content, "Progress review with compilation of actions (CP16)")[:2] == [
        "2", str(total("CP16", *HALF)),
    ]  # fmt: skip
    assert counted(content, "Exchange meeting or event (CP15)")[0] == "at least 1"
    named = [row[4] for row in outcomes(content) if row[1] != "–"]
    assert len(named) == 19 and "not counted here" not in named
    (tiles,) = blocks(section(content, "summary"), Tiles)
    assert tiles.tiles[0].value == "19 of 19"


def test_registered_and_reported_only_what_is_reached_is_counted_as_reached(write) -> None:
    content = page(write)
    (tiles,) = blocks(section(content, "summary"), Tiles)
    reached = [row[4] for row in outcomes(content)].count("Reached")
    assert tiles.tiles[1].value == f"{reached} of 19"


def test_what_was_not_published_is_not_published(write, snapshot: Snapshot) -> None:
    """However many quarters are closed; an edition has every quarter that was closed by then."""
    never = empty(snapshot, "publications")
    assert counted(page(write, of=never), "Progress update published")[1:] == ["0", "2 missing"]
    first = snapshot.publications.query("quarter <= '2025-26-Q3'")
    once = replace(snapshot, publications=first)
    assert counted(page(write, of=once), "Progress update published")[1:] == ["1", "1 missing"]
    last = snapshot.publications.query("quarter == '2025-26-Q4'")
    both = replace(snapshot, publications=last)
    assert counted(page(write, of=both), "Progress update published")[1:] == ["2", "Reached"]


@pytest.mark.parametrize("language", ["en", "hi"])
def test_what_was_not_reported_says_by_whom_or_until_when(
    write, snapshot: Snapshot, language: str
) -> None:
    facts = snapshot.facts[snapshot.facts["agency"] != "CPSA"]
    silent = replace(snapshot, facts=facts)
    agencies = snapshot.registry.agencies
    later = agencies.assign(
        active_from=agencies["active_from"].mask(agencies["code"] == "CPSA", "2026-27-Q1")
    )
    not_yet = replace(silent, registry=replace(snapshot.registry, agencies=later))
    none = replace(
        silent, registry=replace(snapshot.registry, agencies=agencies[agencies["code"] != "CPSA"])
    )
    reasons = {
        "en": ("not reported by CPSA", "not reported before Apr–Jun 2026", "not reported"),
        "hi": ("सीपीएसए द्वारा प्रतिवेदित नहीं", "अप्रैल–जून 2026 से पूर्व प्रतिवेदित नहीं", "प्रतिवेदित नहीं"),
    }
    for of, reason in zip((silent, not_yet, none), reasons[language], strict=True):
        content = page(write, language=language, of=of)
        rows_of_codes = [row[3:] for row in outcomes(content) if "(CP" in row[1]]
        assert len(rows_of_codes) == 13
        assert all(row == ["–", reason] for row in rows_of_codes)
        table = blocks(section(content, "budget"), Table)[0]
        assert [row[5] for row in rows(table) if "(SP" in row[0]] == [reason] * 7


def test_later_reporting_is_said_beside_the_figures(write, snapshot: Snapshot) -> None:
    earlier = replace(snapshot, first_quarter="2023-24-Q1")
    for name in ("outcomes", "budget"):
        found = section(page(write, of=earlier), name).blocks
        notes = [one.text for one in found if isinstance(one, Paragraph)]
        assert any("reported from" in note for note in notes)


@pytest.mark.parametrize("language", ["en", "hi"])
def test_what_is_above_the_budget_is_said(write, snapshot: Snapshot, language: str) -> None:
    row = dict.fromkeys(COLUMNS["findings"], "") | {
        "quarter": "2025-26-Q4", "agency": "CPSA", "rule": "P01", "severity": "warning",
        "indicator": "SP3", "version": 0, "observed": "12000000", "expected": "10000000",
        "waived": False,
    }  # fmt: skip
    findings = pd.concat([snapshot.findings, pd.DataFrame([row])], ignore_index=True)
    of = replace(snapshot, findings=findings)
    printed = " ".join(texts(section(page(write, language=language, of=of), "budget").blocks))
    assert "SP3" in printed and "₹ 1,20,00,000" in printed and "₹ 1,00,00,000" in printed


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
    full = row_of(tables[0], "Full-scale interventions in ten clusters (B2)")
    assert full[1:6] == ["0.00", "0.00", "20.00", "20.00", crore(spent)]
    assert full[6] == f"{spent / (20 * 10**9) * 100:.1f} %"
    facts = own_figures(snapshot).query("dimension == '' and quarter <= @last")
    own = facts.groupby("indicator")["hundredths"].sum()
    whole = spent + int(own[own.index.str.startswith("SP")].sum())
    assert figures.rupees(whole) in " ".join(texts(section(content, "budget").blocks))
    codes = {"B1": ["SP1"], "B2": ["SP2"], "B3": ["SP3"], "B4": ["SP4"], "B6": ["SP6"]}
    codes |= {"B7": ["SP7"], "B8": ["SP8C", "SP8S", "SP8P"]}
    reported = {code: sum(int(own[each]) for each in codes[code]) for code in codes}
    found = {row[0].rpartition(" (")[2].rstrip(")"): row[5] for row in rows(tables[0])}
    assert found == {
        ", ".join(codes.get(code, ["B2"])): crore(reported.get(code, spent))
        for code in snapshot.reference.budget
    }
    assert [cell.text for cell in tables[0].total][1:6] == [
        "5.70", "6.50", "73.30", "85.50", crore(spent + sum(reported.values())),
    ]  # fmt: skip


def test_the_chart_shows_every_stage(write) -> None:
    (bars,) = blocks(section(page(write), "budget"), Bars)
    assert [bar.text for bar in bars.bars][0::2] == [
        "₹ 5.70 crore", "₹ 6.50 crore", "₹ 73.30 crore",
    ]  # fmt: skip
    assert [bar.ratio is None for bar in bars.bars] == [False, True, False, False, False, False]
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
    of_state = set(of.reference.departments) - {"MSMEDI", "BANKS", "TECH"}
    state = entries[~by_scheme & entries["department"].isin(of_state)]["amount"].sum()
    others = entries["amount"].sum() - india - state
    assert held["Government of India"][3] == figures.rupees(int(india))
    assert held["Government of Madhya Pradesh"][3] == figures.rupees(int(state))
    assert held["Others, not in Table 5"][3] == figures.rupees(int(others))
    private = accepted_total(of, "PC1", "2025-26-Q4")
    own = own_figures(of).query("indicator == 'SP8P'")["hundredths"].sum()
    assert held["Private sector beneficiaries"][1:] == [
        "9.00", crore(own), figures.rupees(private),
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
    ("file", "old", "new", "printed"),
    [
        ("rollout.yaml", "begins: 2017-18", "begins: soon", "soon"),
        ("rollout.yaml", "counted_by: centres", "counted_by: guesses", "guesses"),
        ("rollout.yaml", "{count: 51,", "{count: 51, form: IA,", "form"),
        ("budget.yaml", "spent_by: B2", "spent_by: [B2]", "B2"),
        ("budget.yaml", "printed_lakh: 4500\n", "printed_lakh: 4500\n    spent_by: B2\n", "B2"),
        ("budget.yaml", "lakh: 2000}", "lakh: 2000, spent_by: SP5}", "B2"),
        ("rollout.yaml", "{indicator: CP1}", "{indicators: CP1}", "indicators"),
        ("budget.yaml", "departments: [MSMEDI]", "departments: [NOBODY]", "NOBODY"),
    ],
)
def test_a_mapping_that_cannot_be_is_refused(
    tmp_path, file: str, old: str, new: str, printed: str
) -> None:
    for each in (INCLUDE / "programme" / "reference").iterdir():
        (tmp_path / each.name).write_text(each.read_text("utf-8"), "utf-8")
    whole = (tmp_path / file).read_text("utf-8")
    assert old in whole
    (tmp_path / file).write_text(whole.replace(old, new), "utf-8")
    with pytest.raises(ReferenceDataError, match=printed):
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
    printed = [one.text for one in summary.blocks if isinstance(one, Paragraph)]
    assert any("all of them ended before this period did" in text for text in printed)
