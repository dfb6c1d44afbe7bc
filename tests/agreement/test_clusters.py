"""The system and the second reading find the same in what centres of made-up programmes answer about clusters."""

from __future__ import annotations

import csv
import random
from collections import Counter
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
from tests.factories import INCLUDE
from tests.oracle import clusters
from tests.oracle import replay as oracle
from tests.oracle.programme import load_programme
from tests.oracle.submission import Submission
from tests.programmes.clusters import (
    ANSWER_HEADER,
    REGISTER_HEADER,
    make_answers,
    make_register,
    write_rows,
)
from tests.programmes.generate import generate
from tests.stores import sqlite_only

from cpsa.calendar import Quarter
from cpsa.reference.reference_data import Reference
from cpsa.services.app_context import AppContext
from cpsa.services.quarter.check_updates import check_updates
from cpsa.services.quarter.close_quarter import close_quarter

pytestmark = pytest.mark.slow
FEW, MANY = range(1, 5), range(5, 41)
EVERY_RULE = {"S08", "P10", "P14", "P15", "P16"}


class Centres:
    """What the centres of one programme answer in its fourth quarter, and what a second reading finds there."""

    def __init__(self, programme: Path, seed: int, quarter: str, sectors: set[str]) -> None:
        self.folder, self.rng, self.quarter = programme / "answers", random.Random(seed), quarter
        self.sectors = sectors
        self.replayed = oracle.Replay(load_programme(programme))
        self.results = self.replayed.run()
        self.register = make_register(self.rng, ended=self.replayed.programme.first_quarter)
        registry = programme / "registry"
        write_rows(registry / "clusters.csv", REGISTER_HEADER, self.register)
        with (registry / "agencies.csv").open(encoding="utf-8-sig") as stream:
            self.districts = {row["code"]: row["district"] for row in csv.DictReader(stream)}
        self.content = (registry / "clusters.csv").read_text("utf-8")
        self.rows: list[tuple[str, ...]] = []

    def make(self) -> Path:
        """Write a file of each centre whose update could be read, and note what is found in it."""
        for (code, quarter), (update,) in sorted(self.replayed.versions.items()):
            is_read = quarter == self.quarter and update.state in ("accepted", "returned")
            if is_read and update.agency.form == "FC":
                self._make_of_centre(code, update)
        return self.folder

    def _make_of_centre(self, code: str, update: Submission) -> None:
        known = clusters.load_register(self.content, self.districts[code], self.quarter)
        shown = [row for row in self.register if row["code"] in known]
        file = self.folder / f"{code}.clusters.csv"
        write_rows(file, ANSWER_HEADER, make_answers(shown, self.rng), code, self.quarter)
        read = clusters.read_answers(file.read_bytes(), self.sectors)
        clusters.judge(read, known)
        found = set(read.findings)
        if update.state == "accepted" and read.is_accepted:
            found |= set(clusters.p10(read, known))
        self.rows += [(one.rule, code, self.quarter, one.indicator, one.dimension) for one in found]


def replay(office: AppContext, seed: int, folder: Path) -> Counter[str]:
    """Replay a programme with a register of clusters by both; how often each rule found something."""
    programme = folder / "made"
    generate(seed, programme, quarters=4, ias=2, fcs=8)
    fourth = next(key for key in rounds(programme / "updates") if key.endswith("Q4"))
    centres = Centres(programme, seed, fourth, set(office.reference.sectors))
    load_programme_registry(office, programme)
    for quarter, (updates,) in rounds(programme / "updates").items():
        send(office, updates, quarter, 1, folder / "updates")
        if quarter == fourth:
            send(office, centres.make(), quarter, 2, folder / "answers")
        check_updates(office, Quarter.parse(quarter).due_by)
        close_quarter(office, Quarter.parse(quarter), Quarter.parse(quarter).closes_at)
    ours = answers(office)
    found = rows_of(ours["findings"], oracle.FINDINGS)
    of_clusters = [(rule, *rest) for rule, _, *rest in found if rule in EVERY_RULE]
    assert differences(of_clusters, centres.rows) == ""
    others = [row for row in found if row[0] not in EVERY_RULE]
    assert differences(others, [tuple(row) for row in centres.results.findings]) == ""
    for name, columns in (("scores", oracle.SCORES), ("reporting", oracle.REPORTING)):
        theirs = [tuple(row) for row in getattr(centres.results, name)]
        assert differences(rows_of(ours[name], columns), theirs) == "", "answers change no score"
    return Counter(row[0] for row in found)


def test_what_is_made_up_reaches_every_rule(tmp_path: Path) -> None:
    sectors = set(Reference.load(INCLUDE / "programme" / "reference").sectors)
    found: set[str] = set()
    for seed in FEW:
        programme = tmp_path / str(seed)
        generate(seed, programme, quarters=4, ias=2, fcs=8)
        fourth = next(key for key in rounds(programme / "updates") if key.endswith("Q4"))
        centres = Centres(programme, seed, fourth, sectors)
        centres.make()
        found |= {row[0] for row in centres.rows}
    assert found == EVERY_RULE


@sqlite_only
@pytest.mark.parametrize("seed", FEW)
def test_few_registers_agree(office: AppContext, tmp_path: Path, seed: int) -> None:
    assert EVERY_RULE & replay(office, seed, tmp_path).keys()


@sqlite_only
@pytest.mark.nightly
@pytest.mark.parametrize("seed", MANY)
def test_many_registers_agree(office: AppContext, tmp_path: Path, seed: int) -> None:
    assert EVERY_RULE & replay(office, seed, tmp_path).keys()
