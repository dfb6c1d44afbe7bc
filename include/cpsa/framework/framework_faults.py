"""What is wrong in a framework's files: each fault once, with file, line, entry and what is expected.

What belongs here: from the faults of the models to lines for the person who edits the files. What must
not: what an entry must be (``model``, ``framework_data``).
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError
from pydantic_core import ErrorDetails

from cpsa.errors import RequestError
from cpsa.reference.yaml_reader import YAML_LOADER, describe_fault


def describe_faults(
    error: ValidationError, data: Mapping[str, Any], files: Mapping[str, str], folder: Path
) -> tuple[RequestError, ...]:
    """Every fault as a line; ``data`` is what the files say together, the later ones last."""
    return tuple(
        _describe(fault, data, files, folder)
        for fault in _join_missing_keys(error.errors(include_url=False))
    )


def _join_missing_keys(faults: list[ErrorDetails]) -> list[ErrorDetails]:
    """The faults without those that follow from another one, and the keys an entry lacks as one.

    An unknown key is taken for a key that is missing in the same entry, or in a part that it may have
    begun.
    """
    unknown_in = {fault["loc"][:-1] for fault in faults if fault["type"] == "extra_forbidden"}
    joined: dict[object, ErrorDetails] = {}
    for number, fault in enumerate(faults):
        entry, key = fault["loc"][:-1], fault["loc"][-1]
        if fault["type"] == "missing":
            if not unknown_in & {entry, entry[:-1]}:
                first = joined.get(entry)
                keys = f"{first['loc'][-1]}, {key}" if first else key
                joined[entry] = {**fault, "loc": (*entry, keys)}
        elif fault["type"] != "default_factory_not_called" and key != "code":
            joined[number] = fault
    return list(joined.values())


def _describe(
    fault: ErrorDetails, data: Mapping[str, Any], files: Mapping[str, str], folder: Path
) -> RequestError:
    file, line = _find_line(files, fault["loc"])
    key, params = describe_fault(f"{folder / file}:{line}", data, fault)
    return RequestError(key, **params)


def _find_line(files: Mapping[str, str], place: tuple[int | str, ...]) -> tuple[str, int]:
    """The newest file that has most of a place, and the line in it."""
    steps = [part for step in place for part in str(step).split(".")]
    found = (
        (*_follow(yaml.compose(content, YAML_LOADER), steps), name)
        for name, content in files.items()
    )
    _, line, name = max(found, key=lambda place: (place[0], place[2]))
    return name, line


def _follow(node: yaml.Node | None, steps: list[str]) -> tuple[int, int]:
    """How many steps lead on from the top of a file, and the line to which they lead."""
    depth, line = 0, 1
    for depth, step in enumerate(steps):
        if isinstance(node, yaml.MappingNode):
            inner = [pair for pair in node.value if pair[0].value == step]
        elif isinstance(node, yaml.SequenceNode):
            inner = [(item, item) for item in node.value[int(step) : int(step) + 1]]
        else:
            inner = []
        if not inner:
            return depth, line
        (key, node) = inner[-1]
        line = key.start_mark.line + 1
    return depth + 1, line
