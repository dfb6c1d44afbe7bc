"""What one check of an installation gives: a name, a level, and a text that says what to do."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from cpsa.errors import RequestError

_MOST_APART = timedelta(minutes=2)  # of two clocks


class CheckLevel(StrEnum):
    """How bad it is. ``warning``: works, and somebody should look."""

    OK = "ok"
    WARNING = "warning"
    FAULT = "fault"


@dataclass(frozen=True)
class InstallationCheck:
    """The result of one check. ``case`` names the text ``doctor.<name>.<case>``."""

    name: str
    level: CheckLevel
    case: str
    params: dict[str, object] = field(default_factory=dict)

    def text(self, language: str) -> str:
        return RequestError(f"doctor.{self.name}.{self.case}", **self.params).text(language)


def ok(name: str, case: str = "ok", **params: object) -> InstallationCheck:
    return InstallationCheck(name, CheckLevel.OK, case, params)


def warning(name: str, case: str, **params: object) -> InstallationCheck:
    return InstallationCheck(name, CheckLevel.WARNING, case, params)


def compare_clocks(there: datetime, now: datetime) -> InstallationCheck | None:
    """A warning where another clock and ours are apart: instants of both are compared."""
    apart = abs(there - now)
    if apart <= _MOST_APART:
        return None
    return warning("clock", "apart", seconds=round(apart.total_seconds()))


def fault(name: str, case: str = "fault", **params: object) -> InstallationCheck:
    return InstallationCheck(name, CheckLevel.FAULT, case, params)
