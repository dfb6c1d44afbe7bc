"""The list of a department's open actions, read from its PDF as an officer would copy it out.

What should be there is worked out here from the store's rows alone.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import unicodedata
from datetime import date, timedelta

import pandas as pd
import pytest
from reading import blocks, rows, section
from sample_snapshot import sample

from cpsa.calendar import IST, parse_period
from cpsa.documents.content_model import Table
from cpsa.documents.document_key import DocumentKey
from cpsa.documents.document_registry import POLICY_ACTIONS
from cpsa.documents.document_text import DocumentText
from cpsa.documents.render.renderer import Renderer
from cpsa.i18n import catalogue
from cpsa.provenance.snapshot import Snapshot

PERIOD = "2025-26-H2"
FINAL = ("not_pursued", "done")
DEPARTMENTS = sorted(sample().reference.departments)
EVERY_TIME = ("DOIC", "TECH")
needs_poppler = pytest.mark.skipif(not shutil.which("pdftotext"), reason="poppler is not installed")


def open_actions(snapshot: Snapshot, department: str, language: str) -> list[list[str]]:
    """Number, agency, request, due date, days overdue and promised date of each, in their order."""
    words, today = DocumentText(snapshot, language), snapshot.as_of.astimezone(IST).date()
    accepted = set(
        snapshot.scores.query("state == 'accepted'")[["agency", "quarter"]].itertuples(
            index=False, name=None
        )
    )
    found: list[tuple[date, str, list[str]]] = []
    for row in snapshot.actions[snapshot.actions["department"] == department].itertuples():
        given = snapshot.decisions[snapshot.decisions["number"] == row.number]
        if given["decision"].iloc[-1:].isin(FINAL).any():
            continue
        if (row.agency, row.quarter) not in accepted and given.empty:
            continue
        sent = None if pd.isna(row.sent_at) else row.sent_at.astimezone(IST).date()
        due = sent + timedelta(days=90) if sent else None
        days = (today - due).days if due else 0
        promised = given["promised_on"].dropna()
        texts = [
            row.number,
            words.agency(row.agency),
            row.request,
            words.day(due) if due else {"en": "not yet sent", "hi": "अभी नहीं भेजी गई"}[language],
            str(days) if days > 0 else "–",
            words.day(date.fromisoformat(promised.iloc[-1])) if len(promised) else "–",
        ]
        found.append((due or date.max, row.number, texts))
    return [texts for *_, texts in sorted(found)]


def squeezed(text: str) -> str:
    """Without blanks: poppler sees some inside words of Devanagari, and each cell has lines."""
    return "".join(unicodedata.normalize("NFC", text).replace("\u2060", "").split())


def pages(pdf: bytes) -> list[str]:
    """The pages' texts in the order in which the file draws them: row by row, cell by cell."""
    done = subprocess.run(
        ["pdftotext", "-raw", "-enc", "UTF-8", "-", "-"], input=pdf, capture_output=True, check=True
    )
    return [squeezed(page) for page in done.stdout.decode().split("\f")]


@needs_poppler
@pytest.mark.parametrize("language", ["en", "hi"])
@pytest.mark.parametrize(
    "department",
    [pytest.param(one, marks=() if one in EVERY_TIME else pytest.mark.slow) for one in DEPARTMENTS],
)
def test_the_page_after_the_letter_lists_every_open_action(
    renderer: Renderer, snapshot: Snapshot, department: str, language: str
) -> None:
    key = DocumentKey(POLICY_ACTIONS, parse_period(PERIOD), department, language, "pdf")
    read = pages(renderer.render(key, snapshot))
    title, letter, summary = (
        squeezed(catalogue.text(f"documents.{name}", language))
        for name in ("open_actions.title", "letter.title", "compilation.summary")
    )
    expected = open_actions(snapshot, department, language)
    if not expected:
        assert not [page for page in read if title in page]
        return
    heading = re.compile(rf"1{re.escape(title)}(?!\.)")  # in the contents dots follow it
    first = next(at for at, page in enumerate(read) if heading.search(page))
    assert letter in read[first - 1]
    printed = "".join(read[first:])
    printed = printed[heading.search(printed).start() :]  # type: ignore[union-attr]
    printed = printed[: printed.index(f"2{summary}")]
    starts = [printed.index(texts[0]) for texts in expected]
    assert starts == sorted(starts)
    for texts, start, end in zip(expected, starts, [*starts[1:], len(printed)], strict=True):
        at, of_row = 0, printed[start:end]
        for text in map(squeezed, texts):
            found = of_row.find(text, at)
            assert found >= 0, (text, of_row)
            at = found + len(text)


