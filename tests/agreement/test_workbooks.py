"""Updates typed into workbooks give the findings of the rule book, each with its very cell.

The same made-up programmes as in long form, with errors planted by every rule; the plain second
reading reads the long form, the system the workbooks.
"""

from __future__ import annotations

import csv
import io
import random
import re
import shutil
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path

import openpyxl
import pytest
from openpyxl.workbook.defined_name import DefinedName
from tests.agreement.replaying import answers, differences, load_programme_registry, rounds, rows_of
from tests.factories import INCLUDE, SAMPLE
from tests.oracle import replay as oracle
from tests.oracle.programme import Programme, load_programme
from tests.oracle.unconfirmed import unconfirmed_figures
from tests.programmes.generate import generate
from tests.programmes.workbooks import PLAIN_NUMBER, Filled, said_by, typed_in
from tests.stores import sqlite_only
from tests.unit.intake.readers.workbook.conftest import let_the_clerk
from tests.unit.intake.readers.workbook.samples import saved

from cpsa.calendar import Quarter
from cpsa.errors import RequestError
from cpsa.services.app_context import AppContext
from cpsa.services.collection.collect_updates import collect_updates
from cpsa.services.examination.check_file import check_file
from cpsa.services.publication.take_snapshot import take_snapshot
from cpsa.services.quarter.check_updates import check_updates
from cpsa.services.quarter.close_quarter import close_quarter
from cpsa.services.quarter.load_registry import load_registry
from cpsa.services.reports.list_findings import list_findings
from cpsa.services.workbooks.build_template import build_template
from cpsa.submissions.entry_amounts import ENTRY_AMOUNT
from cpsa.submissions.finding import Finding

pytestmark = pytest.mark.nightly

# The rules on figures that the workbooks of two short programmes break; Q03 asks for a history.
RULES = {
    *("S02", "V01", "V02", "V03", "V04", "V05", "V07"),
    *("Q01", "Q02", "Q04", "Q05", "Q06", "Q07", "Q10"),
}
RARE = {"S01", "S03", "V06", "Q09"}

Version = tuple[str, str, int]  # agency, quarter, version


@dataclass
class Sender:
    """Sends a programme's updates, those of the last quarters as workbooks where that can be."""

    office: AppContext
    desk: Path
    rng: random.Random
    rearranged: float = 0.5  # of the workbooks
    programme: Programme | None = None  # with formulas and broken seals, where it has any
    sent: dict[Version, Filled] = field(default_factory=dict)
    files: list[tuple[str, str]] = field(default_factory=list)  # agency and quarter of each

    def replay(self, programme: Path, quarters_as_workbooks: int) -> None:
        """Quarter by quarter; what comes in a further round meets a first one already checked."""
        load_programme_registry(self.office, programme)
        arrivals = rounds(programme / "updates")
        for quarter in arrivals:
            as_workbooks = quarter in sorted(arrivals)[-quarters_as_workbooks:]
            for round_, folder in enumerate(arrivals[quarter], 1):
                if round_ > 1:
                    check_updates(self.office, Quarter.parse(quarter).due_by)
                self._send(folder, Quarter.parse(quarter), round_, as_workbooks)
            close_quarter(self.office, Quarter.parse(quarter), Quarter.parse(quarter).closes_at)

    def _send(self, folder: Path, quarter: Quarter, round_: int, as_workbooks: bool) -> None:
        laid_out = self.desk / folder.name / quarter.key
        laid_out.mkdir(parents=True)
        filled: dict[str, Filled] = {}
        for file in sorted(folder.iterdir()):
            sent = len([one for one in self.files if one == (file.stem, quarter.key)])
            self.files.append((file.stem, quarter.key))
            version = (file.stem, quarter.key, sent + 1)
            made = self._workbook(file, quarter, version) if as_workbooks else None
            if made is None:
                shutil.copy(file, laid_out)
            else:
                filled[file.stem] = made
                (laid_out / f"{file.stem}.xlsx").write_bytes(made.content)
        at = quarter.opens_at + timedelta(days=round_)
        for item in collect_updates(self.office, laid_out, at).items:
            assert item.outcome in ("new", "repeat", "entries"), item
            if item.agency in filled:
                self.sent[item.agency, quarter.key, item.version] = filled[item.agency]

    def _workbook(self, file: Path, quarter: Quarter, version: Version) -> Filled | None:
        said = said_by(file.read_bytes(), file.stem, quarter.key)
        if said is None:
            return None
        if self.programme is not None:
            formulas = [one for one in self.programme.formulas if one.version == version]
            said.formulas = frozenset((one.indicator, one.dimension) for one in formulas)
            said.outdated = any(one.outdated for one in formulas)
            said.broken_seal = version in self.programme.broken_seals
            said.notes = {}  # nothing is explained, so that every warning stays open
        try:
            template = build_template(self.office, file.stem, quarter)
        except RequestError:  # an agency with nothing due yet has none
            return None
        return typed_in(said, template, self.rng, rearranged=self.rng.random() < self.rearranged)


