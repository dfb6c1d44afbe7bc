"""The result of the trials as a table, and its place in docs/delivery-soak.md."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from bench import machine
from tests.soak.delivery import fates, server, trial
from tests.soak.delivery.trial import Verdict

ROWS = {
    "owed": "mails owed",
    "extra": "**copies too many**",
    "lost": "**not delivered, and nothing says so**",
    "flagged": "not delivered, and said so",
    "uncertain": "came to be uncertain",
    "arrived": "resolved by the archive as arrived",
    "resent": "resolved by the archive as lost, sent again",
    "wrong": "**resolved wrongly**",
}
LEDGER_ONLY = {"uncertain", "arrived", "resent", "wrong"}


def is_clean(verdict: Verdict) -> bool:
    """Nothing doubled, nothing lost, nothing resolved wrongly; and in the end all was delivered."""
    return not (verdict.extra or verdict.lost or verdict.wrong or verdict.flagged)


def table(sums: Mapping[str, Verdict], trials: int, first_seed: int, minutes: float | None) -> str:
    """All rivals side by side, and below it what they were exposed to."""
    taken = "" if minutes is None else f"{minutes:.0f} minutes in all "
    lines = [
        f"{trials} trials of each, seeds {first_seed} to {first_seed + trials - 1}, "
        f"{trial.MAILS} mails a trial; {taken}on: {machine.describe_machine()}.",
        "",
        "| | " + " | ".join(_named(rival) for rival in sums) + " |",
        "|---" * (len(sums) + 1) + "|",
    ]
    for name, words in ROWS.items():
        cells = [
            "" if name in LEDGER_ONLY and not verdict.uncertain else f"{getattr(verdict, name):,}"
            for verdict in sums.values()
        ]
        lines.append(f"| {words} | " + " | ".join(cells) + " |")
    for how, words in (("kill", "workers killed (SIGKILL)"), ("stop", "workers stopped (SIGSTOP)")):
        cells = [f"{verdict.befell[how]:,}" for verdict in sums.values()]
        lines.append(f"| {words} | " + " | ".join(cells) + " |")
    for fault in server.FAULTS:
        if fault != "none":
            cells = [f"{verdict.faults[fault]:,}" for verdict in sums.values()]
            lines.append(f"| server: {fault} | " + " | ".join(cells) + " |")
    points = ", ".join(f"`{point}`" for point in fates.POINTS)
    return "\n".join(
        [*lines, "", f"Points at which workers die or stop: {points}; and at any time."]
    )


def _named(rival: str) -> str:
    return rival if "loop" in rival else f"the ledger on {rival}"


def write(document: Path, result: str, section: str = "trials") -> None:
    """Put the result where the document keeps it; all else stays as it is."""
    start, end = f"<!-- {section}: written by a program -->", f"<!-- end of {section} -->"
    held = document.read_text("utf-8")
    between = re.compile(f"(?<={re.escape(start)}\n).*?(?={re.escape(end)})", re.S)
    if not between.search(held):
        raise ValueError(f"{document} has no place for {section}")
    document.write_text(between.sub(lambda _: result + "\n", held), "utf-8")
