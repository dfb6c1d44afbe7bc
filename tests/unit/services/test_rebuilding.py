"""What was built can be built again to the byte, whatever history has added since."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from sqlalchemy import insert, text
from tests.factories import Clerk, RegistryFolder, csv_text, day_after_quarter, put, update
from tests.stores import empty_postgresql

from cpsa.calendar import Quarter
from cpsa.intake.readers import entries_reader
from cpsa.services.app_context import AppContext
from cpsa.services.collection.collect_updates import collect_updates
from cpsa.services.collection.load_entries import load_entries
from cpsa.services.dispatch.build_documents import build_documents
from cpsa.services.examination.explain_warnings import WarningAnswer, explain_warnings
from cpsa.services.publication.rebuild_document import rebuild_document
from cpsa.services.publication.take_snapshot import take_snapshot
from cpsa.services.quarter.reopen_quarter import reopen_quarter
from cpsa.settings import from_environment
from cpsa.store import database
from cpsa.store.database import read_transaction, write_transaction
from cpsa.store.queries import action_queries
from cpsa.store.tables.action_tables import decision

pytestmark = pytest.mark.slow

Q1, Q2 = Quarter.parse("2025-26-Q1"), Quarter.parse("2025-26-Q2")
LATER = Quarter.parse("2026-27-Q1").opens_at
PATHS = [
    f"{Q1.key}/{document}"
    for document in (
        "quarterly_update/IA-A.en.pdf",
        "quarterly_update/STATE.hi.pdf",
        "policy_actions/ALL.hi.html",
        "policy_actions/IND.en.pdf",
    )
]


def entries(office: AppContext, folder: Path, quarter: Quarter, *texts: str) -> None:
    department = sorted(office.reference.departments)[0]
    theme = sorted(office.reference.themes)[0]
    rows = [
        ("IA-A", quarter.key, "policy_support", theme, department, text, "Help", "high", "", "", "")
        for text in texts
    ]
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / f"{len(texts)}-{quarter.key}.csv"
    file.write_text(csv_text([entries_reader.HEADER, *rows]), "utf-8")
    problems = load_entries(office, file, quarter.closes_at).items[0].problem
    assert not problems, problems


@pytest.fixture
def built(clerk: Clerk, tmp_path: Path) -> AppContext:
    """A quarter closed and built, with a warning, a request and the quarter after it."""
    return told(clerk, tmp_path)


def told(clerk: Clerk, tmp_path: Path) -> AppContext:
    office = clerk.office
    registry = RegistryFolder(agencies={"IA-A": Q1.key, "FC-B": Q1.key})
    registry.load(office, tmp_path / "registry", day_after_quarter(Q1.key))
    entries(office, tmp_path / "entries", Q1, "The road floods")
    clerk.send("IA-A", Q1.key, {"A1": 4, "A2": 20, "OP1": 5})
    clerk.close(Q1.key)
    build_documents(office, Q1, LATER)
    return office


def history_goes_on(office: AppContext, clerk: Clerk, tmp_path: Path) -> None:
    """Everything that may come later: a restatement, words, requests, decisions, explanations."""
    late = put(tmp_path / "late", "IA-A", Q1.key, update("IA-A", Q1.key, {"A1": 4, "A2": 21}))
    collect_updates(office, late, LATER)
    reopen_quarter(office, "IA-A", Q1, "A register was found", "admin", LATER)
    said = [WarningAnswer("Q06", "A2", "", "Two years at once")]
    assert explain_warnings(office, "IA-A", Q1, said, "portal", LATER) == 1
    entries(office, tmp_path / "more", Q1, "The road floods", "No power at noon")
    with write_transaction(office.engine) as connection:
        number = action_queries.load_actions(connection, Q1.key)["number"].iloc[0]
        values = {"decision": "done", "remarks": "", "decided_by": "clerk", "decided_at": LATER}
        connection.execute(insert(decision).values(action=number, recorded_at=LATER, **values))
    clerk.send("FC-B", Q2.key)
    clerk.close(Q2.key)


def test_documents_are_built_again_to_the_byte(
    built: AppContext, clerk: Clerk, tmp_path: Path
) -> None:
    before = take_snapshot(built, Q1)
    history_goes_on(built, clerk, tmp_path)
    assert take_snapshot(built, Q1).inputs_digest != before.inputs_digest
    assert take_snapshot(built, Q1, before.mark).inputs_digest == before.inputs_digest
    with read_transaction(built.engine) as connection:
        assert len(action_queries.load_actions(connection, Q1.key)) == 2
    existing = [path for path in PATHS if (built.settings.documents / path).is_file()]
    assert len(existing) >= 3
    for path in existing:
        again = rebuild_document(built, path)
        assert (again.same_bytes, again.changed) == (True, ()), path


@pytest.mark.slow
def test_two_stores_that_were_told_the_same_give_the_same_bytes(
    sqlite_template: Path, postgresql_store: str, tmp_path: Path
) -> None:
    """Each numbers its rows in its own way: one has numbers that were given and taken back."""
    snapshots_of, bytes_of = [], []
    for name, url in (("here", f"sqlite:///{tmp_path}/here.db"), ("there", postgresql_store)):
        if name == "here":
            shutil.copy(sqlite_template, tmp_path / "here.db")
        else:
            empty_but_used(url)
        variables = {"CPSA_HOME": str(tmp_path / name), "CPSA_DATABASE_URL": url}
        office = AppContext.from_settings(from_environment(variables | {"CPSA_SEAL_KEY": "s" * 64}))
        clerk = Clerk(office, tmp_path / name / "sent")
        told(clerk, tmp_path / name)
        history_goes_on(office, clerk, tmp_path / name)
        build_documents(office, Q1, LATER)
        snapshots_of.append(take_snapshot(office, Q1))
        files = office.settings.documents.rglob("*.*")
        bytes_of.append({file.name: file.read_bytes() for file in files})
        office.engine.dispose()
    here, there = snapshots_of
    assert here.mark != there.mark
    assert here.inputs_of == there.inputs_of
    assert bytes_of[0] == bytes_of[1]
    assert len(bytes_of[0]) > 50


def empty_but_used(url: str) -> None:
    """Empty tables whose next row will not be the first."""
    empty_postgresql(url)
    engine = database.open_engine(url)
    names = ("submission", "examination", "closing", "explanation", "entry_load", "finding")
    with engine.begin() as connection:
        for place, name in enumerate(names, 3):
            connection.execute(text(f"ALTER SEQUENCE {name}_id_seq RESTART WITH {7 * place}"))
    engine.dispose()


def test_a_new_edition_is_built_again_by_its_own_mark(
    built: AppContext, clerk: Clerk, tmp_path: Path
) -> None:
    history_goes_on(built, clerk, tmp_path)
    path = built.settings.documents / PATHS[0]
    old = path.read_bytes()
    assert build_documents(built, Q1, LATER).new
    assert path.read_bytes() != old
    assert rebuild_document(built, PATHS[0]).same_bytes
