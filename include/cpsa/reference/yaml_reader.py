"""Reading one YAML file of the reference data, strictly.

What belongs here: the shape of an entry (keys, texts, codes, whole numbers) and the errors that
quote file, entry and value. What must not: what any one file is about, or checks across files.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from enum import StrEnum
from pathlib import Path
from typing import Any, Protocol, TypeVar

import yaml

from cpsa.errors import RequestError
from cpsa.i18n.text import Text

_CODE = re.compile(r"[A-Za-z0-9]+(-[A-Za-z0-9]+)*")
_DEVANAGARI = re.compile(r"[\u0900-\u0963\u0970-\u097f]")  # digits and dandas alone are no Hindi
_LATIN = re.compile(r"[A-Za-z]")


class ReferenceDataError(RequestError):
    """The reference data cannot be used as it is; says which file, entry and value."""


class Coded(Protocol):
    """What can be kept in a dict by its code."""

    @property
    def code(self) -> str: ...


T = TypeVar("T")
C = TypeVar("C", bound=Coded)
E = TypeVar("E", bound=StrEnum)


class YamlEntry:
    """One mapping of the file, read key by key; a key that is never read is unknown."""

    def __init__(self, file: str, name: str, raw: object) -> None:
        self.file = file
        self.name = name
        if not isinstance(raw, dict):
            raise self.wrong(raw, "keys and values")
        self._raw: dict[str, Any] = raw
        self._keys_read: set[str] = set()

    def error(self, key: str, value: object, **params: object) -> ReferenceDataError:
        return ReferenceDataError(
            f"reference.{key}", file=self.file, entry=self.name or "file", value=value, **params
        )

    def wrong(self, value: object, expected: str) -> ReferenceDataError:
        return self.error("wrong_value", value, expected=expected)

    def has(self, key: str) -> bool:
        return key in self._raw

    def value(self, key: str) -> Any:
        self._keys_read.add(key)
        if key not in self._raw:
            raise self.error("missing_key", key)
        return self._raw[key]

    def string(self, key: str) -> str:
        value = self.value(key)
        if not isinstance(value, str) or not value.strip():
            raise self.wrong(value, f"{key}, as text")
        return value

    def code(self, key: str = "code") -> str:
        value = self.string(key)
        if not _CODE.fullmatch(value):
            raise self.wrong(value, f"{key}, of letters, digits and hyphens")
        return value

    def codes(self, key: str) -> tuple[str, ...]:
        values = self.value(key)
        if not isinstance(values, list) or not all(isinstance(value, str) for value in values):
            raise self.wrong(values, f"{key}, as a list of codes")
        if len(set(values)) != len(values):
            raise self.wrong(", ".join(values), f"{key}, each code once")
        return tuple(values)

    def whole(self, key: str, minimum: int = 1) -> int:
        """A whole number; 12.0 and true are refused, so that no amount passes through a float."""
        value = self.value(key)
        if not isinstance(value, int) or isinstance(value, bool) or value < minimum:
            raise self.wrong(value, f"{key}, a whole number of {minimum} or more")
        return value

    def whole_or_none(self, key: str) -> int | None:
        if not self.has(key):
            return None
        if self.value(key) is None:
            return None
        return self.whole(key)

    def percent_or_none(self, key: str) -> int | None:
        value = self.whole_or_none(key)
        if value is not None and value > 100:
            raise self.wrong(value, f"{key}, at most 100")
        return value

    def flag(self, key: str) -> bool:
        value = self.value(key)
        if not isinstance(value, bool):
            raise self.wrong(value, f"{key}, true or false")
        return value

    def choice(self, key: str, kind: type[E]) -> E:
        return self._parse_member(self.string(key), kind)

    def choices(self, key: str, kind: type[E]) -> tuple[E, ...]:
        return tuple(self._parse_member(value, kind) for value in self.codes(key))

    def _parse_member(self, value: str, kind: type[E]) -> E:
        try:
            return kind(value)
        except ValueError:
            raise self.wrong(value, " | ".join(kind)) from None

    def text(self, key: str) -> Text:
        both = self.part(key)
        for language, script in (("en", _LATIN), ("hi", _DEVANAGARI)):
            value = str(both.value(language) or "") if both.has(language) else ""
            if not script.search(value):
                raise both.error("missing_language", value, missing=language)
            if unicodedata.normalize("NFC", value) != value:
                raise both.error("not_nfc", value)
        text = Text.from_function(both.string)
        both.finish()
        return text

    def part(self, key: str) -> YamlEntry:
        return YamlEntry(self.file, self._name_below(key), self.value(key))

    def _name_below(self, key: str, item: object = None, position: int = 0) -> str:
        """How an error names what is under a key: by its code, else by its position."""
        code = item.get("code") if isinstance(item, dict) else None
        known = isinstance(code, str)
        which = f" {code}" if known else f" {position}" if position else ""
        return f"{self.name} / {key}{which}" if self.name else f"{key}{which}"

    def each(self, key: str, build: Callable[[YamlEntry], T]) -> tuple[T, ...]:
        """Every entry of a list, each read to the end."""
        values = self.value(key)
        if not isinstance(values, list):
            raise self.wrong(values, f"{key}, as a list")
        return tuple(
            _build_entry(YamlEntry(self.file, self._name_below(key, value, position), value), build)
            for position, value in enumerate(values, 1)
        )

    def by_code(self, key: str, build: Callable[[YamlEntry], C]) -> dict[str, C]:
        """A list of coded entries as a dict in the file's order; a code occurs once."""
        found: dict[str, C] = {}
        for item in self.each(key, build):
            if item.code in found:
                raise ReferenceDataError(
                    "reference.duplicate_code", file=self.file, entry=key, value=item.code
                )
            found[item.code] = item
        return found

    def check_known(
        self, value: str, names: Mapping[str, object] | Iterable[str], where: str
    ) -> None:
        if value not in names:
            raise self.error("unknown_name", value, where=where)

    def finish(self) -> None:
        for key in self._raw:
            if key not in self._keys_read:
                raise self.error("unknown_key", key)


def _build_entry(entry: YamlEntry, build: Callable[[YamlEntry], T]) -> T:
    result = build(entry)
    entry.finish()
    return result


_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # ten times as fast


class _StrictLoader(_LOADER):
    """YAML that refuses a key given twice, where the standard loader keeps the last one."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        keys = [key.value for key, _ in node.value]
        for position, key in enumerate(keys):
            if key in keys[:position]:
                mark = node.value[position][0].start_mark
                raise ReferenceDataError(
                    "reference.repeated_key",
                    file=Path(mark.name).name,
                    entry=mark.line + 1,
                    value=key,
                )
        return super().construct_mapping(node, deep)


def read_yaml_file(folder: Path, file: str, build: Callable[[YamlEntry], T]) -> T:
    """What `build` makes of one file, every key of it read."""
    try:
        with (folder / file).open(encoding="utf-8") as stream:
            raw = yaml.load(stream, _StrictLoader)
    except FileNotFoundError:
        raise ReferenceDataError("reference.missing_file", file=file) from None
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        problem = " ".join(str(error).split())
        raise ReferenceDataError("reference.not_yaml", file=file, value=problem) from None
    return _build_entry(YamlEntry(file, "", raw), build)
