"""Reads one YAML file into its model, and says in one line what is wrong with it.

What belongs here: the reading, and how a fault that a model found is worded: file, entry, value and
what is expected. What must not: what a value must be (``data_model``) or what a file is about.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from cpsa.errors import RequestError

Known = dict[str, Collection[str]]
"""The names of tables, by the name of the table or of its file, as ``known_in`` looks them up."""

T = TypeVar("T", bound=BaseModel)
# What a value must be, by the name that pydantic gives the fault: texts reference.expected.<name>.
_EXPECTED = {
    "string_type": "string",
    "int_type": "whole",
    "int_from_float": "whole",
    "greater_than_equal": "at_least",
    "less_than_equal": "at_most",
    "greater_than": "above",
    "float_type": "number",
    "finite_number": "number",
    "bool_type": "flag",
    "date_type": "date",
    "date_parsing": "date",
    "date_from_datetime_parsing": "date",
    "date_from_datetime_inexact": "date",
    "enum": "choice",
    "literal_error": "choice",
    "tuple_type": "list",
    "too_short": "not_empty",
    "dict_type": "entry",
    "model_type": "entry",
}


class ReferenceDataError(RequestError):
    """The reference data cannot be used as it is; says which file, entry and value."""


YAML_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""Written in C, where there is one: ten times as fast."""


class StrictLoader(YAML_LOADER):  # type: ignore[misc]
    """YAML that refuses a key given twice, where the standard loader keeps the last one."""

    def construct_mapping(self, node: yaml.MappingNode, *, deep: bool = False) -> dict[Any, Any]:
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
        result: dict[Any, Any] = super().construct_mapping(node, deep)
        return result


def read_yaml_file(folder: Path, file: str, model: type[T], known: Known | None = None) -> T:
    """One file as its model; the first fault in it as a ReferenceDataError.

    ``known``: what codes of this file may name; the file's own tables are added while it is read.
    """
    raw = read_yaml(folder, file)
    try:
        return model.model_validate(raw, context={} if known is None else known)
    except ValidationError as error:
        key, params = describe_fault(file, raw, error.errors()[0])
        raise ReferenceDataError(key, **params) from None


def read_yaml(folder: Path, file: str) -> object:
    """What a file contains; ReferenceDataError where there is none, or it is no YAML."""
    try:
        with (folder / file).open(encoding="utf-8") as stream:
            return yaml.load(stream, StrictLoader)
    except FileNotFoundError:
        raise ReferenceDataError("reference.missing_file", file=file) from None
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        problem = " ".join(str(error).split())
        raise ReferenceDataError("reference.not_yaml", file=file, value=problem) from None


def describe_fault(file: str, raw: object, fault: ErrorDetails) -> tuple[str, dict[str, Any]]:
    """The text that says what a fault is, and what is filled in: file, entry, value, expected."""
    place = list(fault["loc"])
    params: dict[str, Any] = {"value": fault["input"], **fault.get("ctx", {})}
    match fault["type"]:
        case "missing":
            kind, params["value"] = "missing_key", place.pop()
        case "extra_forbidden":
            kind, params["value"] = "unknown_key", place.pop()
        case name if name in _EXPECTED:
            kind, params["cause"] = "wrong_value", f"reference.expected.{_EXPECTED[name]}"
            limits = (params[name] for name in ("ge", "le", "gt") if name in params)
            params["limit"] = next(limits, None)
            params["choices"] = " | ".join(re.findall("'([^']*)'", str(params.get("expected"))))
        case _:
            kind = params.pop("kind")
    entry = _name_entry(raw, place) or "file"
    return f"reference.{kind}", {"file": file, "entry": entry, **params}


def _name_entry(raw: object, place: list[str | int]) -> str:
    """Where an entry is: ``schemes MSE-CDP / grants HARD``, by code or else by position in its list."""
    names: list[str] = []
    for step in place:
        if isinstance(raw, list):
            by_code = {item.get("code"): item for item in raw if isinstance(item, dict)}
            if isinstance(step, int):
                raw = raw[step]
                step = raw.get("code", step + 1) if isinstance(raw, dict) else step + 1
            else:
                raw = by_code.get(step)
            names[-1] += f" {step}"
        else:
            raw = raw.get(step) if isinstance(raw, dict) else None
            names.append(str(step))
    return " / ".join(names)
