"""Learning document: what agencies said worked, hinders, was learnt, and is needed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from cpsa.calendar import AnyPeriod
from cpsa.documents import evidence, learning_figures, shares, sums
from cpsa.documents.model import Block, Paragraph, Quote, Quotes, Section, Subheading
from cpsa.documents.origin import Listed, Measure
from cpsa.documents.parameters import Parameters
from cpsa.documents.parts import (
    code,
    column,
    number,
    plain,
    present,
    said,
    section,
    table,
)
from cpsa.documents.programme_parts import themes_chart, themes_table
from cpsa.documents.words import Words
from cpsa.framework import TOTAL

HINDERS = ("challenge", "policy_support")


def _entries(words: Words, period: AnyPeriod, *kinds: str) -> list[Any]:
    rows = words.snapshot.during("entries", period.quarters)
    return list(rows[rows["kind"].isin(kinds)].itertuples())


def _quotes(words: Words, rows: Iterable[Any], *, themes: bool) -> Quotes:
    """Each text once, with all who wrote it."""
    held: dict[tuple[str, str], list[str]] = defaultdict(list)
    for row in rows:
        held[said(row.text), said(row.theme) if themes else ""].append(row.agency)
    quotes = []
    for (text, theme), agencies in held.items():
        who = "; ".join(words.agency_with_code(agency) for agency in dict.fromkeys(agencies))
        source = words("voices.source", who=who, theme=words.theme(theme)) if themes else who
        quotes.append(Quote(text, source))
    return Quotes(tuple(quotes))


def quoted(words: Words, period: AnyPeriod, kind: str) -> Section:
    """Lessons, or suggestions for the strategy document, in the agencies' words."""
    rows = _entries(words, period, kind)
    blocks: tuple[Block, ...] = ()
    if rows:
        blocks = (Paragraph(words(f"voices.{kind}")), _quotes(words, rows, themes=True))
    return section(
        f"{kind}s", words(f"voices.{kind}_title"), blocks, words(f"voices.{kind}_nothing")
    )


def what_worked(words: Words, period: AnyPeriod, parameters: Parameters) -> Section:
    """Successes as told, and the figures that went well beyond their targets."""
    blocks = learning_figures.beyond(words, period, parameters)
    if rows := _entries(words, period, "success"):
        blocks += [Subheading(words("worked.successes")), _quotes(words, rows, themes=True)]
    return section("worked", words("worked.title"), blocks, words("worked.nothing"))


def constraints(words: Words, period: AnyPeriod, parameters: Parameters) -> Section:
    """What hinders, theme by theme, the most frequent first; and where figures fall far short."""
    rows = words.snapshot.during("entries", period.quarters)
    overview = themes_table(words, rows, HINDERS)
    blocks: list[Block] = []
    if overview:
        chart = themes_chart(words, rows, HINDERS)
        blocks = [Paragraph(words("constraints.told")), *([chart] if chart else []), overview]
        by_theme: dict[str, list[Any]] = defaultdict(list)
        for row in _entries(words, period, *HINDERS):
            by_theme[said(row.theme)].append(row)
        for theme, held in sorted(by_theme.items(), key=lambda one: (-len(one[1]), one[0])):
            blocks += [Subheading(words.theme(theme)), _quotes(words, held, themes=False)]
            departments = dict.fromkeys(row.department for row in held if present(row.department))
            if departments:
                names = "; ".join(map(words.department, departments))
                blocks.append(Paragraph(words("constraints.asked", departments=names), note=True))
            if shown := _figures(words, period, theme):
                blocks.append(Paragraph(words("constraints.figures", figures=shown), note=True))
    blocks += learning_figures.below(words, period, parameters)
    return section("constraints", words("constraints.title"), blocks, words("constraints.nothing"))


def _figures(words: Words, period: AnyPeriod, theme: str) -> str:
    """The state's figures of the period that speak to a theme, against their targets."""
    held = sums.of_state(words.snapshot, period.last_quarter, period.first_quarter)
    told = []
    for form in words.snapshot.framework.forms:
        for one in evidence.indicators(words.snapshot.framework, theme, form):
            figure = held.get((one.code, TOTAL), sums.NONE)
            if figure.actual is not None and shares.has_share(one, figure):
                told.append(shares.labelled(words, one, figure, of_many=True))
    return "; ".join(told)


def training(words: Words, period: AnyPeriod) -> Section:
    """Training needs mapped to the modules of Annex 3; what several need comes first."""
    reference = words.snapshot.reference
    held: dict[str, list[Any]] = defaultdict(list)
    for row in _entries(words, period, "training_need"):
        module = said(row.request)
        # A theme has a module of its own; one that was typed and is none is shown as typed.
        if not module and row.theme in reference.themes:
            module = reference.themes[row.theme].training_module
        held[module].append(row)
    blocks: tuple[Block, ...] = ()
    if held:
        order = sorted(held.items(), key=lambda one: (-len({row.agency for row in one[1]}), one[0]))
        blocks = (
            Paragraph(words("training.told")),
            table(
                "",
                (
                    column(words("training.module"), 0),
                    column(words("training.title_of_module"), 3),
                    column(words("findings.agencies"), 1, figure=True),
                    column(words("training.who"), 4),
                    column(words("training.themes"), 3),
                ),
                (_need(words, module, rows) for module, rows in order),
            ),
        )
    return section("training", words("training.title"), blocks, words("training.nothing"))


def _need(words: Words, module: str, rows: list[Any]) -> tuple:
    agencies = dict.fromkeys(row.agency for row in rows)
    themes = dict.fromkeys(said(row.theme) for row in rows)
    return (
        # Words that were typed in place of a code have the room of a title.
        code("" if " " in module else module),
        plain(words.module(module)),
        number(
            words.number(len(agencies)),
            origin=Listed("entries", tuple(row.Index for row in rows), Measure.AGENCIES),
        ),
        plain("; ".join(map(words.agency, agencies))),
        plain("; ".join(map(words.theme, themes))),
    )
