"""One line in the log for each use case that was carried out: what, for which period, how much, how long.

What belongs here: the form of these lines and of the lines of progress. What must not: names, addresses
or words of a person. Only period keys, counts and durations are ever logged, whatever a result holds.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator
from dataclasses import fields, is_dataclass
from functools import wraps
from inspect import signature
from time import perf_counter
from typing import Any, ParamSpec, TypeVar

from cpsa.calendar import FiscalYear, HalfYear, Quarter

P = ParamSpec("P")
R = TypeVar("R")
T = TypeVar("T")
PROGRESS_SECONDS = 30


def log_use_case(use_case: Callable[P, R]) -> Callable[P, R]:
    """Log a use case when it ends, with the counts of its result; a failure with its kind alone.

    The error itself is raised on: the caller decides what a person is shown.
    """
    log = logging.getLogger(use_case.__module__)
    parameters = list(signature(use_case).parameters)

    @wraps(use_case)
    def logged(*args: P.args, **kwargs: P.kwargs) -> R:
        if not log.isEnabledFor(logging.INFO):
            return use_case(*args, **kwargs)
        given = {**dict(zip(parameters, args, strict=False)), **kwargs}
        subject = " ".join((use_case.__name__, *_list_periods(given.values())))
        started = perf_counter()
        try:
            result = use_case(*args, **kwargs)
        except Exception as error:
            log.info("%s: %s, %.1f s", subject, type(error).__name__, perf_counter() - started)
            raise
        log.info(
            "%s", ", ".join((subject, *_list_counts(result), f"{perf_counter() - started:.1f} s"))
        )
        return result

    return logged


def log_progress(
    log: logging.Logger, items: Iterable[T], what: str, total: int, start: int = 0
) -> Iterator[T]:
    """The items, with a line about every half minute: ``documents: 250 of 2046, 31 s``."""
    started = last = perf_counter()
    for done, item in enumerate(items, start):
        now = perf_counter()
        if now - last >= PROGRESS_SECONDS:
            log.info("%s: %d of %d, %.0f s", what, done, total, now - started)
            last = now
        yield item


def _list_periods(values: Iterable[object]) -> list[str]:
    return [value.key for value in values if isinstance(value, Quarter | HalfYear | FiscalYear)]


def _list_counts(result: object) -> list[str]:
    """A result's numbers and the lengths of what it lists; never what it says.

    A result with ``counts`` says itself what is counted.
    """
    if isinstance(counts := getattr(result, "counts", None), dict):
        return [f"{name} {count}" for name, count in counts.items()]
    if isinstance(result, tuple | list):
        return [f"listed {len(result)}"]
    if not is_dataclass(result) or isinstance(result, type):
        return []
    numbers = ((part.name, _count(getattr(result, part.name))) for part in fields(result))
    return [f"{name} {number}" for name, number in numbers if number is not None]


def _count(value: Any) -> int | None:
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        return value
    return len(value) if isinstance(value, tuple | list | frozenset | set) else None
