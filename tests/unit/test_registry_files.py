"""Registry files: what is taken, what is refused with file, line and value."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from tests.factories import SAMPLE, RegistryFolder, known_codes

from cpsa.errors import RequestError
from cpsa.registry import registry_files
from cpsa.registry.active_quarters import ActiveQuarters
from cpsa.registry.agency_register import Registry

SHIPPED = SAMPLE / "registry"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(SHIPPED, tmp_path / "registry"))


def read_folder(folder: Path) -> Registry:
    return registry_files.read_registry_folder(folder, known_codes())


def change(folder: Path, name: str, old: str, new: str) -> None:
    file = folder / f"{name}.csv"
    text = file.read_text("utf-8-sig")
    assert old in text
    file.write_text(text.replace(old, new, 1), encoding="utf-8")


def test_the_sample_is_read_whole_and_in_order() -> None:
    read = read_folder(SHIPPED)
    assert list(read.agencies["code"][:2]) == ["IA-INDPH", "IA-UJPLA"]
    assert read.agencies["form"].value_counts().to_dict() == {"IA": 10, "FC": 10, "CPSA": 1}
    assert read.notices == ()
    assert read.targets["hundredths"].dtype == "int64"
    for name, frame in read.frames().items():
        lines = (SHIPPED / f"{name}.csv").read_text("utf-8-sig").rstrip("\n").count("\n")
        assert len(frame) == lines, name


def test_who_owes_an_update_depends_on_the_quarter() -> None:
    read = read_folder(SHIPPED)
    assert len(read.active_in("2024-25-Q2")) == 0
    own = 1  # reports the programme itself
    assert len(read.active_in("2024-25-Q3")) == 17 + own
    assert len(read.active_in("2025-26-Q1")) == 20 + own


def test_an_agency_that_leaves_is_active_up_to_its_last_quarter(tmp_path: Path) -> None:
    made = RegistryFolder(
        agencies={"IA-A": "2026-27-Q1", "IA-B": "2026-27-Q1"}, ends={"IA-A": "2026-27-Q2"}
    )
    read = read_folder(made.write(tmp_path))
    assert list(read.active_in("2026-27-Q2")["code"]) == ["IA-A", "IA-B"]
    assert list(read.active_in("2026-27-Q3")["code"]) == ["IA-B"]
    assert read.forms_in("2026-27-Q3") == {"IA-B": "IA"}
    assert "2026-27-Q2" in ActiveQuarters("2026-27-Q1", "2026-27-Q2")
    assert "2026-27-Q3" not in ActiveQuarters("2026-27-Q1", "2026-27-Q2")


@pytest.mark.parametrize(
    ("last", "key"),
    [("2026-27", "registry.bad_quarter"), ("2025-26-Q4", "registry.ends_before_it_begins")],
)
def test_a_last_quarter_that_cannot_be_is_refused(tmp_path: Path, last: str, key: str) -> None:
    made = RegistryFolder(agencies={"IA-A": "2026-27-Q1"}, ends={"IA-A": last})
    with pytest.raises(RequestError) as refused:
        read_folder(made.write(tmp_path))
    assert refused.value.key == key
    assert "agencies.csv, line 2: " in refused.value.text("en")
    assert last in refused.value.text("hi")


def test_a_folder_without_the_column_of_last_quarters_has_no_ends(folder: Path) -> None:
    file = folder / "agencies.csv"
    file.write_text(file.read_text("utf-8-sig").replace(",active_to", ""), "utf-8")
    assert set(read_folder(folder).agencies["active_to"]) == {""}


def test_targets_are_exact_and_may_be_written_as_people_do(tmp_path: Path) -> None:
    made = RegistryFolder(
        agencies={"IA-A": "2026-27-Q1"},
        targets={("IA-A", "B2", "2026-27-Q1"): "2.5 lakh", ("IA-A", "B2", "2026-27-Q2"): "0.29"},
        weights={("IA-A", "B2"): "0.5"},
    )
    read = read_folder(made.write(tmp_path / "r"))
    assert list(read.targets["hundredths"]) == [25_000_000, 29]
    assert list(read.weights["weight"]) == [0.5]


def test_only_the_agencies_are_required(tmp_path: Path) -> None:
    RegistryFolder(agencies={"IA-A": "2026-27-Q1"}).write(tmp_path)
    for name in ("targets", "baselines", "weights", "recipients"):
        (tmp_path / f"{name}.csv").unlink()
    read = read_folder(tmp_path)
    assert len(read.targets) == len(read.recipients) == 0
    (tmp_path / "agencies.csv").unlink()
    with pytest.raises(RequestError) as refused:
        read_folder(tmp_path)
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
        ("weights", "\n", "\nIA-INDPH,OP1,1\nIA-INDPH,OP1,2\n", "registry.twice"),
        ("baselines", "\n", "\nIA-INDPH,ZZ1,12 approx,2024-25-Q1\n", "registry.bad_figure"),
    ],
)
def test_what_makes_a_file_useless_is_one_line_with_its_place(
    folder: Path, name: str, old: str, new: str, key: str
) -> None:
    change(folder, name, old, new)
    with pytest.raises(RequestError) as refused:
        read_folder(folder)
    assert refused.value.key == key
    for language in ("en", "hi"):
        text = refused.value.text(language)
        assert f"{name}.csv" in text
        assert "\n" not in text


@pytest.mark.parametrize(
    ("name", "row", "value", "nearest"),
    [
        ("recipients", 'CMO,"Office of the Chief Minister",cmo@example.org,hi,to', "CMO", ""),
        ("recipients", "DOMSM,Officer,a@example.org,hi,to", "DOMSM", "DOMSME"),
        ("recipients", "dic,Officer,a@example.org,hi,to", "dic", ""),
        ("targets", "IA-INDPHA,OP1,2025-26-Q1,5", "IA-INDPHA", "IA-INDPH"),
        ("targets", "IA-INDPH,XOP1,2025-26-Q1,5", "XOP1", "OP1"),
        ("baselines", "IA-INDPH,ZZ1,5,2024-25-Q1", "ZZ1", ""),
        ("weights", "FC-NOBODY,FA1,2", "FC-NOBODY", "FC-"),
    ],
)
def test_an_unknown_code_is_refused_with_file_line_and_the_nearest(
    folder: Path, name: str, row: str, value: str, nearest: str
) -> None:
    change(folder, name, "\n", f"\n{row}\n")
    with pytest.raises(RequestError) as refused:
        read_folder(folder)
    for language in ("en", "hi"):
        text = refused.value.text(language)
        assert f"{name}.csv" in text
        assert "2" in text
        assert f'"{value}"' in text
        assert nearest in text
    assert f"{name}.csv, line 2: " in refused.value.text("en")
    assert "Did you mean" in refused.value.text("en")


def test_a_department_by_its_former_code_is_read_with_a_notice(folder: Path) -> None:
    change(folder, "recipients", "\nDOIC,", "\nDIC,")
    read = read_folder(folder)
    assert "DOIC" in set(read.recipients["department"])
    assert "DIC" not in set(read.recipients["department"])
    (notice,) = read.notices
    for language in ("en", "hi"):
        assert "DIC" in notice.text(language)
        assert "DOIC" in notice.text(language)


def test_columns_that_nobody_knows_are_named(folder: Path) -> None:
    for name in ("agencies", "recipients"):
        file = folder / f"{name}.csv"
        lines = file.read_text("utf-8-sig").splitlines()
        made = [f"{lines[0]},phone,lgd", *(f"{line},1,2" for line in lines[1:])]
        file.write_text("\n".join(made), "utf-8")
    told = [notice.text("en") for notice in read_folder(folder).notices]
    assert told == [
        f'Notice: {name}.csv has columns that are not used: "phone", "lgd".'
        for name in ("agencies", "recipients")
    ]
    assert all("phone" in notice.text("hi") for notice in read_folder(folder).notices)


def test_a_row_with_more_values_than_columns_is_refused(folder: Path) -> None:
    change(folder, "weights", "\n", "\nIA-INDPH,OP1,2,extra\n")
    with pytest.raises(RequestError) as refused:
        read_folder(folder)
    assert "weights.csv, line 2" in refused.value.text("en")
    assert "extra" in refused.value.text("hi")


def test_a_column_that_is_there_twice_is_refused(folder: Path) -> None:
    change(folder, "weights", "agency,indicator,weight", "agency,indicator,weight,weight")
    with pytest.raises(RequestError) as refused:
        read_folder(folder)
    assert refused.value.key == "registry.column_twice"


def test_a_recipient_may_get_documents_for_information(folder: Path) -> None:
    change(folder, "recipients", ",to\n", ",info\n")
    assert "info" in set(read_folder(folder).recipients["kind"])


@pytest.mark.parametrize("content", [b"\xff\xfe\x00a", b'code,form\n"a'])
def test_a_file_that_is_no_csv_is_named(folder: Path, content: bytes) -> None:
    (folder / "agencies.csv").write_bytes(content)
    with pytest.raises(RequestError) as refused:
        read_folder(folder)
    assert "agencies.csv" in refused.value.text("en")


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(RequestError) as refused:
        read_folder(tmp_path / "none")
    assert "none" in refused.value.text("en")
