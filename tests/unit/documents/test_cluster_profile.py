"""What documents take from the register of clusters, and what goes on as before where it has nothing."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd
import pytest
from reading import blocks, row_of, rows, section

from cpsa.calendar import Quarter
from cpsa.documents.agency_tables import list_newest_rows
from cpsa.documents.content_model import Paragraph, Table
from cpsa.documents.document_text import DocumentText
from cpsa.documents.learning.twin_clusters import suggest_twins
from cpsa.documents.step_progress import list_agency_steps, list_step_progress
from cpsa.provenance.baselines import list_baselines
from cpsa.provenance.derivation import DerivationResolver
from cpsa.provenance.snapshot import COLUMNS, Snapshot
from cpsa.registry.cluster_register import make_empty_frame

QUARTER = Quarter.parse("2025-26-Q4")


def without_register(snapshot: Snapshot) -> Snapshot:
    frames = {name: make_empty_frame(name) for name in ("clusters", "cluster_agencies")}
    return replace(snapshot, registry=replace(snapshot.registry, **frames))


def with_pairs(snapshot: Snapshot, *pairs: tuple[str, ...]) -> Snapshot:
    known = snapshot.registry.cluster_agencies
    own = pd.DataFrame(list(pairs), columns=list(known.columns), dtype=object)
    rest = known[~known["cluster"].isin(own["cluster"]) & ~known["agency"].isin(own["agency"])]
    registry = replace(snapshot.registry, cluster_agencies=pd.concat([rest, own]))
    return replace(snapshot, registry=registry)


def test_the_profile_is_at_the_head_with_its_date_basis_and_source(write) -> None:
    for language, place, source in (
        ("en", "Place: Phanda, Bhopal.", "estimate of 31 December 2023"),
        ("hi", "स्थान: फंदा, भोपाल।", "31 दिसंबर 2023 का अनुमान"),
    ):
        content = write("quarterly_update", "2025-26-Q4", "IA-BPENG", language)
        profile = content.sections[0]
        assert profile.id == "cluster"
        (table,) = blocks(profile, Table)
        assert rows(table)[0][:8] == ["361", "211", "138", "12", "22", "31", "9,600", "620"]
        (note,) = blocks(profile, Paragraph)
        assert place in note.text and source in note.text and "CL-BPENG" in note.text


def test_every_figure_of_the_profile_leads_to_the_register(write, snapshot: Snapshot) -> None:
    for agency, language in (("IA-CHHAN", "hi"), ("IA-GUBRI", "en")):
        content = write("quarterly_update", "2025-26-Q4", agency, language)
        words = DocumentText(snapshot, language)
        resolver = DerivationResolver(snapshot, words)
        (table,) = blocks(content.sections[0], Table)
        cells = [cell for cell in table.bodies[0].rows[0] if cell.text != "–"]
        assert len(cells) >= 9
        for cell in cells:
            derived = resolver.resolve(cell.origin)
            assert derived.has_text(cell.text)
            assert all(part.row.source for part in derived.parts)


def test_an_office_without_the_register_has_the_documents_that_it_had(
    write, snapshot: Snapshot
) -> None:
    content = write("quarterly_update", "2025-26-Q4", "IA-BPENG", of=without_register(snapshot))
    assert content.sections[0].id == "standing"
    centre = write("quarterly_update", "2025-26-Q4", "FC-MOR")
    assert centre.sections[0].id == "standing", "a centre has no cluster"


def test_the_register_is_the_baseline_only_where_the_registry_has_none(
    write, snapshot: Snapshot
) -> None:
    def baseline(agency: str, indicator: str, of: Snapshot) -> str:
        content = write("quarterly_update", "2025-26-Q4", agency, of=of)
        return row_of(blocks(section(content, "figures"), Table)[0], indicator)[-1]

    assert baseline("IA-BPENG", "OC5", snapshot) == "2,145", "the agency's own"
    assert baseline("IA-UJPLA", "OC5", snapshot) == "2,240", "jobs of the register"
    assert baseline("IA-UJPLA", "OC5", without_register(snapshot)) == "–"
    registry = snapshot.registry
    no_turnover = registry.baselines[registry.baselines["indicator"] != "OC2"]
    fewer = replace(snapshot, registry=replace(registry, baselines=no_turnover))
    assert baseline("IA-UJPLA", "OC2", fewer) == "₹ 218.00 crore", "output of the register"
    (jobs,) = [one for one in list_baselines(snapshot, "IA-UJPLA") if one.indicator == "OC5"]
    assert jobs.as_of == "2024-09-30" and jobs.cluster


def test_twins_are_of_one_sector_by_the_register_and_show_their_size(
    write, snapshot: Snapshot
) -> None:
    found = {(twin.first, twin.second) for twin in suggest_twins(snapshot, QUARTER, 0.0)}
    assert ("IA-GWTRA", "IA-BPENG") in found
    clusters = snapshot.registry.clusters.copy()
    clusters.loc[clusters["code"] == "CL-BPENG", "sector"] = "plastic"
    moved = replace(snapshot, registry=replace(snapshot.registry, clusters=clusters))
    now = {(twin.first, twin.second) for twin in suggest_twins(moved, QUARTER, 0.0)}
    assert ("IA-GWTRA", "IA-BPENG") not in now
    content = write("learning", "2025-26-H2", "STATE")
    (table,) = blocks(section(content, "twinning"), Table)
    assert any("(361 enterprises, 9,600 jobs)" in cell for row in rows(table) for cell in row)


def steps(agency: str, quarter: str, **reached: str) -> list[tuple[object, ...]]:
    return [
        (agency, quarter, 1, "milestones", place, step, column, None, value, f"line {place}")
        for place, (step, day) in enumerate(reached.items(), 2)
        for column, value in (("step", step), ("actual", day))
    ]


@pytest.fixture
def changed_agency(snapshot: Snapshot) -> Snapshot:
    """The brick cluster had IA-NIRMG until 2025-26-Q1, and has IA-GUBRI since; each gave steps."""
    given = [
        *steps("IA-NIRMG", "2025-26-Q1", CCC="2024-11-01", STUDY="2025-02-01"),
        *steps("IA-GUBRI", "2025-26-Q3", STUDY="2025-02-11", SOFT="2025-10-01"),
    ]
    table = pd.DataFrame(given, columns=list(COLUMNS["table_values"]))
    pairs = (
        ("CL-GUBRI", "IA-NIRMG", "pilot", "2024-25-Q3", "2025-26-Q1"),
        ("CL-GUBRI", "IA-GUBRI", "full", "2025-26-Q2", ""),
    )
    return with_pairs(replace(snapshot, table_values=table), *pairs)


def test_a_cluster_that_changes_its_agency_keeps_its_steps(changed_agency: Snapshot) -> None:
    (progress,) = list_agency_steps(changed_agency, "IA-GUBRI", QUARTER)
    assert {step: value.value for step, value in progress.reached.items()} == {
        "CCC": "2024-11-01",
        "STUDY": "2025-02-11",
        "SOFT": "2025-10-01",
    }, "a later agency's row replaces the earlier one's"
    assert progress.reached["CCC"].agency == "IA-NIRMG", "and its source stays what it was"
    assert [one.agency for one in list_step_progress(changed_agency, QUARTER)] == ["IA-GUBRI"]
    (then,) = list_step_progress(changed_agency, Quarter.parse("2025-26-Q1"))
    assert (then.agency, len(then.reached)) == ("IA-NIRMG", 2)
    found = list_newest_rows(changed_agency, "milestones", QUARTER)
    assert {row.agency for row in found} == {"IA-GUBRI"}


def test_its_profile_names_the_agencies_before(write, changed_agency: Snapshot) -> None:
    for language, named in (("en", "Agencies before: IA-NIRMG"), ("hi", "पूर्व एजेंसियाँ: IA-NIRMG")):
        content = write("quarterly_update", "2025-26-Q4", "IA-GUBRI", language, of=changed_agency)
        (note,) = blocks(content.sections[0], Paragraph)
        assert named in note.text
    before = write("quarterly_update", "2025-26-Q4", "IA-NIRMG", of=changed_agency)
    assert before.sections[0].id == "standing", "it serves no cluster now"


def test_an_update_is_the_same_from_the_rows_of_its_agency(write, changed_agency: Snapshot) -> None:
    own = changed_agency.select_agencies(["IA-GUBRI"])
    assert set(own.scores["agency"]) == {"IA-GUBRI"}
    assert list_agency_steps(own, "IA-GUBRI", QUARTER)[0].reached.keys() == {"CCC", "STUDY", "SOFT"}
    whole, part = (
        write("quarterly_update", "2025-26-Q4", "IA-GUBRI", of=of) for of in (changed_agency, own)
    )
    assert whole == part
