"""Mischief that only warns, and values that stand exactly on, just over or just under a limit.

Each takes a draft that would be accepted and leaves it so; it says whether it found its occasion.
"""

from collections.abc import Callable
from fractions import Fraction
from random import Random
from statistics import median

from tests.programmes.draft import Draft
from tests.programmes.faults import nil_answers
from tests.programmes.memory import Memory
from tests.programmes.spelling import spell
from tests.programmes.table import PAIRS, PERSON_PAIRS, Indicator

Edge = Callable[[Draft, Memory, Random], bool]
Z = Fraction(7000, 1349)  # 3.5 / 0.6745: so many MADs from the median is exactly the limit


def _whole(value: Fraction, indicator: Indicator) -> Fraction:
    """Down to the next value that can be reported."""
    return (value / indicator.step).__floor__() * indicator.step


def _free(draft: Draft, rng: Random, flows_only: bool = True) -> list[Indicator]:
    free = [
        one
        for one in draft.indicators.values()
        if one.free and (one.kind == "flow" or not flows_only)
    ]
    return rng.sample(free, len(free))


def q01_cause_without_effect(draft: Draft, memory: Memory, rng: Random) -> bool:
    pairs = [one for one in PAIRS.items() if (draft.total(one[0]) or 0) > 0]
    if not pairs:
        return False
    first, second = rng.choice(pairs)
    draft.put(second, Fraction(0), rng)
    if draft.indicators[first].signed and rng.random() < 0.4:
        draft.put(first, -draft.amount(first), rng)  # a loss needs no persons who gained
    return True


def q02_five_times(draft: Draft, memory: Memory, rng: Random) -> bool:
    for indicator in _free(draft, rng, flows_only=False):
        before = (memory.latest or {}).get((indicator.code, ""), Fraction(0))
        if before <= 0:
            continue
        step, floor = indicator.step, indicator.floor
        fifth = _whole(before / 5, indicator)
        if before * 4 < floor:
            options = [before + floor, before + floor - step]
        elif before * 4 / 5 < floor:
            options = [before * 5, before * 5 + step]
        else:
            options = [before * 5, before * 5 + step, fifth, fifth - step, before * 6]
        value = rng.choice(options)
        if value > 0:
            draft.put(indicator.code, value, rng)
            return True
    return False


def q02_not_for_sanctions(draft: Draft, memory: Memory, rng: Random) -> bool:
    """The budget sanctioned may jump as it likes."""
    if draft.form != "IA" or memory.latest is None:
        return False
    draft.put("B1", draft.amount("B1") * 6 + 500_000, rng)
    return True


def q03_limit(draft: Draft, memory: Memory, rng: Random) -> bool:
    """At the z limit, at the floor, or far from a series that never moves."""
    for indicator in _free(draft, rng):
        values = memory.series(indicator.code, window=12)
        if len(values) < 5:
            continue
        middle = median(values)
        spread = median([abs(value - middle) for value in values])
        away = max(spread * Z, indicator.floor)
        if spread == 0:
            away = indicator.floor * 10
        value = middle + rng.choice((1, 1, -1)) * away
        value = _whole(value, indicator) + rng.choice((0, 0, 1, -1)) * indicator.step
        if value >= 0 or indicator.signed:
            draft.put(indicator.code, value, rng)
            return True
    return False


def q03_window(draft: Draft, memory: Memory, rng: Random) -> bool:
    """A value that stands out from the last twelve quarters but not from all of them."""
    for indicator in _free(draft, rng):
        recent, ever = memory.series(indicator.code, window=12), memory.series(indicator.code)
        if len(ever) <= len(recent):
            continue
        limits = []
        for values in (recent, ever):
            middle = median(values)
            spread = median([abs(value - middle) for value in values])
            if spread > 0:
                limits.append(middle + max(spread * Z, indicator.floor))
        if len(limits) == 2 and abs(limits[0] - limits[1]) > 2 * indicator.step:
            draft.put(indicator.code, _whole(sum(limits, Fraction(0)) / 2, indicator), rng)
            return True
    return False


def q04_quarter_apart(draft: Draft, memory: Memory, rng: Random) -> bool:
    """Work and money to date exactly a quarter apart, or a paisa more."""
    target = memory.target("B2", draft.quarter) if draft.form == "IA" else Fraction(0)
    if target == 0:
        return False
    for _ in range(60):
        planned = Fraction(rng.randint(4, 40))
        done = Fraction(rng.randint(0, int(planned)))
        ratio = (memory.sum("A2") + done) / (memory.sum("A1") + planned)
        for apart in (Fraction(1, 4), Fraction(-1, 4)):
            spent = target * (ratio + apart) - memory.sum("B2")
            if spent <= 0 or (spent * 100).denominator != 1:
                continue
            if memory.sum("B2") + spent > draft.amount("B1"):
                continue
            paisa = rng.choice((0, 0, 1)) * (1 if apart > 0 else -1)
            draft.put("A1", planned, rng)
            draft.put("A2", done, rng)
            draft.put("B2", spent + Fraction(paisa, 100), rng)
            return True
    return False