def misplaced(office: AppContext, sent: Mapping[Version, Filled]) -> list[tuple[str, ...]]:
    """Findings of workbooks that say another cell than the one in which the value was typed.

    Those on entries, which come in a file of their own, say its line.
    """
    wrong = []
    for one in list_findings(office).itertuples():
        made = sent.get((one.agency, one.quarter, one.version))
        if made is not None and one.indicator != ENTRY_AMOUNT:
            place = made.places.get((one.indicator, one.dimension), "")
            if one.place != place:
                wrong.append((one.rule, one.agency, one.indicator, one.place, place))
    return wrong


def rules_found(office: AppContext, sent: Mapping[Version, Filled]) -> set[str]:
    return {
        one.rule
        for one in list_findings(office).itertuples()
        if (one.agency, one.quarter, one.version) in sent
    }


@sqlite_only
@pytest.mark.parametrize(
    ("seed", "quarters", "agencies", "rules"),
    [(13, 3, 10, RULES), (230, 3, 6, RARE), (9, 11, 4, {"Q03"})],
)
def test_workbooks_give_the_findings_of_the_rule_book_in_the_right_cells(
    office: AppContext, tmp_path: Path, seed: int, quarters: int, agencies: int, rules: set[str]
) -> None:
    made = {"quarters": quarters, "ias": agencies, "fcs": agencies}
    generate(seed, tmp_path / "made", second_rounds=True, **made)
    sender = Sender(office, tmp_path / "desk", random.Random(seed))
    sender.replay(tmp_path / "made", quarters_as_workbooks=3)
    theirs = oracle.Replay(load_programme(tmp_path / "made")).run()
    ours = answers(office)
    for name, columns in (("findings", oracle.FINDINGS), ("scores", oracle.SCORES)):
        expected = [tuple(row) for row in getattr(theirs, name)]
        assert differences(rows_of(ours[name], columns), expected) == "", name
    assert misplaced(office, sender.sent) == []
    assert rules_found(office, sender.sent) >= rules


def plant_formulas_and_broken_seals(programme: Path, rng: random.Random) -> None:
    """What only a workbook can say, beside the programme's long-form files."""
    formulas, seals = [], []
    for quarter, folders in rounds(programme / "updates").items():
        numbers: Counter[str] = Counter()
        for file in (file for folder in folders for file in sorted(folder.glob("*.csv"))):
            numbers[file.stem] += 1
            said = said_by(file.read_bytes(), file.stem, quarter)
            version = (file.stem, quarter, numbers[file.stem])
            if said is None or numbers[file.stem] > 1:  # the same bytes may have come twice
                continue
            if rng.random() < 0.25:
                seals.append(version)
                continue
            outdated = "yes" if rng.random() < 0.5 else ""
            formulas += [
                (*version, *place, outdated)
                for place, text in sorted(said.texts.items())
                if PLAIN_NUMBER.fullmatch(text) and rng.random() < 0.15
            ]
    names = ("agency", "quarter", "version")
    for name, rows, more in (
        ("formulas", formulas, ("indicator", "dimension", "outdated")),
        ("broken_seals", seals, ()),
    ):
        with (programme / f"{name}.csv").open("w", encoding="utf-8", newline="") as handle:
            csv.writer(handle, lineterminator="\n").writerows([(*names, *more), *rows])


MUTANTS = {
    "": set(),
    "rules: {S07: {severity: warning}}": {"S07"},
    "rules: {Q08: {retired: true}}": {"Q08"},
}


@sqlite_only
@pytest.mark.parametrize("amended", MUTANTS)
def test_formulas_and_broken_seals_are_found_as_by_hand(
    office: AppContext, tmp_path: Path, amended: str
) -> None:
    """S07 and Q08 come from workbooks only; changed in the framework, either is noticed."""
    programme = tmp_path / "made"
    generate(19, programme, quarters=2, ias=3, fcs=2)
    plant_formulas_and_broken_seals(programme, random.Random(19))
    planted = load_programme(programme)
    if amended:
        folder = Path(shutil.copytree(INCLUDE / "programme" / "framework", tmp_path / "framework"))
        (folder / "2017-18-Q1.zz.yaml").write_text(amended, "utf-8")
        office = AppContext(replace(office.settings, framework=folder), office.engine)
    sender = Sender(office, tmp_path / "desk", random.Random(19), programme=planted)
    sender.replay(programme, quarters_as_workbooks=2)
    theirs = oracle.Replay(planted)
    expected = [tuple(row) for row in theirs.run().findings]
    ours = rows_of(answers(office)["findings"], oracle.FINDINGS)
    assert {row[0] for row in expected} >= {"S07", "Q08"}
    told = differences(ours, expected)
    assert {line.split("'")[1] for line in told.splitlines()} == MUTANTS[amended]
    if not amended:
        assert doubts(office, max(rounds(programme / "updates"))) == unconfirmed_figures(theirs, [])


