"""Where in a YAML file a fault is, and which faults follow from another one.

What belongs here: places and lines. What must not: how a fault is worded (``yaml_reader``).
"""

from __future__ import annotations

from collections.abc import Sequence

import yaml
from pydantic_core import ErrorDetails

from cpsa.reference.yaml_reader import YAML_LOADER


def join_missing_keys(faults: list[ErrorDetails]) -> list[ErrorDetails]:
    """The faults without those that follow from another one, and the keys an entry lacks as one.

    An unknown key is taken for a key that is missing in the same entry, or in a part that it may have
    begun.
    """
    unknown_in = {fault["loc"][:-1] for fault in faults if fault["type"] == "extra_forbidden"}
    joined: dict[object, ErrorDetails] = {}

    def has_faults_within(place: tuple[int | str, ...]) -> bool:
        return any(
            len(fault["loc"]) > len(place) and fault["loc"][: len(place)] == place
            for fault in faults
        )

    for number, fault in enumerate(faults):
        entry, key = fault["loc"][:-1], fault["loc"][-1] if fault["loc"] else ""
        if fault["type"] == "missing":
            if not unknown_in & {entry, entry[:-1]}:
                first = joined.get(entry)
                keys = f"{first['loc'][-1]}, {key}" if first else key
                joined[entry] = {**fault, "loc": (*entry, keys)}
        elif fault["type"] == "too_short" and has_faults_within(fault["loc"]):
            continue  # those of its entries
        elif fault["type"] != "default_factory_not_called":
            joined[number] = fault
    return list(joined.values())


def find_line(content: str, steps: Sequence[str]) -> tuple[int, int]:
    """How many of the steps to a place lead on in a file, and the line to which they lead."""
    return _follow(yaml.compose(content, YAML_LOADER), steps)


def _follow(node: yaml.Node | None, steps: Sequence[str]) -> tuple[int, int]:
    """How many steps lead on from the top of a file, and the line to which they lead."""
    depth, line = 0, 1
    for depth, step in enumerate(steps):
        if isinstance(node, yaml.MappingNode):
            inner = [pair for pair in node.value if pair[0].value == step]
        elif isinstance(node, yaml.SequenceNode):
            inner = [(item, item) for item in _select_items(node.value, step)]
        else:
            inner = []
        if not inner:
            return depth, line
        (key, node) = inner[-1]
        line = key.start_mark.line + 1
    return depth + 1, line


def _select_items(items: Sequence[yaml.Node], step: str) -> Sequence[yaml.Node]:
    """The item of a list with this code, else that at this position."""
    coded = [item for item in items if _find_code(item) == step]
    if coded:
        return coded[:1]
    return items[int(step) : int(step) + 1] if step.isdecimal() else ()


def _find_code(item: yaml.Node) -> str | None:
    if not isinstance(item, yaml.MappingNode):
        return None
    return next((value.value for key, value in item.value if key.value == "code"), None)
