"""Mischief that returns or refuses a file, one function per kind, named by the rule it aims at.

Each takes a clean draft and says whether it could do its work there.
"""

from collections.abc import Callable
from fractions import Fraction
from random import Random

from tests.programmes.draft import Draft
from tests.programmes.memory import Memory, Place
from tests.programmes.spelling import CONTESTED, UNREADABLE, missing, spell
from tests.programmes.table import FORMS, PAIRS, quarter_key

Fault = Callable[[Draft, Memory, Random], bool]


def _places(draft: Draft, rng: Random, most: int = 3) -> list[Place]:
    return rng.sample(sorted(draft.numbers), rng.randint(1, most))


def _spelled(draft: Draft, place: Place, value: Fraction, rng: Random) -> str:
    return spell(value, draft.indicators[place[0]].unit, rng)


def s01_unreadable(draft: Draft, memory: Memory, rng: Random) -> bool:
    for place in _places(draft, rng):
        draft.texts[place] = [rng.choice(UNREADABLE)]
    return True


def s01_contested(draft: Draft, memory: Memory, rng: Random) -> bool:
    for place in _places(draft, rng):
        draft.texts[place] = [rng.choice(CONTESTED)]
    return True


def s02_negative(draft: Draft, memory: Memory, rng: Random) -> bool:
    for code, dimension in _places(draft, rng):
        indicator = draft.indicators[code]
        if indicator.signed:
            continue
        value = -rng.randint(1, 900) * indicator.step
        if rng.random() < 0.2:
            value /= 8  # neither whole nor in paise: the sign is what is found
        draft.texts[code, dimension] = [_spelled(draft, (code, dimension), value, rng)]
    return bool(draft.texts)


def s03_fraction(draft: Draft, memory: Memory, rng: Random) -> bool:
    if draft.nil:
        return False  # whether V07 looks at such a value is disputed, see below
    for place in _places(draft, rng):
        indicator = draft.indicators[place[0]]
        number = draft.numbers[place] or Fraction(0)
        value = abs(number) + indicator.step * Fraction(rng.choice((1, 5, 9)), 10)
        if indicator.signed and rng.random() < 0.5:
            value = -value
        draft.texts[place] = [_spelled(draft, place, value, rng)]
    return True


def s04_unknown(draft: Draft, memory: Memory, rng: Random) -> bool:
    other = FORMS["FC" if draft.form == "IA" else "IA"]
    indicator = rng.choice(FORMS[draft.form])
    stranger = next(
        dimension
        for dimension in rng.sample(("women", "micro", "poverty", "youth", "rural"), 5)
        if dimension not in indicator.dimensions
    )
    for code, dimension in rng.sample(
        (("ZZ9", ""), (rng.choice(other).code, ""), (indicator.code, stranger), ("ZZ9", "women")),
        rng.randint(1, 3),
    ):
        for _ in range(rng.choice((1, 1, 2))):
            value = rng.choice(("12", "", "abc", "-5", "1.5", "7"))
            draft.rows.append(
                (draft.agency, quarter_key(draft.quarter), code, dimension, value, "")
            )
    return True


def s05_twice(draft: Draft, memory: Memory, rng: Random) -> bool:
    if draft.nil:
        return False  # as for S03
    for place in _places(draft, rng):
        number = draft.numbers[place]
        texts = [missing(rng) if number is None else _spelled(draft, place, number, rng)]
        other = (number or Fraction(0)) + draft.indicators[place[0]].step * rng.randint(1, 50)
        for _ in range(rng.choice((1, 1, 2))):
            manner = rng.random()
            if manner < 0.6 or number is None:
                texts.append(_spelled(draft, place, other, rng))
            elif manner < 0.85:
                texts.append(rng.choice(("", " ")))
            elif manner < 0.95:
                texts.append("abc")  # S01, and S05 on top
            else:
                texts.append(_spelled(draft, place, -abs(other) - Fraction(1, 1000), rng))
        rng.shuffle(texts)
        draft.texts[place] = texts
    return True


def s05_disputed(draft: Draft, memory: Memory, rng: Random) -> bool:
    """Is blank and NA, or one unreadable text and another, another value?"""
    for place in _places(draft, rng):
        draft.texts[place] = rng.choice((["", "NA"], ["-", ""], ["abc", "xyz"], ["abc", "abc"]))
    return True


def v01_missing(draft: Draft, memory: Memory, rng: Random) -> bool:
    for place in rng.sample([(one, "") for one in draft.indicators], rng.randint(1, 3)):
        draft.numbers[place] = None
        if rng.random() < 0.4:
            draft.absent.add(place)
    return True


def v02_larger_part(draft: Draft, memory: Memory, rng: Random) -> bool:
    parted = [
        (code, rng.choice(indicator.dimensions))
        for code, indicator in draft.indicators.items()
        if indicator.dimensions and draft.total(code) is not None and draft.amount(code) >= 0
    ]
    if not parted:
        return False
    for code, dimension in rng.sample(parted, min(len(parted), rng.randint(1, 2))):
        draft.numbers[code, dimension] = draft.amount(code) + rng.choice((1, 1, 40))
    return True


