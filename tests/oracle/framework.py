"""The form's indicators (from indicators.csv beside this file) and the decided figures.

The figures are written out a second time on purpose: reading them from the framework file under
test would hide a wrong one.
"""

import csv
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

FORMS = ("IA", "FC")
GROUPS = {
    "IA": (
        "outcome",
        "output",
        "contribution",
        "sustainability",
        "budget",
        "activity",
        "capacity",
    ),
    "FC": ("facilitation", "bds", "awareness"),
}
COMPOSITE = {
    "IA": {
        "outcome": Fraction(40, 100),
        "output": Fraction(30, 100),
        "contribution": Fraction(20, 100),
        "sustainability": Fraction(10, 100),
    },
    "FC": {
        "facilitation": Fraction(40, 100),
        "bds": Fraction(40, 100),
        "awareness": Fraction(20, 100),
    },
}
FLOOR = {"count": Fraction(20), "inr": Fraction(500_000)}

# V04 and Q01
PAIRS_OF_A_QUARTER = (
    ("OP1", "OP2"),
    ("OP3", "OP4"),
    ("CB3", "CB4"),
    ("OC3", "OC3P"),
    ("OC4", "OC4P"),
    ("OC6", "OC6E"),
    ("SU1", "SU2"),
    ("SU3", "SU4"),
    ("FW1", "FW2"),
)
# Q10
PAIRS_OF_PERSONS = (
    ("OP1", "OP2"),
    ("OP3", "OP4"),
    ("CB1", "CB2"),
    ("CB3", "CB4"),
    ("FW1", "FW2"),
)
# V05
PAIRS_TO_DATE = (("FA1", "FA2"), ("FA3", "FA4"))


@dataclass(frozen=True)
class Indicator:
    code: str
    form: str
    group: str
    unit: str  # "count" or "inr"
    kind: str  # "flow" or "stock"
    dimensions: tuple[str, ...]
    targeted: bool
    baseline: bool
    signed: bool
    rate_of: str  # the indicator that this one answers, blank for none
    rate_target: Fraction  # 0 where it answers none


def load_indicators() -> dict[str, dict[str, Indicator]]:
    """form -> code -> indicator, in the table's order."""
    forms: dict[str, dict[str, Indicator]] = {form: {} for form in FORMS}
    path = Path(__file__).with_name("indicators.csv")
    with path.open(encoding="utf-8", newline="") as handle:
        for row in csv.DictReader(handle):
            forms[row["form"]][row["code"]] = Indicator(
                code=row["code"],
                form=row["form"],
                group=row["group"],
                unit=row["unit"],
                kind=row["kind"],
                dimensions=tuple(row["dimensions"].split("|")) if row["dimensions"] else (),
                targeted=row["targeted"] == "yes",
                baseline=row["baseline"] == "yes",
                signed=row["signed"] == "yes",
                rate_of=row["rate_of"],
                rate_target=Fraction(row["rate_target"] or 0),
            )
    return forms


INDICATORS = load_indicators()


def flows(form: str) -> list[Indicator]:
    return [indicator for indicator in INDICATORS[form].values() if indicator.kind == "flow"]
