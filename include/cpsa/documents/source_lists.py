"""Sources of counts: what a closing counted, and the rows that were counted or summed.

What must not go here: figures of updates (``source_tables``).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

from cpsa import messages
from cpsa.documents import source_needs as at
from cpsa.documents.linked import Anchored, Linked
from cpsa.documents.looked_up import ACCEPTED
from cpsa.documents.model import Cell, CellKind, Column, Table
from cpsa.documents.origin import Listed
from cpsa.documents.parts import (
    code,
    column,
    number,
    own_words,
    plain,
    present,
    said,
    state,
    status,
    table,
)
from cpsa.documents.resting import Resting
from cpsa.documents.source_needs import Needs
from cpsa.documents.words import NONE, Words


def reporting(words: Words, needs: Needs) -> Table | None:
    """What each closing counted, and from whom nothing was accepted."""
    snapshot, rows, ids = words.snapshot, [], []
    for quarter, form in sorted(needs.reporting):
        counted = snapshot.of("reporting", quarter=quarter, form=form)
        closing = next(snapshot.of("closings", quarter=quarter).itertuples(index=False), None)
        for row in counted.itertuples(index=False):
            when = NONE if closing is None else _closed_on(words, closing)
            rows.append(
                (
                    code(quarter),
                    plain(words.form(form)),
                    plain(when),
                    *(
                        number(words.number(int(getattr(row, name))))
                        for name in ("expected", "received", "accepted", "on_time")
                    ),
                    code(", ".join(_not_accepted(words, quarter, form)) or NONE),
                )
            )
            ids.append(at.of_reporting(quarter, form))
    if not rows:
        return None
    columns = (
        column(words("quarter"), 0),
        column(words("reporting.form"), 2),
        column(words("source.closed"), 2),
        column(words("reporting.expected"), 0, figure=True),
        column(words("reporting.received"), 0, figure=True),
        column(words("reporting.accepted"), 0, figure=True),
        column(words("source.on_time"), 0, figure=True),
        column(words("source.not_accepted"), 3),
    )
    bodies = (Anchored(tuple(rows), ids=tuple(ids), id=at.of_reporting()),)
    return table(words("source.reporting"), columns, bodies=bodies, dense=True)


def _closed_on(words: Words, closing: Any) -> str:
    day = words.day(closing.closed_at)
    return words("source.closed_on", day=day, version=int(closing.version))


def _not_accepted(words: Words, quarter: str, form: str) -> Iterator[str]:
    known = words.snapshot.agencies
    for row in words.snapshot.of("scores", quarter=quarter).itertuples(index=False):
        if row.state != ACCEPTED and row.agency in known and known[row.agency]["form"] == form:
            yield row.agency


def lists(words: Words, resting: Resting, needs: Needs) -> Iterator[Table]:
    """The rows behind counts and sums, a table for each kind of row."""
    updates = {
        (agency, quarter)
        for agency in needs.agencies
        for quarter in needs.quarters(agency, resting)
    }

    def whose(row: Any) -> Cell:
        href = at.of_update(row.agency, row.quarter) if (row.agency, row.quarter) in updates else ""
        return Linked(words.agency_with_code(row.agency), CellKind.TEXT, href=href)

    for frame, (title, columns, cells) in _kinds(words, whose).items():
        bodies = [
            Anchored(
                tuple(cells(part.row) for part in resting.of(Listed(frame, rows)).parts),
                words.counted("source.number", len(rows)),
                id=f"rows.{place}",
            )
            for (of, rows), place in needs.lists.items()
            if of == frame
        ]
        if bodies:
            yield table(title, columns, bodies=bodies, dense=True)


Kind = tuple[str, tuple[Column, ...], Callable[[Any], tuple[Cell, ...]]]


def _kinds(words: Words, whose: Callable[[Any], Cell]) -> dict[str, Kind]:
    """For each frame its caption, columns, and the cells of a row."""
    agency, quarter = column(words("actions.agency"), 3), column(words("quarter"), 0)
    units = {one.code: one.unit for one in words.snapshot.framework.indicators}

    def finding(row: Any) -> tuple[Cell, ...]:
        place = messages.place(row.place, words.language) if present(row.place) else NONE
        told = " ".join(filter(None, (row.indicator, row.dimension)))
        told_of = (code(row.rule), code(told or NONE), plain(place), own_words(row.explanation))
        return whose(row), code(row.quarter), *told_of

    def entry(row: Any) -> tuple[Cell, ...]:
        amount = words.in_full(row.amount, "inr") if present(row.amount) else NONE
        people = words.number(int(row.people)) if present(row.people) else NONE
        told = plain(words.theme(row.theme)), own_words(_short(said(row.text)))
        return whose(row), code(row.quarter), *told, number(amount), number(people)

    def score(row: Any) -> tuple[Cell, ...]:
        figures = number(words.score(row.composite)), number(words.percent(row.coverage))
        return (
            whose(row),
            code(row.quarter),
            state(words, row.state),
            *figures,
            replace(status(words, row), text=words.status_of(row)),
        )

    def closing(row: Any) -> tuple[Cell, ...]:
        return code(row.quarter), plain(_closed_on(words, row))

    def action(row: Any) -> tuple[Cell, ...]:
        department = plain(words.department(row.department))
        return (
            whose(row),
            code(row.quarter),
            code(row.number),
            department,
            plain(words.theme(row.theme)),
        )

    def restatement(row: Any) -> tuple[Cell, ...]:
        unit = units.get(row.indicator, "count")
        old, new = (value if present(value) else None for value in (row.old, row.new))
        told = code(row.indicator), plain(words.day(row.at)), own_words(row.reason)
        figures = number(words.in_full(old, unit)), number(words.in_full(new, unit))
        return whose(row), code(row.quarter), *told, *figures

    theme, explanation = column(words("actions.theme"), 2), column(words("findings.explanation"), 3)
    return {
        "findings": (
            words("source.findings"),
            (
                *(agency, quarter, column(words("findings.rule"), 0)),
                *(column(words("findings.on"), 0), column(words("source.place"), 2), explanation),
            ),
            finding,
        ),
        "entries": (
            words("source.entries"),
            (
                *(agency, quarter, theme, column(words("actions.text"), 4)),
                column(words("convergence.amount"), figure=True),
                column(words("convergence.people"), figure=True),
            ),
            entry,
        ),
        "actions": (
            words("source.actions"),
            (
                *(agency, quarter, column(words("actions.number"), 0)),
                *(column(words("actions.department"), 3), theme),
            ),
            action,
        ),
        "scores": (
            words("source.statuses"),
            (
                *(agency, quarter, column(words("update.state"), 0)),
                column(words("composite"), figure=True),
                column(words("coverage"), figure=True),
                column(words("status"), 0),
            ),
            score,
        ),
        "closings": (
            words("source.reporting"),
            (quarter, column(words("source.closed"), 3)),
            closing,
        ),
        "restatements": (
            words("source.restatements"),
            (
                *(agency, quarter, column(words("code"), 0), column(words("restatements.at"), 0)),
                column(words("restatements.reason"), 3),
                column(words("restatements.old"), figure=True),
                column(words("restatements.new"), figure=True),
            ),
            restatement,
        ),
    }


def _short(text: str, longest: int = 90) -> str:
    return text if len(text) <= longest else f"{text[:longest].rsplit(' ', 1)[0]} …"
