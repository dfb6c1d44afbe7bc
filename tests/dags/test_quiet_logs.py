"""What stands in the logs of a run that collects, checks, closes and sends: counts and codes.

Never an address, a name, or a word that an agency wrote; logs are read by more people than the store
and are kept elsewhere.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest
from airflow.sdk.exceptions import AirflowSkipException
from airflow.sdk.execution_time.context import OutletEventAccessors, set_current_context
from tests.factories import RegistryFolder, csv_text, update
from tests.unit.delivery.rig import Relay, serving

from cpsa.calendar import Quarter
from cpsa.intake.readers import entries_reader
from cpsa.services.app_context import AppContext
from cpsa.services.quarter.load_registry import load_registry
from cpsa.settings import from_environment
from cpsa.store import database
from cpsa.store.database import write_transaction
from cpsa.store.queries.quarter_queries import FIRST_QUARTER, add_setting
from cpsa_airflow import task_context

pytestmark = pytest.mark.slow

Q = Quarter.parse("2025-26-Q1")
# Whatever of a person or an agency's hand goes in; none of it may come out in a log.
SAID = "Asha Verma lent the machine"
NOTE = "ask Ravi about it"
VALUE = "zwölf"
FILE = "letter from Meena"
NAMED = "Officer of DOMSME"


@pytest.fixture
def relay() -> Iterator[Relay]:
    with serving(Relay()) as running:
        running.on_rcpt["ia-a@example.org"] = ["550 5.1.1 <ia-a@example.org> Meena has left"]
        running.on_mail = ["250 OK"] * 3 + ["451 4.7.1 later, please"]
        yield running


@pytest.fixture
def office(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, relay: Relay) -> AppContext:
    for name in [name for name in os.environ if name.startswith("CPSA_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("CPSA_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("CPSA_SMTP_URL", f"smtp://127.0.0.1:{relay.port}")
    settings = from_environment(os.environ)
    database.upgrade_schema(database.open_engine(settings.database_url))
    office = AppContext.from_settings(settings)
    registry = RegistryFolder(
        agencies={"IA-A": Q.key, "FC-B": Q.key, "FC-C": Q.key},
        recipients={"DOMSME": "domsme@example.org"},
    )
    load_registry(office, registry.write(tmp_path / "registry"), Q.opens_at)
    with write_transaction(office.engine) as connection:
        add_setting(connection, FIRST_QUARTER, Q.key, "admin", Q.opens_at)
    return office


def drop(office: AppContext) -> None:
    """An update that is accepted, one that is returned, one that cannot be read, a stranger's."""
    inbox = Path(office.settings.inbox) / Q.key
    inbox.mkdir(parents=True)
    noted = update("IA-A", Q.key).replace(b",\n", f",{NOTE}\n".encode(), 1)
    (inbox / "IA-A.csv").write_bytes(noted)
    (inbox / "FC-B.csv").write_bytes(update("FC-B", Q.key, {"FA1": VALUE}))
    (inbox / "FC-C.csv").write_bytes(SAID.encode())
    (inbox / f"{FILE}.csv").write_bytes(b"agency,quarter\n")
    theme = sorted(office.reference.themes)[0]
    row = ("IA-A", Q.key, "success", theme, "", SAID, "", "", "", "", "")
    entries = csv_text([entries_reader.HEADER, row])
    (inbox / "IA-A.entries.csv").write_text(entries, "utf-8")


def test_logs_tell_of_no_person_and_quote_no_agency(
    dagbag, office, relay, monkeypatch, caplog, capfd
) -> None:
    def run(dag_id: str, task_id: str, at, *given, asset: bool = False) -> None:
        """The task's body, its answer logged as Airflow does."""
        monkeypatch.setattr(task_context, "this_instant", lambda: at)
        task = dagbag.dags[dag_id].get_task(task_id)
        ti = SimpleNamespace(dag_id=dag_id, run_id="scheduled__1", try_number=1)
        dag_run = SimpleNamespace(run_type=SimpleNamespace(value="scheduled"))
        context_of_run = {"partition_key": Q.key, "ti": ti, "dag_run": dag_run, "params": {}}
        with set_current_context(context_of_run):
            more = {"outlet_events": OutletEventAccessors()} if asset else {}
            try:
                returned = task.python_callable(*given, **more)
                if getattr(task, "show_return_value_in_logs", True):
                    logging.getLogger("airflow.task").info("returned %s", returned)
            except AirflowSkipException as skipped:
                logging.getLogger("airflow.task").info("skipped: %s", skipped)

    caplog.set_level(logging.INFO)
    at = Q.opens_at + timedelta(days=2)
    run("open_quarter", "record_obligations", Q.opens_at)
    run("open_quarter", "request_updates", Q.opens_at)
    drop(office)
    run("collect_updates", "import_folder", at, asset=True)
    run("check_updates", "list_batches", at)
    run("check_updates", "check_batch", at, ["IA-A", "FC-B", "FC-C"])
    run("check_updates", "answer", at)
    run("remind_agencies", "remind", Q.due_by + timedelta(hours=8))
    run("close_quarter", "close", Q.closes_at, asset=True)
    run("close_quarter", "notify", Q.closes_at)

    assert len(relay.raw) > 5, "mail has left, so there was something to be silent about"
    with office.engine.connect() as connection:
        kept = connection.exec_driver_sql("SELECT text FROM entry").scalars().all()
        assert kept == [SAID]
        refused = "SELECT detail FROM dispatch WHERE state = 'failed'"
        assert "Meena" in connection.exec_driver_sql(refused).scalar_one()
    out, err = capfd.readouterr()
    # All but what the mail server of this test says.
    ours = [one.getMessage() for one in caplog.records if not one.name.startswith("mail.")]
    logged = "\n".join([*ours, out, err])
    assert "'accepted': 1" in logged
    for word in ("@example.org", SAID, NOTE, VALUE, FILE, "Meena", NAMED, "Agency IA-A"):
        assert word not in logged
