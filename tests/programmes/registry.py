"""The made-up registry: from when updates are due, targets with holes, odd weights, some baselines."""

import csv
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from random import Random

from tests.programmes.spelling import decimals
from tests.programmes.table import FORMS, quarter_key

SECTORS = ("textile", "food", "engineering", "plastic", "brick", "pharmaceutical")
PLACES = (("Indore", "Indore"), ("Dhar", "Indore"), ("Guna", "Gwalior"), ("Sagar", "Sagar"))
DEPARTMENTS = ("DOMSME", "DOIC", "BANKS")

# rough: anything goes. exact: targets are round and actuals meet them in exact ratios.
# huge: amounts near the end of what a double holds exactly. steady: nearly always accepted, with
# some series that never move. sparse: few flows above zero. poor: far under target.
STYLES = ("steady", "exact", "rough", "huge", "sparse", "poor")


@dataclass
class Agency:
    code: str
    form: str
    style: str
    active_from: int
    active_to: int | None = None  # its last quarter; None: no end
    levels: dict[str, Fraction] = field(default_factory=dict)
    constant: set[str] = field(default_factory=set)

    def is_active(self, quarter: int) -> bool:
        left = self.active_to is not None and quarter > self.active_to
        return self.active_from <= quarter and not left


@dataclass
class Registry:
    agencies: list[Agency]
    targets: dict[tuple[str, str, int], Fraction]
    baselines: dict[tuple[str, str], Fraction]
    weights: dict[tuple[str, str], str]


def make_registry(rng: Random, first: int, quarters: int, sizes: dict[str, int]) -> Registry:
    registry = Registry([], {}, {}, {})
    for form, size in sizes.items():
        for position in range(size):
            style = STYLES[position % len(STYLES)]
            agency = Agency(f"{form}-T{position:03d}", form, style, first)
            # Updates of the first ones are due from the start, so that every form is expected from somebody.
            if position == 1:
                agency.active_from = first - rng.randint(1, 5)
            elif position > 1 and rng.random() < 0.45:
                agency.active_from = first + rng.randint(1, max(1, quarters - 2))
            if position > 1 and rng.random() < 0.2:
                agency.active_to = max(agency.active_from, first + rng.randrange(quarters))
            _levels(agency, rng)
            _targets(registry, agency, rng, range(first - 2, first + quarters + 1))
            _weights(registry, agency, rng)
            for indicator in FORMS[form]:
                if indicator.baseline and rng.random() < 0.8:
                    registry.baselines[agency.code, indicator.code] = Fraction(rng.randint(0, 9999))
            registry.agencies.append(agency)
    return registry


def _levels(agency: Agency, rng: Random) -> None:
    for indicator in FORMS[agency.form]:
        if indicator.unit == "inr":
            level = Fraction(round(10 ** rng.uniform(4.8, 7.5)))
            if agency.style == "huge":
                level = Fraction(rng.randint(10**12, 10**14), 100)
        else:
            level = Fraction(round(10 ** rng.uniform(0.3, 2.3)))
            if indicator.code in ("FW5", "CB2", "IM1") and rng.random() < 0.6:
                level = Fraction(rng.randint(60, 9000))
        if agency.style == "exact":
            level = Fraction(max(10, round(level / 10) * 10))
            level = Fraction(round(level / 1000 + 1) * 1000) if indicator.unit == "inr" else level
        agency.levels[indicator.code] = level
        if agency.style == "steady" and indicator.free and rng.random() < 0.2:
            agency.constant.add(indicator.code)
    if agency.form == "FC":
        agency.levels["FA4"] = min(agency.levels["FA3"], agency.levels["FA4"])


def _targets(registry: Registry, agency: Agency, rng: Random, quarters: range) -> None:
    if agency.style in ("sparse", "poor") and rng.random() < 0.15:
        return  # no terms of reference at all: accepted, and still no composite
    holes = agency.style not in ("exact", "steady") or rng.random() < 0.2
    groups = {indicator.group for indicator in FORMS[agency.form]}
    without = rng.choice(sorted(groups)) if holes and rng.random() < 0.3 else None
    late = rng.choice(quarters) if rng.random() < 0.2 else quarters[0]  # its terms came later
    for indicator in FORMS[agency.form]:
        if not indicator.targeted:
            wanted = rng.random() < 0.08
        else:
            wanted = not (holes and rng.random() < 0.1) and indicator.group != without
        for quarter in quarters:
            if not wanted or quarter < late or (holes and rng.random() < 0.06):
                continue
            target = agency.levels[indicator.code]
            if agency.style != "exact":
                target = Fraction(round(target * Fraction(rng.randint(80, 125), 100)))
                if indicator.unit == "inr" and rng.random() < 0.3:
                    target += Fraction(rng.randint(1, 99), 100)
            if rng.random() < 0.03:
                target = Fraction(0)
            registry.targets[agency.code, indicator.code, quarter] = target


def _weights(registry: Registry, agency: Agency, rng: Random) -> None:
    weightless = rng.choice(("contribution", "awareness", "activity")) if rng.random() < 0.2 else ""
    for indicator in FORMS[agency.form]:
        if not indicator.targeted:
            continue
        if indicator.group == weightless:
            registry.weights[agency.code, indicator.code] = "0"
        elif rng.random() < 0.25:
            weight = rng.choice(("0.5", "2", "0", "3", "1.5", "0.25", "1"))
            registry.weights[agency.code, indicator.code] = weight


def write_registry(registry: Registry, folder: Path, rng: Random) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    agencies: list[tuple[str, ...]] = []
    for number, agency in enumerate(registry.agencies):
        district, division = rng.choice(PLACES)
        cluster = agency.form == "IA"
        agencies.append(
            (
                *(agency.code, agency.form, f"Agency {number}", f"एजेंसी {number}"),
                f"Cluster {number}" if cluster else "",
                f"क्लस्टर {number}" if cluster else "",
                rng.choice(SECTORS) if cluster else "",
                *(district, division, f"{agency.code.lower()}@example.org"),
                *(rng.choice(("en", "hi")), quarter_key(agency.active_from)),
                quarter_key(agency.active_to) if agency.active_to is not None else "",
            )
        )
    _write(
        folder / "agencies.csv",
        "code,form,name_en,name_hi,cluster_en,cluster_hi,sector,district,division,email,language,"
        "active_from,active_to",
        agencies,
    )
    _write(
        folder / "targets.csv",
        "agency,indicator,quarter,target",
        [
            (agency, indicator, quarter_key(quarter), decimals(target))
            for (agency, indicator, quarter), target in registry.targets.items()
        ],
    )
    _write(
        folder / "baselines.csv",
        "agency,indicator,value,as_of",
        [
            (agency, indicator, decimals(value), quarter_key(registry.agencies[0].active_from))
            for (agency, indicator), value in registry.baselines.items()
        ],
    )
    _write(
        folder / "weights.csv",
        "agency,indicator,weight",
        [(*key, weight) for key, weight in registry.weights.items()],
    )
    _write(
        folder / "recipients.csv",
        "department,name,email,language,kind",
        [
            (code, f"Nodal officer, {code}", f"{code.lower()}@example.org", "en", "to")
            for code in DEPARTMENTS
        ],
    )


def _write(path: Path, header: str, rows: list[tuple[str, ...]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as handle:
        writer = csv.writer(handle, lineterminator="\n")
        writer.writerow(header.split(","))
        writer.writerows(rows)
