"""What was built can be built again to the byte, whatever history has added since."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import insert
from tests.making import Clerk, RegistryFolder, csv_text, day_after_quarter, put, update

from cpsa import cycle
from cpsa.calendar import Quarter
from cpsa.collect import entries_reader
from cpsa.cycle import Office, Said, snapshots
from cpsa.store import actions
from cpsa.store.database import reading, writing
from cpsa.store.tables.output import decision

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


def entries(office: Office, folder: Path, quarter: Quarter, *texts: str) -> None:
    department = sorted(office.reference.departments)[0]
    theme = sorted(office.reference.themes)[0]
    rows = [
        ("IA-A", quarter.key, "policy_support", theme, department, text, "Help", "high", "", "", "")
        for text in texts
    ]
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / f"{len(texts)}-{quarter.key}.csv"
    file.write_text(csv_text([entries_reader.HEADER, *rows]), "utf-8")
    problems = cycle.load_entries(office, file, quarter.closes_at).items[0].problem
    assert not problems, problems


@pytest.fixture
def built(clerk: Clerk, tmp_path: Path) -> Office:
    """A quarter closed and built, with a warning, a request and the quarter after it."""
    office = clerk.office
    registry = RegistryFolder(agencies={"IA-A": Q1.key, "FC-B": Q1.key})
    cycle.load_registry(office, registry.write(tmp_path / "registry"), day_after_quarter(Q1.key))
    entries(office, tmp_path / "entries", Q1, "The road floods")
    clerk.send("IA-A", Q1.key, {"A1": 4, "A2": 20, "OP1": 5})
    clerk.close(Q1.key)
    cycle.build(office, Q1, LATER)
    return office


def history_goes_on(office: Office, clerk: Clerk, tmp_path: Path) -> None:
    """Everything that may come later: a restatement, words, requests, decisions, explanations."""
    late = put(tmp_path / "late", "IA-A", Q1.key, update("IA-A", Q1.key, {"A1": 4, "A2": 21}))
    cycle.collect(office, late, LATER)
    cycle.reopen(office, "IA-A", Q1, "A register was found", "admin", LATER)
    said = [Said("Q06", "A2", "", "Two years at once")]
    assert cycle.explain(office, "IA-A", Q1, said, "portal", LATER) == 1
    entries(office, tmp_path / "more", Q1, "The road floods", "No power at noon")
    with writing(office.engine) as connection:
        number = actions.actions(connection, Q1.key)["number"].iloc[0]
        values = {"decision": "done", "remarks": "", "decided_by": "clerk", "decided_at": LATER}
        connection.execute(insert(decision).values(action=number, recorded_at=LATER, **values))
    clerk.send("FC-B", Q2.key)
    clerk.close(Q2.key)


def test_documents_are_built_again_to_the_byte(built: Office, clerk: Clerk, tmp_path: Path) -> None:
    before = snapshots.take(built, Q1)
    history_goes_on(built, clerk, tmp_path)
    assert snapshots.take(built, Q1).inputs != before.inputs
    assert snapshots.take(built, Q1, before.mark).inputs == before.inputs
    with reading(built.engine) as connection:
        assert len(actions.actions(connection, Q1.key)) == 2
    existing = [path for path in PATHS if (built.settings.documents / path).is_file()]
    assert len(existing) >= 3
    for path in existing:
        again = cycle.rebuild(built, path)
        assert (again.same_bytes, again.changed) == (True, ()), path


def test_a_new_edition_is_built_again_by_its_own_mark(
    built: Office, clerk: Clerk, tmp_path: Path
) -> None:
    history_goes_on(built, clerk, tmp_path)
    path = built.settings.documents / PATHS[0]
    old = path.read_bytes()
    assert cycle.build(built, Q1, LATER).new
    assert path.read_bytes() != old
    assert cycle.rebuild(built, PATHS[0]).same_bytes
