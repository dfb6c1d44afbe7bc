"""Learning document: what agencies said worked, hinders, was learnt, and is needed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from cpsa.calendar import AnyPeriod
from cpsa.documents import sums
from cpsa.documents.model import Block, Paragraph, Quote, Quotes, Section, Subheading, Table
from cpsa.documents.origin import Amount, Listed, Measure, What
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
from cpsa.documents.programme_parts import themes_table
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
    blocks: list[Block] = []
    achieved = _achievements(words, period, parameters)
    if achieved:
        rule = words(
            "worked.rule",
            share=words.whole_percent(parameters.achievement_share),
            count=words.quantity(parameters.achievement_floor["count"], "count"),
            rupees=words.quantity(parameters.achievement_floor["inr"], "inr"),
        )
        blocks += [Subheading(words("worked.achievements")), Paragraph(rule, note=True), achieved]
    if rows := _entries(words, period, "success"):
        blocks += [Subheading(words("worked.successes")), _quotes(words, rows, themes=True)]
    return section("worked", words("worked.title"), blocks, words("worked.nothing"))


def _achievements(words: Words, period: AnyPeriod, parameters: Parameters) -> Table | None:
    within = sums.of_agencies(words.snapshot, period.last_quarter, period.first_quarter)
    found = []
    for agency in words.snapshot.agencies:
        for one in words.snapshot.framework.indicators:
            figure = within.get(agency, {}).get((one.code, TOTAL), sums.NONE)
            if figure.share is None or figure.share < parameters.achievement_share:
                continue
            if (figure.target or 0) >= parameters.achievement_floor[one.unit]:
                found.append((figure.share, agency, one, figure))
    found.sort(key=lambda each: (-each[0], each[1], each[2].code))
    if not found:
        return None

    def of(what: What, agency: str, indicator: str) -> Amount:
        first, last = period.first_quarter.key, period.last_quarter.key
        return Amount(what, indicator, agency=agency, since=first, until=last)

    return table(
        "",
        (
            column(words("actions.agency"), 3),
            column(words("code"), 0.8),
            column(words("indicator"), 3.6),
            column(words("progress.actual"), 1.6, figure=True),
            column(words("progress.target"), 1.6, figure=True),
            column(words("progress.share"), 1.2, figure=True),
        ),
        (
            (
                plain(words.agency(agency)),
                code(one.code),
                plain(words.indicator(one.code)),
                number(
                    words.quantity(figure.actual, one.unit),
                    origin=of(What.ACTUAL, agency, one.code),
                ),
                number(
                    words.quantity(figure.target, one.unit),
                    origin=of(What.TARGET, agency, one.code),
                ),
                number(words.percent(figure.share), origin=of(What.SHARE, agency, one.code)),
            )
            for _, agency, one, figure in found[: parameters.achievements_shown]
        ),
    )


def constraints(words: Words, period: AnyPeriod) -> Section:
    """What hinders, theme by theme, the most frequent first."""
    rows = words.snapshot.during("entries", period.quarters)
    overview = themes_table(words, rows, HINDERS)
    blocks: list[Block] = []
    if overview:
        blocks = [Paragraph(words("constraints.told")), overview]
        by_theme: dict[str, list[Any]] = defaultdict(list)
        for row in _entries(words, period, *HINDERS):
            by_theme[said(row.theme)].append(row)
        for theme, held in sorted(by_theme.items(), key=lambda one: (-len(one[1]), one[0])):
            blocks += [Subheading(words.theme(theme)), _quotes(words, held, themes=False)]
            departments = dict.fromkeys(row.department for row in held if present(row.department))
            if departments:
                names = "; ".join(map(words.department, departments))
                blocks.append(Paragraph(words("constraints.asked", departments=names), note=True))
    return section("constraints", words("constraints.title"), blocks, words("constraints.nothing"))


def training(words: Words, period: AnyPeriod) -> Section:
    """Training needs mapped to the modules of Annex 3; what several need comes first."""
    reference = words.snapshot.reference
    held: dict[str, list[Any]] = defaultdict(list)
    for row in _entries(words, period, "training_need"):
        module = said(row.request)
        if module not in reference.training_modules and row.theme in reference.themes:
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
        code(module),
        plain(words.module(module)),
        number(
            words.number(len(agencies)),
            origin=Listed("entries", tuple(row.Index for row in rows), Measure.AGENCIES),
        ),
        plain("; ".join(map(words.agency, agencies))),
        plain("; ".join(map(words.theme, themes))),
    )
