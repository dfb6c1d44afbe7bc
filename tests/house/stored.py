"""The table of stored strings, beside it as YAML, and what compares code with it.

What belongs here: reading the table, and the strings that code is written with. What must not: what
any family of strings is called in code; the tests say that.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import fields
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from tests.house.sources import ROOT, patterns, python_files, strings

_TABLE = Path(__file__).with_name("stored_strings.yaml")
_FOLDERS = ("include", "plugins", "dags")


@cache
def stored_strings() -> Mapping[str, Mapping[str, Any]]:
    """By family: ``where`` it is stored and its ``values``."""
    return yaml.safe_load(_TABLE.read_text("utf-8"))


def require_unchanged(family: str, present: Any) -> None:
    """Compare what code says today with the table; names what differs and where it is stored."""
    stored = stored_strings()[family]
    assert present == stored["values"], (
        f"{family}: stored in {stored['where']} What is stored keeps its name: change the code "
        "back, or let both be read. What is new is added to tests/house/stored_strings.yaml."
    )


def field_names(record: type) -> list[str]:
    """The fields of a record, in their order."""
    return [field.name for field in fields(record)]


@cache
def written_strings() -> frozenset[str]:
    """Every string that code is written with."""
    return frozenset(
        text
        for folder in _FOLDERS
        for file in python_files(ROOT / folder)
        for text, _ in strings(file)
    )


@cache
def written_beginnings() -> frozenset[str]:
    """How every f-string in code begins; blank where it begins with a value."""
    return frozenset(
        parts[0] or ""
        for folder in _FOLDERS
        for file in python_files(ROOT / folder)
        for parts in patterns(file)
        if parts
    )


def still_written(family: str) -> list[str]:
    """Of a family the strings that code is still written with, in the table's order."""
    return [text for text in stored_strings()[family]["values"] if text in written_strings()]


def still_begun(family: str) -> list[str]:
    """Of a family the beginnings with which code still makes a string, in the table's order."""
    return [text for text in stored_strings()[family]["values"] if text in written_beginnings()]


def texts(values: Iterable[object]) -> list[str]:
    """Members of an enumeration, or other values, as they are stored."""
    return [str(value) for value in values]
