"""Tables for a made-up programme: connected with its figures, with mischief close to each rule's limit."""

import csv
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from random import Random

from tests.oracle.tables import SOURCES, STEPS

DEPARTMENTS = ("DOIC", "DOMSME", "BANKS", "REV")
SCHEMES = ("MSE-CDP", "SFURTI", "Own scheme")
HEADERS = {
    "milestones": ("step", "planned", "actual", "pending_with", "reference"),
    "money": ("source", "due", "received"),
    "applications": (
        *("department", "scheme", "opening", "filed", "approved", "refused", "over_30", "over_90"),
    ),
}
Rows = list[dict[str, str]]


@dataclass
class TableMemory:
    """What an agency has given so far, whether it was accepted or not."""

    dates: dict[str, date] = field(default_factory=dict)
    due: int = 0
    pending: dict[tuple[str, str], int] = field(default_factory=dict)


def write_table(folder: Path, agency: str, quarter: str, table: str, rows: Rows) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    header = HEADERS[table]
    with (folder / f"{agency}.{table}.csv").open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(("agency", "quarter", *header))
        writer.writerows((agency, quarter, *(row.get(name, "") for name in header)) for row in rows)


def make_milestones(memory: TableMemory, arrived_on: date, rng: Random) -> Rows:
    """The steps reached so far, one or two more, and in some files a date at or beyond a limit."""
    for step in STEPS[len(memory.dates) : len(memory.dates) + rng.randint(0, 2)]:
        latest = max(memory.dates.values(), default=arrived_on - timedelta(days=900))
        wait = rng.choice((364, 365, 366, 400)) if step == "DPR" else rng.choice((0, 1, 40))
        start = memory.dates.get("SOFT", latest) if step == "DPR" else latest
        day = max(start + timedelta(days=wait), latest)
        if day <= arrived_on:
            memory.dates[step] = day
    if not memory.dates:
        memory.dates["CCC"] = arrived_on - timedelta(days=rng.choice((0, 800)))
    dates = dict(memory.dates)
    if rng.random() < 0.5:
        _spoil_dates(dates, arrived_on, rng)
    rows = [
        {"step": step, "planned": "2030-01-01", "actual": _spell(day, rng)}
        for step, day in dates.items()
    ]
    if rng.random() < 0.1:
        rows.append({"step": rng.choice(("DRP", "CCC")), "actual": "2020-01-01"})
    if rng.random() < 0.1:
        rng.choice(rows)["actual"] = rng.choice(("31.02.2026", "soon", "2026-13-01"))
    if rng.random() < 0.3:
        rng.shuffle(rows)
    return rows


def _spoil_dates(dates: dict[str, date], arrived_on: date, rng: Random) -> None:
    step = rng.choice([*dates])
    changes: tuple[Callable[[], object], ...] = (
        lambda: dates.update({step: arrived_on + timedelta(days=rng.choice((0, 1)))}),
        lambda: dates.update({step: dates[step] + timedelta(days=rng.choice((-1, 1)))}),
        lambda: dates.pop(step) if len(dates) > 1 else None,
    )
    rng.choice(changes)()


def make_money(memory: TableMemory, rng: Random) -> Rows:
    memory.due += rng.randint(0, 9) * 100_000
    rows = []
    for source in SOURCES:
        received = memory.due + rng.choice((-1, 0, 0, 0)) + (rng.random() < 0.1)
        row = {"source": source, "due": str(memory.due), "received": str(max(received, 0))}
        if rng.random() < 0.2:
            row["due"] = ""
        rows.append(row)
    if rng.random() < 0.1:
        rows[0]["received"] = rng.choice(("-5", "ten", "1.005"))
    return rows


def make_applications(memory: TableMemory, filed: int, approved: int, rng: Random) -> Rows:
    """Rows that add up to the update's figures, and in some files do not."""
    keys = list(memory.pending) or [
        (department, rng.choice(SCHEMES)) for department in rng.sample(DEPARTMENTS, 2)
    ]
    if rng.random() < 0.2 and len(keys) < 4:
        keys.append((rng.choice(DEPARTMENTS), f"Scheme {len(keys)}"))
    rows: Rows = []
    for number, key in enumerate(dict.fromkeys(keys)):
        opening = memory.pending.get(key, 0)
        own_filed, own_approved = (filed, approved) if number == 0 else (0, 0)
        left = opening + own_filed - own_approved
        refused = rng.choice((0, left)) if left > 0 else 0
        memory.pending[key] = left - refused
        old = rng.choice((0, left - refused))
        counts = {
            "opening": opening,
            "filed": own_filed,
            "approved": own_approved,
            "refused": refused,
            "over_30": max(old, 0),
            "over_90": max(old, 0),
        }
        if rng.random() < 0.3:
            name = rng.choice([*counts])
            counts[name] = max(counts[name] + rng.choice((-1, 1)), 0)
        texts = {name: str(count) for name, count in counts.items()}
        if rng.random() < 0.2:
            texts[rng.choice(("opening", "approved", "over_30", "over_90"))] = ""
        rows.append({"department": key[0], "scheme": key[1], **texts})
    if rng.random() < 0.1 and len(rows) > 1:
        rows.pop()
    if rng.random() < 0.1:
        rows[0][rng.choice(("filed", "refused"))] = rng.choice(("-1", "many", "1.5"))
    return rows


def _spell(day: date, rng: Random) -> str:
    return rng.choice((day.isoformat(), f"{day:%d.%m.%Y}", f"{day:%d/%m/%Y}"))
