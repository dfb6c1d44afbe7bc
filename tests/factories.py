"""Updates and registries made for tests: whole and without a finding unless told otherwise.

What belongs here: makers that several test packages share. What must not: anything that knows
what the package under test answers.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from tests.stores import fill_office

from cpsa.calendar import Quarter
from cpsa.framework.loader import list_indicator_codes, load_framework
from cpsa.reference.programme_in_use import use_programme
from cpsa.reference.reference_data import Reference
from cpsa.registry.cluster_files import KnownPlaces
from cpsa.registry.registry_files import KnownCodes
from cpsa.services.app_context import AppContext
from cpsa.services.collection.collect_updates import collect_updates
from cpsa.services.quarter.check_updates import check_quarter
from cpsa.services.quarter.close_quarter import close_quarter
from cpsa.services.quarter.load_registry import load_registry
from cpsa.services.service_results import CheckResult, CloseQuarterResult, IntakeResult
from cpsa.store.database import read_transaction
from cpsa.store.queries.clock_queries import find_newest_instant

ROOT = Path(__file__).resolve().parents[1]
INCLUDE = ROOT / "include"
SAMPLE = INCLUDE / "sample"
EXPECTED = ROOT / "tests" / "golden" / "expected"
use_programme(INCLUDE / "programme")  # as every process of the program does
NEWEST_QUARTER = Quarter.parse("2199-00-Q4")  # whatever the newest framework file holds

PROGRAMME_FORM = PROGRAMME_AGENCY = "CPSA"  # whose one agency reports the programme itself
HEADER = ("agency", "quarter", "indicator", "dimension", "value", "note")
SANCTIONED = {"B1": "1000000"}
AGENCY_COLUMNS = (
    *("code", "form", "name_en", "name_hi", "cluster_en", "cluster_hi", "sector"),
    *("district", "division", "email", "language", "active_from", "active_to"),
)


def indicators(form: str) -> list[dict[str, str]]:
    """The form's indicators by the test suite's own table, not by the framework under test."""
    name = "programme_form.csv" if form == PROGRAMME_FORM else "indicators.csv"
    table = ROOT / "tests" / "oracle" / name
    with table.open(encoding="utf-8", newline="") as stream:
        return [row for row in csv.DictReader(stream) if row["form"] == form]


def known_codes() -> KnownCodes:
    """The codes of the framework and the reference data as shipped."""
    newest = load_framework(NEWEST_QUARTER, INCLUDE / "programme" / "framework")
    reference = Reference.load(INCLUDE / "programme" / "reference")
    return KnownCodes(
        forms=newest.forms,
        indicators=list_indicator_codes(INCLUDE / "programme" / "framework"),
        departments=reference.department_codes,
        places=KnownPlaces(reference.sectors, reference.districts.present_names),
    )


def form_of(agency: str) -> str:
    """The form of an agency of a test, by its code."""
    return PROGRAMME_FORM if agency == PROGRAMME_AGENCY else agency[:2]


def csv_text(rows: Iterable[Iterable[object]]) -> str:
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue()


def update(
    agency: str,
    quarter: str,
    values: Mapping[str, object] = {},
    *,
    form: str | None = None,
    absent: Collection[str] = (),
    nil: bool = False,
    rows: Iterable[tuple[str, str, str]] = (),
) -> bytes:
    """A long-form CSV: every total 0 (B1 a sanctioned sum) unless ``values`` says otherwise.

    ``values`` is keyed ``OP2`` or ``OP2:women``; ``rows`` (indicator, dimension, value) come last,
    as they are.
    """
    form = form or form_of(agency)
    told = {row["code"]: "0" for row in indicators(form)}
    if form == "IA":
        told |= SANCTIONED
    told |= {key: str(value) for key, value in values.items()}
    lines = [
        (agency, quarter, *_place(key), value, "")
        for key, value in told.items()
        if key not in absent
    ]
    lines += [(agency, quarter, *row, "") for row in rows]
    if nil:
        lines.append((agency, quarter, "NIL", "", "yes", ""))
    return csv_text([HEADER, *lines]).encode()


def _place(key: str) -> tuple[str, str]:
    code, _, dimension = key.partition(":")
    return code, dimension


@dataclass
class RegistryFolder:
    """A registry folder under construction; ``write`` puts its files down."""

    agencies: dict[str, str] = field(default_factory=dict)  # code → first quarter
    ends: dict[str, str] = field(default_factory=dict)  # code → last quarter
    targets: dict[tuple[str, str, str], object] = field(default_factory=dict)
    baselines: dict[tuple[str, str], object] = field(default_factory=dict)
    weights: dict[tuple[str, str], object] = field(default_factory=dict)
    recipients: dict[str, str] = field(default_factory=dict)  # department → address

    def write(self, folder: Path) -> Path:
        folder.mkdir(parents=True, exist_ok=True)
        agencies = [
            (
                *(code, form_of(code), f"Agency {code}", f"एजेंसी {code}", "", ""),
                *(("", "", "") if code == PROGRAMME_AGENCY else ("textile", "Indore", "Indore")),
                *(f"{code.lower()}@example.org", "en", since),
                self.ends.get(code, ""),
            )
            for code, since in self.agencies.items()
        ]
        files: dict[str, Sequence[tuple[object, ...]]] = {
            "agencies": [AGENCY_COLUMNS, *agencies],
            "targets": [("agency", "indicator", "quarter", "target")]
            + [(*key, value) for key, value in self.targets.items()],
            "baselines": [("agency", "indicator", "value", "as_of")]
            + [(*key, value, "2024-25-Q1") for key, value in self.baselines.items()],
            "weights": [("agency", "indicator", "weight")]
            + [(*key, value) for key, value in self.weights.items()],
            "recipients": [("department", "name", "email", "language", "kind")]
            + [
                (code, f"Officer of {code}", to, "hi", "to") for code, to in self.recipients.items()
            ],
        }
        for name, rows in files.items():
            (folder / f"{name}.csv").write_text(csv_text(rows), encoding="utf-8")
        return folder

    def load(self, office: AppContext, folder: Path, at: datetime) -> None:
        """Write it and load it into an empty office."""
        self.write(folder)
        fill_office(office, (repr(self), at), lambda: load_registry(office, folder, at))


def put(folder: Path, agency: str, quarter: str, content: bytes) -> Path:
    """Lay a file down where its path says whose it is and for when."""
    file = folder / quarter / f"{agency}.csv"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(content)
    return file


def day_after_quarter(quarter: str, days: int = 5) -> datetime:
    """An instant within the quarter's window (days after it opens)."""
    return Quarter.parse(quarter).opens_at + timedelta(days=days)


