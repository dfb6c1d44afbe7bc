"""The system and the second reading find the same in tables of made-up programmes."""

from __future__ import annotations

import random
from collections import Counter
from datetime import date, timedelta
from pathlib import Path

import pytest
from tests.agreement.replaying import (
    answers,
    differences,
    load_programme_registry,
    rounds,
    rows_of,
    send,
)
from tests.oracle import replay as oracle
from tests.oracle.programme import load_programme
from tests.oracle.submission import Submission
from tests.oracle.tables import Row, Table, judge, read_table
from tests.programmes.generate import generate
from tests.programmes.tables import (
    TableMemory,
    make_applications,
    make_milestones,
    make_money,
    write_table,
)
from tests.stores import sqlite_only

from cpsa.calendar import IST, Quarter
from cpsa.services.app_context import AppContext
from cpsa.services.quarter.check_updates import check_updates
from cpsa.services.quarter.close_quarter import close_quarter

pytestmark = pytest.mark.slow
NAMES = {"IA": ("milestones", "money"), "FC": ("applications",)}
FEW, MANY = range(1, 5), range(5, 41)
EVERY_RULE = {"S08", *(f"P0{number}" for number in range(2, 10))}


class Tables:
    """Tables of one programme, quarter by quarter, and what a second reading finds in them."""

    def __init__(self, programme: Path, seed: int) -> None:
        self.folder, self.rng = programme / "tables", random.Random(seed)
        self.replayed = oracle.Replay(load_programme(programme))
        self.results = self.replayed.run()
        self.memories: dict[str, TableMemory] = {}
        self.last: dict[tuple[str, str], dict[str, Row]] = {}
        self.rows: list[tuple[str, ...]] = []

    def make(self, quarter: str, arrived_on: date) -> Path:
        """Write the tables of a quarter, and note what is found in each agency's newest versions."""
        for (code, own), (update,) in sorted(self.replayed.versions.items()):
            is_read = own == quarter and update.state in ("accepted", "returned")
            if is_read and self.rng.random() < 0.85:
                self._make_of_agency(code, update, quarter, arrived_on)
        return self.folder / quarter

    def _make_of_agency(self, code: str, update: Submission, quarter: str, day: date) -> None:
        memory = self.memories.setdefault(code, TableMemory())
        versions: list[Table] = []
        for name in NAMES[update.agency.form]:
            if name == "milestones":
                rows = make_milestones(memory, day, self.rng)
            elif name == "money":
                rows = make_money(memory, self.rng)
            else:
                filed, approved = (int(update.value(one) or 0) for one in ("FA3", "FA4"))
                rows = make_applications(memory, max(filed, 0), max(approved, 0), self.rng)
            write_table(self.folder / quarter, code, quarter, name, rows)
            table = read_table(name, (self.folder / quarter / f"{code}.{name}.csv").read_bytes())
            judge(table, update, self.last.get((code, name), {}), day)
            versions.append(table)
        accepted = [one for one in versions if update.state == "accepted" and one.is_accepted]
        self.last |= {(code, table.name): table.rows for table in accepted if table.rows}
        for table in {id(one): one for one in [versions[-1], *accepted[-1:]]}.values():
            self.rows += [
                (found.rule, code, quarter, found.indicator, found.dimension)
                for found in table.findings
            ]


def replay(office: AppContext, seed: int, folder: Path) -> Counter[str]:
    """Replay a programme with tables by both; how often each rule found something."""
    programme = folder / "made"
    generate(seed, programme, quarters=4, ias=4, fcs=4)
    tables = Tables(programme, seed)
    load_programme_registry(office, programme)
    for quarter, (updates,) in rounds(programme / "updates").items():
        send(office, updates, quarter, 1, folder / "updates")
        arrives = Quarter.parse(quarter).opens_at + timedelta(days=2)
        made = tables.make(quarter, arrives.astimezone(IST).date())
        if made.exists():
            send(office, made, quarter, 2, folder / "tables")
        check_updates(office, Quarter.parse(quarter).due_by)
        close_quarter(office, Quarter.parse(quarter), Quarter.parse(quarter).closes_at)
    ours = answers(office)
    found = rows_of(ours["findings"], oracle.FINDINGS)
    of_tables = [(rule, *rest) for rule, _, *rest in found if rule in EVERY_RULE]
    assert differences(of_tables, tables.rows) == ""
    others = [row for row in found if row[0] not in EVERY_RULE]
    assert differences(others, [tuple(row) for row in tables.results.findings]) == ""
    for name, columns in (("scores", oracle.SCORES), ("reporting", oracle.REPORTING)):
        theirs = [tuple(row) for row in getattr(tables.results, name)]
        assert differences(rows_of(ours[name], columns), theirs) == "", "tables change no score"
    return Counter(row[0] for row in found)


@sqlite_only
@pytest.mark.parametrize("seed", FEW)
def test_few_programmes_with_tables_agree(office: AppContext, tmp_path: Path, seed: int) -> None:
    found = replay(office, seed, tmp_path)
    assert found["P12"] and EVERY_RULE & found.keys()


@sqlite_only
@pytest.mark.nightly
@pytest.mark.parametrize("seed", MANY)
def test_many_programmes_with_tables_agree(office: AppContext, tmp_path: Path, seed: int) -> None:
    assert EVERY_RULE & replay(office, seed, tmp_path).keys()
