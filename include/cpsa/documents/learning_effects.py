"""Learning document: the figures named as evidence in an action, before and after its decision.

The reckoning is ``actions.effects``'s. Nothing here says that a decision was the cause.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from cpsa.actions.effects import Effect, effects
from cpsa.calendar import AnyPeriod, Quarter
from cpsa.documents import evidence
from cpsa.documents.model import Block, Paragraph, Section
from cpsa.documents.origin import Amount, What
from cpsa.documents.parts import code, column, number, plain, section, table
from cpsa.documents.words import Words
from cpsa.framework import Indicator


def followed(words: Words, period: AnyPeriod) -> Section:
    """Effects of decisions that were taken not long before the period, or in it."""
    found = _found(words, period)
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
                ),
                (_row(words, one, span, period.last_quarter) for one in found),
            ),
        )
    return section("effects", words("effects.title"), blocks, words("effects.nothing"))


def _found(words: Words, period: AnyPeriod) -> list[Effect]:
    snapshot, last = words.snapshot, period.last_quarter
    span = snapshot.reference.replies.effect_quarters
    until = snapshot.actions["quarter"] <= last.key
    held = effects(
        snapshot.actions[until], snapshot.decisions, snapshot.facts, _evidence(words), last, span
    )
    first = (period.first_quarter - span).key
    return [one for one in held if one.decided_in >= first]


def _evidence(words: Words) -> Any:
    """The indicators an action's compilation shows as its evidence."""
    agencies = words.snapshot.agencies

    def of(action: Any) -> tuple[Indicator, ...]:
        form = agencies[action.agency]["form"] if action.agency in agencies else ""
        return evidence.indicators(words.snapshot.framework, action.theme, form)

    return of


def _row(words: Words, one: Effect, span: int, last: Quarter) -> tuple:
    unit = words.snapshot.framework.by_code[one.indicator].unit
    at = Quarter.parse(one.decided_in)
    decided = words.months(at)
    of = Amount(What.MEAN, one.indicator, agency=one.action.agency)
    before = replace(of, since=(at - span).key, until=(at - 1).key)
    after = replace(of, since=(at + 1).key, until=min(at + span, last).key)
    told = words("effects.decided", decision=words(f"decision.{one.decision}"), quarter=decided)
    return (
        code(one.action.number),
        plain(words.agency(one.action.agency)),
        plain(f"{words.theme(one.action.theme)}; {told}"),
        plain(f"{words.indicator(one.indicator)} ({one.indicator})"),
        number(words.quantity(one.before, unit), origin=before),
        number(words.quantity(one.after, unit), origin=after),
    )