@dataclass(frozen=True)
class Clerk:
    """Sends files to an office and closes quarters, each at a fitting instant."""

    office: AppContext
    folder: Path

    def send(
        self,
        agency: str,
        quarter: str,
        values: Mapping[str, object] = {},
        at: datetime | None = None,
        **made: Any,
    ) -> IntakeResult:
        return self.send_bytes(agency, quarter, update(agency, quarter, values, **made), at)

    def send_bytes(
        self, agency: str, quarter: str, content: bytes, at: datetime | None = None
    ) -> IntakeResult:
        when = at or day_after_quarter(quarter)
        file = put(self.folder, agency, quarter, content)
        (item,) = collect_updates(self.office, file, when).items
        return item

    def check(self, quarter: str) -> CheckResult:
        key = Quarter.parse(quarter)
        return check_quarter(self.office, key, key.due_by)

    def close(self, quarter: str, who: str = "") -> CloseQuarterResult:
        key = Quarter.parse(quarter)
        return close_quarter(self.office, key, time_to_close(self.office, key), who)


def time_to_close(office: AppContext, quarter: Quarter) -> datetime:
    """The hour at which the quarter closes, or later where the store has a later instant."""
    with read_transaction(office.engine) as connection:
        newest = find_newest_instant(connection)
    return max(quarter.closes_at, newest or quarter.closes_at)


def remove_later_files(framework: Path, name: str) -> None:
    """Remove what a copied framework has for quarters after those of a file that a test writes."""
    for file in framework.glob("*.yaml"):
        if file.name > name:
            file.unlink()
