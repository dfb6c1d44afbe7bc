"""Learning document: what agencies said worked, hinders, was learnt, and is needed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from cpsa.actions import theme_evidence
from cpsa.calendar import AnyPeriod
from cpsa.documents import period_sums, share_text
from cpsa.documents.blocks import (
    code_cell,
    column,
    figure_cell,
    quoted_cell,
    section,
    table,
    text_cell,
)
from cpsa.documents.content_model import Block, Paragraph, Quote, Quotes, Section, Subheading, Table
from cpsa.documents.document_text import DocumentText
from cpsa.documents.learning import learning_figures
from cpsa.documents.parameters import DocumentParameters
from cpsa.documents.programme_sections import themes_chart, themes_table
from cpsa.figures import NO_FIGURE
from cpsa.framework.model import TOTAL
from cpsa.provenance.origin import RowsMeasure, RowsOrigin
from cpsa.provenance.snapshot import to_single_line

CONSTRAINT_KINDS = ("challenge", "policy_support")


def _list_entries(words: DocumentText, period: AnyPeriod, *kinds: str) -> list[Any]:
    rows = words.snapshot.select_rows_in_quarters("entries", period.quarters)
    return list(rows[rows["kind"].isin(kinds)].itertuples())


def _group_quotes(words: DocumentText, rows: Iterable[Any], *, themes: bool) -> Quotes:
    """Each text once, with all who wrote it."""
    agencies_by_text: dict[tuple[str, str], list[str]] = defaultdict(list)
    for row in rows:
        agencies_by_text[
            to_single_line(row.text), to_single_line(row.theme) if themes else ""
        ].append(row.agency)
    quotes = []
    for (text, theme), agencies in agencies_by_text.items():
        agency_names = "; ".join(
            words.agency_with_code(agency) for agency in dict.fromkeys(agencies)
        )
        source = (
            words("voices.source", who=agency_names, theme=words.theme(theme))
            if themes
            else agency_names
        )
        quotes.append(Quote(text, source))
    return Quotes(tuple(quotes))


def build_quotes(words: DocumentText, period: AnyPeriod, kind: str) -> Section:
    """Lessons, or suggestions for the strategy document, in the agencies' words."""
    rows = _list_entries(words, period, kind)
    blocks: tuple[Block, ...] = ()
    if rows:
        blocks = (Paragraph(words(f"voices.{kind}")), _group_quotes(words, rows, themes=True))
    return section(
        f"{kind}s", words(f"voices.{kind}_title"), blocks, words(f"voices.{kind}_nothing")
    )


def build_what_worked(
    words: DocumentText, period: AnyPeriod, parameters: DocumentParameters
) -> Section:
    """Successes as written, and the figures that went well beyond their targets."""
    blocks = learning_figures.build_high_achievements(words, period, parameters)
    if rows := _list_entries(words, period, "success"):
        blocks += [Subheading(words("worked.successes")), _group_quotes(words, rows, themes=True)]
    return section("worked", words("worked.title"), blocks, words("worked.nothing"))


def build_constraints(
    words: DocumentText, period: AnyPeriod, parameters: DocumentParameters
) -> Section:
    """What hinders, theme by theme, the most frequent first; and where figures fall far short."""
    rows = words.snapshot.select_rows_in_quarters("entries", period.quarters)
    overview = themes_table(words, rows, CONSTRAINT_KINDS)
    blocks: list[Block] = []
    if overview:
        chart = themes_chart(words, rows, CONSTRAINT_KINDS)
        blocks = [Paragraph(words("constraints.explained")), *([chart] if chart else []), overview]
        by_theme: dict[str, list[Any]] = defaultdict(list)
        for row in _list_entries(words, period, *CONSTRAINT_KINDS):
            by_theme[to_single_line(row.theme)].append(row)
        for theme, entries in sorted(by_theme.items(), key=lambda item: (-len(item[1]), item[0])):
            blocks.append(Subheading(words.theme(theme)))
            challenges = [row for row in entries if row.kind == "challenge"]
            if challenges:
                blocks += [
                    Paragraph(words("constraints.challenges")),
                    _group_quotes(words, challenges, themes=False),
                ]
            if requests := [row for row in entries if row.kind == "policy_support"]:
                blocks.append(_requests_table(words, requests))
            if shown := _describe_figures(words, period, theme):
                blocks.append(Paragraph(words("constraints.figures", figures=shown), note=True))
    blocks += learning_figures.build_shortfalls(words, period, parameters)
    return section("constraints", words("constraints.title"), blocks, words("constraints.nothing"))


