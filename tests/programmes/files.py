"""Drafts written as the bytes an agency sends, and bytes that are no update at all."""

import csv
import io
from collections.abc import Sequence
from random import Random

from tests.programmes.draft import Draft, Row
from tests.programmes.spelling import missing, spell
from tests.programmes.table import quarter_key

HEADER = ("agency", "quarter", "indicator", "dimension", "value", "note")
NOTES = (
    "",
    "",
    "",
    "",
    "",
    "see register",
    "as on the 5th, provisional",
    'the "big" order',
    "टिप्पणी",
)


def written(draft: Draft, rng: Random) -> bytes:
    rows: list[Row] = []
    quarter = quarter_key(draft.quarter)
    for code, indicator in draft.indicators.items():
        for dimension in ("", *indicator.dimensions):
            place = (code, dimension)
            if place in draft.texts:
                texts = draft.texts[place]
            elif place in draft.absent:
                continue
            else:
                number = draft.numbers.get(place)
                texts = [missing(rng) if number is None else spell(number, indicator.unit, rng)]
            for text in texts:
                named = dimension or rng.choice(("",) * 8 + ("total", "TOTAL", "Total"))
                rows.append((draft.agency, quarter, code, named, text, rng.choice(NOTES)))
    rows.extend(draft.rows)
    if draft.nil:
        yes = rng.choice(("yes", "yes", "YES", "Yes"))
        rows.append((draft.agency, quarter, rng.choice(("NIL", "NIL", "nil")), "", yes, ""))
    if draft.texts or draft.rows or draft.nil or rng.random() < 0.1:
        rng.shuffle(rows)
    return _encoded(_misnamed(draft, rows, rng), rng)


def _misnamed(draft: Draft, rows: list[Row], rng: Random) -> list[Row]:
    if not draft.misnamed or not rows:
        return rows
    chosen: Sequence[int] = range(len(rows))
    if draft.misnamed_rows:
        chosen = rng.sample(chosen, min(len(rows), draft.misnamed_rows))
    for position in chosen:
        row = rows[position]
        agency = draft.misnamed.get("agency", row[0])
        rows[position] = (agency, draft.misnamed.get("quarter", row[1]), *row[2:])
    return rows


def _encoded(rows: list[Row], rng: Random) -> bytes:
    text = io.StringIO(newline="")
    writer = csv.writer(
        text,
        lineterminator=rng.choice(("\n", "\n", "\r\n")),
        quoting=csv.QUOTE_ALL if rng.random() < 0.1 else csv.QUOTE_MINIMAL,
    )
    writer.writerow(HEADER)
    blank_lines = rng.random() < 0.08
    for row in rows:
        writer.writerow(row)
        if blank_lines and rng.random() < 0.1:
            text.write("\n")
    bom = b"\xef\xbb\xbf" if rng.random() < 0.2 else b""
    return bom + text.getvalue().encode()


def unreadable(draft: Draft, rng: Random) -> bytes:
    """Not an update: empty, binary, another table, another format."""
    good = written(draft, rng).decode("utf-8-sig")
    _, _, body = good.partition("\n")
    return rng.choice(
        (
            b"",
            b"\n",
            bytes([0xFF, 0x00, 0xC3]) + rng.randbytes(rng.randint(20, 3000)),
            b"\x89PNG\r\n\x1a\n" + rng.randbytes(200),
            b"Dear sir,\nplease find the update below.\n",
            b"<html><body><table><tr><td>B1</td></tr></table></body></html>",
            b"agency,quarter,indicator,value,note\n" + body.encode(),
            b"name,period,code,part,figure,remark\n" + body.encode(),
            good.replace(",", ";").encode(),
            body.encode(),
        )
    )


def contested(draft: Draft, rng: Random) -> bytes:
    """Whether this is an update, or what it says, the rule book leaves open."""
    good = written(draft, rng).decode("utf-8-sig")
    head, _, body = good.partition("\n")
    lines = good.splitlines(keepends=True)
    return rng.choice(
        (
            (good + f'{draft.agency},{quarter_key(draft.quarter)},ZZ9,,"12').encode(),
            good.encode("utf-16"),
            (head.upper() + "\n" + body).encode(),
            good.replace(draft.agency, "", 3).encode(),
            good.replace(draft.agency, draft.agency.lower()).encode(),
            good.replace(",women,", ",Women,").encode(),
            ("".join(lines[:-1]) + ",".join(lines[-1].split(",")[:5])).encode(),
            (good.rstrip() + f"\n{draft.agency},{quarter_key(draft.quarter)},NIL,,no,\n").encode(),
        )
    )
