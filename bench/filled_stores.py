"""The stores of a country that benchmarks of one run start from: filled once for each version, then copied.

What belongs here: filling by the version itself, and copies of the filled database with the files of the
quarter at hand. What must not: what a benchmark does with a copy.
"""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from types import TracebackType
from uuid import uuid4

from bench.lines import Progress, Size
from bench.programme import AT_HAND
from bench.server_databases import ServerDatabases
from bench.versions import OWN, Version, unpack_version_before
from cpsa.services.app_context import AppContext
from cpsa.settings import from_environment


@dataclass(frozen=True)
class StoreCopy:
    """A database of its own and a home whose inbox has the files of the quarter at hand."""

    url: str
    home: Path

    @property
    def settings(self) -> dict[str, str]:
        return {"CPSA_HOME": str(self.home), "CPSA_DATABASE_URL": self.url}

    @property
    def files(self) -> list[Path]:
        """A CSV of each agency."""
        return sorted((self.home / "inbox" / AT_HAND.key).iterdir())


class FilledStores:
    """Stores of PostgreSQL by version and size; all of them are dropped at the end of the run."""

    def __init__(self) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="cpsa-bench-")
        self._server = ServerDatabases()
        self._names: dict[tuple[str, int, int, int], str] = {}

    def __enter__(self) -> FilledStores:
        self._server.__enter__()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._server.__exit__(kind, error, trace)
        self._folder.cleanup()

    @property
    def place(self) -> Path:
        return Path(self._folder.name)

    @cached_property
    def versions(self) -> Mapping[str, Version]:
        """This version as ``own``, and the version ``before``."""
        return {"own": OWN, "before": unpack_version_before(self.place / "tree")}

    def fill(self, versions: Mapping[str, Version], size: Size, progress: Progress) -> None:
        """Fill the stores that are not filled yet, at the same time; CalledProcessError where one fails."""
        started = []
        for version in versions.values():
            if _make_key(version, size) in self._names:
                continue
            name = f"filled{uuid4().hex[:8]}"
            url = self._server.create(name)
            home = self.place / name
            home.mkdir()
            progress(
                f"loading {size.agencies:,} agencies, {size.quarters} quarters: {version.name}"
            )
            settings = StoreCopy(url, home).settings
            arguments = (size.agencies, size.quarters, size.seed)
            started.append(version.start_script("quarter_stages", settings, "fill", *arguments))
            self._names[_make_key(version, size)] = name
        try:
            for process in started:
                if process.wait():
                    raise subprocess.CalledProcessError(process.returncode, process.args)
        finally:
            for process in started:
                process.terminate()  # nothing where it has ended

    @contextmanager
    def copy(self, version: Version, size: Size, progress: Progress) -> Iterator[StoreCopy]:
        """A copy of a version's store, filled before where it is not, and dropped afterwards."""
        self.fill({"": version}, size, progress)
        name = self._names[_make_key(version, size)]
        filled, home = self.place / name, self.place / f"home-{uuid4().hex[:8]}"
        home.mkdir()
        with self._server.copy(name) as url:
            (filled / "inbox").rename(home / "inbox")  # thousands of files are moved at once
            try:
                yield StoreCopy(url, home)
            finally:
                (home / "inbox").rename(filled / "inbox")

    @contextmanager
    def open_copy(self, size: Size, progress: Progress) -> Iterator[AppContext]:
        """A copy of this version's store, to work on in this process."""
        with self.copy(OWN, size, progress) as copy:
            context = AppContext.from_settings(from_environment(copy.settings), ready=False)
            try:
                yield context
            finally:
                context.engine.dispose()

    @contextmanager
    def make_folder(self) -> Iterator[Path]:
        """An empty folder, removed afterwards."""
        with tempfile.TemporaryDirectory(dir=self.place) as folder:
            yield Path(folder)

    def drop(self, version: Version, size: Size) -> None:
        """Drop a filled store that no other benchmark of the run starts from."""
        name = self._names.pop(_make_key(version, size))
        self._server.drop(name)
        shutil.rmtree(self.place / name)


def _make_key(version: Version, size: Size) -> tuple[str, int, int, int]:
    return version.name, size.agencies, size.quarters, size.seed
