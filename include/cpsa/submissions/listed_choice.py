"""A choice as drop-downs offer it: ``DOIC – Directorate of Industries``. The code is what counts."""

from __future__ import annotations

_CODE_ENDS = " – "


def format_choice(code: str, label: str) -> str:
    return f"{code}{_CODE_ENDS}{label}"


def read_choice(text: str) -> str:
    """The code of a choice; a text without a label as it is, but for blanks around it."""
    return text.partition(_CODE_ENDS)[0].strip()
