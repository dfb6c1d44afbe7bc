"""Deleting files that nothing depends on, after as many years as CPSA has decided.

``retention_queries.list_needed_files`` lists files that are never deleted, editions aside. Each deleted
file has a row in the audit, written before it is deleted: a process that dies between the two leaves a
file that is deleted the next time.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import Connection

from cpsa.services.app_context import AppContext
from cpsa.services.retention_rules import RetentionRules
from cpsa.services.run_log import log_use_case
from cpsa.store.database import read_transaction, write_transaction
from cpsa.store.queries import audit_queries, retention_queries

RETAINED = "retain"
RULES = ("refused", "unreadable", "letters", "trial_mails")


@dataclass(frozen=True)
class ExpiredFile:
    """A file that may be deleted: by which rule, its path below the home, its size in bytes, since when."""

    rule: str
    path: str
    size: int
    since: datetime


def list_expired_files(context: AppContext, now: datetime) -> tuple[ExpiredFile, ...]:
    """List the files that may be deleted now, by rule and path."""
    rules = RetentionRules.load(context.settings.reference)
    with read_transaction(context.engine) as connection:
        return _find_expired_files(context, connection, rules, now)


@log_use_case
def delete_expired_files(context: AppContext, who: str, now: datetime) -> tuple[ExpiredFile, ...]:
    """Delete the files that may go, each with its row in the audit; return what was deleted."""
    rules = RetentionRules.load(context.settings.reference)
    with write_transaction(context.engine, alone=True) as connection:
        going = _find_expired_files(context, connection, rules, now)
        for file in going:
            why = f"{file.rule}, {rules.get_years(file.rule)} years, since {file.since:%Y-%m-%d}"
            audit_queries.add_audit(connection, now, who, RETAINED, file.path, why)
    for file in going:
        (context.settings.home / file.path).unlink(missing_ok=True)
    return going


def _find_expired_files(
    context: AppContext, connection: Connection, rules: RetentionRules, now: datetime
) -> tuple[ExpiredFile, ...]:
    needed = retention_queries.list_needed_files(connection)
    settled, pending = retention_queries.list_letter_files(connection)
    ages = {
        "refused": ("received", _exclude(retention_queries.list_refused_files(connection), needed)),
        "unreadable": (
            "received",
            _exclude(retention_queries.list_unreadable_files(connection), needed),
        ),
        "letters": ("letters", _exclude(settled, pending)),
    }
    found: dict[str, ExpiredFile] = {}
    for rule, (folder, files) in ages.items():
        if (before := rules.find_cutoff(rule, now)) is None:
            continue
        for digest, since in files.items():
            path = context.settings.home / folder / digest[:2] / digest
            if since < before and path.is_file():
                found.setdefault(str(path), _describe_file(context, rule, path, since))
    if (before := rules.find_cutoff("trial_mails", now)) is not None:
        for file in sorted((context.settings.home / "mails").rglob("*.eml")):
            since = datetime.fromtimestamp(file.stat().st_mtime, UTC)
            if since < before:
                found[str(file)] = _describe_file(context, "trial_mails", file, since)
    return tuple(
        sorted(found.values(), key=lambda expired: (RULES.index(expired.rule), expired.path))
    )


def _exclude(files: retention_queries.FileAges, kept: Iterable[str]) -> retention_queries.FileAges:
    kept_digests = set(kept)
    return {digest: since for digest, since in files.items() if digest not in kept_digests}


def _describe_file(context: AppContext, rule: str, file: Path, since: datetime) -> ExpiredFile:
    path = file.relative_to(context.settings.home)
    return ExpiredFile(rule, str(path), file.stat().st_size, since)
