"""Every kind of document, built again in another process, on the other database, with history since."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import insert, select
from tests.factories import INCLUDE, Clerk, RegistryFolder, csv_text, day_after_quarter, put, update
from tests.stores import empty_postgresql
from tests.unit.delivery.rig import Relay, serving
from tests.unit.services.leaving import mailing

from cpsa.calendar import FiscalYear, Quarter
from cpsa.documents.document_registry import RESTATEMENT_NOTE, get_kind, list_document_keys
from cpsa.intake.readers import entries_reader
from cpsa.services.app_context import AppContext
from cpsa.services.collection.collect_updates import collect_updates
from cpsa.services.collection.load_entries import load_entries
from cpsa.services.decisions.record_decision import record_decision
from cpsa.services.dispatch.build_documents import build_documents
from cpsa.services.dispatch.dispatch_half_year import dispatch_half_year
from cpsa.services.examination.explain_warnings import WarningAnswer, explain_warnings
from cpsa.services.publication.take_snapshot import take_snapshot
from cpsa.services.quarter.load_registry import load_registry
from cpsa.services.quarter.reopen_quarter import reopen_quarter
from cpsa.services.quarter.waive_rule import waive_rule
from cpsa.settings import from_environment
from cpsa.store import database
from cpsa.store.database import read_transaction
from cpsa.store.queries import document_queries
from cpsa.store.schema import metadata

pytestmark = pytest.mark.nightly

YEAR = FiscalYear.parse("2025-26")
FIRST, SECOND = YEAR.halves
AGENCIES = ("IA-A", "IA-B", "FC-C")
RECIPIENTS = {"BANKS": "banks@example.org", "DOMSME": "nodal@example.org"}
PERIODS = (YEAR.quarters[1], FIRST, SECOND, YEAR)
ABOUT = {"IA-A", "STATE", "ALL", "BANKS", "BANKS-R1"}
REBUILD = """
import json, sys
from cpsa.services.app_context import AppContext
from cpsa.services.publication.rebuild_document import rebuild_document
from cpsa.settings import from_environment
office = AppContext.from_settings(from_environment(json.loads(sys.argv[1])))
found = {}
for path, sha256 in json.load(sys.stdin).items():
    again = rebuild_document(office, sha256)
    found[path] = [again.path, again.same_bytes, again.changed]
print(json.dumps(found))
"""


@dataclass(frozen=True)
class Told:
    """The programme's home, and the digest of every document as it was first built, by path."""

    variables: Mapping[str, str]
    digests: Mapping[str, str]


def registry(folder: Path, **more: object) -> Path:
    aims = {(agency, "OC6", one.key): 500_000 for agency in AGENCIES[:2] for one in YEAR.quarters}
    made = RegistryFolder(
        agencies=dict.fromkeys(AGENCIES, YEAR.first_quarter.key),
        targets=aims,
        baselines={("IA-A", "OC6"): 1},
        recipients=RECIPIENTS,
    )
    return replace(made, **more).write(folder)


def entries(office: AppContext, folder: Path, quarter: Quarter, said: str) -> None:
    kinds = ("success", "challenge", "lesson", "suggestion")
    rows = [("IA-A", quarter.key, kind, "CREDIT", "", said, *[""] * 5) for kind in kinds]
    asked = (
        "policy_support",
        "CREDIT",
        "BANKS",
        said,
        "Renew limits in 30 days",
        "high",
        "",
        "",
        "",
    )
    rows += [(agency, quarter.key, *asked) for agency in AGENCIES]
    rows.append(("IA-B", quarter.key, "training_need", "SKILL", "", said, "L3-G2-M8", *[""] * 4))
    rows.append(
        ("IA-B", quarter.key, "convergence", "SKILL", "SLM", said, "", "", "", "90000", "36")
    )
    file = folder / f"{quarter.key}-{abs(hash(said))}.csv"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(csv_text([entries_reader.HEADER, *rows]), "utf-8")
    assert not load_entries(office, file, quarter.closes_at).items[0].problem


def restated(office: AppContext, folder: Path, quarter: Quarter, loans: int, at: datetime) -> None:
    """A figure of a closed quarter is sent again, and an admin lets it in."""
    values = {"A1": 4, "A2": 20, "OC6": loans, "OC6E": 1}
    late = put(folder, "IA-A", quarter.key, update("IA-A", quarter.key, values))
    collect_updates(office, late, at)
    reopen_quarter(office, "IA-A", quarter, f"now {loans}", "an admin", at)


def a_year_is_told(office: AppContext, clerk: Clerk, folder: Path) -> None:
    """Four quarters with entries, a warning explained, an update returned; the first half leaves
    and is revised."""
    load_registry(office, registry(folder / "registry"), day_after_quarter("2025-26-Q1"))
    for place, quarter in enumerate(YEAR.quarters, 1):
        clerk.send("IA-A", quarter.key, {"A1": 4, "A2": 20, "OC6": place * 100_000, "OC6E": 1})
        clerk.send("IA-B", quarter.key, {"OC6": 50_000, "OC6E": 1})
        clerk.send("FC-C", quarter.key, absent={"FA1"} if place == 2 else ())
        clerk.check(quarter.key)
        said = [WarningAnswer("Q06", "A2", "", "दो वर्षों का काम एक साथ")]
        assert explain_warnings(office, "IA-A", quarter, said, "portal", quarter.due_by) <= 1
        entries(office, folder / "entries", quarter, f"सीमा का नवीनीकरण {place}")
        clerk.close(quarter.key)
        if quarter == FIRST.last_quarter:
            build_documents(office, FIRST, FIRST.dispatch_at)
            assert dispatch_half_year(office, FIRST, FIRST.dispatch_at, "test").accepted == 2
            after = FIRST.dispatch_at + timedelta(days=2)
            restated(office, folder / "late", quarter, 150_000, after)
            build_documents(office, FIRST, after)
            sent = dispatch_half_year(
                office, FIRST, after, "test", revise="counted again", who="an admin"
            )
            assert sent.accepted == 2
            build_documents(office, quarter, after)
    build_documents(office, SECOND, SECOND.dispatch_at)


