"""Taking away files that nothing rests on, after as many years as CPSA has decided.

What can never go is said by ``store.retention.needed``; editions are not even looked at. Each file
that goes has a row in the audit trail, written before it goes: whoever dies between the two leaves a
file that goes the next time.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import Connection

from cpsa.cycle.office import Office
from cpsa.reference.reading import Entry, read
from cpsa.store import judgements, retention
from cpsa.store.database import reading, writing

FILE = "retention.yaml"
RETAINED = "retain"
RULES = ("refused", "unreadable", "letters", "trial_mails")
_YEAR = timedelta(days=366)  # rather a day too long


@dataclass(frozen=True)
class Rules:
    """Years by rule; none where files are kept for ever."""

    years: dict[str, int | None]

    @classmethod
    def load(cls, folder: Path) -> Rules:
        """The rules of a reference folder, or an error that says what to mend in the file."""
        return read(folder, FILE, cls._of)

    @classmethod
    def _of(cls, file: Entry) -> Rules:
        return cls({rule: file.whole_or_none(f"{rule}_years") for rule in RULES})

    def before(self, rule: str, now: datetime) -> datetime | None:
        """Files that old may go."""
        years = self.years[rule]
        return None if years is None else now - _YEAR * years


@dataclass(frozen=True)
class Going:
    """A file that may go: by which rule, where it is below the home, its bytes, how old."""

    rule: str
    path: str
    size: int
    since: datetime


def due(office: Office, now: datetime) -> tuple[Going, ...]:
    """What would go now, by rule and path."""
    rules = Rules.load(office.settings.reference)
    with reading(office.engine) as connection:
        return _due(office, connection, rules, now)


def retain(office: Office, who: str, now: datetime) -> tuple[Going, ...]:
    """Take away what may go, each file with its row in the audit trail; what went."""
    rules = Rules.load(office.settings.reference)
    with writing(office.engine, alone=True) as connection:
        going = _due(office, connection, rules, now)
        for one in going:
            why = f"{one.rule}, {rules.years[one.rule]} years, since {one.since:%Y-%m-%d}"
            judgements.add_audit(connection, now, who, RETAINED, one.path, why)
    for one in going:
        (office.settings.home / one.path).unlink(missing_ok=True)
    return going


def _due(office: Office, connection: Connection, rules: Rules, now: datetime) -> tuple[Going, ...]:
    needed = retention.needed(connection)
    settled, waiting = retention.letters(connection)
    ages = {
        "refused": ("received", _without(retention.refused(connection), needed)),
        "unreadable": ("received", _without(retention.unreadable(connection), needed)),
        "letters": ("letters", _without(settled, waiting)),
    }
    found: dict[str, Going] = {}
    for rule, (folder, files) in ages.items():
        if (before := rules.before(rule, now)) is None:
            continue
        for digest, since in files.items():
            path = office.settings.home / folder / digest[:2] / digest
            if since < before and path.is_file():
                found.setdefault(str(path), _going(office, rule, path, since))
    if (before := rules.before("trial_mails", now)) is not None:
        for file in sorted((office.settings.home / "mails").rglob("*.eml")):
            since = datetime.fromtimestamp(file.stat().st_mtime, UTC)
            if since < before:
                found[str(file)] = _going(office, "trial_mails", file, since)
    return tuple(sorted(found.values(), key=lambda one: (RULES.index(one.rule), one.path)))


def _without(files: retention.Ages, kept: Iterable[str]) -> retention.Ages:
    held = set(kept)
    return {digest: since for digest, since in files.items() if digest not in held}


def _going(office: Office, rule: str, file: Path, since: datetime) -> Going:
    path = file.relative_to(office.settings.home)
    return Going(rule, str(path), file.stat().st_size, since)
