"""What comes before updates: the registry is loaded, a quarter's window is opened."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from cpsa import registry as registry_files
from cpsa.calendar import IST, Quarter
from cpsa.cycle.office import Office
from cpsa.cycle.results import Opened, RegistryLoaded
from cpsa.store import intake
from cpsa.store import registry as registries
from cpsa.store.database import reading, writing


def open_quarter(office: Office, quarter: Quarter, now: datetime) -> Opened:
    """Record who owes an update for a quarter. Again, it adds only agencies that are new."""
    office.framework(quarter)  # a quarter before the first framework cannot be opened
    with reading(office.engine) as connection:
        owing = office.roll(connection).active_in(quarter.key)
    forms = dict(zip(owing["code"], owing["form"], strict=True))
    with writing(office.engine) as connection:
        new = intake.record_obligations(connection, quarter.key, forms, now)
    return Opened(quarter.key, len(forms), new)


def load_registry(office: Office, folder: Path, now: datetime) -> RegistryLoaded:
    """Read a registry folder and make it the registry from now on; all of it or nothing."""
    framework = office.framework(Quarter.containing(now.astimezone(IST).date()))
    registry = registry_files.read(folder, framework)
    with writing(office.engine, alone=True) as connection:
        changed = registries.load(connection, registry, now)
    return RegistryLoaded(len(registry.agencies), changed, registry.notes)