def v03_overspent(draft: Draft, memory: Memory, rng: Random) -> bool:
    if draft.form != "IA" or memory.agency.style == "huge":
        return False
    sanctioned = draft.amount("B1")
    excess = rng.choice((Fraction(1, 100), Fraction(1), sanctioned))
    draft.put("B2", max(sanctioned - memory.sum("B2"), Fraction(0)) + excess, rng)
    return True


def v04_effect_without_cause(draft: Draft, memory: Memory, rng: Random) -> bool:
    pairs = [pair for pair in PAIRS.items() if pair[0] in draft.indicators]
    for first, second in rng.sample(pairs, min(len(pairs), rng.randint(1, 2))):
        draft.put(first, Fraction(0), rng)
        draft.put(second, Fraction(rng.randint(1, 60)), rng)
    return True


def v05_more_answers_than_requests(draft: Draft, memory: Memory, rng: Random) -> bool:
    if draft.form != "FC":
        return False
    first, second = rng.choice((("FA1", "FA2"), ("FA3", "FA4")))
    spare = draft.amount(first) + memory.sum(first) - memory.sum(second)
    draft.put(second, max(spare, Fraction(0)) + rng.choice((1, 1, 30)), rng)
    return True


def v06_lowered(draft: Draft, memory: Memory, rng: Random) -> bool:
    before = memory.latest.get(("B1", "")) if memory.latest else None
    if draft.form != "IA" or not before:
        return False
    draft.put("B1", before - rng.choice((Fraction(1, 100), Fraction(100))), rng)
    return True


def nil_answers(draft: Draft, rng: Random) -> None:
    """A true NIL return: flows blank or zero, stocks as they are."""
    draft.nil = True
    for code, indicator in draft.indicators.items():
        if indicator.kind != "flow":
            continue
        for dimension in ("", *indicator.dimensions):
            zero = rng.random() < 0.2
            draft.numbers[code, dimension] = Fraction(0) if zero else None
            if not zero and rng.random() < 0.3:
                draft.absent.add((code, dimension))


def v07_nil_and_numbers(draft: Draft, memory: Memory, rng: Random) -> bool:
    draft.nil = True
    for place in rng.sample(sorted(draft.numbers), rng.randint(0, 12)):
        draft.numbers[place] = None
    return True


def v07_impact_alone(draft: Draft, memory: Memory, rng: Random) -> bool:
    if draft.form != "IA":
        return False
    nil_answers(draft, rng)
    draft.numbers["IM2", ""] = Fraction(rng.randint(1, 9))
    return True


def v07_faulty_alone(draft: Draft, memory: Memory, rng: Random) -> bool:
    """NIL is ticked and the only total above zero has a finding of its own."""
    nil_answers(draft, rng)
    flows = [code for code, one in draft.indicators.items() if one.kind == "flow"]
    draft.texts[rng.choice(flows), ""] = rng.choice((["5", "7"], ["0.125"], ["5", ""]))
    return True


def v01_nil_answers_no_stock(draft: Draft, memory: Memory, rng: Random) -> bool:
    nil_answers(draft, rng)
    stocks = [code for code, one in draft.indicators.items() if one.kind == "stock"]
    draft.numbers[rng.choice(stocks), ""] = None
    return True


def s01_nil_answers_no_fault(draft: Draft, memory: Memory, rng: Random) -> bool:
    nil_answers(draft, rng)
    return s01_unreadable(draft, memory, rng)


def v02_nil_and_a_part(draft: Draft, memory: Memory, rng: Random) -> bool:
    nil_answers(draft, rng)
    parted = [code for code, one in draft.indicators.items() if one.dimensions]
    code = rng.choice(parted)
    draft.numbers[code, draft.indicators[code].dimensions[0]] = Fraction(rng.randint(1, 9))
    return True


def v01_header_only(draft: Draft, memory: Memory, rng: Random) -> bool:
    draft.absent.update(draft.numbers)
    return True


def s06_misnamed(draft: Draft, memory: Memory, rng: Random) -> bool:
    if rng.random() < 0.5:
        others = [one.code for one in memory.registry.agencies if one.code != draft.agency]
        draft.misnamed["agency"] = rng.choice(others)
    else:
        draft.misnamed["quarter"] = quarter_key(draft.quarter + rng.choice((-4, -1, 1)))
    draft.misnamed_rows = rng.choice((0, 1, 1, 5))
    if rng.random() < 0.3:
        s01_unreadable(draft, memory, rng)
    return True


FAULTS: tuple[Fault, ...] = (
    s01_unreadable,
    s02_negative,
    s03_fraction,
    s04_unknown,
    s05_twice,
    v01_missing,
    v02_larger_part,
    v03_overspent,
    v04_effect_without_cause,
    v05_more_answers_than_requests,
    v06_lowered,
    v07_nil_and_numbers,
    v07_impact_alone,
    v01_nil_answers_no_stock,
    s01_nil_answers_no_fault,
    v02_nil_and_a_part,
    v01_header_only,
    s06_misnamed,
    s06_misnamed,
    s06_misnamed,
)
# These may be put on top of one another.
HEAPED: tuple[Fault, ...] = FAULTS[:12]
