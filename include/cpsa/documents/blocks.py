"""The pieces all documents share: cells, covers, and the findings and entries agencies sent.

What must not go here: anything only one kind of document has.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import count
from typing import Any

import pandas as pd

from cpsa.calendar import IST
from cpsa.documents.content_model import (
    Bars,
    Block,
    Cell,
    CellKind,
    Column,
    Content,
    Cover,
    Fact,
    Nothing,
    Paragraph,
    Rows,
    Section,
    Table,
    Tone,
    Trend,
    Wording,
)
from cpsa.documents.document_key import DocumentKey
from cpsa.documents.document_text import DocumentText
from cpsa.documents.quote_languages import mark_other_languages
from cpsa.figures import NO_FIGURE
from cpsa.provenance import table_codes
from cpsa.provenance.check_summary import describe_finding
from cpsa.provenance.origin import Origin
from cpsa.provenance.snapshot import has_value, to_single_line
from cpsa.submissions.state import SubmissionState

STATE_TONES: Mapping[str, Tone] = {SubmissionState.ACCEPTED: Tone.GOOD}
URGENCY_TONES = {"high": Tone.BAD, "medium": Tone.WATCH, "low": Tone.MUTED}
URGENCIES = ("high", "medium", "low")
UNCONFIRMED = "*"
LIMITED = "†"
"""Behind a figure that is to be confirmed, or that contains one."""
CARRIED = "†"
"""Behind a score that is carried over from an earlier quarter."""


def text_cell(text: str) -> Cell:
    return Cell(text)


def code_cell(text: str) -> Cell:
    return Cell(text, CellKind.CODE)


def figure_cell(
    text: str,
    ratio: float | None = None,
    tone: Tone = Tone.PLAIN,
    *,
    mark: str = "",
    origin: Origin | None = None,
) -> Cell:
    return Cell(text, CellKind.FIGURE, tone, ratio, mark, origin=origin)


def quoted_cell(text: object) -> Cell:
    return Cell(to_single_line(text) or NO_FIGURE, CellKind.OWN_WORDS)


def status_cell(words: DocumentText, score: Any) -> Cell:
    """The status of a row of scores; its mark is explained by ``make_limited_note`` below a table."""
    mark = f" {LIMITED}" if words.is_limited(score) else ""
    return Cell(
        f"{words.status(score.status)}{mark}", CellKind.STATUS, status_tone(words, score.status)
    )


def make_limited_note(words: DocumentText, scores: pd.DataFrame) -> Paragraph | None:
    """How many of these scores have a status that coverage limits; None where none has."""
    limited = sum(words.is_limited(row) for row in scores.itertuples(index=False))
    if not limited:
        return None
    note = words.count("status_limited_count", limited)
    return Paragraph(f"{LIMITED} {note}")


def status_tone(words: DocumentText, code: str) -> Tone:
    return Tone(words.snapshot.framework.statuses[code].tone)


def state_cell(words: DocumentText, value: str) -> Cell:
    tone = STATE_TONES.get(value, Tone.WATCH)
    return Cell(words.state(value), CellKind.STATUS, tone)


def urgency_cell(words: DocumentText, value: object) -> Cell:
    if value not in URGENCY_TONES:
        return text_cell(NO_FIGURE)
    return Cell(words(f"urgency.{value}"), CellKind.STATUS, URGENCY_TONES[str(value)])


def table(
    caption: str,
    columns: Sequence[Column],
    rows: Iterable[Sequence[Cell]] = (),
    *,
    bodies: Iterable[Rows] = (),
    total: Sequence[Cell] = (),
    dense: bool = False,
    to_fill: bool = False,
) -> Table:
    """A table of plain rows, or of bodies under their own titles."""
    plain_rows = tuple(tuple(row) for row in rows)
    parts = (Rows(plain_rows),) if plain_rows else tuple(bodies)
    return Table(caption, tuple(columns), parts, tuple(total), dense, to_fill)


def drop_empty_columns(whole: Table, first: int) -> Table:
    """The table without those columns, from the given place on, in which no row has anything."""
    rows = [row for body in whole.bodies for row in body.rows]
    kept = [
        place
        for place in range(len(whole.columns))
        if place < first or any(row[place].text not in ("", NO_FIGURE) for row in rows)
    ]

    def select(cells: Sequence[Any]) -> tuple[Any, ...]:
        return tuple(cells[place] for place in kept)

    bodies = tuple(replace(body, rows=tuple(map(select, body.rows))) for body in whole.bodies)
    return replace(whole, columns=select(whole.columns), bodies=bodies)


def column(title: str, width: float = 1.0, *, figure: bool = False) -> Column:
    return Column(title, width, figure)


def section(id: str, title: str, blocks: Iterable[Any], empty: str, **layout: bool) -> Section:
    """A section; one with nothing in it says so in a sentence."""
    shown_blocks = tuple(block for block in blocks if block is not None)
    return Section(id, title, shown_blocks or (Nothing(empty),), **layout)


def limit_ratio(value: float | None) -> float | None:
    """What a bar can show: within 0 and 1, short enough to print the same everywhere."""
    if value is None or not has_value(value):
        return None
    return round(min(max(float(value), 0.0), 1.0), 4)


def build_document(
    words: DocumentText,
    key: DocumentKey,
    subject: str,
    sections: Iterable[Section],
    *,
    facts: Iterable[tuple[str, str]] = (),
    own_page: bool = True,
    note: str = "",
) -> Content:
    """A whole document: its cover with number, period and date, and its sections; one whose cover
    has a page of its own lists its contents."""
    kind = words(f"kind.{key.kind}")
    period = words.period(key.period)
    as_of = words.snapshot.as_of
    cover_facts = (
        (words("cover.reference"), key.reference),
        (words("cover.as_of"), words.day(as_of)),
        *_describe_missing_quarters(words, key),
        *facts,
    )
    return Content(
        language=key.language,
        title=f"{kind}: {subject}, {period}",
        reference=key.reference,
        date=as_of.astimezone(IST).date().isoformat(),
        cover=Cover(
            programme=words("programme"),
            kind=kind,
            subject=subject,
            period=period,
            facts=tuple(Fact(label, value) for label, value in cover_facts),
            own_page=own_page,
            note=note,
        ),
        sections=mark_other_languages(words, _number_blocks(words, key, sections)),
        wording=Wording(words("contents"), words("page"), _make_code_pattern(words)),
        contents=own_page,
    )


def _make_code_pattern(words: DocumentText) -> str:
    """An agency's code begins with its form's."""
    return f"({'|'.join(map(re.escape, words.snapshot.framework.scored_forms))})-[A-Z0-9]+"


def _describe_missing_quarters(words: DocumentText, key: DocumentKey) -> list[tuple[str, str]]:
    """Which quarters a half-year or year lacks, since the programme began later."""
    closed = set(words.snapshot.closings["quarter"])
    lacking = [quarter for quarter in key.period.quarters if quarter.key not in closed]
    if not lacking:
        return []
    names = ", ".join(words.period(quarter) for quarter in lacking)
    return [(words("cover.not_included"), words("cover.before_programme", quarters=names))]


def _number_blocks(
    words: DocumentText, key: DocumentKey, sections: Iterable[Section]
) -> tuple[Section, ...]:
    """Each table and chart with its number, each table with its code. The tables of a note have no
    code: the document index does not list notes, so no code could find them."""
    tables, charts = count(1), count(1)
    has_codes = key.kind.has_table_codes

    def number_block(block: Block) -> Block:
        match block:
            case Table():
                number = next(tables)
                table_code = table_codes.make_table_code(key.reference, number) if has_codes else ""
                return replace(block, code=table_code, label=words("table", number=number))
            case Bars() | Trend():
                return replace(block, label=words("figure", number=next(charts)))
        return block

    numbered = tuple(
        replace(numbered_section, blocks=tuple(map(number_block, numbered_section.blocks)))
        for numbered_section in sections
    )
    return _name_tables(words, numbered)


def _name_tables(words: DocumentText, sections: tuple[Section, ...]) -> tuple[Section, ...]:
    """The numbers and codes of tables behind each paragraph that rests on them."""
    names = {
        section.id: ", ".join(
            " ".join(filter(None, (block.label, f"({block.code})" if block.code else "")))
            for block in section.blocks
            if isinstance(block, Table)
        )
        for section in sections
    }

    def name_tables(block: Block) -> Block:
        if not (isinstance(block, Paragraph) and names.get(block.about)):
            return block
        return replace(block, text=words("about", text=block.text, tables=names[block.about]))

    return tuple(
        replace(section, blocks=tuple(map(name_tables, section.blocks))) for section in sections
    )


def findings_table(words: DocumentText, rows: Sequence[Any], caption: str = "") -> Table | None:
    if not rows:
        return None
    return table(
        caption,
        (
            column(words("findings.rule"), 0),
            column(words("findings.severity"), 0),
            column(words("findings.message"), 6),
        ),
        (
            (
                code_cell(row.rule),
                severity_cell(words, row.severity),
                text_cell(describe_finding(words.snapshot, row, words.language)),
            )
            for row in rows
        ),
    )


def severity_cell(words: DocumentText, value: str) -> Cell:
    tone = Tone.BAD if value == "error" else Tone.WATCH
    return Cell(words(f"severity.{value}"), CellKind.STATUS, tone)
