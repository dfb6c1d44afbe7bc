"""When the store was verified last, and how many faults were found: kept in the home, for board and health page."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from cpsa.services.app_context import AppContext
from cpsa.services.atomic_file import write_atomically

FOLDER = "verify"


@dataclass(frozen=True)
class LastVerification:
    """``since``: when faults were found first without a whole store in between; else ``verified_at``."""

    verified_at: datetime
    faults: int
    since: datetime


def read_last_verification(context: AppContext) -> LastVerification | None:
    """Read it; None where the store was never verified, or the file cannot be read."""
    try:
        found = json.loads(_locate_file(context).read_bytes())
        instants = {name: datetime.fromisoformat(found[name]) for name in ("verified_at", "since")}
        return LastVerification(faults=int(found["faults"]), **instants)
    except (OSError, ValueError, KeyError, TypeError):
        return None


def write_last_verification(context: AppContext, now: datetime, faults: int) -> None:
    """Write the result of a verification that has ended."""
    before = read_last_verification(context)
    since = before.since if before and before.faults and faults else now
    content = {"verified_at": now.isoformat(), "faults": faults, "since": since.isoformat()}
    write_atomically(_locate_file(context), json.dumps(content).encode())


def _locate_file(context: AppContext) -> Path:
    return context.settings.home / FOLDER / "last.json"
