"""Loading a registry folder: shown first, refused where it drops what has a history."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy import Connection

from cpsa import registry_files
from cpsa.calendar import IST, Quarter
from cpsa.cycle.office import Office
from cpsa.cycle.registry_changes import Change, RegistryChange, changes
from cpsa.cycle.results import RegistryLoaded
from cpsa.errors import RequestError
from cpsa.framework import Framework
from cpsa.registry import Registry
from cpsa.registry_notices import contradictions
from cpsa.store import judgements
from cpsa.store import registry as registries
from cpsa.store.database import reading, writing

LOADED, READDRESSED = "load registry", "correct address"


@dataclass(frozen=True)
class RegistryPreview:
    """What a folder would change; ``dropped``: agencies and departments that it lists no more."""

    agencies: int
    changes: tuple[RegistryChange, ...]
    notices: tuple[RequestError, ...]
    dropped: tuple[str, ...]


def preview_registry(office: Office, folder: Path, now: datetime) -> RegistryPreview:
    """What loading a folder would change; writes nothing.

    RequestError where the load would be refused.
    """
    registry = _read(office, folder, now)
    with reading(office.engine) as connection:
        return _previewed(office, connection, registry)


def load_registry(
    office: Office,
    folder: Path,
    now: datetime,
    who: str = "",
    reason: str = "",
    confirmed: bool = False,
) -> RegistryLoaded:
    """Read a registry folder and make it the registry from now on; all of it or nothing.

    ``who``: the person who did it by hand; the audit trail keeps that, and whose address of mail
    became another, but not the addresses. ``confirmed``: agencies and departments without history
    that the folder lists no more may go; without it RequestError.
    """
    registry = _read(office, folder, now)
    with writing(office.engine, alone=True) as connection:
        preview = _previewed(office, connection, registry)
        if preview.dropped and not confirmed:
            raise RequestError("registry.confirm_dropped", codes=", ".join(preview.dropped))
        changed = registries.load(connection, registry, now)
        if who and changed:
            judgements.add_audit(connection, now, who, LOADED, folder.resolve().name, reason)
            for subject in _readdressed(preview.changes):
                judgements.add_audit(connection, now, who, READDRESSED, subject, reason)
    return RegistryLoaded(preview.agencies, changed, preview.notices, preview.changes)


def _read(office: Office, folder: Path, now: datetime) -> Registry:
    framework = office.framework(Quarter.containing(now.astimezone(IST).date()))
    known = registry_files.KnownCodes(
        forms=framework.forms,
        indicators=Framework.indicator_codes(office.settings.framework),
        departments=office.reference.department_codes,
    )
    registry = registry_files.read(folder, known)
    found = contradictions(registry.targets, framework, office.reference.budget.values())
    return Registry(**registry.frames(), notices=(*registry.notices, *found))


def _previewed(office: Office, connection: Connection, registry: Registry) -> RegistryPreview:
    """RequestError where the registry drops an agency or a department that has a history."""
    newest = registries.newest_load(connection)
    before = None if newest is None else registries.read(connection, newest)
    codes = office.reference.department_codes
    found = changes(before, registry, codes)
    agencies = [
        change.subject
        for change in found
        if (change.file, change.change) == ("agencies", Change.DROPPED)
    ]
    if with_history := sorted(registries.agencies_with_history(connection, agencies)):
        raise RequestError("registry.drops_agency", codes=", ".join(with_history))
    listed = set(registry.recipients["department"])
    departments = [
        code
        for code in dict.fromkeys(codes.values())
        if before is not None
        and code not in listed
        and code in {codes.get(one, one) for one in before.recipients["department"]}
    ]
    known = [code for code, current in codes.items() if current in departments]
    if with_history := sorted(
        {codes[code] for code in registries.departments_with_history(connection, known)}
    ):
        raise RequestError("registry.drops_department", codes=", ".join(with_history))
    return RegistryPreview(
        agencies=len(registry.agencies),
        changes=found,
        notices=registry.notices,
        dropped=(*agencies, *departments),
    )


def _readdressed(found: tuple[RegistryChange, ...]) -> list[str]:
    """Agencies, and departments with the kind of their recipients, that had another address."""
    subjects = {
        change.subject if change.file == "agencies" else " ".join(change.subject.split(":")[:2])
        for change in found
        if change.change is Change.READDRESSED
    }
    return sorted(subjects)
