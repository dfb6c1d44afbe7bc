"""Learning document: the figures named as evidence in an action, before and after its decision.

``actions.effects`` computes them. Nothing here says that a decision was the cause.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from cpsa.actions import theme_evidence
from cpsa.actions.decision_effects import Effect, compute_effects
from cpsa.calendar import AnyPeriod, Quarter
from cpsa.documents.blocks import code_cell, column, figure_cell, section, table, text_cell
from cpsa.documents.content_model import Block, Paragraph, Section
from cpsa.documents.document_text import DocumentText
from cpsa.framework.model import Indicator
from cpsa.provenance.origin import AmountKind, AmountOrigin


def build_effects_section(words: DocumentText, period: AnyPeriod) -> Section:
    """Effects of decisions that were taken not long before the period, or in it."""
    found = _list_effects(words, period)
    span = words.snapshot.reference.replies.effect_quarters
    blocks: tuple[Block, ...] = ()
    if found:
        blocks = (
            Paragraph(words("effects.rule", quarters=span), note=True),
            table(
                "",
                (
                    column(words("actions.number"), 0),
                    column(words("effects.agency"), 2.2),
                    column(words("effects.decision"), 3.2),
                    column(words("effects.indicator"), 3.2),
                    column(words("effects.before"), 1.2, figure=True),
                    column(words("effects.after"), 1.2, figure=True),
                    column(words("effects.quarters"), 1.5),
                ),
                (_effect_row(words, effect, span, period.last_quarter) for effect in found),
            ),
        )
    return section("effects", words("effects.title"), blocks, words("effects.nothing"))


def _list_effects(words: DocumentText, period: AnyPeriod) -> list[Effect]:
    snapshot, last = words.snapshot, period.last_quarter
    span = snapshot.reference.replies.effect_quarters
    until = snapshot.actions["quarter"] <= last.key
    all_effects = compute_effects(
        snapshot.actions[until],
        snapshot.decisions,
        snapshot.facts,
        _make_indicator_lookup(words),
        last,
        span,
    )
    first = (period.first_quarter - span).key
    return [effect for effect in all_effects if effect.decided_in >= first]


def _make_indicator_lookup(words: DocumentText) -> Any:
    """The indicators an action's compilation shows as its evidence."""
    agencies = words.snapshot.agencies

    def list_indicators(action: Any) -> tuple[Indicator, ...]:
        form = agencies[action.agency]["form"] if action.agency in agencies else ""
        return theme_evidence.list_theme_indicators(
            words.snapshot.reference, words.snapshot.framework, action.theme, form
        )

    return list_indicators


def _effect_row(words: DocumentText, effect: Effect, span: int, last: Quarter) -> tuple[Any, ...]:
    unit = words.snapshot.framework.by_code[effect.indicator].unit
    decided_quarter = Quarter.parse(effect.decided_in)
    decided = words.months(decided_quarter)
    mean_origin = AmountOrigin(AmountKind.MEAN, effect.indicator, agency=effect.action.agency)
    before = replace(
        mean_origin, since=(decided_quarter - span).key, until=(decided_quarter - 1).key
    )
    after = replace(
        mean_origin, since=(decided_quarter + 1).key, until=min(decided_quarter + span, last).key
    )
    decision_text = words(
        "effects.decided", decision=words(f"decision.{effect.decision}"), quarter=decided
    )
    return (
        code_cell(effect.action.number),
        text_cell(words.agency(effect.action.agency)),
        text_cell(f"{words.theme(effect.action.theme)}; {decision_text}"),
        text_cell(f"{words.indicator(effect.indicator)} ({effect.indicator})"),
        figure_cell(words.quantity(effect.before, unit), origin=before),
        figure_cell(words.quantity(effect.after, unit), origin=after),
        text_cell(
            words(
                "effects.compared",
                before=words.number(effect.quarters_before),
                after=words.number(effect.quarters_after),
            )
        ),
    )
