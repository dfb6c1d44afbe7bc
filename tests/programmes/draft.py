"""One update before it is written: clean numbers first, then whatever mischief is wanted."""

from dataclasses import dataclass, field
from fractions import Fraction
from random import Random

from tests.programmes.memory import Memory, Place
from tests.programmes.table import FORMS, PAIRS, TO_DATE_PAIRS, Indicator

Row = tuple[str, str, str, str, str, str]


@dataclass
class Draft:
    agency: str
    form: str
    quarter: int
    numbers: dict[Place, Fraction | None] = field(default_factory=dict)
    texts: dict[Place, list[str]] = field(default_factory=dict)  # written so, whatever the number
    absent: set[Place] = field(default_factory=set)  # no row at all
    rows: list[Row] = field(default_factory=list)  # beside those of the form
    nil: bool = False
    returned: bool = False  # an error was put in on purpose
    misnamed: dict[str, str] = field(default_factory=dict)  # "agency" or "quarter" -> wrong name
    misnamed_rows: int = 0  # how many of the rows, 0 for all

    @property
    def indicators(self) -> dict[str, Indicator]:
        return {indicator.code: indicator for indicator in FORMS[self.form]}

    def total(self, code: str) -> Fraction | None:
        return self.numbers.get((code, ""))

    def amount(self, code: str) -> Fraction:
        """The total, nothing counting as 0."""
        return self.numbers.get((code, "")) or Fraction(0)

    def put(self, code: str, value: Fraction, rng: Random) -> None:
        """Sets a total, with dimensions that fit under it."""
        self.numbers[code, ""] = value
        for dimension in self.indicators[code].dimensions:
            self.numbers[code, dimension] = _part(value, rng)

    def values(self) -> dict[Place, Fraction]:
        """As they count once accepted."""
        values = {place: value for place, value in self.numbers.items() if value is not None}
        if self.nil:
            for code, indicator in self.indicators.items():
                if indicator.kind == "flow":
                    for dimension in ("", *indicator.dimensions):
                        values.setdefault((code, dimension), Fraction(0))
        return values


def _part(total: Fraction, rng: Random) -> Fraction:
    if total <= 0:
        return Fraction(rng.randint(-5, 0)) if total < 0 else Fraction(0)
    if rng.random() < 0.1:
        return total  # as large as the total is allowed
    return Fraction(round(total * Fraction(rng.randint(0, 100), 100)))


def clean_draft(memory: Memory, quarter: int, rng: Random) -> Draft:
    """A draft that breaks no rule that would return it."""
    agency = memory.agency
    draft = Draft(agency.code, agency.form, quarter)
    few = set()
    if agency.style == "sparse":
        flows = [one.code for one in FORMS[agency.form] if one.free and one.kind == "flow"]
        few = set(rng.sample(flows, rng.choice((4, 5, 5, 6))))
    for indicator in FORMS[agency.form]:
        value = _usual(indicator, memory, rng)
        if few and indicator.kind == "flow" and indicator.code not in few:
            value = Fraction(0)
        draft.put(indicator.code, value, rng)
        if indicator.group == "impact" and rng.random() < 0.35:
            draft.numbers[indicator.code, ""] = None
    if agency.style == "exact":
        meet_targets(draft, memory, rng)
    settle(draft, memory, rng)
    return draft


def _usual(indicator: Indicator, memory: Memory, rng: Random) -> Fraction:
    agency = memory.agency
    level = agency.levels[indicator.code]
    if indicator.code in agency.constant or indicator.kind == "stock":
        return level
    swing = {"poor": (10, 60), "steady": (85, 115)}.get(agency.style, (60, 130))
    value = level * Fraction(rng.randint(*swing), 100)
    value = Fraction(round(value / indicator.step)) * indicator.step
    if indicator.unit == "inr" and rng.random() < 0.6:
        value = Fraction(round(value))
    if rng.random() < 0.06:
        value = Fraction(0)
    if indicator.signed and rng.random() < 0.15:
        value = -value
    return value


def meet_targets(draft: Draft, memory: Memory, rng: Random) -> None:
    """Every achievement to date an exact ratio: a half, four fifths, or a tie at the 5th place."""
    ratio = rng.choice((Fraction(1, 2), Fraction(4, 5), Fraction(4, 5)))
    tie = Fraction(2 * rng.randint(4000, 7999) + 1, 20_000)
    for code, indicator in draft.indicators.items():
        if not indicator.targeted:
            continue
        target = memory.target(code, draft.quarter)
        here = tie if indicator.unit == "inr" and rng.random() < 0.4 else ratio
        value = target * here - memory.sum(code)
        if value >= 0 and (value / indicator.step).denominator == 1:
            draft.put(code, value, rng)


def settle(draft: Draft, memory: Memory, rng: Random) -> None:
    """Corrects what the rules connect, so that only planned mischief is found."""
    for first, second in PAIRS.items():
        if draft.total(first) is None or draft.total(second) is None:
            continue
        if draft.total(first) == 0:
            draft.put(second, Fraction(0), rng)
        elif draft.total(second) == 0:
            draft.put(second, Fraction(rng.randint(1, 9)), rng)
    for first, second in TO_DATE_PAIRS.items():
        if draft.form == "FC":
            spare = draft.amount(first) + memory.sum(first) - memory.sum(second)
            if draft.amount(second) > spare:
                if first == "FA1":
                    draft.put(first, draft.amount(second), rng)
                else:
                    draft.put(second, max(Fraction(0), spare), rng)
    if draft.form == "IA":
        if memory.agency.style != "exact":
            done = draft.amount("A1") * Fraction(rng.randint(50, 110), 100)
            draft.put("A2", Fraction(int(done)), rng)
        before = memory.latest.get(("B1", "")) if memory.latest else None
        utilised = memory.sum("B2") + draft.amount("B2")
        sanctioned = before if before is not None else memory.agency.levels["B2"] * 6
        if utilised > sanctioned:
            sanctioned = utilised + rng.choice((Fraction(0), memory.agency.levels["B2"]))
        draft.put("B1", sanctioned, rng)
