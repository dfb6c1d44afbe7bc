"""``python -m tests.baseline write|compare``: see the package."""

from __future__ import annotations

import argparse
import os
import re
import shutil
import signal
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

from tests.baseline import clock, portal
from tests.baseline.aside import Aside
from tests.baseline.board import keep_board
from tests.baseline.mails import catching
from tests.baseline.results import Results, differences, read
from tests.baseline.shown import keep_store, keep_tables, keep_traces
from tests.baseline.story import QUARTERS, Story

ROOT = Path(__file__).resolve().parents[2]
PERIODS = ("2024-25-H2", "2025-26-H1", "2025-26-H2", "2025-26", "2026-27-H1")


def make(use: Callable[[Results], int]) -> int:
    """Run the sample programme in a home of its own and use everything that comes of it.

    It is used before the home is taken away: who ends a long run then loses nothing.
    """
    home = Path(tempfile.mkdtemp(prefix="cpsa-baseline-"))
    aside = Aside(home)
    try:
        with catching() as (catcher, mail_port):
            set_environment(home, mail_port)
            results = Results(masks(home, mail_port))
            begun = time.monotonic()
            for part in (
                Story(results, home, catcher, aside).tell,
                lambda: aside.keep(results),
                lambda: results.folder("documents", home / "documents"),
                lambda: results.folder("public", home / "public"),
                lambda: keep_tables(results, set_language),
                lambda: keep_traces(results, home / "documents"),
                lambda: keep_store(results, home / "transfer.zip"),
                lambda: keep_board(results, QUARTERS, PERIODS),
            ):
                part()
                print(f"{time.monotonic() - begun:5.0f} s  {len(results.digests)} outputs")
            return use(results)
    finally:
        aside.end()
        shutil.rmtree(home, ignore_errors=True)


def set_language(language: str) -> None:
    os.environ["CPSA_LANGUAGE"] = language


def set_environment(home: Path, mail_port: int) -> None:
    """The settings of the run and none of this machine's; Airflow's home ends with it."""
    for name in [one for one in os.environ if one.startswith(("CPSA_", "AIRFLOW"))]:
        del os.environ[name]
    os.environ |= {
        clock.VARIABLE: str(home / "instant"),
        "CPSA_HOME": str(home),
        "CPSA_SMTP_URL": f"smtp://127.0.0.1:{mail_port}",
        "CPSA_PORTAL_URL": portal.ADDRESS,
        "CPSA_SEAL_KEY": "the key of the comparison",
        "CPSA_USER": "anita",
        "COLUMNS": "200",
        "AIRFLOW_HOME": str(home / "airflow"),
        "AIRFLOW__CORE__DAGS_FOLDER": str(ROOT / "dags"),
        "AIRFLOW__CORE__PLUGINS_FOLDER": str(ROOT / "plugins"),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": f"sqlite:///{home / 'airflow.db'}",
    }


def path_pattern(path: Path) -> re.Pattern[str]:
    """A path, also as JSON may write its slashes."""
    return re.compile(re.escape(str(path)).replace("/", r"\\?/"))


def masks(home: Path, mail_port: int) -> list[tuple[re.Pattern[str], str]]:
    """What differs from run to run, and what stands in its place."""
    return [
        (path_pattern(home), "<home>"),
        (path_pattern(ROOT), "<repository>"),
        (re.compile(rf"127\.0\.0\.1(:|, port |\D){mail_port}"), "<relay>"),
        (re.compile(r"===============\d+=="), "<boundary>"),
        # The key of an upload is random; digests are longer.
        (re.compile(r"(?<![0-9a-f])[0-9a-f]{32}(?![0-9a-f])"), "<random>"),
    ]


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.baseline", description=__doc__)
    parser.add_argument("what", choices=("write", "compare"))
    parser.add_argument("--file", type=Path, default=ROOT / "var" / "baseline.json")
    parser.add_argument("--made", type=Path, help="compare what an earlier comparison made")
    arguments = parser.parse_args()
    if arguments.what == "compare" and not arguments.file.exists():
        parser.error(f"{arguments.file} is not there: make baseline writes it")
    if arguments.made:
        return compare(arguments.file, read(arguments.made))
    signal.signal(signal.SIGTERM, _end)
    use = write if arguments.what == "write" else keep_and_compare
    return make(partial(use, arguments.file))


def write(file: Path, made: Results) -> int:
    """Keep it all in a file."""
    made.write(file)
    print(f"{len(made.digests)} outputs are kept in {file}")
    return 0


def keep_and_compare(file: Path, made: Results) -> int:
    """Compare; what was made stays in same.json beside the file, to be looked into."""
    made.write(file.with_name("same.json"))
    return compare(file, made)


def compare(file: Path, made: Results) -> int:
    """Say what differs from what was kept; 1 if anything does."""
    found = list(differences(read(file), made))
    for one in found:
        print(one)
    print(f"{len(found)} of {len(made.digests)} outputs differ from {file}")
    return 1 if found else 0


def _end(number: int, frame: object) -> None:
    """End as by Ctrl-C, so that the home is taken away."""
    raise KeyboardInterrupt


if __name__ == "__main__":
    raise SystemExit(main())
