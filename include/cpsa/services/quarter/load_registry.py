"""Loading a registry folder: shown first, refused where it drops what has a history."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy import Connection

from cpsa.calendar import IST, Quarter
from cpsa.errors import RequestError
from cpsa.framework.loader import list_indicator_codes
from cpsa.registry import registry_files
from cpsa.registry.agency_register import Registry
from cpsa.registry.cluster_files import KnownPlaces
from cpsa.registry.registry_changes import RegistryChange, RegistryChangeKind, list_registry_changes
from cpsa.registry.registry_notices import list_contradictions
from cpsa.services.app_context import AppContext
from cpsa.services.check_programme import require_good_programme
from cpsa.services.run_log import log_use_case
from cpsa.services.service_results import LoadRegistryResult
from cpsa.store.database import read_transaction, write_transaction
from cpsa.store.queries import audit_queries, registry_queries

LOADED, READDRESSED = "load registry", "correct address"


@dataclass(frozen=True)
class RegistryPreview:
    """What a folder would change; ``dropped``: agencies and departments that it no longer lists."""

    agencies: int
    changes: tuple[RegistryChange, ...]
    notices: tuple[RequestError, ...]
    dropped: tuple[str, ...]


def preview_registry(context: AppContext, folder: Path, now: datetime) -> RegistryPreview:
    """Return what loading a folder would change; writes nothing.

    RequestError where the load would be refused.
    """
    registry = _read_registry(context, folder, now)
    with read_transaction(context.engine) as connection:
        return _preview(context, connection, registry)


@log_use_case
def load_registry(
    context: AppContext,
    folder: Path,
    now: datetime,
    who: str = "",
    reason: str = "",
    *,
    confirmed: bool = False,
) -> LoadRegistryResult:
    """Read a registry folder and make it the registry from now on; all of it or nothing.

    ``who``: the person who did it by hand; the audit records that, and whose mail address
    changed, but not the addresses. ``confirmed``: agencies and departments without history
    that the folder lists no more may go; without it RequestError.
    """
    registry = _read_registry(context, folder, now)
    with write_transaction(context.engine, alone=True) as connection:
        preview = _preview(context, connection, registry)
        if preview.dropped and not confirmed:
            raise RequestError("registry.confirm_dropped", codes=", ".join(preview.dropped))
        changed = registry_queries.save_registry(connection, registry, now)
        if who and changed:
            audit_queries.add_audit(connection, now, who, LOADED, folder.resolve().name, reason)
            for subject in _list_readdressed(preview.changes):
                audit_queries.add_audit(connection, now, who, READDRESSED, subject, reason)
    return LoadRegistryResult(preview.agencies, changed, preview.notices, preview.changes)


def _read_registry(context: AppContext, folder: Path, now: datetime) -> Registry:
    settings = context.settings
    require_good_programme(settings.programme, settings.framework, settings.reference)
    framework = context.load_framework(Quarter.containing(now.astimezone(IST).date()))
    known = registry_files.KnownCodes(
        forms=framework.forms,
        form_starts=context.list_form_starts(),
        indicators=list_indicator_codes(context.settings.framework),
        departments=context.reference.department_codes,
        informed=context.reference.informed,
        places=KnownPlaces(context.reference.sectors, context.reference.districts.present_names),
    )
    registry = registry_files.read_registry_folder(folder, known)
    found = list_contradictions(registry.targets, framework, context.reference.budget.values())
    return Registry(**registry.frames(), notices=(*registry.notices, *found))


def _preview(context: AppContext, connection: Connection, registry: Registry) -> RegistryPreview:
    """RequestError where the registry drops an agency or a department that has a history."""
    newest = registry_queries.find_newest_load(connection)
    before = None if newest is None else registry_queries.load_registry_at(connection, newest)
    codes = context.reference.department_codes
    found = list_registry_changes(before, registry, codes)
    agencies = [
        change.subject
        for change in found
        if (change.file, change.change) == ("agencies", RegistryChangeKind.DROPPED)
    ]
    if with_history := sorted(registry_queries.list_agencies_with_history(connection, agencies)):
        raise RequestError("registry.drops_agency", codes=", ".join(with_history))
    listed = set(registry.recipients["department"])
    departments = [
        code
        for code in dict.fromkeys(codes.values())
        if before is not None
        and code not in listed
        and code
        in {
            codes.get(recipient_code, recipient_code)
            for recipient_code in before.recipients["department"]
        }
    ]
    known = [code for code, current in codes.items() if current in departments]
    if with_history := sorted(
        {codes[code] for code in registry_queries.list_departments_with_history(connection, known)}
    ):
        raise RequestError("registry.drops_department", codes=", ".join(with_history))
    clusters = [
        change.subject
        for change in found
        if (change.file, change.change) == ("clusters", RegistryChangeKind.DROPPED)
    ]
    if with_history := _list_clusters_with_history(connection, before, clusters):
        raise RequestError("registry.drops_cluster", codes=", ".join(with_history))
    return RegistryPreview(
        agencies=len(registry.agencies),
        changes=found,
        notices=registry.notices,
        dropped=(*agencies, *departments, *clusters),
    )


def _list_clusters_with_history(
    connection: Connection, before: Registry | None, codes: list[str]
) -> list[str]:
    """List those of these clusters that an agency served of which the store knows more than its line."""
    if before is None or not codes:
        return []
    pairs = [pair for pair in before.cluster_register.pairs if pair.cluster in codes]
    known = registry_queries.list_agencies_with_history(
        connection, sorted({pair.agency for pair in pairs})
    )
    return sorted({pair.cluster for pair in pairs if pair.agency in known})


def _list_readdressed(found: tuple[RegistryChange, ...]) -> list[str]:
    """List agencies, and departments with the kind of their recipients, whose address changed."""
    subjects = {
        change.subject if change.file == "agencies" else " ".join(change.subject.split(":")[:2])
        for change in found
        if change.change is RegistryChangeKind.READDRESSED
    }
    return sorted(subjects)
