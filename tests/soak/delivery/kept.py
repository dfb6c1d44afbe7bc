"""Verdicts kept in a file, one a line, so that a long run can be stopped and go on later."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

from tests.soak.delivery.trial import Verdict


def read(file: Path | None) -> dict[tuple[str, int], Verdict]:
    """What is known by rival and seed; nothing where there is no file."""
    if file is None or not file.exists():
        return {}
    known = {}
    for line in file.read_text("utf-8").splitlines():
        told = json.loads(line)
        for name in ("befell", "faults"):
            told["verdict"][name] = Counter(told["verdict"][name])
        known[told["rival"], told["seed"]] = Verdict(**told["verdict"])
    return known


def add(file: Path | None, rival: str, seed: int, verdict: Verdict) -> None:
    if file is not None:
        file.parent.mkdir(parents=True, exist_ok=True)
        with file.open("a", encoding="utf-8") as lines:
            lines.write(json.dumps({"rival": rival, "seed": seed, "verdict": vars(verdict)}) + "\n")