def q05_half(draft: Draft, memory: Memory, rng: Random) -> bool:
    """The budget group at exactly a half, or a paisa less."""
    if draft.form != "IA":
        return False
    half = memory.target("B2", draft.quarter) / 2 - memory.sum("B2")
    if half <= 0 or (half * 100).denominator != 1 or memory.sum("B2") + half > draft.amount("B1"):
        return False
    draft.put("B2", half - Fraction(rng.choice((0, 1)), 100), rng)
    return True


def q05_low(draft: Draft, memory: Memory, rng: Random) -> bool:
    for code, indicator in draft.indicators.items():
        if indicator.kind == "flow" and indicator.free:
            draft.put(code, _whole(abs(draft.amount(code)) / 10, indicator), rng)
    return True


def q10_fewer_persons(draft: Draft, memory: Memory, rng: Random) -> bool:
    """Institutions where persons should stand, as many as events, or one less or more."""
    first, second = rng.choice(
        [pair for pair in PERSON_PAIRS.items() if pair[0] in draft.indicators]
    )
    events = Fraction(rng.randint(2, 30))
    draft.put(first, events, rng)
    draft.put(second, max(Fraction(1), events + rng.choice((-1, -1, 0, 1, -events / 2 // 1))), rng)
    return True


def q06_more_than_planned(draft: Draft, memory: Memory, rng: Random) -> bool:
    if draft.form != "IA":
        return False
    planned, done = rng.choice(((8, 10), (8, 11), (4, 6), (4, 5), (0, 2), (0, 1), (3, 5), (40, 50)))
    draft.put("A1", Fraction(planned), rng)
    draft.put("A2", Fraction(done), rng)
    return True


def q07_part_missing(draft: Draft, memory: Memory, rng: Random) -> bool:
    parts = [place for place in draft.numbers if place[1]]
    for place in rng.sample(parts, rng.randint(1, 3)):
        draft.numbers[place] = None
        if rng.random() < 0.5:
            draft.absent.add(place)
    return True


def q09_copied(draft: Draft, memory: Memory, rng: Random) -> bool:
    if memory.latest is None:
        return False
    for code, indicator in draft.indicators.items():
        if indicator.kind == "flow":
            before = memory.latest.get((code, ""))
            if before is None:
                draft.numbers[code, ""] = None
            else:
                draft.put(code, before, rng)
    if draft.form == "IA":
        utilised = memory.sum("B2") + draft.amount("B2")
        draft.put("B1", max(draft.amount("B1"), utilised), rng)
    almost = rng.random()
    if almost < 0.15:
        code = rng.choice(_free(draft, rng)).code
        draft.put(code, draft.amount(code) + 1, rng)
    elif almost < 0.4 and draft.form == "IA":
        draft.numbers["IM1", ""] = Fraction(0) if draft.total("IM1") is None else None
    return True


def m01_batch(draft: Draft, memory: Memory, rng: Random) -> bool:
    if draft.form != "IA":
        return False
    trainings = draft.total("OP1") or Fraction(3)
    draft.put("OP1", trainings, rng)
    draft.put("OP2", trainings * rng.choice((1, 90, 200)), rng)
    return True


def v_exactly_allowed(draft: Draft, memory: Memory, rng: Random) -> bool:
    """Parts as large as the total, money spent to the last paisa, every request answered."""
    for code, dimension in [place for place in draft.numbers if place[1]]:
        draft.numbers[code, dimension] = max(draft.amount(code), Fraction(0))
    if draft.form == "IA":
        left = draft.amount("B1") - memory.sum("B2")
        if left > 0 and rng.random() < 0.5:
            draft.put("B2", left, rng)
    else:
        for first, second in (("FA1", "FA2"), ("FA3", "FA4")):
            spare = draft.amount(first) + memory.sum(first) - memory.sum(second)
            draft.put(second, max(spare, Fraction(0)), rng)
    return True


def same_again(draft: Draft, memory: Memory, rng: Random) -> bool:
    """Rows that repeat the same value, written otherwise: no finding."""
    for place in rng.sample(sorted(draft.numbers), rng.randint(1, 4)):
        number, unit = draft.numbers[place], draft.indicators[place[0]].unit
        if number is not None:
            draft.texts[place] = [spell(number, unit, rng) for _ in range(rng.choice((2, 3)))]
    return True


def nil_return(draft: Draft, memory: Memory, rng: Random) -> bool:
    nil_answers(draft, rng)
    if draft.form == "IA" and rng.random() < 0.3:
        draft.numbers["OC1", ""] = Fraction(-5000)  # given, but not above zero
    return True


EDGES: tuple[Edge, ...] = (
    q01_cause_without_effect,
    q02_five_times,
    q02_five_times,
    q02_not_for_sanctions,
    q03_limit,
    q03_limit,
    q03_window,
    q04_quarter_apart,
    q05_half,
    q05_low,
    q06_more_than_planned,
    q07_part_missing,
    q10_fewer_persons,
    q10_fewer_persons,
    q09_copied,
    q09_copied,
    m01_batch,
    v_exactly_allowed,
    same_again,
    nil_return,
)
# Those that leave other indicators alone, and so can be put on top of one another.
SMALL: tuple[Edge, ...] = (
    q01_cause_without_effect,
    q02_five_times,
    q03_limit,
    q03_window,
    q06_more_than_planned,
    q07_part_missing,
    q10_fewer_persons,
    same_again,
)
