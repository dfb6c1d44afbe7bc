"""Loading a registry: shown row by row, refused where it drops what has a history."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, insert, select
from tests.factories import Clerk, RegistryFolder
from typer.testing import CliRunner

from cpsa.calendar import Quarter
from cpsa.cli import command_line
from cpsa.errors import RequestError
from cpsa.registry.cluster_files import CLUSTER_FILE_COLUMNS
from cpsa.registry.registry_changes import RegistryChangeKind
from cpsa.services.app_context import AppContext
from cpsa.services.quarter.load_registry import load_registry, preview_registry
from cpsa.store.database import read_transaction, write_transaction
from cpsa.store.queries import registry_queries
from cpsa.store.tables.action_tables import action
from cpsa.store.tables.registry_tables import registry_load

Q1, Q2 = Quarter.parse("2026-27-Q1"), Quarter.parse("2026-27-Q2")
NOW = Q1.opens_at
LATER = NOW + timedelta(days=9)


def first() -> RegistryFolder:
    return RegistryFolder(
        agencies={"IA-A": Q1.key, "IA-B": Q1.key, "FC-C": Q1.key},
        targets={("IA-A", "OP1", Q1.key): 5, ("IA-B", "OP1", Q1.key): 4},
        weights={("IA-A", "OP1"): 2},
        recipients={"DOIC": "doic@example.org", "REV": "rev@example.org"},
    )


@pytest.fixture
def loaded(office: AppContext, tmp_path: Path) -> AppContext:
    first().load(office, tmp_path / "first", NOW)
    return office


def told(office: AppContext, folder: Path) -> list[tuple[str, ...]]:
    preview = preview_registry(office, folder, LATER)
    return [
        (row.file, row.subject, row.change.value, row.item, row.before, row.after)
        for row in preview.changes
    ]


def replaced(folder: Path, name: str, *pairs: tuple[str, str]) -> Path:
    file = folder / f"{name}.csv"
    text = file.read_text("utf-8")
    for old, new in pairs:
        assert old in text
        text = text.replace(old, new)
    file.write_text(text, "utf-8")
    return folder


def loads(office: AppContext) -> int:
    with read_transaction(office.engine) as connection:
        return connection.execute(select(func.count()).select_from(registry_load)).scalar_one()


def test_every_row_that_changes_is_shown_and_nothing_is_written(
    loaded: AppContext, tmp_path: Path
) -> None:
    made = first()
    del made.agencies["IA-B"], made.targets["IA-B", "OP1", Q1.key]
    made.agencies["IA-NEW"] = Q2.key
    made.ends["FC-C"] = Q2.key
    made.targets |= {
        ("IA-A", "OP1", Q1.key): 6,
        ("IA-A", "OP1", Q2.key): "7.5",
        ("IA-NEW", "OP1", Q2.key): 1,
        ("IA-NEW", "OP2", Q2.key): 1,
    }
    made.weights[("IA-A", "OP1")] = 0.5
    folder = made.write(tmp_path / "second")
    replaced(folder, "agencies", ("Agency IA-A", "Agency Alpha"), ("ia-a@", "alpha@"))
    replaced(folder, "recipients", ("doic@", "industry@"))
    assert told(loaded, folder) == [
        ("agencies", "IA-A", "renamed", "name_en", "Agency IA-A", "Agency Alpha"),
        ("agencies", "IA-A", "readdressed", "email", "ia-a@example.org", "alpha@example.org"),
        ("agencies", "IA-B", "dropped", "", "Agency IA-B", ""),
        ("agencies", "FC-C", "ends", "active_to", "", Q2.key),
        ("agencies", "IA-NEW", "joined", "", "", "Agency IA-NEW"),
        ("targets", "IA-B", "removed", "", "1", ""),
        ("targets", "IA-NEW", "added", "", "", "2"),
        ("targets", "IA-A", "changed", f"OP1 {Q1.key}", "5", "6"),
        ("targets", "IA-A", "added", f"OP1 {Q2.key}", "", "7.5"),
        ("weights", "IA-A", "changed", "OP1", "2", "0.5"),
        (
            "recipients",
            "DOIC:to:1",
            "readdressed",
            "email",
            "doic@example.org",
            "industry@example.org",
        ),
    ]
    assert loads(loaded) == 1


def test_the_same_files_change_nothing(loaded: AppContext, tmp_path: Path) -> None:
    assert told(loaded, tmp_path / "first") == []


def test_an_agency_with_history_is_not_dropped(loaded: AppContext, tmp_path: Path) -> None:
    Clerk(loaded, tmp_path / "sent").send("IA-B", Q1.key)
    made = first()
    del made.agencies["IA-B"], made.targets["IA-B", "OP1", Q1.key]
    folder = made.write(tmp_path / "second")
    for load in (
        lambda: preview_registry(loaded, folder, LATER),
        lambda: load_registry(loaded, folder, LATER, confirmed=True),
    ):
        with pytest.raises(RequestError) as refused:
            load()
        assert refused.value.key == "registry.drops_agency"
        for language in ("en", "hi"):
            assert "IA-B" in refused.value.text(language)
            assert "active_to" in refused.value.text(language)
    assert loads(loaded) == 1


def test_one_without_history_is_dropped_once_confirmed(loaded: AppContext, tmp_path: Path) -> None:
    made = first()
    del made.agencies["IA-B"], made.targets["IA-B", "OP1", Q1.key], made.recipients["REV"]
    folder = made.write(tmp_path / "second")
    with pytest.raises(RequestError) as refused:
        load_registry(loaded, folder, LATER)
    assert refused.value.key == "registry.confirm_dropped"
    assert "IA-B, REV" in refused.value.text("en")
    assert loads(loaded) == 1
    load_registry(loaded, folder, LATER, confirmed=True)
    with read_transaction(loaded.engine) as connection:
        read = registry_queries.load_registry_at(connection)
    assert list(read.agencies["code"]) == ["IA-A", "FC-C"]
    assert list(read.recipients["department"]) == ["DOIC"]


@pytest.mark.parametrize("code", ["DOIC", "DIC"])
def test_a_department_with_history_is_not_dropped(
    loaded: AppContext, tmp_path: Path, code: str
) -> None:
    """Its history may stand under the code that it had."""
    row = dict.fromkeys(("agency", "theme", "text", "request", "urgency", "scheme"), "x")
    with write_transaction(loaded.engine) as connection:
        connection.execute(
            insert(action).values(
                number=f"PA-{Q1.key}-001", quarter=Q1.key, department=code, raised_at=NOW, **row
            )
        )
    made = first()
    del made.recipients["DOIC"]
    with pytest.raises(RequestError) as refused:
        load_registry(loaded, made.write(tmp_path / "second"), LATER, confirmed=True)
    assert refused.value.key == "registry.drops_department"
    assert "DOIC" in refused.value.text("hi")


def test_a_department_under_its_new_code_is_the_same(loaded: AppContext, tmp_path: Path) -> None:
    """A store of version 1.0.0 has DIC; its first load after the upgrade brings DOIC."""
    with write_transaction(loaded.engine) as connection:
        table = registry_queries.registry_tables.recipient
        connection.execute(
            table.update().where(table.c.department == "DOIC").values(department="DIC")
        )
    assert told(loaded, tmp_path / "first") == []
    done = load_registry(loaded, tmp_path / "first", LATER)
    assert done.changed == 2  # the row with the former code ends, one with the code of today begins


def contradictory() -> RegistryFolder:
    made = first()
    made.targets = {
        # resolved above received, summed up: 6 of 5 in Q2 only, since Q1 leaves a backlog of 4
        ("FC-C", "FA1", Q1.key): 10,
        ("FC-C", "FA2", Q1.key): 6,
        ("FC-C", "FA1", Q2.key): 5,
        ("FC-C", "FA2", Q2.key): 10,
        ("IA-A", "OP1", Q1.key): 12,
        ("IA-A", "OP2", Q1.key): 4,
        ("IA-A", "OP1", Q2.key): 3,
        ("IA-A", "OP2", Q2.key): 300,
        ("IA-A", "B2", Q1.key): "15 crore",
        ("IA-B", "B2", Q1.key): "50000001",
    }
    return made


def test_targets_that_contradict_one_another_load_with_a_notice_each(
    office: AppContext, tmp_path: Path
) -> None:
    done = load_registry(office, contradictory().write(tmp_path / "r"), NOW)
    assert [notice.text("en") for notice in done.notices] == [
        f"Notice: FC-C: in {Q2.key} the target of FA2 to date (16) is above that of FA1 (15). "
        "Number of such quarters: 1.",
        f"Notice: IA-A: in {Q1.key} the target of OP2 (4) is below that of OP1 (12). "
        "Number of such quarters: 1.",
        "Notice: the targets of B2 add up to ₹ 20,00,00,001, more than the ₹ 20,00,00,000 of "
        "Table 5, row 5.",
    ]
    for notice in done.notices:
        assert notice.text("hi").startswith("सूचना: ")
    assert loads(office) == 1


def test_targets_that_agree_have_no_notice(office: AppContext, tmp_path: Path) -> None:
    made = contradictory()
    made.targets |= {
        ("FC-C", "FA2", Q2.key): 9,
        ("IA-A", "OP2", Q1.key): 12,
        ("IA-B", "B2", Q1.key): "5 crore",
    }
    assert load_registry(office, made.write(tmp_path / "r"), NOW).notices == ()


class TestCommand:
    """``cpsa registry load DIR [--dry-run] [--yes]``."""

    @pytest.fixture
    def cpsa(self, loaded: AppContext, monkeypatch: pytest.MonkeyPatch):
        monkeypatch.setenv("CPSA_HOME", str(loaded.settings.home))
        url = loaded.engine.url.render_as_string(hide_password=False)
        monkeypatch.setenv("CPSA_DATABASE_URL", url)
        runner = CliRunner()
        return lambda *words: runner.invoke(command_line.app, ["registry", "load", *words])

    @pytest.fixture
    def smaller(self, tmp_path: Path) -> str:
        made = first()
        del made.agencies["IA-B"], made.targets["IA-B", "OP1", Q1.key]
        return str(made.write(tmp_path / "second"))

    def test_a_dry_run_shows_and_writes_nothing(
        self, cpsa, loaded: AppContext, smaller: str
    ) -> None:
        done = cpsa(smaller, "--dry-run")
        assert done.exit_code == 0
        assert "IA-B" in done.stdout and "removed" in done.stdout
        assert "nothing was changed" in done.stdout
        assert loads(loaded) == 1

    def test_dropping_without_yes_is_refused(self, cpsa, loaded: AppContext, smaller: str) -> None:
        done = cpsa(smaller)
        assert done.exception.key == "registry.confirm_dropped"
        assert loads(loaded) == 1
        assert cpsa(smaller, "--yes").exit_code == 0
        assert loads(loaded) == 2


def test_changes_have_names_of_their_own() -> None:
    assert {one.value for one in RegistryChangeKind} == {
        *("joined", "dropped", "renamed", "readdressed", "ends"),
        *("changed", "added", "removed"),
    }


def put_clusters(folder: Path, *clusters: str, served: str = "") -> Path:
    header = ",".join(CLUSTER_FILE_COLUMNS)
    lines = [
        f"{code},Cluster {code},क्लस्टर {code},textile,Yarn,,Indore,,{micro},,,,,90,,5000000,,"
        "2025-03-31,survey,Census,"
        for code, micro in (entry.split(":") for entry in clusters)
    ]
    (folder / "clusters.csv").write_text("\n".join([header, *lines, ""]), "utf-8")
    pairs = ["cluster,agency,phase,from,to", *([served] if served else [])]
    (folder / "cluster_agencies.csv").write_text("\n".join([*pairs, ""]), "utf-8")
    return folder


def test_clusters_are_previewed_loaded_and_kept_as_they_were(
    loaded: AppContext, tmp_path: Path
) -> None:
    """An office without these files has no cluster and no change; with them each row is shown."""
    folder = put_clusters(
        first().write(tmp_path / "second"), "CL-A:10", "CL-B:5", served=f"CL-A,IA-A,full,{Q1},"
    )
    assert told(loaded, folder) == [
        ("clusters", "CL-A", "joined", "", "", "Cluster CL-A"),
        ("clusters", "CL-B", "joined", "", "", "Cluster CL-B"),
        ("cluster_agencies", f"CL-A:IA-A:{Q1}", "joined", "", "", ""),
    ]
    load_registry(loaded, folder, LATER)
    assert told(loaded, folder) == []
    put_clusters(folder, "CL-A:1250", "CL-B:5", served=f"CL-A,IA-A,full,{Q1},{Q2}")
    assert told(loaded, folder) == [
        ("clusters", "CL-A", "changed", "units_micro", "10", "1,250"),
        ("cluster_agencies", f"CL-A:IA-A:{Q1}", "ends", "active_to", "", Q2.key),
    ]
    load_registry(loaded, folder, LATER)
    with read_transaction(loaded.engine) as connection:
        registers = [
            registry_queries.load_registry_at(connection, load).cluster_register
            for load in range(3)
        ]
    assert registers[0].clusters == {}
    assert [register.clusters["CL-A"].units for register in registers[1:]] == [10, 1250]
    assert registers[2].clusters["CL-A"].output_paise == 500_000_000
    assert registers[2].clusters["CL-A"].exports_paise is None


def test_a_cluster_whose_agency_has_history_is_not_dropped(
    loaded: AppContext, tmp_path: Path
) -> None:
    folder = put_clusters(
        first().write(tmp_path / "second"), "CL-A:10", "CL-B:5", served=f"CL-A,IA-A,full,{Q1},"
    )
    load_registry(loaded, folder, LATER)
    Clerk(loaded, tmp_path / "sent").send("IA-A", Q1.key)
    put_clusters(folder, "CL-B:5")
    with pytest.raises(RequestError) as refused:
        load_registry(loaded, folder, LATER, confirmed=True)
    assert refused.value.key == "registry.drops_cluster"
    for language in ("en", "hi"):
        assert "CL-A" in refused.value.text(language)
    put_clusters(folder, "CL-A:10", served=f"CL-A,IA-A,full,{Q1},")
    with pytest.raises(RequestError) as refused:
        load_registry(loaded, folder, LATER)
    assert refused.value.key == "registry.confirm_dropped"
    assert "CL-B" in refused.value.text("hi")
    load_registry(loaded, folder, LATER, confirmed=True)
