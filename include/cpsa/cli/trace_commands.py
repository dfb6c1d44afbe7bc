"""The command that follows a table's code, or a column of a table of a form, to the files of its figures."""

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cpsa.calendar import IST, Quarter
from cpsa.cli import session, table_output
from cpsa.cli.progress import show_spinner
from cpsa.errors import RequestError
from cpsa.i18n.catalogue import describe_place, text
from cpsa.i18n.text import LANGUAGES

if TYPE_CHECKING:
    import pandas as pd

    from cpsa.services.publication.trace_figure import TracedFigure, TracedTable
    from cpsa.services.publication.trace_table_column import TracedColumn

MAX_DETAILED_FIGURES = 12
"""Figures whose sources are all listed; of more, only a list is shown."""


def add_to(app: typer.Typer) -> None:
    app.command()(trace)


def trace(
    code: Annotated[
        str,
        typer.Argument(
            help="The code at a table, such as 3F7KQ2-04, or TABLE.COLUMN of an agency's form."
        ),
    ],
    figure: Annotated[
        str | None,
        typer.Option("--figure", help="Only this one: ROW,COLUMN, its text, or a row's name."),
    ] = None,
    edition: Annotated[
        int | None, typer.Option("--edition", help="An earlier edition; 1 is the oldest.")
    ] = None,
    agency: Annotated[
        str | None, typer.Option("--agency", help="Whose TABLE.COLUMN, such as IA-INDPH.")
    ] = None,
    quarter: Annotated[
        str | None, typer.Option("--quarter", help="Of which quarter, such as 2026-27-Q2.")
    ] = None,
    row: Annotated[
        str, typer.Option("--row", help="Only rows of TABLE.COLUMN whose key contains this.")
    ] = "",
    as_json: Annotated[bool, typer.Option("--json", help="Everything, for programs.")] = False,
    language: Annotated[
        str | None, typer.Option("--language", help="en or hi; CPSA_LANGUAGE if not given.")
    ] = None,
) -> None:
    """Show where the figures of a printed table come from: update, file, cell, receipt, checks.

    With --agency and --quarter: every version of a column of a table that the agency fills in.
    """
    from cpsa.services.publication.trace_figure import trace_figure

    is_column = "." in code
    if is_column != bool(agency and quarter):
        raise RequestError("trace.column_or_code", value=repr(code))
    chosen = language or session.language()
    if chosen not in LANGUAGES:
        raise RequestError("trace.no_language", value=repr(language))
    if is_column and agency and quarter:
        _trace_column(code, agency, quarter, row, chosen, as_json=as_json)
        return
    with show_spinner("trace.looking"):
        traced = trace_figure(session.open_context(), code, chosen, figure, edition)
    if as_json:
        _print_json(traced)
    else:
        _print_trace(traced, chosen)
    session.end_command(not traced.adds_up)


def _trace_column(
    code: str, agency: str, quarter: str, row: str, language: str, *, as_json: bool
) -> None:
    from cpsa.services.publication.trace_table_column import trace_table_column

    context = session.open_context()
    traced = trace_table_column(context, code, agency, Quarter.parse(quarter), language, row)
    if as_json:
        _print_json(traced)
    else:
        _print_column(traced, language)


def _print_json(traced: "TracedTable | TracedColumn") -> None:
    import json

    print(json.dumps(asdict(traced), ensure_ascii=False, indent=1, default=_serialise))


def _print_column(traced: "TracedColumn", language: str) -> None:
    names = {"code": traced.code, "label": traced.label}
    table_output.write_line(
        "trace.column", language, **names, agency=traced.agency, quarter=traced.quarter
    )
    for version in traced.versions:
        print()
        table_output.write_line(
            "trace.version",
            language,
            version=version.version,
            file=version.file,
            received=_format_instant(version.received_at),
            state=version.state_label,
        )
        if not version.gave:
            table_output.write_line("trace.not_given", language)
        elif version.counts:
            table_output.write_line("trace.counts", language)
        if version.cells:
            rows = [
                (cell.row, cell.finding, cell.text, describe_place(cell.place, language))
                for cell in version.cells
            ]
            heads = ("table_row", "rule", "value_or_finding", "place")
            table_output.write_table(_make_table(rows, heads, language), session.TableFormat.TABLE)


