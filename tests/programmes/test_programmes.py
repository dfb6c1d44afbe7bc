"""The made-up programmes are the same for a seed, and leave no rule untried."""

import csv
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
RULES = (
    *("S00", "S01", "S02", "S03", "S04", "S05", "S06"),
    *("V01", "V02", "V03", "V04", "V05", "V06", "V07"),
    *("Q01", "Q02", "Q03", "Q04", "Q05", "Q06", "Q07", "Q09", "Q10", "M01", "M02", "M03"),
)
SEEDS = ((1, 8), (2, 8), (6, 18))


def run(module: str, *arguments: str | Path, hash_seed: str = "0") -> None:
    """In a process of its own, so that the order of sets may differ from run to run."""
    subprocess.run(
        [sys.executable, "-m", f"tests.{module}", *map(str, arguments)],
        cwd=ROOT,
        env={**os.environ, "PYTHONHASHSEED": hash_seed},
        check=True,
    )


def programme(folder: Path, seed: int, quarters: int, hash_seed: str = "0") -> Path:
    out = folder / f"{seed}-{quarters}-{hash_seed}"
    arguments = ("--seed", str(seed), "--quarters", str(quarters), "--second-rounds", "--out", out)
    run("programmes", *arguments, hash_seed=hash_seed)
    return out


def contents(folder: Path) -> dict[str, bytes]:
    files = (path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): path.read_bytes() for path in files}


def test_same_seed_same_bytes(tmp_path: Path) -> None:
    first = contents(programme(tmp_path, 5, 4, hash_seed="1"))
    second = contents(programme(tmp_path, 5, 4, hash_seed="2"))
    assert len(first) > 20
    assert first == second
    assert first != contents(programme(tmp_path, 6, 4))


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    folder = tmp_path_factory.mktemp("programmes")
    rules: set[str] = set()
    for seed, quarters in SEEDS:
        made = programme(folder, seed, quarters)
        run("oracle", made, made / "out")
        with (made / "out" / "findings.csv").open(encoding="utf-8", newline="") as handle:
            rules.update(row["rule"] for row in csv.DictReader(handle))
    return rules


@pytest.mark.parametrize("rule", RULES)
def test_every_rule_is_tried(found: set[str], rule: str) -> None:
    assert rule in found
