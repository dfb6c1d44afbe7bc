"""The form's indicators as the generator needs them, and quarters counted in a row."""

import csv
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

INDICATORS_CSV = Path(__file__).parents[1] / "oracle" / "indicators.csv"

PAIRS = {
    "OP1": "OP2",
    "OP3": "OP4",
    "CB3": "CB4",
    "OC3": "OC3P",
    "OC4": "OC4P",
    "OC6": "OC6E",
    "SU1": "SU2",
    "SU3": "SU4",
    "FW1": "FW2",
}
PERSON_PAIRS = {"OP1": "OP2", "OP3": "OP4", "CB1": "CB2", "CB3": "CB4", "FW1": "FW2"}
TO_DATE_PAIRS = {"FA1": "FA2", "FA3": "FA4"}
BOUND = {*PAIRS, *PAIRS.values(), *TO_DATE_PAIRS, *TO_DATE_PAIRS.values(), "A1", "A2", "B1", "B2"}
FLOOR = {"count": Fraction(20), "inr": Fraction(500_000)}
STEP = {"count": Fraction(1), "inr": Fraction(1, 100)}


@dataclass(frozen=True)
class Indicator:
    code: str
    form: str
    group: str
    unit: str
    kind: str
    dimensions: tuple[str, ...]
    targeted: bool
    baseline: bool
    signed: bool

    @property
    def free(self) -> bool:
        """No rule ties its total to another indicator's."""
        return self.code not in BOUND

    @property
    def step(self) -> Fraction:
        return STEP[self.unit]

    @property
    def floor(self) -> Fraction:
        return FLOOR[self.unit]


def _load() -> dict[str, tuple[Indicator, ...]]:
    with INDICATORS_CSV.open(encoding="utf-8", newline="") as handle:
        rows = list(csv.DictReader(handle))
    forms: dict[str, list[Indicator]] = {}
    for row in rows:
        forms.setdefault(row["form"], []).append(
            Indicator(
                code=row["code"],
                form=row["form"],
                group=row["group"],
                unit=row["unit"],
                kind=row["kind"],
                dimensions=tuple(filter(None, row["dimensions"].split("|"))),
                targeted=row["targeted"] == "yes",
                baseline=row["baseline"] == "yes",
                signed=row["signed"] == "yes",
            )
        )
    return {form: tuple(indicators) for form, indicators in forms.items()}


FORMS = _load()


def quarter_key(number: int) -> str:
    """0 is 2000-01-Q1."""
    year = 2000 + number // 4
    return f"{year}-{(year + 1) % 100:02d}-Q{number % 4 + 1}"
