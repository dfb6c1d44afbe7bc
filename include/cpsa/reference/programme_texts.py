"""What is wrong in the texts that a programme says in other words.

What belongs here: comparing them with the program's own. What must not: using them (``i18n.catalogue``).
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from string import Formatter

import yaml

from cpsa.errors import RequestError
from cpsa.i18n import catalogue
from cpsa.i18n.text import LANGUAGES
from cpsa.reference.programme import TEXT_NAMES
from cpsa.reference.yaml_reader import ReferenceDataError

_Texts = dict[str, dict[str, str]]


def find_text_faults(folder: Path) -> tuple[RequestError, ...]:
    """Everything that is wrong in a programme's ``texts/``: keys, languages, placeholders; each once."""
    return tuple(
        fault for file in sorted((folder / "texts").glob("*.yaml")) for fault in _check_file(file)
    )


def _check_file(file: Path) -> Iterator[RequestError]:
    name = f"texts/{file.name}"
    try:
        own = catalogue.read_texts(file)
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        problem = " ".join(str(error).split())
        yield ReferenceDataError("reference.not_yaml", file=name, value=problem)
        return
    general = _read_general(file.name)
    for key, both in own.items():
        if key not in general:
            yield ReferenceDataError("reference.unknown_key", file=name, entry="file", value=key)
        elif fault := _check_text(both, general[key]):
            cause, params = fault
            yield ReferenceDataError(cause, file=name, entry=key, **params)


def _read_general(name: str) -> _Texts:
    file = catalogue.TEXTS / name
    return catalogue.read_texts(file) if file.is_file() else {}


def _check_text(both: object, general: dict[str, str]) -> tuple[str, dict[str, object]] | None:
    """The first fault of a text: its languages, else its placeholders."""
    if not isinstance(both, dict) or set(both) != set(LANGUAGES):
        given = both if isinstance(both, dict) else {}
        missing = next((language for language in LANGUAGES if language not in given), "")
        return "reference.missing_language", {"missing": missing, "value": str(both)}
    own = {f"programme.{name}" for name in TEXT_NAMES}
    allowed = {name for text in general.values() for name in _list_placeholders(text)} | own
    for text in map(str, both.values()):
        if unknown := [name for name in _list_placeholders(text) if name not in allowed]:
            names = ", ".join(sorted(allowed))
            expected = {"cause": "reference.expected.placeholders", "names": names}
            return "reference.wrong_value", {"value": ", ".join(unknown), **expected}
    return None


def _list_placeholders(text: str) -> list[str]:
    try:
        parts = list(Formatter().parse(text))
    except ValueError:
        return [text]
    return [name for _, name, _, _ in parts if name is not None]