def doubts(office: AppContext, quarter: str) -> set[tuple[str, ...]]:
    """The figures that the documents list as to be confirmed."""
    snapshot = take_snapshot(office, Quarter.parse(quarter)).snapshot
    rows = snapshot.facts.loc[snapshot.unconfirmed["figure"].unique()]
    names = ["agency", "quarter", "indicator", "dimension"]
    return set(rows[names].itertuples(index=False, name=None))


@sqlite_only
def test_rows_inserted_in_an_office_move_the_places_along(
    office: AppContext, tmp_path: Path
) -> None:
    """In each of the formats that an office saves."""
    generate(35, tmp_path / "made", quarters=1, ias=6, fcs=2)
    sender = Sender(office, tmp_path / "desk", random.Random(35), rearranged=0)
    sender.replay(tmp_path / "made", quarters_as_workbooks=1)
    told = list_findings(office).value_counts("agency")
    folder = tmp_path / "office"
    folder.mkdir()
    most = sorted(sender.sent.items(), key=lambda one: -told.get(one[0][0], 0))[:3]
    for (agency, _, _), made in most:
        (folder / f"{agency}.xlsx").write_bytes(made.content)
    resaved = {
        name: content
        for name, content in let_the_clerk("insert", folder).items()
        if name.startswith("resaved/")
    }
    assert {Path(name).suffix for name in resaved} == {".xlsx", ".xls", ".ods"}
    for (agency, quarter, _), made in most:
        (name,) = (one for one in resaved if Path(one).stem == agency)
        before = seen(office, agency, quarter, made.content, f"{agency}.xlsx")
        after = seen(office, agency, quarter, resaved[name], name)
        assert any(before.values())
        assert after == {subject: moved(place, 2) for subject, place in before.items()}


def seen(office: AppContext, agency: str, quarter: str, content: bytes, name: str) -> dict:
    examined = check_file(office, agency, Quarter.parse(quarter), content, name)
    return {(one.rule, one.indicator, one.dimension): one.place for one in examined.findings}


def moved(place: str, rows: int) -> str:
    return re.sub(r"[0-9]+$", lambda row: str(int(row[0]) + rows), place)


@pytest.fixture
def sample_office(office: AppContext) -> AppContext:
    quarter = Quarter.parse("2026-27-Q2")
    load_registry(office, SAMPLE / "registry", quarter.opens_at)
    return office


@sqlite_only
@pytest.mark.parametrize(
    ("agency", "quarter", "named"),
    [
        ("IA-UJPLA", "2026-27-Q2", "IA-UJPLA"),
        ("FC-IND", "2026-27-Q2", "FC-IND"),
        ("IA-INDPH", "2026-27-Q1", "2026-27-Q1"),
    ],
)
def test_a_template_of_another_agency_or_quarter_is_one_finding(
    sample_office: AppContext, agency: str, quarter: str, named: str
) -> None:
    template = build_template(sample_office, agency, Quarter.parse(quarter))
    (found,) = examined(sample_office, template)
    assert (found.rule, found.observed) == ("S06", named)


TAMPERED: dict[str, Callable[[openpyxl.Workbook], object]] = {
    "the quarter": lambda book: sealed(book, "quarter", "2026-27-Q2 "),
    "the framework": lambda book: sealed(book, "framework", "1999-00-Q1"),
    "the signature": lambda book: sealed(book, "code", "0" * 64),
    "a name gone": lambda book: book.defined_names.pop("in_OP2_total"),
    "a name more": lambda book: book.defined_names.add(
        DefinedName("in_OP99_total", attr_text="Output!$A$1")
    ),
    "no seal": lambda book: book.defined_names.pop("seal_code"),
}


@sqlite_only
@pytest.mark.parametrize("tampering", TAMPERED)
def test_a_template_that_was_tampered_with_is_one_finding(
    sample_office: AppContext, tampering: str
) -> None:
    template = build_template(sample_office, "IA-INDPH", Quarter.parse("2026-27-Q2"))
    book = openpyxl.load_workbook(io.BytesIO(template))
    TAMPERED[tampering](book)
    (found,) = examined(sample_office, saved(book))
    assert found.rule == "S07"


def sealed(book: openpyxl.Workbook, field: str, value: str) -> None:
    sheet, _, cell = book.defined_names[f"seal_{field}"].attr_text.rpartition("!")
    book[sheet.strip("'")][cell.replace("$", "")].value = value


def examined(office: AppContext, content: bytes) -> tuple[Finding, ...]:
    """What is found in a workbook that was sent as IA-INDPH's of 2026-27-Q2."""
    quarter = Quarter.parse("2026-27-Q2")
    return check_file(office, "IA-INDPH", quarter, content, "update.xlsx").findings
