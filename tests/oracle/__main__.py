"""python -m tests.oracle PROGRAMME_FOLDER OUT_FOLDER"""

import argparse
import csv
from pathlib import Path

from tests.oracle.programme import load_programme
from tests.oracle.replay import FINDINGS, REPORTING, SCORES, Replay, Results, Row


def write(results: Results, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    tables: dict[str, tuple[Row, list[Row]]] = {
        "findings.csv": (FINDINGS, results.findings),
        "scores.csv": (SCORES, results.scores),
        "reporting.csv": (REPORTING, results.reporting),
    }
    for name, (header, rows) in tables.items():
        with (folder / name).open("w", encoding="utf-8", newline="") as handle:
            writer = csv.writer(handle, lineterminator="\n")
            writer.writerow(header)
            writer.writerows(rows)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.oracle", description=__doc__)
    parser.add_argument("programme", type=Path, help="folder with registry/ and updates/")
    parser.add_argument("out", type=Path, help="folder for the three result files")
    arguments = parser.parse_args()
    write(Replay(load_programme(arguments.programme)).run(), arguments.out)


if __name__ == "__main__":
    main()
