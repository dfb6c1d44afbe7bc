"""What is wrong in a framework's files: each fault once, with file, line, entry and what is expected.

What belongs here: from the faults of the models to lines for the person who edits the files. What must
not: what an entry must be (``model``, ``framework_data``).
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from cpsa.errors import RequestError
from cpsa.reference.fault_lines import find_line, join_missing_keys
from cpsa.reference.yaml_reader import describe_fault


def describe_faults(
    error: ValidationError, data: Mapping[str, Any], files: Mapping[str, str], folder: Path
) -> tuple[RequestError, ...]:
    """Every fault as a line; ``data`` is what the files say together, the later ones last."""
    return tuple(
        _describe(fault, data, files, folder)
        for fault in join_missing_keys(
            [fault for fault in error.errors(include_url=False) if fault["loc"][-1:] != ("code",)]
        )
    )


def _describe(
    fault: ErrorDetails, data: Mapping[str, Any], files: Mapping[str, str], folder: Path
) -> RequestError:
    file, line = _find_line(files, fault["loc"])
    key, params = describe_fault(f"{folder / file}:{line}", data, fault)
    return RequestError(key, **params)


def _find_line(files: Mapping[str, str], place: tuple[int | str, ...]) -> tuple[str, int]:
    """The newest file that has most of a place, and the line in it."""
    steps = [part for step in place for part in str(step).split(".")]
    found = ((*find_line(content, steps), name) for name, content in files.items())
    _, line, name = max(found, key=lambda place: (place[0], place[2]))
    return name, line
