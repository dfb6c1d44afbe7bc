"""Makes the photographs of docs/pictures/ from the sample programme: ``python -m docs.make_pictures``.

The board, a page of a document, and a marked workbook, as people see them. It needs Chromium, LibreOffice and poppler, and
takes about two minutes. Run it when looks change; nothing compares the pictures.
"""

from __future__ import annotations

import io
import os
import subprocess
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any
from unittest.mock import patch

import openpyxl
from PIL import Image, ImageChops
from playwright.sync_api import sync_playwright
from starlette.testclient import TestClient
from tests.factories import SAMPLE
from tests.unit.documents.sample_snapshot import sample

from cpsa.calendar import Quarter, parse_period
from cpsa.documents.document_key import DocumentKey
from cpsa.documents.document_registry import get_kind
from cpsa.documents.render.pdf import list_bundled_fonts
from cpsa.documents.render.renderer import Renderer
from cpsa.intake.readers.csv_reader import read_csv_update
from cpsa.services.app_context import AppContext
from cpsa.services.collection.collect_inbox import collect_inbox
from cpsa.services.collection.collect_updates import collect_updates
from cpsa.services.quarter.check_updates import check_quarter
from cpsa.services.quarter.close_quarter import close_quarter
from cpsa.services.quarter.load_registry import load_registry
from cpsa.services.quarter.open_quarter import open_quarter
from cpsa.services.quarter.request_update import request_update
from cpsa.services.workbooks.build_template import build_template
from cpsa.services.workbooks.mark_workbook import mark_workbook
from cpsa.settings import from_environment
from cpsa.store import database
from cpsa.submissions.update import Update

PICTURES = Path(__file__).resolve().parent / "pictures"
CHROMIUM = "/usr/bin/chromium"
CLOSED, OPEN = (
    Quarter.parse(folder.name) for folder in sorted((SAMPLE / "updates").iterdir())[-2:]
)
SCANNED_AT = OPEN.opens_at + timedelta(days=15)
NOT_YET_SENT = ("FC-UJJ", "IA-GUBRI", "IA-MAHAN", "IA-UJPLA")
BY_WORKBOOK = "FC-BHO"
# What the officer got wrong in the workbook: a word for a number, a part above its total, a blank.
FAULTS: dict[str, object] = {
    "in_FA1_total": "about 40",
    "in_FA3_micro": 90,
    "in_FW1_total": None,
}
MARKED_PAGES = (1, 4)  # of the workbook as it is printed
LARGEST_BYTES = 150_000


def make_pictures() -> None:
    """All of them."""
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        # Programs find the bundled fonts by this, on a machine that has none for Hindi.
        fonts = home / "share" / "fonts"
        fonts.parent.mkdir()
        fonts.symlink_to(list_bundled_fonts()[0])
        environment = {**os.environ, "XDG_DATA_HOME": str(fonts.parent)}
        context = _replay_sample(home)
        workbook = _send_faulty_workbook(context, home)
        _save(_photograph_board(context, environment), "board.png")
        _save(_photograph_workbook(workbook, home, environment), "marked-workbook.png")
        _save(_photograph_document(home), "document.png")


def _replay_sample(home: Path) -> AppContext:
    """A store with the two newest quarters of the sample: one closed, one of which updates are missing."""
    settings = from_environment({"CPSA_HOME": str(home)})
    database.upgrade_schema(database.open_engine(settings.database_url))
    context = AppContext.from_settings(settings)
    load_registry(context, SAMPLE / "registry", CLOSED.opens_at)
    for quarter in (CLOSED, OPEN):
        open_quarter(context, quarter, quarter.opens_at, "ops")
        files = sorted((SAMPLE / "updates" / quarter.key).iterdir())
        with database.read_transaction(context.engine) as connection:
            agencies = context.load_register(connection).forms_in(quarter.key)
        for agency in agencies:
            request_update(
                context, agency, quarter, "by telephone", "ops", quarter.opens_at, quarter.opens_at
            )
        sent = [file for file in files if quarter == CLOSED or file.stem not in NOT_YET_SENT]
        for number, file in enumerate(sent):
            at = quarter.opens_at + timedelta(days=4, hours=11 * number)
            if file.stem != BY_WORKBOOK or quarter == CLOSED:
                collect_updates(context, file, at)
        check_quarter(context, quarter, quarter.opens_at + timedelta(days=14))
        if quarter == CLOSED:
            close_quarter(context, quarter, quarter.closes_at, "ops")
    return context


def _send_faulty_workbook(context: AppContext, home: Path) -> bytes:
    """The workbook of an agency with faults, as it goes back with its marks."""
    update = read_csv_update((SAMPLE / "updates" / OPEN.key / f"{BY_WORKBOOK}.csv").read_bytes())
    assert isinstance(update, Update)
    values: dict[str, object] = {
        f"in_{cell.indicator}_{cell.dimension or 'total'}": cell.text for cell in update.cells
    }
    book = openpyxl.load_workbook(io.BytesIO(build_template(context, BY_WORKBOOK, OPEN)))
    for name, value in (values | FAULTS).items():
        ((sheet, place),) = book.defined_names[name].destinations
        book[sheet][place.replace("$", "")] = value
    file = home / "sent" / OPEN.key / f"{BY_WORKBOOK}.xlsx"
    file.parent.mkdir(parents=True)
    book.save(file)
    collect_updates(context, file, SCANNED_AT - timedelta(days=1))
    check_quarter(context, OPEN, SCANNED_AT)
    marked = mark_workbook(context, BY_WORKBOOK, OPEN, 1, "en")
    assert marked is not None
    return marked