def test_the_sample_has_every_kind_of_open_action(snapshot: Snapshot) -> None:
    """So that the test above is worth something."""
    listed = [texts for one in DEPARTMENTS for texts in open_actions(snapshot, one, "en")]
    assert {texts[3] == "not yet sent" for texts in listed} == {True, False}
    assert {texts[4] == "–" for texts in listed} == {True, False}
    assert {texts[5] == "–" for texts in listed} == {True, False}
    assert len(listed) > 40


def test_the_reply_sheet_is_the_same_list_with_three_columns_to_fill(write) -> None:
    content = write("policy_actions", PERIOD, "MSMEDI")
    (listed,) = blocks(section(content, "open-actions"), Table)
    (sheet,) = blocks(section(content, "reply"), Table)
    assert sheet.to_fill and section(content, "reply").wide
    assert [row[:-3] for row in rows(sheet)] == rows(listed)
    assert {tuple(row[-3:]) for row in rows(sheet)} == {("", "", "")}
    titles = [column.title for column in sheet.columns]
    assert titles[:-3] == [column.title for column in listed.columns]
    assert titles[-3:] == ["Decision", "Action taken or reason", "To be done by"]


@pytest.mark.parametrize("language", ["en", "hi"])
def test_movement_per_department_adds_up_and_agrees_with_the_rows(
    write, snapshot: Snapshot, language: str
) -> None:
    """Worked out from actions and decisions alone; the start is the closing of the quarter before."""
    start = date(2025, 11, 1)
    final: dict[bool, set[str]] = {}
    for until_start in (True, False):
        decided = snapshot.decisions
        if until_start:
            days = [at.astimezone(IST).date() for at in decided["decided_at"]]
            decided = decided[[day <= start for day in days]]
        newest = decided.groupby("number")["decision"].last()
        final[until_start] = set(newest[newest.isin(FINAL)].index)
    accepted = set(
        snapshot.scores.query("state == 'accepted'")[["agency", "quarter"]].itertuples(
            index=False, name=None
        )
    )
    decided_on = set(snapshot.decisions["number"])
    own_actions = [
        row
        for row in snapshot.actions.itertuples()
        if (row.agency, row.quarter) in accepted or row.number in decided_on
    ]
    (table, *_) = blocks(
        section(write("policy_actions", PERIOD, "ALL", language), "movement"), Table
    )
    words = DocumentText(snapshot, language)
    shown = {row[0]: row[1:] for row in rows(table)}
    for code in DEPARTMENTS:
        own = [row for row in own_actions if row.department == code]
        name = words.department(code)
        assert (name in shown) == bool(own)
        if not own:
            continue
        earlier = [row for row in own if row.quarter < "2025-26-Q3"]
        moving = [row for row in own if row.number not in final[True]]
        expected = [
            sum(row.number not in final[True] for row in earlier),
            len(own) - len(earlier),
            sum(_newest(snapshot, row.number) == "done" for row in moving),
            sum(_newest(snapshot, row.number) == "not_pursued" for row in moving),
            sum(row.number not in final[False] for row in own),
        ]
        assert shown[name][:5] == list(map(str, expected)), code
        assert expected[0] + expected[1] - expected[2] - expected[3] == expected[4]
    total = [cell.text for cell in table.total][1:6]
    assert total == [str(sum(int(row[place]) for row in shown.values())) for place in range(5)]


def _newest(snapshot: Snapshot, number: str) -> str:
    given = snapshot.decisions[snapshot.decisions["number"] == number]["decision"]
    return given.iloc[-1] if len(given) else ""


def test_the_consolidated_compilation_prints_the_requests(write, snapshot: Snapshot) -> None:
    content = write("policy_actions", PERIOD, "ALL")
    requests = snapshot.actions.set_index("number")["request"]
    tables = blocks(section(content, "asked"), Table)
    assert tables
    for table in tables:
        for row in rows(table):
            assert row[4] == requests[row[0]]
