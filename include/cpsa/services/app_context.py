"""Context of a process: the settings, the store, the framework and the reference data.

Every process has a context, and few use all of it: what it loads is imported where it loads it.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Collection, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection, Engine

from cpsa.calendar import Quarter
from cpsa.errors import RequestError
from cpsa.reference.programme_in_use import use_programme
from cpsa.registry.agency_register import AgencyRegister, Registry
from cpsa.services.atomic_file import (
    has_content,
    keep_content,
    name_partial_file,
    write_files_together,
)
from cpsa.settings import FORMER_SHIPPED_FOLDER, Settings
from cpsa.store import database
from cpsa.store.queries import closing_queries, framework_queries, quarter_queries, registry_queries

if TYPE_CHECKING:
    from cpsa.framework.model import Framework
    from cpsa.intake.readers.entries_reader import EntryCodes
    from cpsa.reference.contributors import Contributor, KindOfHelp
    from cpsa.reference.reference_data import Reference


@dataclass(frozen=True)
class AppContext:
    """Everything that a use case needs in one process."""

    settings: Settings
    engine: Engine
    # Closed quarters that are computed again with the present framework, not with their own.
    present_definitions: frozenset[str] = frozenset()

    @classmethod
    def from_settings(cls, settings: Settings, *, ready: bool = True) -> AppContext:
        """Make the context of a process, which uses the programme of the settings from now on.

        RequestError when the programme has a fault or, with ``ready``, the schema is not current.
        """
        _refuse_files_left_behind(settings)
        use_programme(settings.programme)
        engine = database.open_engine(settings.database_url)
        try:
            if ready:
                database.require_current(engine)
        except BaseException:
            engine.dispose()
            raise
        return cls(settings, engine)

    def load_framework(self, quarter: Quarter, connection: Connection | None = None) -> Framework:
        """Load the framework of a quarter: that of its closing; the present one while it is open.

        RequestError where the present one has a fault.
        ``connection``: of the open transaction, if there is one.
        """
        if connection is None:
            with database.read_transaction(self.engine) as own:
                return self.load_framework(quarter, own)
        version = closing_queries.find_framework_version(connection, quarter.key)
        return self.load_framework_closed_with(connection, quarter, version)

    def load_framework_closed_with(
        self, connection: Connection, quarter: Quarter, version: str | None
    ) -> Framework:
        """``load_framework`` for a caller that knows the version of the quarter's closing; None: it is open."""
        from cpsa.framework.loader import load_framework

        if version is None or quarter.key in self.present_definitions:
            additions = quarter_queries.load_addition_starts(connection)
            return load_framework(quarter, self.settings.framework, additions)
        return self.load_framework_of_version(connection, quarter, version)

    def list_form_starts(self) -> Mapping[str, str]:
        """The forms that this store has from a later quarter than its others, each with that quarter."""
        from cpsa.framework.loader import list_form_starts

        with database.read_transaction(self.engine) as connection:
            additions = quarter_queries.load_addition_starts(connection)
        return list_form_starts(self.settings.framework, additions)

    def load_framework_of_version(
        self, connection: Connection, quarter: Quarter, version: str
    ) -> Framework:
        """Load the framework with which a quarter was closed, by the version that its closing names."""
        from cpsa.framework import framework_archive
        from cpsa.framework.loader import parse_framework

        key = quarter.key, version
        if key not in self._frameworks:
            kept = framework_queries.find_framework_files(connection, version)
            found = (
                framework_archive.find_framework_version(version, quarter, self.settings.framework)
                if kept is None
                else parse_framework(kept)
            )
            folder = self.settings.framework
            found = framework_archive.add_unconfirming_rules(found, folder)
            found = framework_archive.add_main_indicators(found, folder)
            found = framework_archive.add_query_rules(found, folder)
            self._frameworks[key] = found.for_quarter_of_year(quarter.number)
        return self._frameworks[key]

    @cached_property
    def _frameworks(self) -> dict[tuple[str, str], Framework]:
        return {}

    def load_register(self, connection: Connection, load_id: int | None = None) -> AgencyRegister:
        """Load agencies and recipients as of a load, the newest by default."""
        if load_id is None:
            load_id = registry_queries.require_load(connection)
        if load_id not in self._registers:
            self._registers[load_id] = registry_queries.load_register(connection, load_id)
        return self._registers[load_id]

    def load_register_of_quarter(self, connection: Connection, quarter: Quarter) -> AgencyRegister:
        """Load the register of a quarter: the one it was closed with, the newest while it is open."""
        return self.load_register(
            connection, registry_queries.find_load_of_quarter(connection, quarter.key)
        )

    @cached_property
    def _registers(self) -> dict[int, AgencyRegister]:
        return {}

    def load_registry(self, connection: Connection, load_id: int | None = None) -> Registry:
        """Load the whole registry as of a load, the newest by default; a load never changes.

        Large where there are many agencies: where only agencies are needed, use ``load_register``.
        """
        if load_id is None:
            load_id = registry_queries.require_load(connection)
        if load_id not in self._registries:
            self._registries[load_id] = registry_queries.load_registry_at(connection, load_id)
        return self._registries[load_id]

    @cached_property
    def _registries(self) -> dict[int, Registry]:
        return {}

    @cached_property
    def reference(self) -> Reference:
        from cpsa.reference.reference_data import Reference

        return Reference.load(self.settings.reference)

    def load_entry_codes(self, connection: Connection) -> EntryCodes:
        """Load the codes that entries beside the figures may use.

        An agency is active in a closed quarter by the register that it was closed with.
        """
        from cpsa.intake.readers.entries_reader import EntryCodes

        newest = self.load_register(connection)
        registers = {
            quarter: self.load_register(connection, load_id)
            for quarter, load_id in closing_queries.load_registry_loads(connection).items()
        }
        all_registers = (newest, *registers.values())
        return EntryCodes(
            agencies={code for register in all_registers for code in register.agencies["code"]},
            themes=self.reference.themes,
            departments=self.reference.department_codes,
            schemes=self.reference.schemes,
            modules=self.reference.training_modules,
            contributors=_index_names(self.reference.contributors),
            kinds_of_help=_index_names(self.reference.kinds_of_help),
            is_active=lambda agency, quarter: (
                agency in registers.get(quarter, newest).forms_in(quarter)
            ),
        )

    @cached_property
    def seal_key(self) -> bytes:
        """Signs the templates: the setting, else a key made once and kept in the home folder."""
        if self.settings.seal_key:
            return self.settings.seal_key.encode()
        file = self.settings.seal_key_file
        if not file.exists():
            file.parent.mkdir(parents=True, exist_ok=True)
            partial = name_partial_file(file)
            partial.touch(mode=0o600)
            partial.write_text(secrets.token_hex(32), "ascii")
            # The first process decides; an existing key is never replaced.
            with suppress(FileExistsError):
                os.link(partial, file)
            partial.unlink()
        return file.read_bytes()

    def store_received_bytes(self, content: bytes, sha256: str) -> None:
        """Store received bytes under their digest; a file that was lost or damaged is restored."""
        file = self.received_path(sha256)
        try:
            keep_content(file, content)
        except FileNotFoundError:
            if not has_content(file, content):
                raise
            # Another process stored the same bytes first, and has removed the partial files.
        self._remove_abandoned_parts([sha256])

    def store_received_files(self, contents: Mapping[str, bytes]) -> None:
        """Store received bytes by their digests as ``store_received_bytes``, flushed together."""
        files = {self.received_path(sha256): content for sha256, content in contents.items()}
        missing = {
            file: content for file, content in files.items() if not has_content(file, content)
        }
        if missing:
            write_files_together(self.settings.received, missing)
        self._remove_abandoned_parts(contents)

    def _remove_abandoned_parts(self, digests: Collection[str]) -> None:
        """Remove what killed processes left half-written of these files."""
        for beginning in {sha256[:2] for sha256 in digests}:
            folder = Path(self._received, beginning)
            for name in os.listdir(folder):
                if name.endswith(".part") and name[1:].partition(".")[0] in digests:
                    (folder / name).unlink(missing_ok=True)

    def read_received_bytes(self, sha256: str) -> bytes:
        return self.received_path(sha256).read_bytes()

    def received_path(self, sha256: str) -> Path:
        return Path(self._received, sha256[:2], sha256)

    @cached_property
    def _received(self) -> str:
        return str(self.settings.received)


def _index_names(entries: Mapping[str, Contributor] | Mapping[str, KindOfHelp]) -> dict[str, str]:
    """The code of each entry by its code and its name in each language, in small letters."""
    named = {
        name.casefold(): code
        for code, entry in entries.items()
        for name in entry.name.list_labels()
    }
    return {**named, **{code.casefold(): code for code in entries}}


def _refuse_files_left_behind(settings: Settings) -> None:
    """RequestError for files of an office where this program no longer looks for them."""
    for name in ("framework", "reference"):
        former = FORMER_SHIPPED_FOLDER / name
        present: Path = getattr(settings, name)
        if present != former and any(former.glob("*.yaml")):
            raise RequestError("settings.left_behind", former=former, present=present)
