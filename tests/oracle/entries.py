"""P12 by a second reading: what contributions to clusters say they came to.

Rule: domain.md, "The programme beside the forms".
"""

import csv
import io
from collections import Counter

from tests.oracle.figures import MISSING, Reading, read
from tests.oracle.submission import Found

WHOLE, MONEY = ("people", "units", "women"), ("amount", "rate")


Row = dict[str, str]


def p12(files: list[bytes]) -> set[Found]:
    """Entries with amount, units and rate whose product is not the amount.

    The newest file counts that has a row which can be used; other rows are left out.
    """
    found = set()
    seen: Counter[str] = Counter()
    for row, figures in next(filter(None, map(_usable_rows, reversed(files))), []):
        amount, units, rate = (figures[name].number for name in ("amount", "units", "rate"))
        if row["kind"] != "convergence" or amount is None or units is None or rate is None:
            continue
        subject = "/".join(
            filter(None, (row["department"] or row["scheme"], row.get("help") or ""))
        )
        seen[subject] += 1
        if units * rate != amount:
            number = f" ({seen[subject]})" if seen[subject] > 1 else ""
            found.add(Found("P12", "convergence.amount", subject + number))
    return found


def _usable_rows(content: bytes) -> list[tuple[Row, dict[str, Reading]]]:
    rows = []
    for row in csv.DictReader(io.StringIO(content.decode("utf-8-sig"))):
        figures = {name: read(row.get(name) or "") for name in WHOLE + MONEY}
        if not any(_is_unusable(name, figures[name]) for name in figures):
            rows.append((row, figures))
    return rows


def _is_unusable(name: str, reading: Reading) -> bool:
    if reading == MISSING:
        return False
    if reading.number is None or reading.number < 0:
        return True
    smallest = 1 if name in WHOLE else 100
    return (reading.number * smallest).denominator != 1
