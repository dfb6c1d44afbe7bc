"""How a validator reports several faults at once, each at its place."""

from __future__ import annotations

from collections.abc import Iterable

from pydantic import ValidationError
from pydantic_core import InitErrorDetails, PydanticCustomError

Fault = tuple[tuple[int | str, ...], object, PydanticCustomError]
"""Its place, the value, and what is wrong with it."""


def refuse_faults(faults: Iterable[Fault]) -> None:
    """Raise all of these faults, each at its place."""
    details = [
        InitErrorDetails(type=fault, loc=place, input=value) for place, value, fault in faults
    ]
    if details:
        raise ValidationError.from_exception_data("framework", details)
