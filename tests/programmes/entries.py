"""Contributions for a made-up programme: units and rates close to the amount, from both sides."""

import csv
import io
from fractions import Fraction
from random import Random

HEADER = (
    *("agency", "quarter", "kind", "theme", "department", "text", "request", "urgency", "scheme"),
    *("amount", "people", "help", "units", "rate", "women"),
)
BEFORE = HEADER[:11]  # a file of before has no other columns
CONTRIBUTORS = ("BANKS", "DC-HANDLOOM", "Somebody else", "")
KINDS = ("WORKSHED", "CARD", "Own kind", "")


def make_entries(agency: str, quarter: str, rng: Random) -> bytes:
    rows = [_make_row(rng) for _ in range(rng.randint(1, 4))]
    header = BEFORE if rng.random() < 0.15 else HEADER
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(header)
    for row in rows:
        whole = {"agency": agency, "quarter": quarter, "text": "Given.", **row}
        writer.writerow([whole.get(name, "") for name in header])
    return text.getvalue().encode()


def _make_row(rng: Random) -> dict[str, str]:
    units, rate = rng.choice((0, 1, 64, 1250)), Fraction(rng.choice((0, 50, 900_000, 12_345)), 100)
    off = rng.choice((0, 0, 0, 1, -1, 100))
    amount = max(units * rate + Fraction(off, 100), Fraction(0))
    row = {
        "kind": "convergence" if rng.random() < 0.85 else "success",
        "department": rng.choice(CONTRIBUTORS),
        "help": rng.choice(KINDS),
        "scheme": rng.choice(("", "MSE-CDP")),
        "units": f"{units:,}" if rng.random() < 0.3 else str(units),
        "rate": f"{float(rate):.2f}",
        "amount": f"₹ {float(amount):.2f}" if rng.random() < 0.3 else f"{float(amount):.2f}",
        "people": str(units),
    }
    if row["kind"] == "success":
        row["department"] = ""
    if rng.random() < 0.25:
        row[rng.choice(("units", "rate", "amount"))] = rng.choice(("", "", "-", "many", "-3"))
    return row
