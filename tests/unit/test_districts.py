"""A district that was renamed is one, whatever name the registry has."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.factories import INCLUDE

from cpsa.reference.districts import Districts, DistrictsFile
from cpsa.reference.reference_data import Reference
from cpsa.reference.yaml_reader import ReferenceDataError, read_yaml_file

RENAMED = """
districts:
  - {name: {en: Narmadapuram, hi: नर्मदापुरम}, former: [Hoshangabad], lgd: 7}
  - {name: {en: Bhopal, hi: भोपाल}}
"""


def load(folder: Path, content: str) -> Districts:
    (folder / "districts.yaml").write_text(content, "utf-8")
    return Districts(read_yaml_file(folder, "districts.yaml", DistrictsFile).districts)


def test_a_renamed_district_is_found_by_both_names(tmp_path: Path) -> None:
    districts = load(tmp_path, RENAMED)
    for name in ("Narmadapuram", "Hoshangabad"):
        assert districts.find_present_name(name) == "Narmadapuram"
        assert districts.name_in(name, "hi") == "नर्मदापुरम"
        assert districts.find_code(name) == 7
        assert districts.list_names(name) == ("Narmadapuram", "Hoshangabad")


def test_one_that_is_not_listed_has_the_name_that_was_written(tmp_path: Path) -> None:
    districts = load(tmp_path, RENAMED)
    assert districts.find_present_name("Elsewhere") == "Elsewhere"
    assert districts.name_in("Elsewhere", "hi") == "Elsewhere"
    assert districts.list_names("Elsewhere") == ("Elsewhere",)
    assert districts.find_code("Bhopal") is None


def test_the_mapping_of_earlier_versions_is_read(tmp_path: Path) -> None:
    districts = load(tmp_path, "Bhopal: भोपाल\nGaya: गया\n")
    assert districts.name_in("Gaya", "hi") == "गया"
    assert load(tmp_path, "").name_in("Gaya", "hi") == "Gaya"


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("former: [Hoshangabad]", "former: [Bhopal]"),
        ("भोपाल}}", "भोपाल}, lgd: 7}"),
        ("lgd: 7", "lgd: '7'"),
        ("former", "formerly"),
        ("भोपाल", "Bhopal"),
    ],
    ids=["name twice", "code twice", "code as text", "misspelt key", "no Hindi"],
)
def test_a_fault_is_refused(tmp_path: Path, old: str, new: str) -> None:
    assert old in RENAMED
    with pytest.raises(ReferenceDataError, match=r"districts\.yaml"):
        load(tmp_path, RENAMED.replace(old, new, 1))


def test_the_shipped_ones_are_one_each() -> None:
    reference = Reference.load(INCLUDE / "programme" / "reference")
    assert reference.districts.find_present_name("Hoshangabad") == "Narmadapuram"
    assert reference.sectors["leather"].nic == ("15",)
