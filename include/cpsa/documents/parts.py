"""The pieces all documents share: cells, covers, and the findings and entries agencies sent.

What must not go here: anything only one kind of document has.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import count
from typing import Any

import pandas as pd

from cpsa.calendar import IST
from cpsa.documents import codes
from cpsa.documents.keys import DocumentKey, Kind
from cpsa.documents.model import (
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
from cpsa.documents.origin import Origin
from cpsa.documents.words import NONE, Words
from cpsa.submissions import finding as check_finding
from cpsa.submissions.open_finding import AT_CLOSING, rules_for_cpsa

STATE_TONES = {"accepted": Tone.GOOD}
URGENCY_TONES = {"high": Tone.BAD, "medium": Tone.WATCH, "low": Tone.MUTED}
URGENCIES = ("high", "medium", "low")
UNCONFIRMED = "*"
LIMITED = "†"
"""Behind a figure that is to be confirmed, or that contains one."""
CARRIED = "†"
"""Behind a score that is carried over from an earlier quarter."""


def plain(text: str) -> Cell:
    return Cell(text)


def code(text: str) -> Cell:
    return Cell(text, CellKind.CODE)


def number(
    text: str,
    ratio: float | None = None,
    tone: Tone = Tone.PLAIN,
    *,
    mark: str = "",
    origin: Origin | None = None,
) -> Cell:
    return Cell(text, CellKind.FIGURE, tone, ratio, mark, origin=origin)


def own_words(text: object) -> Cell:
    return Cell(said(text) or NONE, CellKind.OWN_WORDS)


def status(words: Words, score: Any) -> Cell:
    """The status of a row of scores; its mark is explained by ``limited_statuses`` below a table."""
    mark = f" {LIMITED}" if words.is_limited(score) else ""
    return Cell(
        f"{words.status(score.status)}{mark}", CellKind.STATUS, status_tone(words, score.status)
    )


def limited_statuses(words: Words, scores: pd.DataFrame) -> Paragraph | None:
    """How many of these scores have a status that coverage limits; None where none has."""
    limited = sum(words.is_limited(row) for row in scores.itertuples(index=False))
    if not limited:
        return None
    note = words.counted("status_limited_count", limited)
    return Paragraph(f"{LIMITED} {note}")


def status_tone(words: Words, code: str) -> Tone:
    return Tone(words.snapshot.framework.statuses[code].tone)


def state(words: Words, value: str) -> Cell:
    tone = STATE_TONES.get(value, Tone.WATCH)
    return Cell(words.state(value), CellKind.STATUS, tone)


def urgency(words: Words, value: object) -> Cell:
    if value not in URGENCY_TONES:
        return plain(NONE)
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


def column(title: str, width: float = 1.0, *, figure: bool = False) -> Column:
    return Column(title, width, figure)


def section(id: str, title: str, blocks: Iterable[Any], empty: str, **layout: bool) -> Section:
    """A section; one with nothing in it says so in a sentence."""
    held = tuple(block for block in blocks if block is not None)
    return Section(id, title, held or (Nothing(empty),), **layout)


def ratio(value: float | None) -> float | None:
    """What a bar can show: within 0 and 1, short enough to print the same everywhere."""
    if value is None or not present(value):
        return None
    return round(min(max(float(value), 0.0), 1.0), 4)


def share(part: int, whole: int) -> float | None:
    return part / whole if whole else None


def present(value: object) -> bool:
    """Whether a cell of a frame holds something."""
    return not pd.isna(value) and value != ""


def said(value: object) -> str:
    """An entry's text with its line breaks and runs of blanks made single blanks."""
    return " ".join(str(value).split()) if present(value) else ""


def document(
    words: Words,
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
    held = (
        (words("cover.reference"), key.reference),
        (words("cover.as_of"), words.day(as_of)),
        *_quarters_not_included(words, key),
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
            facts=tuple(Fact(label, value) for label, value in held),
            own_page=own_page,
            note=note,
        ),
        sections=_numbered(words, key, sections),
        wording=Wording(words("contents"), words("page")),
        contents=own_page,
    )


def _quarters_not_included(words: Words, key: DocumentKey) -> list[tuple[str, str]]:
    """Which quarters a half-year or year lacks, since the programme began later."""
    closed = set(words.snapshot.closings["quarter"])
    lacking = [quarter for quarter in key.period.quarters if quarter.key not in closed]
    if not lacking:
        return []
    names = ", ".join(words.period(quarter) for quarter in lacking)
    return [(words("cover.not_included"), words("cover.before_programme", quarters=names))]


def _numbered(words: Words, key: DocumentKey, sections: Iterable[Section]) -> tuple[Section, ...]:
    """Each table and chart with its number, each table with its code. The tables of a note have no
    code: it is on no shelf where a code could find it."""
    tables, charts = count(1), count(1)
    on_a_shelf = key.kind is not Kind.RESTATEMENT_NOTE

    def numbered(block: Block) -> Block:
        match block:
            case Table():
                number = next(tables)
                held = codes.of_table(key.reference, number) if on_a_shelf else ""
                return replace(block, code=held, label=words("table", number=number))
            case Bars() | Trend():
                return replace(block, label=words("figure", number=next(charts)))
        return block

    return tuple(replace(one, blocks=tuple(map(numbered, one.blocks))) for one in sections)


def findings_of(words: Words, agency: str, quarter: str) -> pd.DataFrame:
    """The agency's findings of its current submission and of closing, that it can answer."""
    rows = words.snapshot.of("findings", agency=agency, quarter=quarter)
    facts = words.snapshot.of("facts", agency=agency, quarter=quarter)
    version = facts["version"].max() if len(facts) else rows["version"].max()
    rows = rows[(rows["version"] == AT_CLOSING) | (rows["version"] == version)]
    rows = rows[~rows["rule"].isin(rules_for_cpsa(words.snapshot.framework))]
    return rows.drop_duplicates(["rule", "indicator", "dimension"], keep="last")


def in_order_of_weight(words: Words, rows: pd.DataFrame | Iterable[Any]) -> list[Any]:
    """Findings as rows, errors first, the most consequential first."""
    rules = words.snapshot.framework.rules

    def weight(row: Any) -> tuple[Any, ...]:
        rank = rules[row.rule].rank if row.rule in rules else len(rules)
        return row.severity != "error", rank, row.indicator, row.dimension

    held = rows.itertuples(index=False) if isinstance(rows, pd.DataFrame) else rows
    return sorted(held, key=weight)


def message(words: Words, row: Any) -> str:
    """What a finding says in the document's language; its title where the rule is unknown."""
    fields = ("rule", "agency", "quarter", "indicator", "dimension", "observed", "expected")
    held = {name: str(value) if present(value := getattr(row, name)) else "" for name in fields}
    if held["rule"] not in words.snapshot.framework.rules:
        return held["rule"]
    return check_finding.message(held, words.snapshot.framework, words.language)


def findings_table(words: Words, rows: Sequence[Any], caption: str = "") -> Table | None:
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
            (code(row.rule), severity(words, row.severity), plain(message(words, row)))
            for row in rows
        ),
    )


def severity(words: Words, value: str) -> Cell:
    tone = Tone.BAD if value == "error" else Tone.WATCH
    return Cell(words(f"severity.{value}"), CellKind.STATUS, tone)