def _photograph_board(context: AppContext, environment: Mapping[str, str]) -> Image.Image:
    collect_inbox(context, SCANNED_AT)  # which is empty, and was scanned
    with _open_board(context) as visitor, sync_playwright() as browsers:
        html = visitor.get(f"/quarter/{OPEN.key}?language=en").text
        browser = browsers.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox"], env=dict(environment)
        )
        page = browser.new_page(viewport={"width": 1200, "height": 1000})
        page.set_content(html)
        page.add_style_tag(content=visitor.get("/board.css").text)
        picture = page.screenshot()
        browser.close()
    return Image.open(io.BytesIO(picture))


@contextmanager
def _open_board(context: AppContext) -> Iterator[TestClient]:
    """The board as ops see it, without Airflow's login and without runs."""
    from airflow.api_fastapi.core_api.security import get_user

    from cpsa.web.board.board_pages import BoardPages
    from cpsa.web.board.scheduler_state import SchedulerState
    from cpsa_airflow.board import board_app, page_responses, request_context
    from cpsa_airflow.board.board_roles import is_ops, require_ops, require_viewer

    at = request_context.BoardContext(context, BoardPages(context.settings.templates), SCANNED_AT)

    def load_state(airflow: str, steps: list[Any]) -> SchedulerState:
        return SchedulerState([], [], {step: f"{airflow}/dags/{step[0]}/runs" for step in steps})

    overrides = {
        request_context.open_board_context: lambda: at,
        get_user: lambda: None,
        require_viewer: lambda: None,
        require_ops: lambda: None,
        is_ops: lambda: True,
        board_app.get_state_loader: lambda: load_state,
    }
    with (
        patch.dict(board_app.app.dependency_overrides, overrides),
        patch.object(board_app, "open_board_context", lambda: at),
        patch.object(page_responses, "open_board_context", lambda: at),
    ):
        yield TestClient(board_app.app, root_path="/cpsa", follow_redirects=False)


def _photograph_workbook(content: bytes, home: Path, environment: Mapping[str, str]) -> Image.Image:
    """The sheet that lists what to correct, and the first with marks, as LibreOffice prints them."""
    file = home / "marked.xlsx"
    file.write_bytes(content)
    profile = f"-env:UserInstallation=file://{home / 'profile'}"
    subprocess.run(
        ["soffice", profile, "--headless", "--convert-to", "pdf", "--outdir", home, file],
        check=True,
        capture_output=True,
        env=environment,
    )
    sheets = [_cut_margins(_photograph_page(home / "marked.pdf", page)) for page in MARKED_PAGES]
    return _put_together(sheets, beside=False)


def _photograph_document(home: Path) -> Image.Image:
    """Two pages of the learning document in Hindi."""
    key = DocumentKey(get_kind("learning"), parse_period("2025-26-H2"), "STATE", "hi", "pdf")
    file = home / "learning.pdf"
    file.write_bytes(Renderer(SAMPLE.parent / "templates").render(key, sample()))
    return _put_together([_photograph_page(file, page) for page in (2, 3)], beside=True)


def _photograph_page(pdf: Path, number: int) -> Image.Image:
    place = pdf.with_suffix("")
    page = ["-f", str(number), "-l", str(number), "-singlefile"]
    subprocess.run(["pdftoppm", "-png", "-r", "70", *page, pdf, place], check=True)
    with Image.open(place.with_suffix(".png")) as picture:
        return picture.convert("RGB")


def _cut_margins(picture: Image.Image) -> Image.Image:
    white = Image.new("RGB", picture.size, "white")
    left, top, right, bottom = ImageChops.difference(picture, white).getbbox() or (0, 0, 1, 1)
    return picture.crop((left - 8, top - 8, right + 8, bottom + 8))


def _put_together(pictures: Sequence[Image.Image], beside: bool) -> Image.Image:
    """Pictures beside or below each other, with a line of grey between them."""
    gap = 12
    widths, heights = zip(*(picture.size for picture in pictures), strict=True)
    joint = gap * (len(pictures) - 1)
    size = (sum(widths) + joint, max(heights)) if beside else (max(widths), sum(heights) + joint)
    whole = Image.new("RGB", size, "#d8d8d8")
    at = 0
    for picture in pictures:
        whole.paste(picture, (at, 0) if beside else (0, at))
        at += (picture.width if beside else picture.height) + gap
    return whole


def _save(picture: Image.Image, name: str) -> None:
    """As a small PNG: few colours are enough for pages."""
    file = PICTURES / name
    picture.convert("RGB").quantize(64).save(file, optimize=True)
    assert file.stat().st_size < LARGEST_BYTES, f"{name}: {file.stat().st_size} bytes"


if __name__ == "__main__":
    make_pictures()
