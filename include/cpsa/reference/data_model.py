"""The kinds of value that reference data is made of: codes, texts, amounts, tables by code.

What belongs here: what an entry's value must be, whatever file it is in. What must not: what any
one file is about, or how a fault is worded (``yaml_reader``).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import Annotated, Any, TypeVar

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    GetJsonSchemaHandler,
    InstanceOf,
    ValidationInfo,
    WrapValidator,
)
from pydantic_core import CoreSchema, PydanticCustomError

from cpsa.i18n.text import LANGUAGES, Text
from cpsa.nearest_code import find_alike_code

_CODE = re.compile(r"[A-Za-z0-9]+(-[A-Za-z0-9]+)*")
_SCRIPTS = {
    "en": re.compile(r"[A-Za-z]"),
    "hi": re.compile(r"[\u0900-\u0963\u0970-\u097f]"),  # digits and dandas alone are no Hindi
}
PAISE_PER_RUPEE = 100


class DataModel(BaseModel):
    """One entry: every key known, nothing converted, so that no amount passes through a float."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


def fault(kind: str, **params: object) -> PydanticCustomError:
    """A fault of one value, said as the text ``reference.<kind>``."""
    return PydanticCustomError(kind, "{kind}", {"kind": kind, **params})


def wrong_value(expected: str, **params: object) -> PydanticCustomError:
    """A value that does not fit; ``expected`` names a text ``reference.expected.<name>``."""
    return fault("wrong_value", cause=f"reference.expected.{expected}", **params)


def unknown_name(code: str, known: Iterable[str], where: str) -> PydanticCustomError:
    """A code that ``where`` does not have, with the known one that it may be meant for."""
    nearest = find_alike_code(code, known)
    if not nearest:
        return fault("unknown_name", value=code, where=where)
    return fault("misspelt_name", value=code, where=where, nearest=nearest)


def _read_text(both: object) -> Text:
    if isinstance(both, Text):
        return both
    if not isinstance(both, Mapping):
        raise wrong_value("entry")
    for language in LANGUAGES:
        label = both.get(language)
        if not isinstance(label, str) or not _SCRIPTS[language].search(label):
            raise fault("missing_language", missing=language, value=label or "")
        if unicodedata.normalize("NFC", label) != label:
            raise fault("not_nfc", value=label)
    for key in both:
        if key not in LANGUAGES:
            raise fault("unknown_key", value=key)
    return Text(**both)


def _require_words(words: str) -> str:
    if not words.strip():
        raise wrong_value("string")
    return words


def _require_code(code: str) -> str:
    if not _CODE.fullmatch(code):
        raise wrong_value("code")
    return code


def _require_distinct(codes: tuple[str, ...]) -> tuple[str, ...]:
    if len(set(codes)) != len(codes):
        raise wrong_value("distinct", value=", ".join(codes))
    return codes


def known_in(*tables: str) -> AfterValidator:
    """A code, or several, of one of these tables: of another file, or further up in this one.

    A table that was itself refused is skipped: its own fault is reported.
    """

    def check(value: str | tuple[str, ...], info: ValidationInfo) -> str | tuple[str, ...]:
        context = info.context or {}
        if all(table in context for table in tables):
            for code in (value,) if isinstance(value, str) else value:
                if not any(code in context[table] for table in tables):
                    known = sorted(name for table in tables for name in context[table])
                    raise unknown_name(code, known, " or ".join(tables))
        return value

    return AfterValidator(check)


def _key_by_code(entries: object, validate: Any, info: ValidationInfo) -> object:
    """A list of entries with codes as a dict in the file's order; later entries may name its codes."""
    if not isinstance(entries, list):
        raise wrong_value("list")
    by_code: dict[str, object] = {}
    for position, entry in enumerate(entries, 1):
        code = entry.get("code") if isinstance(entry, dict) else None
        key = code if isinstance(code, str) else str(position)
        if key in by_code:
            raise fault("duplicate_code", value=key)
        by_code[key] = entry
    table = validate(by_code)
    if info.context is not None and info.field_name is not None:
        info.context[info.field_name] = table
    return table


class _ListOfEntries:
    """Says in a schema that a table is written as a list."""

    def __get_pydantic_json_schema__(
        self, core_schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        return {"type": "array", "items": handler(core_schema)["additionalProperties"]}


Entry = TypeVar("Entry", bound=DataModel)
Member = TypeVar("Member", bound=StrEnum)

String = Annotated[str, AfterValidator(_require_words)]
Code = Annotated[str, AfterValidator(_require_code)]
Codes = Annotated[tuple[str, ...], Field(strict=False), AfterValidator(_require_distinct)]
Label = Annotated[InstanceOf[Text], BeforeValidator(_read_text)]
Count = Annotated[int, Field(ge=1)]
Percent = Annotated[int, Field(ge=1, le=100)]
Choice = Annotated[Member, Field(strict=False)]
Choices = Annotated[tuple[Choice[Member], ...], Field(strict=False)]
Several = Annotated[tuple[Entry, ...], Field(strict=False)]
ByCode = Annotated[dict[str, Entry], WrapValidator(_key_by_code), _ListOfEntries()]