def history_goes_on(office: AppContext, clerk: Clerk, folder: Path) -> None:
    """Two days on which everything happens that can."""
    later = YEAR.last_quarter + 1
    for days, loans in ((20, 210_000), (22, 222_000)):
        at = SECOND.dispatch_at + timedelta(days=days)
        restated(office, folder / f"later-{days}", YEAR.quarters[0], loans, at)
        restated(office, folder / f"later-{days}", YEAR.quarters[2], loans, at)
        entries(office, folder / "later", YEAR.quarters[1], f"फिर से लिखा {days}")
        said = [WarningAnswer("Q06", "A2", "", f"बाद में समझाया {days}")]
        with_warning = YEAR.quarters[1]
        assert explain_warnings(office, "IA-A", with_warning, said, "portal", at) == 1
        for decision in ("accepted", "done"):
            number = f"PA-2025-26-Q1-{days - 19:03d}"
            assert record_decision(office, number, decision, f"{at:%d-%m-%Y}", "ठीक", "clerk", at)
        waive_rule(office, "IA-B", YEAR.quarters[2], "V06", "revised", "an admin", at)
        others = {(agency, "OC6", later.key): 7 for agency in AGENCIES[:2]}
        seats = dict.fromkeys((*RECIPIENTS, "UDH"), f"r{days}@example.org")
        names = {"targets": others, "recipients": seats}
        load_registry(office, registry(folder / f"registry-{days}", **names), at)
    clerk.send("IA-A", later.key, {"OC6": 9_000_000, "OC6E": 1})
    clerk.close(later.key)
    for period in PERIODS:
        build_documents(office, period, later.closes_at)


def chosen(office: AppContext) -> dict[str, Mapping]:
    """Rows of documents of every kind, period, language and format."""
    with read_transaction(office.engine) as connection:
        every = [
            row for row in document_queries.load_current_editions(connection, PERIODS).values()
        ]
    return {row["path"]: row for row in every if row["subject"] in ABOUT}


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Told]:
    """A year on SQLite, built; and then everything goes on."""
    folder = tmp_path_factory.mktemp("told")
    shutil.copytree(INCLUDE / "programme" / "framework", folder / "framework")
    variables = {
        "CPSA_HOME": str(folder / "home"),
        "CPSA_FRAMEWORK": str(folder / "framework"),
    }
    relay = Relay()
    database.upgrade_schema(database.open_engine(from_environment(variables).database_url))
    with serving(relay):
        port = {"CPSA_FRAMEWORK": variables["CPSA_FRAMEWORK"]}
        office = mailing(folder / "home", relay.port, **port)
        clerk = Clerk(office, folder / "sent")
        a_year_is_told(office, clerk, folder)
        first = chosen(office)
        newer = folder / "framework" / "2026-27-Q3.labels.yaml"
        newer.write_text(
            "groups:\n"
            "  outcome: {form: IA, label: {en: Results, hi: परिणाम}, weight: 0.1}\n"
            "  output: {weight: 0.6}\n",
            "utf-8",
        )
        history_goes_on(office, clerk, folder)
        now = chosen(office)
    digests = {path: row["sha256"] for path, row in first.items()}
    changed = [path for path in digests if now[path]["sha256"] != digests[path]]
    assert len(changed) > len(digests) / 2, "what was built first is no longer what is shown"
    yield Told(variables, digests)
    office.engine.dispose()


def rebuilt(told: Told, **variables: str) -> dict[str, list]:
    """Every document as another process builds it again."""
    answer = subprocess.run(
        [sys.executable, "-c", REBUILD, json.dumps({**told.variables, **variables})],
        input=json.dumps(told.digests),
        env={**os.environ, "PYTHONPATH": str(INCLUDE)},
        capture_output=True,
        text=True,
    )
    assert answer.returncode == 0, answer.stderr
    return json.loads(answer.stdout)


def test_every_kind_period_language_and_format_is_there(told: Told) -> None:
    office = AppContext.from_settings(from_environment(told.variables))
    wanted = {
        (key.kind, key.period.key, key.language, key.format)
        for period in PERIODS
        for key in list_document_keys(take_snapshot(office, period).snapshot, period)
    }
    wanted |= {(RESTATEMENT_NOTE, FIRST.key, "hi", "pdf")}
    found = {tuple(path.replace("/", ".").split(".")) for path in told.digests}
    held = {(get_kind(kind), period, language, form) for period, kind, _, language, form in found}
    assert held == wanted


def test_the_same_bytes_on_the_same_database(told: Told) -> None:
    assert rebuilt(told) == {path: [path, True, []] for path in told.digests}


def test_the_same_bytes_on_the_other_database(told: Told, postgresql_store: str) -> None:
    empty_postgresql(postgresql_store)
    here = database.open_engine(from_environment(told.variables).database_url)
    there = database.open_engine(postgresql_store)
    with here.connect() as source, there.begin() as target:
        for table in metadata.sorted_tables:
            rows = [dict(row) for row in source.execute(select(table)).mappings()]
            if rows:
                target.execute(insert(table), rows[::-1] if table.name == "fact" else rows)
    found = rebuilt(told, CPSA_DATABASE_URL=postgresql_store)
    assert found == {path: [path, True, []] for path in told.digests}
