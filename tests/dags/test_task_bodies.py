"""Task bodies, called as Airflow calls them, on a store of their own."""

from __future__ import annotations

import os
import shutil
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace

import pytest
from airflow.sdk.exceptions import AirflowFailException, AirflowSkipException
from airflow.sdk.execution_time.context import OutletEventAccessors, set_current_context
from tests.stores import fill_office

from cpsa.calendar import Quarter
from cpsa.services.app_context import AppContext
from cpsa.services.collection.collect_inbox import collect_inbox
from cpsa.services.quarter.check_updates import check_updates
from cpsa.services.quarter.close_quarter import is_quarter_closed
from cpsa.services.quarter.load_registry import load_registry
from cpsa.services.service_results import CloseQuarterResult
from cpsa.settings import from_environment
from cpsa.store.database import write_transaction
from cpsa.store.queries.quarter_queries import FIRST_QUARTER, add_setting
from cpsa_airflow.assets import CLOSED, UPDATES

FIRST, SECOND, THIRD = "2024-25-Q3", "2024-25-Q4", "2025-26-Q1"


@pytest.fixture
def office(home, repository, tmp_path, monkeypatch):
    """An office with the sample's registry and an empty inbox."""
    settings = from_environment(os.environ)
    office = AppContext.from_settings(settings)
    sample = repository / "include/sample/registry"
    fill_office(
        office, "the sample's registry", lambda: load_registry(office, sample, datetime.now(UTC))
    )
    return office


@pytest.fixture
def run(dagbag):
    """Runs the body of a task for a partition; its return value and the partitions it named."""

    def call(dag_id: str, task_id: str, partition: str | None, asset=None, params=None):
        events = OutletEventAccessors()
        body = dagbag.dags[dag_id].get_task(task_id).python_callable
        dag_run = SimpleNamespace(run_type=SimpleNamespace(value="scheduled"))
        ti = SimpleNamespace(dag_id=dag_id, run_id="run", try_number=1)
        context = {"partition_key": partition, "dag_run": dag_run, "params": params or {}, "ti": ti}
        with set_current_context(context):
            returned = body(outlet_events=events) if asset else body()
        return returned, events[asset].partition_keys if asset else None

    return call


def arrive(repository, office, quarter: str, *agencies: str) -> None:
    folder = Path(office.settings.inbox) / quarter
    folder.mkdir(parents=True, exist_ok=True)
    for agency in agencies:
        shutil.copy(repository / f"include/sample/updates/{quarter}/{agency}.csv", folder)


@pytest.mark.parametrize(
    ("dag_id", "task_id"),
    [("open_quarter", "record_obligations"), ("check_updates", "list_batches")],
)
@pytest.mark.parametrize("partition", [None, "", "2026-27-H1", "yesterday"])
def test_a_run_for_no_quarter_fails_at_once_and_says_why(office, run, dag_id, task_id, partition):
    with pytest.raises(
        AirflowFailException, match=r"is not a quarter: write .* such as 2026-27-Q2"
    ):
        run(dag_id, task_id, partition)


def test_a_run_for_no_half_year_fails_at_once(office, run):
    with pytest.raises(AirflowFailException, match="is not a half-year"):
        run("compile_half_year", "build_documents", FIRST)


def test_nothing_is_opened_before_an_admin_has_opened_the_first_quarter(office, run):
    opened, _ = run("open_quarter", "record_obligations", FIRST)
    assert (opened["expected"], opened["new"], opened["is_open"]) == (0, 0, False)


def test_opening_again_adds_nothing(office, run):
    with write_transaction(office.engine) as connection:
        add_setting(connection, FIRST_QUARTER, FIRST, "admin", datetime.now(UTC))
    first, _ = run("open_quarter", "record_obligations", FIRST)
    again, _ = run("open_quarter", "record_obligations", FIRST)
    assert (first["expected"], first["new"]) == (18, 18)
    assert (again["expected"], again["new"]) == (18, 0)


def test_collecting_names_the_quarters_that_something_new_came_for(office, run, repository):
    arrive(repository, office, FIRST, "IA-INDPH", "FC-BHO")
    arrive(repository, office, SECOND, "IA-INDPH")
    returned, touched = run("collect_updates", "import_folder", None, UPDATES)
    assert touched == {FIRST, SECOND}
    assert returned["quarters"] == [FIRST, SECOND]
    assert (returned["new"], returned["repeat"]) == (3, 0)

    check_updates(office, datetime.now(UTC))
    arrive(repository, office, SECOND, "FC-BHO")
    returned, touched = run("collect_updates", "import_folder", None, UPDATES)
    assert touched == {SECOND}
    assert (returned["new"], returned["repeat"]) == (1, 3)


def test_what_a_dead_collector_took_in_is_announced_by_the_next(office, run, repository):
    arrive(repository, office, FIRST, "IA-INDPH")
    collect_inbox(office, datetime.now(UTC))  # and dies before it could tell
    returned, touched = run("collect_updates", "import_folder", None, UPDATES)
    assert touched == {FIRST}
    assert (returned["new"], returned["repeat"]) == (0, 1)


def test_without_a_mailbox_there_is_nothing_to_do(office, run):
    with pytest.raises(AirflowSkipException, match="CPSA_IMAP_URL"):
        run("collect_updates", "import_mailbox", None, UPDATES)


def test_collecting_nothing_new_sets_nothing_off(office, run):
    with pytest.raises(AirflowSkipException):
        run("collect_updates", "import_folder", None, UPDATES)


def test_a_closing_that_waits_announces_nothing(office, run, monkeypatch):
    """What has not been closed cannot be published; a task that only returned would emit the
    partition of its run."""
    waiting = CloseQuarterResult(FIRST, 0, False, 0, 0)
    monkeypatch.setattr("cpsa.services.quarter.close_quarter.close_quarter", lambda *_: waiting)
    with pytest.raises(AirflowSkipException, match="The closing waits"):
        run("close_quarter", "close", FIRST, CLOSED)


def test_closing_also_announces_the_older_quarters_it_had_to_close(office, run, repository):
    """Their own runs may come later or never; what follows a close must follow for them too."""
    for quarter in (FIRST, SECOND, THIRD):
        arrive(repository, office, quarter, "IA-INDPH", "FC-BHO")
    run("collect_updates", "import_folder", None, UPDATES)

    returned, announced = run("close_quarter", "close", SECOND, CLOSED)
    assert announced == {FIRST, SECOND}
    assert returned["changed"] is True
    assert is_quarter_closed(office, Quarter.parse(FIRST))
    assert not is_quarter_closed(office, Quarter.parse(THIRD))

    returned, announced = run("close_quarter", "close", FIRST, CLOSED)
    assert announced == {FIRST}
    assert returned["changed"] is False


def test_agencies_are_shared_out_among_the_workers_at_hand(office, run, repository, monkeypatch):
    monkeypatch.setattr("cpsa.services.examination.agency_batches.MIN_AGENCIES", 1)
    arrive(repository, office, FIRST, "IA-INDPH", "FC-BHO", "IA-JBNAM")
    run("collect_updates", "import_folder", None, UPDATES)
    for workers, sizes in (("1", [3]), ("2", [2, 1]), ("8", [1, 1, 1])):
        monkeypatch.setenv("CPSA_CHECK_WORKERS", workers)
        batches, _ = run("check_updates", "list_batches", FIRST)
        assert [len(batch) for batch in batches] == sizes
