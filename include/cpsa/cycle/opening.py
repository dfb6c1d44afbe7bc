"""What comes before updates: the registry is loaded, a quarter's window is opened."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from cpsa import registry as registry_files
from cpsa.calendar import IST, Quarter
from cpsa.cycle.office import Office
from cpsa.cycle.results import Opened, RegistryLoaded
from cpsa.registry import Roll
from cpsa.store import intake, judgements
from cpsa.store import registry as registries
from cpsa.store.database import reading, writing

LOADED, READDRESSED = "load registry", "correct address"


def open_quarter(office: Office, quarter: Quarter, now: datetime) -> Opened:
    """Record who owes an update for a quarter. Again, it adds only agencies that are new."""
    office.framework(quarter)  # a quarter before the first framework cannot be opened
    with reading(office.engine) as connection:
        forms = office.roll(connection).forms_in(quarter.key)
    with writing(office.engine) as connection:
        new = intake.record_obligations(connection, quarter.key, forms, now)
    return Opened(quarter.key, len(forms), new)


def load_registry(
    office: Office, folder: Path, now: datetime, who: str = "", reason: str = ""
) -> RegistryLoaded:
    """Read a registry folder and make it the registry from now on; all of it or nothing.

    ``who``: the person who did it by hand; the audit trail keeps that, and whose address of mail
    became another, but not the addresses.
    """
    framework = office.framework(Quarter.containing(now.astimezone(IST).date()))
    registry = registry_files.read(folder, framework)
    with writing(office.engine, alone=True) as connection:
        newest = registries.newest_load(connection) if who else None
        before = None if newest is None else registries.roll(connection, newest)
        changed = registries.load(connection, registry, now)
        if who and changed:
            judgements.add_audit(connection, now, who, LOADED, folder.resolve().name, reason)
            for owner in _readdressed(before, registry):
                judgements.add_audit(connection, now, who, READDRESSED, owner, reason)
    return RegistryLoaded(len(registry.agencies), changed, registry.notes)


def _readdressed(before: Roll | None, now: Roll) -> list[str]:
    """Agencies, and departments with the kind of their recipients, that had another address."""
    if before is None:
        return []
    old, new = (
        dict(zip(one.agencies["code"], one.agencies["email"], strict=True))
        | {
            f"{department} {kind}": ", ".join(sorted(group["email"]))
            for (department, kind), group in one.recipients.groupby(["department", "kind"])
        }
        for one in (before, now)
    )
    return sorted(owner for owner in old.keys() & new.keys() if old[owner] != new[owner])
