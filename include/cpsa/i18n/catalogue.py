"""Every text a user sees that is no label and no rule text, in English and Hindi.

Texts live in ``cpsa/i18n/texts/*.yaml``, one file per area, keys prefixed by the area. A file is read with
its first text, since a process needs few areas. A programme may replace single texts, and its names are filled in
where a text says ``{programme.<name>}`` (``use_texts``). Labels and rule texts belong to the framework; what
documents say belongs to ``texts/documents.yaml``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path

from cpsa.i18n.text import Text

TEXTS = Path(__file__).with_name("texts")
_NAME = re.compile(r"\{programme\.(\w+)\}")
_folders = [TEXTS]  # a text is that of the last one that has it
_names: dict[str, Mapping[str, str]] = {}


def use_texts(folder: Path, names: Mapping[str, Mapping[str, str]]) -> None:
    """Use a programme's texts and, by language, its names until the process ends.

    ``folder``: has files as ``texts/``, with those texts that the programme says in other words.
    """
    _folders[1:] = [folder]
    _names.clear()
    _names.update(names)
    _load_area.cache_clear()


def load_catalogue() -> dict[str, dict[str, str]]:
    """All texts by key and language."""
    areas = sorted(file.stem for file in TEXTS.glob("*.yaml"))
    return {key: languages for area in areas for key, languages in _load_area(area).items()}


def get_used_texts() -> tuple[str | None, dict[str, dict[str, str]]]:
    """What ``use_texts`` was given, for another process; the folder is None where nothing was."""
    names = {language: dict(named) for language, named in _names.items()}
    return (str(_folders[1]) if len(_folders) > 1 else None), names


@cache
def _load_area(area: str) -> dict[str, dict[str, str]]:
    """The texts of an area by key and language; none where there is no such area."""
    texts: dict[str, dict[str, str]] = {}
    for folder in _folders:
        file = folder / f"{area}.yaml"
        if file.is_file():
            texts |= read_texts(file)
    return {
        key: {language: _fill_names(text, language) for language, text in both.items()}
        for key, both in texts.items()
    }


def read_texts(file: Path) -> dict[str, dict[str, str]]:
    """The texts of one file by key and language, as they are written."""
    import yaml  # most modules import this one, and many processes never show a text

    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    texts: dict[str, dict[str, str]] = yaml.load(file.read_text("utf-8"), Loader=loader) or {}
    return texts


def _fill_names(text: str, language: str) -> str:
    names = _names.get(language, {})
    return _NAME.sub(lambda found: names.get(found[1], found[0]), text)


def text(key: str, language: str, /, **params: object) -> str:
    """A text of the catalogue with its placeholders filled; KeyError for an unknown key."""
    return _load_area(key.partition(".")[0])[key][language].format(**params)


def make_text(key: str, /, **params: object) -> Text:
    """A text of the catalogue in every language; a ``Text`` among ``params`` fills in its language."""

    def translate(language: str) -> str:
        shown = {
            name: value.in_(language) if isinstance(value, Text) else value
            for name, value in params.items()
        }
        return text(key, language, **shown)

    return Text.from_function(translate)


def has_text(key: str) -> bool:
    """Whether the catalogue has a text of this key."""
    return key in _load_area(key.partition(".")[0])


def is_own_text(key: str) -> bool:
    """Whether the programme in use says a text in words of its own."""
    file = f"{key.partition('.')[0]}.yaml"
    own = (folder / file for folder in _folders[1:])
    return any(key in read_texts(place) for place in own if place.is_file())


def describe_channels(codes: Iterable[str], language: str) -> str:
    """Channels in words; as stored, where a newer program stored one that is not known here."""
    keys = ((code, f"board.channel.{code}") for code in codes)
    return ", ".join(text(key, language) if has_text(key) else code for code, key in keys)


def describe_place(where: str, language: str) -> str:
    """The place of a value, for a reader: a line of a CSV, or sheet and cell of a workbook."""
    kind, _, number = where.partition(" ")
    return text("place.line", language, number=number) if kind == "line" else where
