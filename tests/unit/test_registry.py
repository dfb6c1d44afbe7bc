"""Registry files: what is taken, what is refused with file, line and value."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from tests.making import SAMPLE, RegistryFolder

from cpsa import registry
from cpsa.errors import RequestError
from cpsa.registry import ActiveQuarters

SHIPPED = SAMPLE / "registry"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(SHIPPED, tmp_path / "registry"))


def change(folder: Path, name: str, old: str, new: str) -> None:
    file = folder / f"{name}.csv"
    text = file.read_text("utf-8-sig")
    assert old in text
    file.write_text(text.replace(old, new, 1), encoding="utf-8")


def test_the_sample_is_read_whole_and_in_order(framework) -> None:
    read = registry.read(SHIPPED, framework)
    assert list(read.agencies["code"][:2]) == ["IA-INDPH", "IA-UJPLA"]
    assert len(read.agencies) == 20
    assert read.notes == ()
    assert read.targets["hundredths"].dtype == "int64"
    for name, frame in read.frames().items():
        lines = (SHIPPED / f"{name}.csv").read_text("utf-8-sig").rstrip("\n").count("\n")
        assert len(frame) == lines, name


def test_who_owes_an_update_depends_on_the_quarter(framework) -> None:
    read = registry.read(SHIPPED, framework)
    assert len(read.active_in("2024-25-Q2")) == 0
    assert len(read.active_in("2024-25-Q3")) == 17
    assert len(read.active_in("2025-26-Q1")) == 20


def test_an_agency_that_leaves_is_active_up_to_its_last_quarter(framework, tmp_path: Path) -> None:
    made = RegistryFolder(
        agencies={"IA-A": "2026-27-Q1", "IA-B": "2026-27-Q1"}, ends={"IA-A": "2026-27-Q2"}
    )
    read = registry.read(made.write(tmp_path), framework)
    assert list(read.active_in("2026-27-Q2")["code"]) == ["IA-A", "IA-B"]
    assert list(read.active_in("2026-27-Q3")["code"]) == ["IA-B"]
    assert read.forms_in("2026-27-Q3") == {"IA-B": "IA"}
    assert "2026-27-Q2" in ActiveQuarters("2026-27-Q1", "2026-27-Q2")
    assert "2026-27-Q3" not in ActiveQuarters("2026-27-Q1", "2026-27-Q2")


@pytest.mark.parametrize(
    ("last", "key"),
    [("2026-27", "registry.bad_quarter"), ("2025-26-Q4", "registry.ends_before_it_begins")],
)
def test_a_last_quarter_that_cannot_be_is_refused(
    framework, tmp_path: Path, last: str, key: str
) -> None:
    made = RegistryFolder(agencies={"IA-A": "2026-27-Q1"}, ends={"IA-A": last})
    with pytest.raises(RequestError) as refused:
        registry.read(made.write(tmp_path), framework)
    assert refused.value.key == key
    assert "agencies.csv, line 2: " in refused.value.text("en")
    assert last in refused.value.text("hi")


def test_a_folder_without_the_column_of_last_quarters_has_no_ends(framework, folder: Path) -> None:
    file = folder / "agencies.csv"
    file.write_text(file.read_text("utf-8-sig").replace(",active_to", ""), "utf-8")
    assert set(registry.read(folder, framework).agencies["active_to"]) == {""}


def test_targets_are_exact_and_may_be_written_as_people_do(framework, tmp_path: Path) -> None:
    made = RegistryFolder(
        agencies={"IA-A": "2026-27-Q1"},
        targets={("IA-A", "B2", "2026-27-Q1"): "2.5 lakh", ("IA-A", "B2", "2026-27-Q2"): "0.29"},
        weights={("IA-A", "B2"): "0.5"},
    )
    read = registry.read(made.write(tmp_path / "r"), framework)
    assert list(read.targets["hundredths"]) == [25_000_000, 29]
    assert list(read.weights["weight"]) == [0.5]


def test_only_the_agencies_are_required(framework, tmp_path: Path) -> None:
    RegistryFolder(agencies={"IA-A": "2026-27-Q1"}).write(tmp_path)
    for name in ("targets", "baselines", "weights", "recipients"):
        (tmp_path / f"{name}.csv").unlink()
    read = registry.read(tmp_path, framework)
    assert len(read.targets) == len(read.recipients) == 0
    (tmp_path / "agencies.csv").unlink()
    with pytest.raises(RequestError) as refused:
        registry.read(tmp_path, framework)
    assert refused.value.key == "registry.no_file"


@pytest.mark.parametrize(
    ("name", "old", "new", "key"),
    [
        ("agencies", "IA-UJPLA,IA", "IA-INDPH,IA", "registry.bad_code"),
        ("agencies", "IA-UJPLA,IA", ",IA", "registry.bad_code"),
        ("agencies", "IA-UJPLA,IA", "IA-UJPLA,XX", "registry.bad_form"),
        ("agencies", ",hi,2024-25-Q3", ",hi,2024-25", "registry.bad_quarter"),
        ("agencies", ",hi,2024-25-Q3", ",mr,2024-25-Q3", "registry.bad_language"),
        ("agencies", "code,form", "code,shape", "registry.no_column"),
        ("recipients", "@", " at ", "registry.bad_email"),
        ("recipients", ",to", ",bcc", "registry.bad_kind"),
        ("weights", "\n", "\nIA-INDPH,OP1,heavy\n", "registry.bad_weight"),
        ("weights", "\n", "\nIA-INDPH,ZZ1,-1\n", "registry.bad_weight"),
        ("targets", "\n", "\nIA-INDPH,ZZ1,2025-26-Q1,\n", "registry.bad_figure"),
        ("targets", "\n", "\nIA-INDPH,ZZ1,2025-26-Q9,5\n", "registry.bad_quarter"),
        ("targets", "\n", "\nX,Y,2025-26-Q1,5\nX,Y,2025-26-Q1,6\n", "registry.twice"),
        ("baselines", "\n", "\nIA-INDPH,ZZ1,12 approx,2024-25-Q1\n", "registry.bad_figure"),
    ],
)
def test_what_makes_a_file_useless_is_one_line_with_its_place(
    framework, folder: Path, name: str, old: str, new: str, key: str
) -> None:
    change(folder, name, old, new)
    with pytest.raises(RequestError) as refused:
        registry.read(folder, framework)
    assert refused.value.key == key
    for language in ("en", "hi"):
        text = refused.value.text(language)
        assert f"{name}.csv" in text
        assert "\n" not in text


def test_a_code_that_is_not_known_is_noted_and_kept(framework, folder: Path) -> None:
    change(folder, "targets", "\n", "\nIA-INDPH,ZZ1,2025-26-Q1,5\n")
    read = registry.read(folder, framework)
    (note,) = read.notes
    assert "ZZ1" in note.text("en")
    assert "ZZ1" in set(read.targets["indicator"])


@pytest.mark.parametrize("content", [b"\xff\xfe\x00a", b'code,form\n"a'])
def test_a_file_that_is_no_csv_is_named(framework, folder: Path, content: bytes) -> None:
    (folder / "agencies.csv").write_bytes(content)
    with pytest.raises(RequestError) as refused:
        registry.read(folder, framework)
    assert "agencies.csv" in refused.value.text("en")


def test_a_folder_that_is_not_there_is_named(framework, tmp_path: Path) -> None:
    with pytest.raises(RequestError) as refused:
        registry.read(tmp_path / "none", framework)
    assert "none" in refused.value.text("en")
