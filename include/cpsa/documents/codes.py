"""The short code of a table, such as ``3F7KQ2-04``: its document, and its place in it.

Made of the document's reference alone, so it is the same in every language and format and stays
when a document is built again. Crockford's base 32: no letter looks like a digit, and what people
write for one another is read right.
"""

from __future__ import annotations

import hashlib
import re

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
LENGTH = 6
_READ_AS = str.maketrans("OIL", "011")
_CODE = re.compile(rf"([{ALPHABET}]{{{LENGTH}}})-?([0-9]{{2,3}})")


def of_document(reference: str) -> str:
    """The first half of the codes of a document's tables; 30 bits of a digest of its reference."""
    number = int.from_bytes(hashlib.sha256(reference.encode()).digest()[:4]) >> 2
    return "".join(ALPHABET[number >> 5 * place & 31] for place in reversed(range(LENGTH)))


def of_table(reference: str, number: int) -> str:
    """The code of a document's n-th table, counted from 1."""
    return f"{of_document(reference)}-{number:02d}"


def read(typed: str) -> tuple[str, int] | None:
    """The two halves of a code as somebody typed it; None where it cannot be one."""
    plain = "".join(typed.split()).upper().translate(_READ_AS)
    found = _CODE.fullmatch(plain)
    return (found[1], int(found[2])) if found else None