def _requests_table(words: DocumentText, rows: list[Any]) -> Table:
    """What agencies requested of which department, in their own words."""
    return table(
        words("constraints.requests"),
        (
            column(words("actions.agency"), 2),
            column(words("actions.department"), 2),
            column(words("actions.text"), 3.6),
            column(words("case.request"), 3),
        ),
        (
            (
                text_cell(words.agency_with_code(row.agency)),
                text_cell(words.department(row.department) or NO_FIGURE),
                quoted_cell(row.text),
                quoted_cell(row.request),
            )
            for row in rows
        ),
    )


def _describe_figures(words: DocumentText, period: AnyPeriod, theme: str) -> str:
    """The state's figures of the period that speak to a theme, against their targets."""
    state_sums = period_sums.sum_of_state(words.snapshot, period.last_quarter, period.first_quarter)
    descriptions = []
    for form in words.snapshot.framework.scored_forms:
        for indicator in theme_evidence.list_theme_indicators(
            words.snapshot.reference, words.snapshot.framework, theme, form
        ):
            figure = state_sums.get((indicator.code, TOTAL), period_sums.NO_SUM)
            if figure.actual is not None and share_text.has_share(indicator, figure):
                descriptions.append(
                    share_text.format_labelled(words, indicator, figure, of_many=True)
                )
    return "; ".join(descriptions)


def build_training_needs(words: DocumentText, period: AnyPeriod) -> Section:
    """Training needs mapped to the modules of the plan; what several need comes first."""
    reference = words.snapshot.reference
    rows_by_module: dict[str, list[Any]] = defaultdict(list)
    for row in _list_entries(words, period, "training_need"):
        module = to_single_line(row.request)
        # A theme has a module of its own; one that was typed and is none is shown as typed.
        if not module and row.theme in reference.themes:
            module = reference.themes[row.theme].training_module or ""
        rows_by_module[module].append(row)
    blocks: tuple[Block, ...] = ()
    if rows_by_module:
        order = sorted(
            rows_by_module.items(),
            key=lambda item: (-len({row.agency for row in item[1]}), item[0]),
        )
        blocks = (
            Paragraph(words("training.explained")),
            table(
                "",
                (
                    column(words("training.module"), 0),
                    column(words("training.title_of_module"), 3),
                    column(words("findings.agencies"), 1, figure=True),
                    column(words("training.who"), 4),
                    column(words("training.themes"), 3),
                ),
                (_need_row(words, module, rows) for module, rows in order),
            ),
            Subheading(words("training.voices")),
            _group_quotes(words, (row for _, rows in order for row in rows), themes=True),
        )
    return section("training", words("training.title"), blocks, words("training.nothing"))


def _need_row(words: DocumentText, module: str, rows: list[Any]) -> tuple[Any, ...]:
    agencies = dict.fromkeys(row.agency for row in rows)
    themes = dict.fromkeys(to_single_line(row.theme) for row in rows)
    return (
        # Words that were typed in place of a code have the room of a title.
        code_cell("" if " " in module else module),
        text_cell(words.module(module)),
        figure_cell(
            words.number(len(agencies)),
            origin=RowsOrigin("entries", tuple(row.Index for row in rows), RowsMeasure.AGENCIES),
        ),
        text_cell("; ".join(map(words.agency, agencies))),
        text_cell("; ".join(map(words.theme, themes))),
    )
