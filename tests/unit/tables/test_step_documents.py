"""How far clusters are, the money for it and pending applications in documents, against the files themselves."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from itertools import pairwise
from pathlib import Path

import pytest
from tests.unit.tables import sample_tables
from tests.unit.tables.sample_tables import QUARTERS, count_pending, receive_sample

from cpsa.calendar import HalfYear
from cpsa.documents.content_model import Case, Cell, CellKind, Content, Section, Table, Tiles, Tone
from cpsa.documents.document_key import ALL, STATE, DocumentKey
from cpsa.documents.document_registry import build_content, get_kind
from cpsa.documents.document_text import DocumentText
from cpsa.i18n.text import LANGUAGES
from cpsa.provenance.derivation import DerivationResolver
from cpsa.provenance.snapshot import Snapshot
from cpsa.services.app_context import AppContext
from cpsa.services.publication.take_snapshot import take_snapshot
from cpsa.settings import from_environment
from cpsa.store import database

pytestmark = pytest.mark.slow
HALF = HalfYear.parse("2026-27-H1")
END = HALF.last_quarter.last_day
CLUSTER, DEPARTMENT = "IA-MAHAN", "DOMSME"


def take(home: Path, *, tables: bool) -> Snapshot:
    office = AppContext.from_settings(from_environment({"CPSA_HOME": str(home)}), ready=False)
    database.upgrade_schema(office.engine)
    receive_sample(office, QUARTERS[-2:], tables=tables, close=True)
    taken = take_snapshot(office, HALF).snapshot
    office.engine.dispose()
    return taken


@pytest.fixture(scope="module")
def snapshot(tmp_path_factory: pytest.TempPathFactory) -> Snapshot:
    return take(tmp_path_factory.mktemp("with"), tables=True)


def read_newest(table: str) -> dict[str, list[dict[str, str]]]:
    return sample_tables.read_newest(table, HALF.quarters)


def build(snapshot: Snapshot, kind: str, subject: str, language: str = "en") -> Content:
    return build_content(DocumentKey(get_kind(kind), HALF, subject, language, ""), snapshot)


def find_section(content: Content, id_: str) -> Section:
    (section,) = (section for section in content.sections if section.id == id_)
    return section


def list_tables(section: Section) -> list[Table]:
    return [block for block in section.blocks if isinstance(block, Table)]


def list_rows(table: Table) -> list[tuple[Cell, ...]]:
    return [row for body in table.bodies for row in body.rows] + (
        [table.total] if table.total else []
    )


def list_figures(section: Section) -> Iterator[tuple[str, object]]:
    """Every figure of a section with its source."""
    for block in section.blocks:
        if isinstance(block, Table):
            for row in list_rows(block):
                yield from (
                    (cell.text, cell.origin) for cell in row if cell.kind is CellKind.FIGURE
                )
        elif isinstance(block, Tiles):
            yield from ((tile.value, tile.origin) for tile in block.tiles)
        elif isinstance(block, Case):
            yield from (figure for fact in block.facts for figure in fact.figures or ())


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    ("kind", "subject", "id_"),
    [
        ("learning", STATE, "steps"),
        ("learning", STATE, "funding"),
        ("policy_actions", DEPARTMENT, "pending"),
        ("policy_actions", "BANKS", "pending"),
        ("policy_actions", DEPARTMENT, "asked"),
        ("policy_actions", ALL, "steps"),
        ("policy_actions", ALL, "pending"),
        ("rollout", STATE, "steps"),
    ],
)
def test_every_figure_follows_from_its_source(
    snapshot: Snapshot, kind: str, subject: str, id_: str, language: str
) -> None:
    resolver = DerivationResolver(snapshot, DocumentText(snapshot, language))
    section = find_section(build(snapshot, kind, subject, language), id_)
    figures = [one for one in list_figures(section) if one[0] != "–"]
    assert figures
    if id_ != "asked":
        assert all(origin is not None for _, origin in figures)
    for text, origin in figures:
        if origin is not None and id_ != "asked":
            assert resolver.resolve(origin).has_text(text), (text, origin)


def test_a_cluster_is_shown_with_the_days_of_its_steps(snapshot: Snapshot) -> None:
    pipeline, *_ = list_tables(find_section(build(snapshot, "learning", STATE), "steps"))
    words = DocumentText(snapshot, "en")
    files = read_newest("milestones")
    shown = {row[0].text: row for row in list_rows(pipeline)}
    assert set(shown) == {words.agency(agency) for agency in files}
    steps = [*snapshot.framework.tables["milestones"].listed_keys]
    for agency, rows in files.items():
        dates = {row["step"]: date.fromisoformat(row["actual"]) for row in rows if row["actual"]}
        reached = [step for step in steps if step in dates]
        wanted = dict.fromkeys(steps, "–") | {reached[0]: "•"}
        for before, step in pairwise(reached):
            wanted[step] = str((dates[step] - dates[before]).days)
        cells = shown[words.agency(agency)]
        assert [cell.text for cell in cells[1:12]] == [wanted[step] for step in steps]
        assert cells[-1].text == str((END - dates[reached[-1]]).days)
    late = shown[words.agency(CLUSTER)]
    assert (late[-1].text, late[-1].tone) == ("214", Tone.BAD)
    assert late[-2].text == words.department(DEPARTMENT)


def test_money_is_added_up_by_source_and_by_cluster(snapshot: Snapshot) -> None:
    by_source, by_agency = list_tables(find_section(build(snapshot, "learning", STATE), "funding"))
    words = DocumentText(snapshot, "en")
    rows = [row for own in read_newest("money").values() for row in own]
    sources = snapshot.framework.tables["money"].columns["source"].choices

    def add(own: list[dict[str, str]]) -> list[str]:
        due, received = (sum(int(row[name]) for row in own) for name in ("due", "received"))
        return [words.quantity(one * 100, "inr") for one in (due, received, due - received)]

    assert [[cell.text for cell in row] for row in list_rows(by_source)] == [
        *(
            [label.en, *add([row for row in rows if row["source"] == code])]
            for code, label in sources.items()
        ),
        [words("total"), *add(rows)],
    ]
    assert [[cell.text for cell in row] for row in list_rows(by_agency)] == [
        [words.agency(agency), *add(own)] for agency, own in sorted(read_newest("money").items())
    ]


def test_a_department_reads_what_waits_for_it_and_for_how_long(snapshot: Snapshot) -> None:
    content = build(snapshot, "policy_actions", DEPARTMENT)
    steps, by_subject, by_district = list_tables(find_section(content, "pending"))
    assert [row[-1].text for row in list_rows(steps)] == ["214", "133"]
    own = {
        agency: [row for row in rows if row["department"] == DEPARTMENT]
        for agency, rows in read_newest("applications").items()
    }
    pending = sum(count_pending(row) for rows in own.values() for row in rows)
    old = sum(int(row["over_90"]) for rows in own.values() for row in rows)
    centres = sum(bool(rows) for rows in own.values())
    for table in (by_subject, by_district):
        assert [cell.text for cell in list_rows(table)[-1]][1:] == [
            *(str(centres), str(pending), str(old)),
        ]
    assert len(list_rows(by_district)) == centres + 1
    hindi = find_section(build(snapshot, "policy_actions", DEPARTMENT, "hi"), "pending")
    districts = [row[0].text for row in list_rows(list_tables(hindi)[-1])]
    assert not [name for name in districts if name.isascii()]


def test_all_departments_are_shown_with_what_is_pending_with_each(snapshot: Snapshot) -> None:
    content = build(snapshot, "policy_actions", ALL)
    by_department, by_district = list_tables(find_section(content, "pending"))
    words = DocumentText(snapshot, "en")
    files = read_newest("applications")
    rows = [{**row, "agency": agency} for agency, own in files.items() for row in own]
    wanted: dict[str, tuple[set[str], int, int]] = {}
    for row in rows:
        if left := count_pending(row):
            code = row["department"]
            known = code in snapshot.reference.departments
            name = words.department(code) if known else f"“{code}”"
            centres, pending, old = wanted.get(name, (set(), 0, 0))
            wanted[name] = centres | {row["agency"]}, pending + left, old + int(row["over_90"])
    *shown, total = [[cell.text for cell in row] for row in list_rows(by_department)]
    assert {name: figures for name, *figures in shown} == {
        name: [str(len(centres)), str(pending), str(old)]
        for name, (centres, pending, old) in wanted.items()
    }
    assert [int(row[2]) for row in shown] == sorted((int(row[2]) for row in shown), reverse=True)
    assert total == [cell.text for cell in list_rows(by_district)[-1]]
    assert total[2] == str(sum(pending for _, pending, _ in wanted.values()))


@pytest.mark.parametrize(("kind", "subject"), [("policy_actions", ALL), ("rollout", STATE)])
def test_the_pipeline_is_the_same_in_every_document(
    snapshot: Snapshot, kind: str, subject: str
) -> None:
    first, *_ = list_tables(find_section(build(snapshot, "learning", STATE), "steps"))
    same, *_ = list_tables(find_section(build(snapshot, kind, subject), "steps"))
    assert [[cell.text for cell in row] for row in list_rows(same)] == [
        [cell.text for cell in row] for row in list_rows(first)
    ]


def test_a_request_has_the_step_that_waits_as_evidence(snapshot: Snapshot) -> None:
    cases = find_section(build(snapshot, "policy_actions", DEPARTMENT), "asked").blocks
    (case,) = (block for block in cases if isinstance(block, Case) and CLUSTER in block.number)
    assert any("214 days" in fact.value and "DPR" in fact.value for fact in case.facts)


def test_without_tables_documents_have_no_such_section(tmp_path: Path, snapshot: Snapshot) -> None:
    bare = take(tmp_path, tables=False)
    for kind, subject, id_ in (
        ("learning", STATE, "steps"),
        ("policy_actions", "BANKS", "pending"),
        ("policy_actions", ALL, "steps"),
        ("policy_actions", ALL, "pending"),
        ("rollout", STATE, "steps"),
    ):
        assert id_ not in [section.id for section in build(bare, kind, subject).sections]
        assert id_ in [section.id for section in build(snapshot, kind, subject).sections]
