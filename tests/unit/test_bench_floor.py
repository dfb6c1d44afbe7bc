"""The floor of a quarter: what its parts keep, and what is said of stages, versions and rows."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from subprocess import CalledProcessError

import pytest
from bench import floor, national_store, quarter_stages, same_rows, server_databases
from bench.filled_stores import FilledStores
from bench.floor_stages import STAGES, FloorQuarter, pack_history
from bench.lines import DisagreementError, Size
from bench.programme import Programme, make_programme
from bench.quarter_stages import run_stages
from bench.versions import OWN, unpack_version_before
from sqlalchemy import create_engine, text

from cpsa.calendar import Quarter
from cpsa.services.app_context import AppContext
from cpsa.settings import from_environment
from cpsa.store import database

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def programme() -> Programme:
    return make_programme({"IA": 10, "FC": 10}, 3, seed=2)


def fill(home: Path, programme: Programme) -> AppContext:
    variables = {"CPSA_HOME": str(home), "CPSA_DATABASE_URL": f"sqlite:///{home / 'cpsa.db'}"}
    home.mkdir()
    context = AppContext.from_settings(from_environment(variables), ready=False)
    database.upgrade_schema(context.engine)
    national_store.load_programme(context.engine, programme)
    national_store.write_files(programme, Path(context.settings.inbox))
    return context


def run_floor(home: Path, programme: Programme) -> tuple[str, dict[str, float]]:
    fill(home, programme).engine.dispose()
    files = sorted((home / "inbox" / programme.quarter).iterdir())
    url = f"sqlite:///{home / 'cpsa.db'}"
    work = FloorQuarter(programme, pack_history(programme), files, home / "kept")
    return url, work.run(url)


def list_values(url: str, query: str) -> list[tuple]:
    engine = create_engine(url)
    with engine.connect() as connection:
        return sorted(map(tuple, connection.execute(text(query))))


def test_the_floor_understands_and_finds_what_the_pipeline_does(
    tmp_path: Path, programme: Programme
) -> None:
    assert any(update.faulty for data in programme.forms for update in data.judged)
    url, taken = run_floor(tmp_path / "floor", programme)
    assert tuple(taken) == STAGES
    context = fill(tmp_path / "own", programme)
    run_stages(context, Quarter.parse(programme.quarter))
    context.engine.dispose()
    own = f"sqlite:///{tmp_path / 'own' / 'cpsa.db'}"
    facts = (
        "SELECT agency, indicator, dimension, hundredths, origin FROM fact"
        f" WHERE quarter = '{programme.quarter}'"
    )
    findings = (
        "SELECT agency, rule, indicator, dimension, observed, expected FROM finding"
        " WHERE rule NOT LIKE 'M%'"  # those of a closing compare whole quarters
    )
    assert list_values(url, findings) == list_values(own, findings)
    own_facts = list_values(own, facts)
    used = {agency for agency, *_ in own_facts}  # the pipeline keeps no figures of what it returned
    assert [row for row in list_values(url, facts) if row[0] in used] == own_facts
    assert len(used) >= 15
    agencies = "SELECT agency FROM score"
    assert set(list_values(own, agencies)) <= set(list_values(url, agencies))


def test_the_floor_keeps_each_file_and_a_score_of_each_agency(
    tmp_path: Path, programme: Programme
) -> None:
    url, _ = run_floor(tmp_path / "floor", programme)
    codes = [(update.agency,) for data in programme.forms for update in data.judged]
    assert list_values(url, "SELECT agency FROM score") == sorted(codes)
    kept = [file for file in (tmp_path / "floor" / "kept").rglob("*") if file.is_file()]
    sent = list((tmp_path / "floor" / "inbox").rglob("*.csv"))
    assert sorted(file.read_bytes() for file in kept) == sorted(file.read_bytes() for file in sent)


def test_each_stage_and_the_sum_are_multiples_of_floor_and_version_before() -> None:
    runs = {
        "floor": [{"collect": 1.0, "check": 2.0, "close": 1.0}],
        "own": [{"collect": 4.0, "check": 10.0, "close": 2.0}],
        "before": [{"collect": 40.0, "check": 20.0, "close": 2.0}],
    }
    made = floor.make_lines(runs, 1234)
    assert [line.ratio.median for line in made if line.ratio] == [4, 10, 5, 2, 2, 1, 4, 3.875]
    assert [line.is_met for line in made] == [None] * 6 + [True, False]
    assert "1,234 rows the same" in made[0].note


def test_rows_that_only_one_has_or_has_more_often_are_told() -> None:
    same_rows.require_same_rows(["a", "b", "b"], ["b", "a", "b"])
    with pytest.raises(DisagreementError) as refused:
        same_rows.require_same_rows(["a", "b", "b"], ["a", "b", "c"])
    assert refused.value.lines == ("only by this version: b", "only by the other: c")


def test_databases_of_a_run_are_copied_and_dropped() -> None:
    query = "SELECT number FROM kept"
    with server_databases.ServerDatabases() as server:
        url = server.create("filled")
        engine = create_engine(url)
        with engine.begin() as connection:
            connection.execute(text("CREATE TABLE kept AS SELECT 7 AS number"))
        engine.dispose()
        with server.copy("filled") as copied:
            assert list_values(copied, query) == [(7,)]
        left = list_names(copied)
        assert left == [make_name(url)]
    assert list_names(url) == []


def test_a_filled_store_is_filled_once_and_each_copy_begins_as_it_was(tmp_path: Path) -> None:
    size, said = Size(4, 1, seed=3), list[str]()
    count = "SELECT count(*) FROM submission"
    with FilledStores() as stores:
        for _ in range(2):
            with stores.copy(OWN, size, said.append) as copy:
                before = list_values(copy.url, count)
                assert [file.stem for file in copy.files] == [
                    "FC-00000",
                    "FC-00001",
                    "IA-00000",
                    "IA-00001",
                ]
                taken = floor.run_quarter(OWN, copy)
                assert tuple(taken) == STAGES
                assert list_values(copy.url, count) == [(before[0][0] + 4,)]
        assert said == ["loading 4 agencies, 1 quarters: this version"]
        place = stores.place
    assert not place.exists()
    assert list_names(copy.url) == []


def test_a_run_that_is_ended_drops_its_databases(tmp_path: Path) -> None:
    small = ("--agencies", "4", "--quarters", "1", "--rounds", "1000")
    with subprocess.Popen(
        [sys.executable, "-m", "bench", "growth", *small],
        env={**OWN.make_environment({}), "TMPDIR": str(tmp_path)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as process:
        wait_until(lambda: any(tmp_path.glob("*/home-*")), process)
        process.terminate()
    assert process.returncode == 128 + signal.SIGTERM
    assert list(tmp_path.iterdir()) == []


def wait_until(happened: Callable[[], bool], process: subprocess.Popen[bytes]) -> None:
    while not happened():
        assert process.poll() is None
        time.sleep(0.1)


def test_the_version_before_checks_in_batches_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []

    def by_size(context: object, quarter: object, size: int) -> list[list[str]]:
        asked.append(size)
        return []

    def by_workers(context: object, quarter: object, workers: int) -> list[list[str]]:
        asked.append(workers)
        return []

    for version in (by_size, by_workers):
        monkeypatch.setattr(quarter_stages, "list_check_batches", version)
        quarter_stages.list_batches(None, None, 1)
    assert asked == [250, 1]


def make_name(url: str) -> str:
    return url.rpartition("/")[2]


def list_names(url: str) -> list[str]:
    """Databases of the same run that are there."""
    prefix = make_name(url).rpartition("_")[0]
    query = f"SELECT datname FROM pg_database WHERE datname LIKE '{prefix}%'"
    return [name for (name,) in list_values(server_databases.SERVER, query)]


def test_a_version_runs_with_its_own_package(tmp_path: Path) -> None:
    before = unpack_version_before(tmp_path)
    path = before.make_environment({"CPSA_HOME": "here"})["PYTHONPATH"].split(":")
    assert path == [str(tmp_path), str(tmp_path / "include"), str(tmp_path / "plugins")]
    assert (tmp_path / "include" / "cpsa" / "__init__.py").exists()
    assert (tmp_path / "dags").is_dir()


def test_settings_of_another_store_do_not_reach_a_version(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CPSA_DATABASE_URL", "another")
    environment = OWN.make_environment({"CPSA_HOME": "here"})
    assert environment["CPSA_HOME"] == "here"
    assert "CPSA_DATABASE_URL" not in environment


def test_a_script_that_fails_ends_the_benchmark(tmp_path: Path) -> None:
    with pytest.raises(CalledProcessError):
        OWN.run_script("quarter_stages", {"CPSA_HOME": str(tmp_path)}, "run", "no quarter")
