"""An office with rows of nearly every kind, in which nothing is damaged."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import Connection
from tests.factories import Clerk, RegistryFolder, csv_text
from tests.stores import fill_office
from tests.unit.delivery.rig import Relay, serving
from tests.unit.services.half_year import APPROVER, HALF, OPS, Q1, Q2, few_documents, restate

from cpsa.calendar import Quarter
from cpsa.delivery import ledger
from cpsa.services.agency_letters.send_letters import send_letters
from cpsa.services.app_context import AppContext
from cpsa.services.collection.load_entries import load_entries
from cpsa.services.decisions.list_actions import list_actions
from cpsa.services.decisions.record_decision import record_decision
from cpsa.services.dispatch.build_documents import build_documents
from cpsa.services.quarter.extend_due_date import extend_due_date
from cpsa.services.quarter.load_registry import load_registry
from cpsa.services.quarter.open_quarter import open_quarter
from cpsa.services.quarter.query_figure import query_figure
from cpsa.services.quarter.waive_rule import waive_rule
from cpsa.services.verify_store.store_fault import StoreFault
from cpsa.services.verify_store.verify_store import verify_store

FIRST, SECOND = Quarter.parse(Q1), Quarter.parse(Q2)
LATER = SECOND.closes_at + timedelta(days=3)
NOW = LATER + timedelta(days=10)
WHO = "an admin"
ENTRY_COLUMNS = (
    *("agency", "quarter", "kind", "theme", "department", "text", "request", "urgency"),
    *("scheme", "amount", "people"),
)
SUPPORT = ("policy_support", "CREDIT", "BANKS", "Members wait.", "Open a counter.", "high", "")


@contextmanager
def unguarded(office: AppContext) -> Iterator[Connection]:
    """A connection that changes the store as a repair by hand may: no foreign key is checked."""
    with office.engine.connect() as connection:
        if connection.dialect.name == "sqlite":
            connection.exec_driver_sql("PRAGMA foreign_keys = OFF")
        else:
            connection.exec_driver_sql("SET session_replication_role = replica")
        yield connection
        connection.commit()
        connection.invalidate()


def find_faults(office: AppContext) -> tuple[StoreFault, ...]:
    """What a whole verification finds."""
    return verify_store(office, NOW, everything=True).faults


def live_in(office: AppContext, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two quarters collected, returned, corrected, closed, restated and built; letters sent."""
    few_documents(monkeypatch)
    fill_office(office, "lived in", lambda: _live(office, folder))


def _live(office: AppContext, folder: Path) -> None:
    registry = RegistryFolder(
        agencies={"IA-A": Q1, "FC-C": Q1, "FC-D": Q1},
        targets={("IA-A", "OP2", Q1): 20},
        baselines={("IA-A", "OP2"): 3},
        weights={("IA-A", "OP1"): "0.1"},
        recipients={"BANKS": "banks@example.org", "SDC": "sdc@example.org"},
    )
    load_registry(office, registry.write(folder / "registry"), FIRST.opens_at)
    open_quarter(office, FIRST, FIRST.opens_at, WHO)
    extend_due_date(
        office,
        "FC-D",
        FIRST,
        FIRST.due_by.date() + timedelta(days=2),
        "floods",
        WHO,
        FIRST.opens_at,
    )
    clerk = Clerk(office, folder / "sent")
    for quarter in (Q1, Q2):
        clerk.send("IA-A", quarter, {"OP1": 9, "OP2": 9})
        clerk.send("FC-C", quarter)
    clerk.send("FC-D", Q1, {"FA1": "twelve", "FA2": -1})
    clerk.check(Q1)
    waive_rule(office, "FC-D", FIRST, "V03", "agreed", WHO, FIRST.due_by)
    query_figure(
        *(office, "IA-A", FIRST, "OP1", "", "Is 9 right?", "क्या 9 सही है?", WHO, FIRST.due_by)
    )
    clerk.send_bytes("FC-D", Q2, b"\xff\xfe no table at all")
    entries = folder / "entries.csv"
    rows = [("IA-A", Q1, *SUPPORT, "", ""), ("FC-C", Q2, *SUPPORT, "", "")]
    entries.write_text(csv_text([ENTRY_COLUMNS, *rows]), "utf-8")
    load_entries(office, entries, FIRST.due_by)
    with serving(Relay()) as relay:
        mailing = replace(
            office.settings,
            smtp_url=f"smtp://127.0.0.1:{relay.port}",
            ops_mail=OPS,
            approver_mail=APPROVER,
            render_workers=1,
        )
        sending = AppContext(mailing, office.engine)
        send_letters(sending, FIRST.opens_at + timedelta(days=1), "worker")
        clerk.close(Q1)
        clerk.close(Q2)
        send_letters(sending, LATER, "worker")
    ledger.retry_now(office.engine, Q1)
    restate(office, folder, 11, LATER)
    number = list_actions(office, LATER)["number"].iloc[0]
    record_decision(office, number, "accepted", "2025-11-01", "agreed", WHO, LATER)
    build_documents(office, HALF, LATER)
