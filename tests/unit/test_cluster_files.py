"""The files of clusters in a registry folder: what is read, and the one line for each fault, in both languages."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from tests.factories import SAMPLE, RegistryFolder, csv_text, known_codes

from cpsa.errors import RequestError
from cpsa.registry.agency_register import Registry
from cpsa.registry.cluster_files import (
    CLUSTER_AGENCY_FILE_COLUMNS,
    CLUSTER_FILE_COLUMNS,
    write_cluster_rows,
)
from cpsa.registry.cluster_register import pick_language
from cpsa.registry.registry_files import read_registry_folder

GOOD: dict[str, object] = {
    "code": "CL-A", "name_en": "Loom Cluster", "name_hi": "करघा क्लस्टर", "sector": "handloom",
    "products": "Sarees | साड़ी", "nic": "13121", "district": "Indore", "block": "Mhow",
    "units_micro": "1,200", "units_small": "12", "units_women": 300, "units_scst": 1212,
    "jobs": "३,४००", "jobs_women": 3400, "output_rupees": "₹ 2.5 crore", "exports_rupees": "2.5 करोड़",
    "as_of": "31-03-2025", "basis": "survey", "source": "Census of looms",
}  # fmt: skip
FIRST = {"cluster": "CL-A", "agency": "IA-A", "phase": "pilot", "from": "2025-26-Q1"}


def read(
    folder: Path,
    *changes: dict[str, object],
    served: tuple[dict[str, str], ...] = (FIRST,),
) -> Registry:
    made = RegistryFolder(agencies={"IA-A": "2025-26-Q1", "IA-B": "2025-26-Q1"})
    made.write(folder)
    rows = [{**GOOD, **change} for change in changes or ({},)]
    files: dict[str, tuple[list[str], list[Any]]] = {
        "clusters": (CLUSTER_FILE_COLUMNS, rows),
        "cluster_agencies": (CLUSTER_AGENCY_FILE_COLUMNS, list(served)),
    }
    for name, (columns, lines) in files.items():
        text = csv_text([columns, *([row.get(column, "") for column in columns] for row in lines)])
        (folder / f"{name}.csv").write_text(text, "utf-8")
    return read_registry_folder(folder, known_codes())


def test_figures_are_read_as_people_write_them(tmp_path: Path) -> None:
    cluster = read(tmp_path).cluster_register.clusters["CL-A"]
    assert (cluster.units_micro, cluster.units, cluster.jobs) == (1200, 1212, 3400)
    assert cluster.units_medium is None, "a blank is no figure"
    assert cluster.output_paise == cluster.exports_paise == 2_500_000_000
    assert cluster.as_of == "2025-03-31"
    assert [pick_language(cluster.products, language) for language in ("en", "hi")] == [
        "Sarees",
        "साड़ी",
    ]
    assert pick_language("Yarn", "hi") == "Yarn", "a text in one language is shown in both"


@pytest.mark.parametrize(
    ("micro", "women", "scst", "priority"),
    [(50, 50, 50, None), (51, 0, 0, True), (0, 51, 0, True), (0, 0, 51, True), ("", "", "", None)],
)
def test_priority_is_more_than_half_of_the_enterprises(
    tmp_path: Path, micro: object, women: object, scst: object, priority: bool | None
) -> None:
    small = 100 - micro if isinstance(micro, int) else 100
    units = {"units_micro": micro, "units_small": small, "units_women": women, "units_scst": scst}
    cluster = read(tmp_path, units).cluster_register.clusters["CL-A"]
    assert cluster.has_priority_units is priority


def test_a_registry_without_the_files_has_no_cluster(tmp_path: Path) -> None:
    RegistryFolder(agencies={"IA-A": "2025-26-Q1"}).write(tmp_path)
    registry = read_registry_folder(tmp_path, known_codes())
    assert registry.cluster_register.clusters == {}
    assert registry.cluster_register.find_cluster("IA-A", "2025-26-Q1") is None


@pytest.mark.parametrize(
    ("change", "key", "quoted"),
    [
        ({"code": "cl a"}, "bad_cluster_code", "cl a"),
        ({"name_hi": ""}, "blank", "name_hi"),
        ({"source": " "}, "blank", "source"),
        ({"sector": "handlooms"}, "unknown_sector", "handloom"),
        ({"district": "Indor"}, "unknown_district", "Indore"),
        ({"nic": "1A"}, "bad_nic", "1A"),
        ({"basis": "guess"}, "bad_basis", "guess"),
        ({"as_of": "31.02.2025"}, "bad_day", "31.02.2025"),
        ({"as_of": ""}, "bad_day", "as_of"),
        ({"active_to": "2026"}, "bad_quarter", "2026"),
        ({"units_micro": "-1"}, "bad_number", "-1"),
        ({"jobs": "12.5"}, "bad_number", "12.5"),
        ({"jobs": "many"}, "bad_number", "many"),
        ({"output_rupees": "(5)"}, "bad_rupees", "(5)"),
        ({"output_rupees": "1.001"}, "bad_rupees", "1.001"),
        ({"units_women": 1213}, "part_above_whole", "1213"),
        ({"units_scst": 1213}, "part_above_whole", "1212"),
        ({"jobs_women": 3401}, "part_above_whole", "jobs_women"),
        ({"exports_rupees": "25000000.01"}, "part_above_whole", "₹ 2,50,00,000.01"),
    ],
)
def test_a_fault_is_one_line_in_both_languages(
    tmp_path: Path, change: dict[str, object], key: str, quoted: str
) -> None:
    with pytest.raises(RequestError) as refused:
        read(tmp_path, change)
    assert refused.value.key == f"registry.{key}"
    for language in ("en", "hi"):
        text = refused.value.text(language)
        assert quoted in text
        assert "clusters.csv" in text and "2" in text and "\n" not in text


@pytest.mark.parametrize(
    ("served", "key", "quoted"),
    [
        ({**FIRST, "cluster": "CL-X"}, "unknown_cluster", "CL-A"),
        ({**FIRST, "agency": "IA-X"}, "unknown_agency", "IA-X"),
        ({**FIRST, "phase": "half"}, "bad_phase", "half"),
        ({**FIRST, "from": ""}, "bad_quarter", "quarter"),
        ({**FIRST, "from": "2025"}, "bad_quarter", "2025"),
        ({**FIRST, "to": "soon"}, "bad_quarter", "soon"),
        ({**FIRST, "to": "2024-25-Q4"}, "cluster_ends_before_it_begins", "2024-25-Q4"),
    ],
)
def test_a_fault_of_who_serves_a_cluster(
    tmp_path: Path, served: dict[str, str], key: str, quoted: str
) -> None:
    with pytest.raises(RequestError) as refused:
        read(tmp_path, served=(served,))
    assert refused.value.key == f"registry.{key}"
    assert quoted in refused.value.text("en")
    assert "cluster_agencies.csv" in refused.value.text("hi")


def test_a_code_that_comes_twice(tmp_path: Path) -> None:
    with pytest.raises(RequestError, match="CL-A") as refused:
        read(tmp_path, {}, {})
    assert refused.value.key == "registry.twice"


def test_one_agency_after_the_other_but_never_two_at_once(tmp_path: Path) -> None:
    then = {**FIRST, "to": "2025-26-Q4"}
    second = {**FIRST, "agency": "IA-B", "phase": "full", "from": "2026-27-Q1"}
    register = read(tmp_path, served=(second, then)).cluster_register
    found = [register.find_pair(agency, "2026-27-Q1") for agency in ("IA-A", "IA-B")]
    assert [pair and pair.phase for pair in found] == [None, "full"]
    listed = register.list_agencies("CL-A", "2026-27-Q1")
    assert [pair.agency for pair in listed] == ["IA-A", "IA-B"]
    assert len(register.list_agencies("CL-A", "2025-26-Q4")) == 1
    assert register.list_related_agencies(["IA-B"]) == {"IA-A", "IA-B"}

    at_once = {**second, "from": "2025-26-Q4"}
    with pytest.raises(RequestError, match="2025-26-Q4") as refused:
        read(tmp_path, served=(then, at_once))
    assert refused.value.key == "registry.cluster_overlaps"
    for language in ("en", "hi"):
        text = refused.value.text(language)
        assert all(code in text for code in ("CL-A", "IA-A", "IA-B"))


def test_an_agency_has_one_cluster_at_a_time(tmp_path: Path) -> None:
    other = {"code": "CL-B"}
    later = {**FIRST, "cluster": "CL-B", "from": "2026-27-Q1"}
    register = read(
        tmp_path, {}, other, served=({**FIRST, "to": "2025-26-Q4"}, later)
    ).cluster_register
    found = [register.find_cluster("IA-A", quarter) for quarter in ("2025-26-Q4", "2026-27-Q1")]
    assert [cluster and cluster.code for cluster in found] == ["CL-A", "CL-B"]
    with pytest.raises(RequestError) as refused:
        read(tmp_path, {}, other, served=(FIRST, later))
    assert refused.value.key == "registry.agency_overlaps"


def test_what_needs_attention_is_a_notice(tmp_path: Path) -> None:
    """Another sector than the agency's own line has, and a district under its former name."""
    registry = read(tmp_path, {"district": "Hoshangabad"})
    assert [notice.key for notice in registry.notices] == [
        "registry.former_district",
        "registry.sector_differs",
    ]
    assert registry.cluster_register.clusters["CL-A"].district == "Narmadapuram"


def test_the_lines_of_the_sample_are_written_as_they_were_read() -> None:
    registry = read_registry_folder(SAMPLE / "registry", known_codes())
    text = (SAMPLE / "registry" / "clusters.csv").read_text("utf-8")
    assert csv_text(write_cluster_rows(registry.clusters)) == text
    served = {pair.agency for pair in registry.cluster_register.pairs}
    assert served == {code for code in registry.agencies["code"] if code.startswith("IA-")}
    assert len(registry.cluster_register.clusters) > len(served), "some have no agency"