def _serialise(value: object) -> str:
    return value.isoformat() if hasattr(value, "isoformat") else str(value)


def _print_trace(traced: "TracedTable", language: str) -> None:
    table_output.write_line(
        "trace.document", language, reference=traced.reference, title=traced.title
    )
    key = "trace.table_named" if traced.caption else "trace.table"
    names = {"code": traced.code, "section": traced.section, "caption": traced.caption}
    print(text(key, language, **names))
    table_output.write_line(
        "trace.edition",
        language,
        edition=traced.edition,
        editions=traced.editions,
        day=_format_instant(traced.built_at),
        as_of=_format_instant(traced.as_of),
    )
    if traced.edition < traced.editions:
        table_output.write_line("trace.newer", language)
    elif not traced.current:
        table_output.write_line("trace.outdated", language, period=traced.period)
    if len(traced.figures) > MAX_DETAILED_FIGURES:
        _print_figure_list(traced, language)
        return
    for figure in traced.figures:
        _print_figure(figure, language)
    if traced.updates:
        print()
        table_output.write_line("trace.updates", language)
        table_output.write_table(_make_update_table(traced, language), session.TableFormat.TABLE)


def _print_figure_list(traced: "TracedTable", language: str) -> None:
    rows = [
        (
            figure.row,
            figure.column,
            figure.of,
            figure.under,
            " ".join(figure.text.split()),
            _describe_sum(figure, language),
            len(figure.sources),
        )
        for figure in traced.figures
    ]
    heads = ("row", "column", "of", "under", "text", "adds_up", "sources")
    table_output.write_table(_make_table(rows, heads, language), session.TableFormat.TABLE)
    table_output.write_line("trace.many", language, count=len(traced.figures))


def _print_figure(figure: "TracedFigure", language: str) -> None:
    print()
    names = {"text": " ".join(figure.text.split()), "row": figure.row, "column": figure.column}
    table_output.write_line(
        "trace.figure", language, **names, row_label=figure.of, column_label=figure.under
    )
    if figure.adds_up is None:
        table_output.write_line("trace.not_reported", language)
        return
    rows = [
        (
            text(f"trace.what.{source.what}", language),
            source.agency,
            source.quarter,
            source.named,
            source.value,
            source.version or "",
            describe_place(source.place, language),
        )
        for source in figure.sources
    ]
    if rows:
        heads = ("what", "agency", "quarter", "named", "value", "version", "place")
        table_output.write_table(_make_table(rows, heads, language), session.TableFormat.TABLE)
    table_output.write_line("trace.adds_up" if figure.adds_up else "trace.adds_up_not", language)


def _make_update_table(traced: "TracedTable", language: str) -> "pd.DataFrame":
    rows = [
        (
            update.agency,
            update.quarter,
            update.version,
            update.file,
            _format_instant(update.received_at),
            text("trace.checks", language, passed=update.passed, rules=update.rules),
            "; ".join(update.findings),
        )
        for update in traced.updates
    ]
    heads = ("agency", "quarter", "version", "file", "received", "checks", "findings")
    return _make_table(rows, heads, language)


def _make_table(
    rows: list[tuple[Any, ...]], heads: tuple[str, ...], language: str
) -> "pd.DataFrame":
    import pandas as pd

    titles = [text(f"trace.head.{head}", language) for head in heads]
    return pd.DataFrame(rows, columns=titles, dtype=object)


def _describe_sum(figure: "TracedFigure", language: str) -> str:
    if figure.adds_up is None:
        return ""
    return text("trace.yes" if figure.adds_up else "trace.no", language)


def _format_instant(instant: object) -> str:
    return f"{instant.astimezone(IST):%Y-%m-%d %H:%M}"  # type: ignore[attr-defined]
