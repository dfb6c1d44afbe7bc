"""The board's page of tables: sums against the sample's own files, and the same pipeline as in documents."""

from __future__ import annotations

import csv
import io
from collections import Counter
from pathlib import Path

import pytest
from lxml import html
from tests.unit.tables.sample_tables import QUARTERS, count_pending, read_newest, receive_sample
from typer.testing import CliRunner

from cpsa.documents.step_progress import list_step_progress
from cpsa.i18n.text import LANGUAGES
from cpsa.services.app_context import AppContext
from cpsa.services.publication.take_snapshot import take_snapshot
from cpsa.settings import from_environment
from cpsa.store import database
from cpsa.submissions.step_days import LONG_DAYS
from cpsa.web.board.board_pages import BoardPages
from cpsa.web.board.programme_board import ProgrammeBoard, load_programme_board

pytestmark = pytest.mark.slow
HALF = QUARTERS[-2:]
QUARTER = HALF[-1]


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> AppContext:
    """The sample's last half-year, closed."""
    settings = from_environment({"CPSA_HOME": str(tmp_path_factory.mktemp("office"))})
    context = AppContext.from_settings(settings, ready=False)
    database.upgrade_schema(context.engine)
    receive_sample(context, HALF, close=True)
    return context


@pytest.fixture(scope="module")
def board(office: AppContext) -> ProgrammeBoard:
    return load_programme_board(office, QUARTER, 1)


def show(office: AppContext, board: ProgrammeBoard, language: str) -> html.HtmlElement:
    reference = office.reference
    pages = BoardPages(office.settings.templates)
    text = pages.page(
        "programme",
        language,
        root="/cpsa",
        airflow="/air",
        style="board.css",
        board=board,
        departments=reference.departments,
        districts=reference.districts,
        long_days=LONG_DAYS,
        waiting=[],
        may_act=False,
    )
    return html.fromstring(text)


def test_applications_are_added_up_by_department_and_by_district(
    office: AppContext, board: ProgrammeBoard
) -> None:
    (pending,) = board.pending
    files = read_newest("applications", HALF)
    rows = [{**row, "agency": agency} for agency, own in files.items() for row in own]
    rows = [row for row in rows if count_pending(row)]
    wanted: dict[str, Counter[str]] = {}
    for row in rows:
        numbers = {"over_30": int(row["over_30"]), "over_90": int(row["over_90"])}
        own = Counter({"number": count_pending(row), **numbers})
        wanted[row["department"]] = wanted.get(row["department"], Counter()) + own
    assert {
        line.name: Counter({"number": line.number, **line.aged}) for line in pending.by_department
    } == wanted
    assert [column.code for column in pending.ages] == ["over_30", "over_90"]
    numbers = [line.number for line in pending.by_department]
    assert numbers == sorted(numbers, reverse=True)
    for lines in (pending.by_department, pending.by_district):
        assert sum(line.number for line in lines) == pending.total.number
    assert (
        pending.total.agencies == len(pending.by_district) == len({row["agency"] for row in rows})
    )
    newest = read_newest("applications", [QUARTER])
    assert pending.given_earlier == len(files.keys() - newest.keys()) > 0


def test_the_pipeline_is_that_of_the_documents(office: AppContext, board: ProgrammeBoard) -> None:
    snapshot = take_snapshot(office, QUARTER).snapshot
    documents = [
        (progress.agency, progress.waiting, progress.waiting_days.days, progress.waits_with)
        for progress in list_step_progress(snapshot, QUARTER)
    ]
    (steps,) = board.steps
    shown = [
        (line.agency, line.steps.waiting, line.steps.waiting_days, line.pending_with)
        for line in steps.lines
    ]
    assert shown == documents
    assert ("IA-MAHAN", "FORWARDED", 214, "DOMSME") in shown


def test_missing_money_comes_largest_first(board: ProgrammeBoard) -> None:
    (money,) = board.money
    rows = {
        agency: [(int(row["due"]), int(row["received"])) for row in own]
        for agency, own in read_newest("money", HALF).items()
    }
    gaps = {agency: sum(due - received for due, received in own) for agency, own in rows.items()}
    assert {line.name: line.gap // 100 for line in money.by_agency} == {
        agency: gap for agency, gap in gaps.items() if gap > 0
    }
    assert [line.gap for line in money.by_agency] == sorted(
        (line.gap for line in money.by_agency), reverse=True
    )
    assert sum(line.gap for line in money.by_source) == money.total.gap


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_page_shows_them_in_both_languages(
    office: AppContext, board: ProgrammeBoard, language: str
) -> None:
    page = show(office, board, language)
    assert page.get("lang") == language
    total = page.xpath("//section[@aria-labelledby='pending-1']//tfoot/tr")[0]
    cells = [cell.text_content().strip() for cell in total.xpath("./td")]
    (pending,) = board.pending
    sums = pending.total
    assert cells == [str(number) for number in (sums.agencies, sums.number, *sums.aged.values())]
    (row,) = (
        row
        for row in page.xpath("//table[@class='pipeline']/tbody/tr")
        if "IA-MAHAN" in row.text_content()
    )
    assert "alarm" in row.xpath("./td[last()]/@class")[0]
    assert row.xpath("./td[last()]")[0].text_content().strip() == "214"
    (gap,) = page.xpath("//section[@aria-labelledby='money-1']//tfoot/tr/td[last()]")
    assert gap.text_content() == ("₹ 9.41 crore" if language == "en" else "₹ 9.41 करोड़")


@pytest.mark.parametrize(
    ("command", "column"),
    [("pipeline", "days_pending"), ("applications", "pending"), ("money", "gap")],
)
def test_the_command_line_lists_the_same(
    office: AppContext,
    board: ProgrammeBoard,
    monkeypatch: pytest.MonkeyPatch,
    command: str,
    column: str,
) -> None:
    from cpsa.cli.command_line import app

    monkeypatch.setenv("CPSA_HOME", str(Path(office.settings.home)))
    answer = CliRunner().invoke(app, [command, QUARTER.key, "--format", "csv"])
    assert answer.exit_code == 0, answer.output
    rows = list(csv.DictReader(io.StringIO(answer.output)))
    listed = sum(int(row[column] or 0) for row in rows)
    wanted = {
        "pipeline": sum(line.steps.waiting_days for line in board.steps[0].lines),
        "applications": board.pending[0].total.number,
        "money": board.money[0].total.gap // 100,
    }
    assert listed == wanted[command]
