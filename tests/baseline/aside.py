"""A quarter's documents and its online edition, made in a copy of the home by a process of its own.

    python -m tests.baseline.aside QUARTER

So the two run at the same time and the story goes on. What belongs here: that copy. What must not:
what is done for quarters that the story itself builds.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

from tests.baseline import clock, program
from tests.baseline.results import Results

_INSTANT, _SAID = "instant", "said.json"


class Aside:
    """One worker, and the quarters that were given to it."""

    def __init__(self, home: Path) -> None:
        self._home = home
        self._worker = ThreadPoolExecutor(1)
        self._quarters: dict[str, tuple[Path, Future[int]]] = {}

    def give(self, quarter: str) -> None:
        """Copy the home as it is now; the rest is done beside."""
        copy = self._home.with_name(f"{self._home.name}-{quarter}")
        shutil.copytree(
            self._home, copy, ignore=shutil.ignore_patterns("inbox", "public", "documents")
        )
        (copy / "inbox").mkdir()
        variables = {"CPSA_HOME": str(copy), clock.VARIABLE: str(copy / _INSTANT)}
        command = [sys.executable, "-W", "ignore", "-m", __name__, quarter]
        environment = {**os.environ, **variables}
        self._quarters[quarter] = (
            copy,
            self._worker.submit(lambda: subprocess.run(command, env=environment).returncode),
        )

    def keep(self, results: Results) -> None:
        """Wait for all, and keep what they made."""
        for quarter, (copy, ended) in self._quarters.items():
            if ended.result():
                raise RuntimeError(f"{quarter} was not built")
            said = json.loads((copy / _SAID).read_text("utf-8"))
            for name, text in said.items():
                here = text.replace(str(copy), "<home>")
                results.text(f"aside/{quarter}/{name}", here)
            results.folder(f"documents/{quarter}", copy / "documents" / quarter)
            results.folder(f"public of {quarter}", copy / "public")

    def end(self) -> None:
        """Take away the copies."""
        self._worker.shutdown(cancel_futures=True)
        for copy, _ in self._quarters.values():
            shutil.rmtree(copy, ignore_errors=True)


def main() -> int:
    """Build and publish the quarter in CPSA_HOME."""
    (quarter,) = sys.argv[1:]
    said = {verb: program.run(verb, quarter).text() for verb in ("build", "publish")}
    file = Path(os.environ["CPSA_HOME"]) / _SAID
    file.write_text(json.dumps(said), "utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
