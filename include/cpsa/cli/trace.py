"""The command that follows a table's code to the files its figures come from."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Annotated

import pandas as pd
import typer

from cpsa.bilingual import LANGUAGES
from cpsa.calendar import IST
from cpsa.cli import session, show
from cpsa.cli.progress import spinning
from cpsa.cycle import tracing
from cpsa.cycle.tracing import Figure, Traced
from cpsa.errors import RequestError
from cpsa.messages import place, text

MOST_TOLD = 12
"""Figures whose sources are all listed; of more a person sees which there are."""


def add_to(app: typer.Typer) -> None:
    app.command()(trace)


def trace(
    code: Annotated[str, typer.Argument(help="The code at a table, such as 3F7KQ2-04.")],
    figure: Annotated[
        str | None,
        typer.Option("--figure", help="Only this one: ROW,COLUMN, its text, or a row's name."),
    ] = None,
    edition: Annotated[
        int | None, typer.Option("--edition", help="An earlier edition; 1 is the oldest.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Everything, for programs.")] = False,
    language: Annotated[
        str | None, typer.Option("--language", help="en or hi; as the others by default.")
    ] = None,
) -> None:
    """Where the figures of a printed table come from: update, file, cell, receipt, checks."""
    chosen = language or session.language()
    if chosen not in LANGUAGES:
        raise RequestError("trace.no_language", value=repr(language))
    with spinning("trace.looking"):
        traced = tracing.trace(session.office(), code, chosen, figure, edition)
    if as_json:
        print(json.dumps(asdict(traced), ensure_ascii=False, indent=1, default=_plain))
    else:
        _tell(traced, chosen)
    session.leave(not traced.adds_up)


def _plain(value: object) -> str:
    return value.isoformat() if hasattr(value, "isoformat") else str(value)


def _tell(traced: Traced, language: str) -> None:
    show.line("trace.document", language, reference=traced.reference, title=traced.title)
    key = "trace.table_named" if traced.caption else "trace.table"
    names = {"code": traced.code, "section": traced.section, "caption": traced.caption}
    print(text(key, language, **names))
    show.line(
        "trace.edition",
        language,
        edition=traced.edition,
        editions=traced.editions,
        day=_day(traced.built_at),
        as_of=_day(traced.as_of),
    )
    if traced.edition < traced.editions:
        show.line("trace.newer", language)
    elif not traced.current:
        show.line("trace.outdated", language, period=traced.period)
    if len(traced.figures) > MOST_TOLD:
        _list(traced, language)
        return
    for one in traced.figures:
        _tell_figure(one, language)
    if traced.updates:
        print()
        show.line("trace.updates", language)
        show.frame(_updates(traced, language), session.Format.TABLE)


def _list(traced: Traced, language: str) -> None:
    rows = [
        (
            one.row,
            one.column,
            one.of,
            one.under,
            " ".join(one.text.split()),
            _adds_up(one, language),
            len(one.sources),
        )
        for one in traced.figures
    ]
    heads = ("row", "column", "of", "under", "text", "adds_up", "sources")
    show.frame(_frame(rows, heads, language), session.Format.TABLE)
    show.line("trace.many", language, count=len(traced.figures))


def _tell_figure(one: Figure, language: str) -> None:
    print()
    names = {"text": " ".join(one.text.split()), "row": one.row, "column": one.column}
    show.line("trace.figure", language, **names, of=one.of, under=one.under)
    if one.adds_up is None:
        show.line("trace.not_reported", language)
        return
    rows = [
        (
            text(f"trace.what.{source.what}", language),
            source.agency,
            source.quarter,
            source.named,
            source.value,
            source.version or "",
            place(source.place, language),
        )
        for source in one.sources
    ]
    if rows:
        heads = ("what", "agency", "quarter", "named", "value", "version", "place")
        show.frame(_frame(rows, heads, language), session.Format.TABLE)
    show.line("trace.adds_up" if one.adds_up else "trace.adds_up_not", language)


def _updates(traced: Traced, language: str) -> pd.DataFrame:
    rows = [
        (
            one.agency,
            one.quarter,
            one.version,
            one.file,
            _day(one.received_at),
            text("trace.checks", language, passed=one.passed, rules=one.rules),
            "; ".join(one.findings),
        )
        for one in traced.updates
    ]
    heads = ("agency", "quarter", "version", "file", "received", "checks", "findings")
    return _frame(rows, heads, language)


def _frame(rows: list[tuple], heads: tuple[str, ...], language: str) -> pd.DataFrame:
    titles = [text(f"trace.head.{one}", language) for one in heads]
    return pd.DataFrame(rows, columns=titles, dtype=object)


def _adds_up(one: Figure, language: str) -> str:
    if one.adds_up is None:
        return ""
    return text("trace.yes" if one.adds_up else "trace.no", language)


def _day(instant: object) -> str:
    return f"{instant.astimezone(IST):%Y-%m-%d %H:%M}"  # type: ignore[attr-defined]
