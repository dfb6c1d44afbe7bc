"""Where the verbs work: the settings, the store, the framework and the reference data."""

from __future__ import annotations

import os
import secrets
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from sqlalchemy import Connection, Engine

from cpsa.calendar import Quarter
from cpsa.collect.entries_reader import Codes
from cpsa.cycle.files import write_whole
from cpsa.framework import Framework
from cpsa.framework_archive import (
    framework_of_release,
    with_rules_of_questions,
    with_unconfirming_rules,
)
from cpsa.reference import Reference
from cpsa.registry import Registry, Roll
from cpsa.settings import Settings
from cpsa.store import closings, database, frameworks
from cpsa.store import registry as registries


@dataclass(frozen=True)
class Office:
    """One process's way to everything a verb needs."""

    settings: Settings
    engine: Engine
    # Closed quarters that are computed again with the present framework, not with their own.
    present_definitions: frozenset[str] = frozenset()

    @classmethod
    def from_settings(cls, settings: Settings, ready: bool = True) -> Office:
        """Open the office; with ``ready``, RequestError when the schema is not current."""
        engine = database.connect(settings.database_url)
        if ready:
            database.require_current(engine)
        return cls(settings, engine)

    def framework(self, quarter: Quarter, connection: Connection | None = None) -> Framework:
        """The framework of a quarter: that of its closing; the present one while it is open.

        ``connection``: of the transaction that is under way, if one is.
        """
        if connection is None:
            with database.reading(self.engine) as own:
                return self.framework(quarter, own)
        version = None
        if quarter.key not in self.present_definitions:
            version = closings.framework_version(connection, quarter.key)
        if version is None:
            return Framework.holding(quarter, self.settings.framework)
        return self.framework_of_version(connection, quarter, version)

    def framework_of_version(
        self, connection: Connection, quarter: Quarter, version: str
    ) -> Framework:
        """The framework with which a quarter was closed, by the version that its closing names."""
        key = quarter.key, version
        if key not in self._frameworks:
            kept = frameworks.files_of_version(connection, version)
            found = (
                framework_of_release(version, quarter, self.settings.framework)
                if kept is None
                else Framework.from_files(kept)
            )
            folder = self.settings.framework
            found = with_unconfirming_rules(found, folder)
            self._frameworks[key] = with_rules_of_questions(found, folder)
        return self._frameworks[key]

    @cached_property
    def _frameworks(self) -> dict[tuple[str, str], Framework]:
        return {}

    def roll(self, connection: Connection, load_id: int | None = None) -> Roll:
        """Agencies and recipients as they held at a load, the newest by default."""
        if load_id is None:
            load_id = registries.required_load(connection)
        if load_id not in self._rolls:
            self._rolls[load_id] = registries.roll(connection, load_id)
        return self._rolls[load_id]

    def register_of_quarter(self, connection: Connection, quarter: Quarter) -> Roll:
        """The register of a quarter: as it was closed with, the newest while it is open."""
        return self.roll(connection, registries.load_of_quarter(connection, quarter.key))

    @cached_property
    def _rolls(self) -> dict[int, Roll]:
        return {}

    def registry(self, connection: Connection, load_id: int | None = None) -> Registry:
        """The whole registry as it held at a load, the newest by default; a load never changes.

        Large where there are many agencies: who only asks for agencies takes the ``roll``.
        """
        if load_id is None:
            load_id = registries.required_load(connection)
        if load_id not in self._registries:
            self._registries[load_id] = registries.read(connection, load_id)
        return self._registries[load_id]

    @cached_property
    def _registries(self) -> dict[int, Registry]:
        return {}

    @cached_property
    def reference(self) -> Reference:
        return Reference.load(self.settings.reference)

    def entry_codes(self, connection: Connection) -> Codes:
        """The codes that entries beside the figures may use.

        An agency is active in a closed quarter by the register that it was closed with.
        """
        newest = self.roll(connection)
        registers = {
            quarter: self.roll(connection, load_id)
            for quarter, load_id in closings.registry_loads(connection).items()
        }
        rolls = (newest, *registers.values())
        return Codes(
            agencies={code for roll in rolls for code in roll.agencies["code"]},
            themes=self.reference.themes,
            departments=self.reference.department_codes,
            schemes=self.reference.schemes,
            modules=self.reference.training_modules,
            is_active=lambda agency, quarter: (
                agency in registers.get(quarter, newest).forms_in(quarter)
            ),
        )

    @cached_property
    def seal_key(self) -> bytes:
        """Signs the templates: the setting, else a key made once and kept in the home folder."""
        if self.settings.seal_key:
            return self.settings.seal_key.encode()
        file = self.settings.home / "seal.key"
        if not file.exists():
            file.parent.mkdir(parents=True, exist_ok=True)
            partial = file.with_name(f"{file.name}.{os.getpid()}.part")
            partial.touch(mode=0o600)
            partial.write_text(secrets.token_hex(32), "ascii")
            # Whoever comes first decides; a key that is there is never replaced.
            with suppress(FileExistsError):
                os.link(partial, file)
            partial.unlink()
        return file.read_bytes()

    def keep_bytes(self, content: bytes, sha256: str) -> None:
        """Keep received bytes under their digest; a file that was lost or damaged is restored."""
        file = self.received_file(sha256)
        if not self._holds(file, content):
            try:
                write_whole(file, content, durable=True)
            except FileNotFoundError:
                if not self._holds(file, content):
                    raise
                # Another process that kept the same bytes was faster, and has cleared up.
        for left_by_the_killed in file.parent.glob(f".{sha256}.*.part"):
            left_by_the_killed.unlink(missing_ok=True)

    @staticmethod
    def _holds(file: Path, content: bytes) -> bool:
        """Whether a file is there with these very bytes."""
        try:
            return file.stat().st_size == len(content) and file.read_bytes() == content
        except FileNotFoundError:
            return False

    def received_bytes(self, sha256: str) -> bytes:
        return self.received_file(sha256).read_bytes()

    def received_file(self, sha256: str) -> Path:
        return self.settings.received / sha256[:2] / sha256
