"""Typing errors made from data without one, and what must be reported of each: one fault at its place."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from cpsa.errors import RequestError
from cpsa.i18n.text import LANGUAGES

Place = tuple[str | int, ...]
"""The keys and positions that lead to a value."""
_OF_ANOTHER_TYPE: dict[type, object] = {
    str: 5,
    int: "x",
    float: "x",
    bool: "yes",
    list: "x",
    dict: 5,
}


def walk(node: Any, place: Place = ()) -> Iterator[Place]:
    """The place of every value below a node."""
    for step, value in node.items() if isinstance(node, dict) else enumerate(node):
        yield (*place, step)
        if isinstance(value, dict | list):
            yield from walk(value, (*place, step))


def change(data: Any, place: Place, edit: Callable[[Any, Any], None]) -> Any:
    """A copy of the data, edited in what contains the last step of a place."""
    data = copy.deepcopy(data)
    parent = data
    for step in place[:-1]:
        parent = parent[step]
    edit(parent, place[-1])
    return data


def misspell(parent: Any, key: Any) -> None:
    parent[f"{key}x"] = parent.pop(key)


def change_type(parent: Any, key: Any) -> None:
    parent[key] = _OF_ANOTHER_TYPE.get(type(parent[key]), "x")


def require_one_fault(faults: Sequence[RequestError], file: str, *names: object) -> None:
    """Exactly one fault is reported, in both languages, with its file and these names."""
    assert len(faults) == 1, [fault.text("en") for fault in faults]
    for language in LANGUAGES:
        said = faults[0].text(language)
        assert f"{file}:" in said and "\n" not in said
        assert all(str(name) in said for name in names), said
