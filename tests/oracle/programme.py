"""A programme folder: its registry, and which files arrived for which quarter in which order.

Layout: registry/*.csv, updates/<quarter>/<agency>.csv, and for files that came after those but
before closing updates/<quarter>.round2/<agency>.csv (round3 and so on), with <agency>.entries.csv beside them. What a long-form file cannot
say stands beside them: formulas.csv (figures that are results of formulas in the workbook that was
sent), broken_seals.csv, and queries.csv (what CPSA asked, when a version was the newest that came).
"""

import csv
import re
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path

# Forms that are neither scored nor rated: the rules and scores of this reading are not about them.
UNSCORED = frozenset(("CPSA",))
QUARTER_FOLDER = re.compile(r"(\d{4}-\d{2}-Q[1-4])(?:\.round(\d+))?")


def number_of(quarter: str) -> int:
    """Quarters counted in a row, so that a difference is a number of quarters."""
    return int(quarter[:4]) * 4 + int(quarter[-1])


@dataclass(frozen=True)
class Agency:
    code: str
    form: str
    active_from: str
    active_to: str = ""  # blank: no end

    def owes(self, quarter: str) -> bool:
        return self.active_from <= quarter and (not self.active_to or quarter <= self.active_to)


@dataclass(frozen=True)
class Registry:
    agencies: dict[str, Agency]
    targets: dict[tuple[str, str, str], Fraction]  # (agency, indicator, quarter)
    baselines: set[tuple[str, str]]  # (agency, indicator)
    weights: dict[tuple[str, str], Fraction]  # (agency, indicator)


Version = tuple[str, str, int]  # agency, quarter, and which of its files for it, from 1


@dataclass(frozen=True)
class Formula:
    """A figure that is a formula's result; ``outdated``: its file says that it may be out of date."""

    version: Version
    indicator: str
    dimension: str
    outdated: bool


@dataclass(frozen=True)
class Query:
    """A question about a figure of what counted when a version was the newest."""

    version: Version
    indicator: str
    dimension: str
    withdrawn: bool


@dataclass(frozen=True)
class Programme:
    registry: Registry
    # quarter -> agency -> contents in the order they arrived
    arrivals: dict[str, dict[str, list[bytes]]]
    formulas: tuple[Formula, ...] = ()
    broken_seals: frozenset[Version] = frozenset()
    queries: tuple[Query, ...] = ()
    entries: dict[tuple[str, str], list[bytes]] = field(default_factory=dict)
    """By agency and quarter the files of entries, the newest last."""

    @property
    def first_quarter(self) -> str:
        return min(self.arrivals)


def _rows(path: Path) -> list[dict[str, str]]:
    if not path.exists():
        return []
    with path.open(encoding="utf-8-sig", newline="") as handle:
        return list(csv.DictReader(handle))


def load_registry(folder: Path) -> Registry:
    return Registry(
        agencies={
            row["code"]: Agency(
                row["code"], row["form"], row["active_from"], row.get("active_to") or ""
            )
            for row in _rows(folder / "agencies.csv")
            if row["form"] not in UNSCORED
        },
        targets={
            (row["agency"], row["indicator"], row["quarter"]): Fraction(row["target"])
            for row in _rows(folder / "targets.csv")
        },
        baselines={(row["agency"], row["indicator"]) for row in _rows(folder / "baselines.csv")},
        weights={
            (row["agency"], row["indicator"]): Fraction(row["weight"])
            for row in _rows(folder / "weights.csv")
        },
    )


def load_programme(folder: Path) -> Programme:
    rounds: list[tuple[str, int, Path]] = []
    for path in (folder / "updates").iterdir():
        match = QUARTER_FOLDER.fullmatch(path.name)
        if match is None or not path.is_dir():
            raise ValueError(f"not a quarter's folder: {path}")
        rounds.append((match[1], int(match[2] or 1), path))
    unscored = {
        row["code"]
        for row in _rows(folder / "registry" / "agencies.csv")
        if row["form"] in UNSCORED
    }
    arrivals: dict[str, dict[str, list[bytes]]] = {}
    entries: dict[tuple[str, str], list[bytes]] = {}
    for quarter, _, path in sorted(rounds):
        received = arrivals.setdefault(quarter, {})
        for file in path.glob("*.entries.csv"):
            key = file.name.removesuffix(".entries.csv"), quarter
            entries.setdefault(key, []).append(file.read_bytes())
        for file in sorted(path.glob("*.csv")):
            if not file.name.endswith(".entries.csv") and file.stem not in unscored:
                received.setdefault(file.stem, []).append(file.read_bytes())
    return Programme(
        load_registry(folder / "registry"),
        arrivals,
        formulas=tuple(
            Formula(_version(row), row["indicator"], row["dimension"], row["outdated"] == "yes")
            for row in _rows(folder / "formulas.csv")
        ),
        broken_seals=frozenset(map(_version, _rows(folder / "broken_seals.csv"))),
        queries=load_queries(folder),
        entries=entries,
    )


def load_queries(folder: Path) -> tuple[Query, ...]:
    return tuple(
        Query(_version(row), row["indicator"], row["dimension"], row["withdrawn"] == "yes")
        for row in _rows(folder / "queries.csv")
    )


def _version(row: dict[str, str]) -> Version:
    return row["agency"], row["quarter"], int(row["version"])
