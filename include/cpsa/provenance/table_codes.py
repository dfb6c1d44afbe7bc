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
_LOOKALIKES = str.maketrans("OIL", "011")
_CODE = re.compile(rf"([{ALPHABET}]{{{LENGTH}}})-?([0-9]{{2,3}})")


def make_document_code(reference: str) -> str:
    """The first half of the codes of a document's tables; 30 bits of a digest of its reference."""
    number = int.from_bytes(hashlib.sha256(reference.encode()).digest()[:4]) >> 2
    return "".join(ALPHABET[number >> 5 * place & 31] for place in reversed(range(LENGTH)))


def make_table_code(reference: str, number: int) -> str:
    """The code of a document's n-th table, counted from 1."""
    return f"{make_document_code(reference)}-{number:02d}"


def parse_table_code(typed: str) -> tuple[str, int] | None:
    """The two halves of a code as somebody typed it; None where it cannot be one."""
    plain = "".join(typed.split()).upper().translate(_LOOKALIKES)
    code_match = _CODE.fullmatch(plain)
    return (code_match[1], int(code_match[2])) if code_match else None
