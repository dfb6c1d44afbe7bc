"""The restatement note: every printed figure that changed since documents were sent, and why.

Goes with the documents that replace the earlier ones. It is no part of a period's plan: which note
there is depends on what a department was sent. What must not go here: finding what was sent.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pandas as pd

from cpsa.documents.differences import Changed, changed
from cpsa.documents.keys import DocumentKey
from cpsa.documents.model import Content, Paragraph, Section, Table
from cpsa.documents.parts import (
    code,
    column,
    document,
    number,
    own_words,
    plain,
    present,
    section,
    table,
)
from cpsa.documents.words import NONE, Words


@dataclass(frozen=True)
class Edition:
    """A document as it was sent before and as it is sent now; ``mail`` is the earlier mail's
    reference. Where its earlier content cannot be built again, ``old`` is None."""

    key: DocumentKey
    mail: str
    sent_at: datetime
    old: Content | None
    new: Content


@dataclass(frozen=True)
class _Restated:
    """One figure, however often it was restated: what it was first and what it is now."""

    row: Any
    old: int | None
    new: int | None
    reasons: tuple[str, ...]


def content(
    key: DocumentKey, words: Words, department: str, editions: Sequence[Edition], since: datetime
) -> Content:
    """What the note says. ``words`` are those of the snapshot as it is now; ``since``: as of when
    the earliest of the earlier documents was."""
    restated = _restated(words, since)
    return document(
        words,
        key,
        words.department(department),
        (
            _replaced(words, editions),
            _causes(words, restated),
            *(_printed(words, one, restated) for one in editions),
        ),
        own_page=False,
        note=words("note.note"),
    )


def _replaced(words: Words, editions: Sequence[Edition]) -> Section:
    rows = [
        (
            plain(one.new.title),
            code(one.key.reference),
            code(one.mail),
            plain(words.day(one.sent_at)),
        )
        for one in editions
    ]
    columns = (
        column(words("note.document"), 3),
        column(words("cover.reference"), 2.6),
        column(words("note.mail"), 2.6),
        column(words("note.sent_on"), 0),
    )
    title = words("note.replaced")
    return section("replaced", title, (table("", columns, rows),), title)


def _causes(words: Words, restated: Sequence[_Restated]) -> Section:
    found = None
    if restated:
        found = table(
            "",
            (
                column(words("note.number"), 0, figure=True),
                column(words("quarter"), 0),
                column(words("code"), 0),
                column(words("indicator"), 4),
                column(words("restatements.old"), 1.5, figure=True),
                column(words("restatements.new"), 1.5, figure=True),
                column(words("restatements.reason"), 4),
                column(words("restatements.at"), 0),
            ),
            (_cause(words, at, one) for at, one in enumerate(restated, 1)),
            dense=True,
        )
    return section("restated", words("note.restated"), (found,), words("note.nothing_restated"))


def _cause(words: Words, at: int, one: _Restated) -> tuple:
    known = words.snapshot.framework.by_code.get(one.row.indicator)
    unit = known.unit if known else "count"
    label = words.indicator(one.row.indicator)
    if present(one.row.dimension):
        label = f"{label} ({words.dimension(one.row.dimension)})"
    return (
        number(str(at)),
        code(one.row.quarter),
        code(one.row.agency),
        plain(f"{one.row.indicator} · {label}"),
        number(words.in_full(one.old, unit)),
        number(words.in_full(one.new, unit)),
        own_words("; ".join(one.reasons)),
        plain(words.day(one.row.at)),
    )


def _printed(words: Words, one: Edition, restated: Sequence[_Restated]) -> Section:
    """Where in one document figures changed, table by table."""
    title = words("note.printed", document=one.new.title)
    id = f"printed-{one.key.kind}-{one.key.period.key}-{one.key.subject}"
    if one.old is None:
        return section(id, title, (Paragraph(words("note.not_known")),), title)
    found = changed(one.old, one.new)
    return section(id, title, _tables(words, found, restated), words("note.nothing_printed"))


def _tables(
    words: Words, found: Sequence[Changed], restated: Sequence[_Restated]
) -> Iterator[Table]:
    columns = (
        column(words("note.row"), 3.2),
        column(words("note.column"), 1.8),
        column(words("restatements.old"), 2.6, figure=True),
        column(words("restatements.new"), 2.6, figure=True),
        column(words("note.because"), 1.6),
    )
    places = dict.fromkeys((one.place.section, one.place.table) for one in found)
    for section_title, caption in places:
        rows = [
            (
                plain(one.place.row or NONE),
                plain(one.place.column or NONE),
                number(one.old or NONE),
                number(one.new or NONE),
                plain(_because(words, one, restated)),
            )
            for one in found
            if (one.place.section, one.place.table) == (section_title, caption)
        ]
        where = " · ".join(filter(None, (section_title, caption))) or words("note.cover")
        yield table(where, columns, rows, dense=True)


def _because(words: Words, one: Changed, restated: Sequence[_Restated]) -> str:
    """The numbers of the restated figures behind it, as far as its place names them."""
    if not restated:
        return words("note.recorded")
    place = f" {one.place.table} {one.place.row} "
    of_agency = [at for at, it in enumerate(restated, 1) if it.row.agency in place]
    exact = [at for at in of_agency if f" {restated[at - 1].row.indicator} " in place]
    if numbers := exact or of_agency:
        return words("note.numbers", numbers=_spans(numbers))
    return words("note.derived")


def _spans(numbers: Iterable[int]) -> str:
    """``1–4, 7`` for 1, 2, 3, 4, 7."""
    spans: list[list[int]] = []
    for one in numbers:
        if spans and one == spans[-1][-1] + 1:
            spans[-1][1:] = [one]
        else:
            spans.append([one])
    return ", ".join("–".join(map(str, span)) for span in spans)


def _restated(words: Words, since: datetime) -> tuple[_Restated, ...]:
    rows = words.snapshot.restatements
    if len(rows):
        rows = rows[rows["at"] > since]
    if not len(rows):
        return ()
    place = ["quarter", "agency", "indicator", "dimension"]
    found = []
    for _, group in rows.sort_values([*place, "at"], kind="stable").groupby(place, dropna=False):
        steps = list(group.itertuples(index=False))
        old, new = _known(steps[0].old), _known(steps[-1].new)
        if old != new:
            reasons = tuple(dict.fromkeys(one.reason for one in steps if present(one.reason)))
            found.append(_Restated(steps[-1], old, new, reasons))
    return tuple(found)


def _known(value: object) -> int | None:
    return None if pd.isna(value) else int(value)  # type: ignore[call-overload, arg-type]
