"""The restatement note: every printed figure that changed since documents were sent, and why.

Goes with the documents that replace the earlier ones. It is no part of a period's plan: which note
there is depends on what a department was sent. What must not go here: finding what was sent.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from cpsa.documents.blocks import (
    build_document,
    code_cell,
    column,
    figure_cell,
    quoted_cell,
    section,
    table,
    text_cell,
)
from cpsa.documents.content_model import Content, Paragraph, Section, Table
from cpsa.documents.document_key import DocumentKey
from cpsa.documents.document_text import DocumentText
from cpsa.documents.edition_differences import FigureDifference, list_differences
from cpsa.figures import NO_FIGURE
from cpsa.provenance.snapshot import has_value, to_int


@dataclass(frozen=True)
class ComparedEdition:
    """A document as it was sent before and as it is sent now; ``mail`` is the earlier mail's
    reference. Where its earlier content cannot be built again, ``old`` is None."""

    key: DocumentKey
    mail: str
    sent_at: datetime
    old: Content | None
    new: Content


@dataclass(frozen=True)
class _RestatedFigure:
    """One figure, however often it was restated: what it was first and what it is now."""

    row: Any
    old: int | None
    new: int | None
    reasons: tuple[str, ...]


def build_restatement_note(
    key: DocumentKey,
    words: DocumentText,
    department: str,
    editions: Sequence[ComparedEdition],
    since: datetime,
) -> Content:
    """Build the note. ``words`` are those of the snapshot as it is now; ``since``: as of when
    the earliest of the earlier documents was."""
    restated = _find_restated_figures(words, since)
    return build_document(
        words,
        key,
        words.department(department),
        (
            _build_replaced_section(words, editions),
            _build_causes_section(words, restated),
            *(_build_printed_section(words, edition, restated) for edition in editions),
        ),
        own_page=False,
        note=words("note.note"),
    )


def _build_replaced_section(words: DocumentText, editions: Sequence[ComparedEdition]) -> Section:
    rows = [
        (
            text_cell(edition.new.title),
            code_cell(edition.key.reference),
            code_cell(edition.mail),
            text_cell(words.day(edition.sent_at)),
        )
        for edition in editions
    ]
    columns = (
        column(words("note.document"), 3),
        column(words("cover.reference"), 2.6),
        column(words("note.mail"), 2.6),
        column(words("note.sent_on"), 0),
    )
    title = words("note.replaced")
    return section("replaced", title, (table("", columns, rows),), title)


def _build_causes_section(words: DocumentText, restated: Sequence[_RestatedFigure]) -> Section:
    causes = None
    if restated:
        causes = table(
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
            (
                _make_cause_row(words, position, figure)
                for position, figure in enumerate(restated, 1)
            ),
            dense=True,
        )
    return section("restated", words("note.restated"), (causes,), words("note.nothing_restated"))


def _make_cause_row(words: DocumentText, position: int, figure: _RestatedFigure) -> tuple[Any, ...]:
    known = words.snapshot.framework.by_code.get(figure.row.indicator)
    unit = known.unit if known else "count"
    label = words.indicator(figure.row.indicator)
    if has_value(figure.row.dimension):
        label = f"{label} ({words.dimension(figure.row.dimension)})"
    return (
        figure_cell(str(position)),
        code_cell(figure.row.quarter),
        code_cell(figure.row.agency),
        text_cell(f"{figure.row.indicator} · {label}"),
        figure_cell(words.in_full(figure.old, unit)),
        figure_cell(words.in_full(figure.new, unit)),
        quoted_cell("; ".join(figure.reasons)),
        text_cell(words.day(figure.row.at)),
    )


def _build_printed_section(
    words: DocumentText, edition: ComparedEdition, restated: Sequence[_RestatedFigure]
) -> Section:
    """Where in one document figures changed, table by table."""
    title = words("note.printed", document=edition.new.title)
    id = f"printed-{edition.key.kind}-{edition.key.period.key}-{edition.key.subject}"
    if edition.old is None:
        return section(id, title, (Paragraph(words("note.not_known")),), title)
    changes = list_differences(edition.old, edition.new)
    return section(id, title, _make_tables(words, changes, restated), words("note.nothing_printed"))


def _make_tables(
    words: DocumentText, changes: Sequence[FigureDifference], restated: Sequence[_RestatedFigure]
) -> Iterator[Table]:
    columns = (
        column(words("note.row"), 3.2),
        column(words("note.column"), 1.8),
        column(words("restatements.old"), 2.6, figure=True),
        column(words("restatements.new"), 2.6, figure=True),
        column(words("note.because"), 1.6),
    )
    places = dict.fromkeys((change.place.section, change.place.table) for change in changes)
    for section_title, caption in places:
        rows = [
            (
                text_cell(change.place.row or NO_FIGURE),
                text_cell(change.place.column or NO_FIGURE),
                figure_cell(change.old or NO_FIGURE),
                figure_cell(change.new or NO_FIGURE),
                text_cell(_explain_change(words, change, restated)),
            )
            for change in changes
            if (change.place.section, change.place.table) == (section_title, caption)
        ]
        where = " · ".join(filter(None, (section_title, caption))) or words("note.cover")
        yield table(where, columns, rows, dense=True)


def _explain_change(
    words: DocumentText, change: FigureDifference, restated: Sequence[_RestatedFigure]
) -> str:
    """The numbers of the restated figures behind a change, as far as its place names them."""
    if not restated:
        return words("note.recorded")
    place = f" {change.place.table} {change.place.row} "
    of_agency = [
        position for position, figure in enumerate(restated, 1) if figure.row.agency in place
    ]
    exact = [
        position for position in of_agency if f" {restated[position - 1].row.indicator} " in place
    ]
    if numbers := exact or of_agency:
        return words("note.numbers", numbers=_format_spans(numbers))
    return words("note.derived")


def _format_spans(numbers: Iterable[int]) -> str:
    """``1–4, 7`` for 1, 2, 3, 4, 7."""
    spans: list[list[int]] = []
    for value in numbers:
        if spans and value == spans[-1][-1] + 1:
            spans[-1][1:] = [value]
        else:
            spans.append([value])
    return ", ".join("–".join(map(str, span)) for span in spans)


def _find_restated_figures(words: DocumentText, since: datetime) -> tuple[_RestatedFigure, ...]:
    rows = words.snapshot.restatements
    if len(rows):
        rows = rows[rows["at"] > since]
    if not len(rows):
        return ()
    place = ["quarter", "agency", "indicator", "dimension"]
    figures = []
    for _, group in rows.sort_values([*place, "at"], kind="stable").groupby(place, dropna=False):
        steps = list(group.itertuples(index=False))
        old, new = to_int(steps[0].old), to_int(steps[-1].new)
        if old != new:
            reasons = tuple(dict.fromkeys(step.reason for step in steps if has_value(step.reason)))
            figures.append(_RestatedFigure(steps[-1], old, new, reasons))
    return tuple(figures)
