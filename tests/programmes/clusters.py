"""A register of clusters for a made-up programme, and what its centres answer, close to each rule's limit."""

import csv
from pathlib import Path
from random import Random

from tests.oracle.clusters import COUNTS, MONEY, ORIGIN, WORDS
from tests.programmes.registry import PLACES

REGISTER_HEADER = (
    *("code", "name_en", "name_hi", "sector", "products", "nic", "district", "block"),
    *(*COUNTS, *MONEY, "as_of", "basis", "source", "active_to"),
)
ANSWER_HEADER = ("code", "answer", *WORDS, *COUNTS, *MONEY, *ORIGIN)
Rows = list[dict[str, str]]


def make_register(rng: Random, ended: str) -> Rows:
    """Two or three clusters of each place; some have gaps, and one of all has ended with a quarter."""
    rows = []
    for district, _ in PLACES:
        for number in range(rng.choice((2, 3))):
            sizes = [rng.randint(2, 60) for _ in range(3)]
            jobs, output = rng.randint(20, 999), rng.randint(1_000, 99_999) * 1_000
            row = {
                "code": f"CL-{district[:3].upper()}{number}",
                "name_en": f"Cluster {number} of {district}",
                "name_hi": f"क्लस्टर {number}",
                "sector": rng.choice(("textile", "food", "brick")),
                "products": "Shirts | कमीज़",
                "nic": "14101",
                "district": district,
                **dict(zip(COUNTS[:3], map(str, sizes), strict=True)),
                "units_women": str(rng.randint(0, sum(sizes))),
                "jobs": str(jobs),
                "jobs_women": str(rng.randint(0, jobs)),
                "output_rupees": str(output),
                "exports_rupees": str(rng.randint(0, output)),
                "as_of": "2024-03-31",
                "basis": "survey",
                "source": "A study",
            }
            if rng.random() < 0.3:
                row[rng.choice(("units_women", "exports_rupees", "jobs_women"))] = ""
            rows.append(row)
    rows[0]["active_to"] = ended
    return rows


def make_answers(known: Rows, rng: Random) -> Rows:
    """A row for most clusters of the centre, as they were shown; then answered, with mischief in many."""
    rows: Rows = []
    for cluster in known:
        row = {name: cluster.get(name, "") for name in (*WORDS, *COUNTS, *MONEY)}
        row |= {
            "code": cluster["code"],
            "answer": rng.choice(("", "UNCHANGED", "CHANGED", "CLOSED")),
        }
        if row["answer"] == "CHANGED" or rng.random() < 0.2:
            _change_figure(row, rng)
        if row["answer"] == "CHANGED":
            row |= {"as_of": "31.03.2026", "basis": "estimate", "source": "The centre"}
        rows.append(row)
    if rng.random() < 0.4:
        new = {**rows[0], "code": "brick kilns", "answer": "NEW", "as_of": "2026-03-31"}
        rows.append({**new, "basis": "survey", "source": "The centre"})
    if rng.random() < 0.3:
        rng.choice(rows)[rng.choice(("code", "source", "basis", "name_hi", "answer"))] = ""
        rows = [{**row, "code": row["code"] or "CL-LOST"} for row in rows]
    if rng.random() < 0.15:
        column = rng.choice(("jobs", "answer", "as_of", "sector", "output_rupees"))
        rng.choice(rows)[column] = rng.choice(("-1", "maybe", "1.005"))
    if rng.random() < 0.1:
        rows.append(dict(rows[0]))
    return rows


def _change_figure(row: dict[str, str], rng: Random) -> None:
    """A figure at half as much again, at half, or one beyond; or a part at its whole, or one beyond."""
    column = rng.choice([name for name in (*COUNTS, *MONEY) if row[name]])
    before = int(row[column])
    more, less = before * 3 // 2, -(-before // 2)
    row[column] = str(max(rng.choice((more, more + 1, less, less - 1, before + 1)), 0))
    if rng.random() < 0.3:
        whole = sum(int(row[name] or 0) for name in COUNTS[:3])
        row["units_women"] = str(whole + rng.choice((0, 1)))


def write_rows(file: Path, header: tuple[str, ...], rows: Rows, *first: str) -> None:
    """``first``: what every row begins with: agency and quarter."""
    file.parent.mkdir(parents=True, exist_ok=True)
    owner = ("agency", "quarter") if first else ()
    with file.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow((*owner, *header))
        writer.writerows((*first, *(row.get(name, "") for name in header)) for row in rows)
