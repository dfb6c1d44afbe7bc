"""Every text a user sees that is no label and no rule text, in English and Hindi.

Texts live in ``cpsa/i18n/texts/*.yaml``, one file per area, keys prefixed by the area. Labels and rule
texts belong to the framework; what documents say belongs to ``texts/documents.yaml``.
"""

from __future__ import annotations

from functools import cache
from importlib import resources

import yaml

from cpsa.i18n.text import LANGUAGES

__all__ = ["LANGUAGES", "describe_place", "load_catalogue", "text"]


_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@cache
def load_catalogue() -> dict[str, dict[str, str]]:
    """All texts by key and language; a key in two files is a defect."""
    texts: dict[str, dict[str, str]] = {}
    folder = resources.files("cpsa.i18n") / "texts"
    for file in sorted(folder.iterdir(), key=lambda entry: entry.name):
        if not file.name.endswith(".yaml"):
            continue
        for key, value in (yaml.load(file.read_text("utf-8"), Loader=_LOADER) or {}).items():
            if key in texts:
                raise ValueError(f"{file.name}: the text {key!r} is defined twice")
            texts[key] = value
    return texts


def text(key: str, language: str, /, **params: object) -> str:
    """A text of the catalogue with its placeholders filled; KeyError for an unknown key."""
    return load_catalogue()[key][language].format(**params)


def describe_place(where: str, language: str) -> str:
    """The place of a value, for a reader: a line of a CSV, or sheet and cell of a workbook."""
    kind, _, number = where.partition(" ")
    return text("place.line", language, number=number) if kind == "line" else where
