"""Templates whole in every part, filled with what no clerk should type.

The text of a cell must stay text: to a reader, to a rule, to the database, to a message.
"""

from __future__ import annotations

import io
from datetime import datetime, time, timedelta
from random import Random

import openpyxl
from tests.soak.hostile.packing import dateless

_DIGITS = "9" * 5000
TYPED: tuple[object, ...] = (
    *(1e308, -1e308, 1e-308, float(10**22), -(10**22), 2**63, 0.1 + 0.2, 1.005, -0.0, True, False),
    *(datetime(1900, 1, 1), datetime(9999, 12, 31, 23, 59), time(23, 59), timedelta(days=40_000)),  # noqa: DTZ001
    *(
        "9" * 5000,
        "0." + "0" * 5000 + "1",
        "1e400",
        "NaN",
        "inf",
        "-inf",
        "1_000",
        "0x1F",
        "１２",
        "²",
    ),
    *(
        "९" * 400,
        "१,२५,०००",
        "₹" * 300,
        "₹ 2.5 lakh crore",
        "1,2,5",
        "--5",
        "((5))",
        "+5",
        "5%",
        "5/-/-",
    ),
    *("=1/0", '=HYPERLINK("http://127.0.0.1:9")', "@SUM(A1)", "+cmd|' /C calc'!A0", "-2+3", "\t=1"),
    *(
        "#REF!",
        "#N/A",
        "#DIV/0!",
        "NULL",
        "None",
        "nil",
        "शून्य",
        "NA",
        "…",
        "\u200b",
        "\ufeff",
        "\u202e12",
        "\u064e12",
    ),
    *(
        "a" * 32_767,
        "क" * 32_767,
        "e" + "\u0301" * 8000,
        "😀" * 4000,
        "x\n" * 9000,
        "\r\n",
        " " * 9000,
    ),
    *(
        "<script>alert(1)</script>",
        "{{ 7*7 }}",
        "{% for a in range(10**9) %}",
        "%s%n",
        "${jndi:ldap://x}",
    ),
    *(
        '#import "@preview/x"',
        "'; DROP TABLE submission; --",
        "../../etc/passwd",
        "{detail}",
        "{0}",
    ),
    *(
        "\ud7ff\ue000\ufffd",
        "\U0010ffff",
        "\u2028\u2029",
        "\x85",
        "12 approx",
        "1O",
        "2026-10-03",
        "12:30",
    ),
)


def typed(content: bytes, chance: Random) -> bytes:
    """Some cells of a filled template overtyped; now and then nearly all, or the seal itself."""
    book = openpyxl.load_workbook(io.BytesIO(content))
    names = sorted(book.defined_names)
    seals = [name for name in names if name.startswith("seal_")]
    others = [name for name in names if name not in seals]
    some = chance.sample(others, chance.choice((1, 5, 30, len(others))))
    if chance.random() < 0.15:
        some.append(chance.choice(seals))
    one = chance.choice(TYPED)
    same = chance.random() < 0.3
    for name in some:
        title, _, reference = book.defined_names[name].attr_text.rpartition("!")
        first = reference.partition(":")[0].replace("$", "")
        cell = book[title.strip("'").replace("''", "'")][first]
        cell.value = one if same else chance.choice(TYPED)
        if isinstance(cell.value, str) and chance.random() < 0.5:
            cell.data_type = "s"  # text as such, though it begins like a formula
    buffer = io.BytesIO()
    book.save(buffer)
    return dateless(buffer.getvalue())


def as_text(value: object) -> str:
    """The same as someone types it into a CSV."""
    return value if isinstance(value, str) else str(value)
