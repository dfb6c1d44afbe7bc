"""This version and the version before, each run in processes of its own package and bench.

The version before is the tree of its commit, unpacked into a folder. A script that both run is a file of
this version's bench, and uses only what each version since the version before has.
"""

from __future__ import annotations

import io
import os
import subprocess
import sys
import tarfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
BEFORE_COMMIT, BEFORE_NAME = "f35ff65", "version 1.3.0"
FOLDERS = ("include", "bench", "plugins", "dags")


@dataclass(frozen=True)
class Version:
    """The tree of a version: its package, bench, plugins and DAGs."""

    name: str
    tree: Path

    def make_environment(self, settings: Mapping[str, str]) -> dict[str, str]:
        """This machine's environment without settings of another store, with these, and its own package."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith("CPSA_")}
        parts = (self.tree, self.tree / "include", self.tree / "plugins")
        return {**kept, **settings, "PYTHONPATH": os.pathsep.join(map(str, parts))}

    def run_script(self, script: str, settings: Mapping[str, str], *arguments: object) -> str:
        """Run a script of this bench with the package of the version; what it prints.

        CalledProcessError where it fails.
        """
        with self.start_script(script, settings, *arguments) as process:
            try:
                printed, _ = process.communicate()
            except BaseException:  # it would be waited for, whatever ends this process
                process.terminate()
                raise
        if process.returncode:
            raise subprocess.CalledProcessError(process.returncode, process.args)
        return printed

    def start_script(
        self, script: str, settings: Mapping[str, str], *arguments: object
    ) -> subprocess.Popen[str]:
        """Start a script of this bench with the package of the version; what it prints is piped."""
        file = str(ROOT / "bench" / f"{script}.py")
        return subprocess.Popen(
            [sys.executable, "-P", file, *map(str, arguments)],
            env=self.make_environment(settings),
            stdout=subprocess.PIPE,
            text=True,
        )


OWN = Version("this version", ROOT)


def unpack_version_before(folder: Path) -> Version:
    """The version before, its tree unpacked into a folder."""
    command = ["git", "-C", str(ROOT), "archive", BEFORE_COMMIT, *FOLDERS]
    archive = subprocess.run(command, check=True, capture_output=True).stdout
    with tarfile.open(fileobj=io.BytesIO(archive)) as packed:
        packed.extractall(folder, filter="data")
    return Version(BEFORE_NAME, folder)
