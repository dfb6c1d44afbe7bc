"""Runs the trial of the hostile files and tells it by family."""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path

from tests.soak.hostile import corpus, originals
from tests.soak.hostile.watching import MOST_MB, MOST_SECONDS, Outcome, Reader
from tests.soak.report import Part, table

HEAD = ("family", "files", "read", "refused", "slowest, s", "CPU, s", "most memory, MB")
_EVERY = 3  # so often a file also goes through the verbs


def run(folder: Path, files: int, seed: int, say: Callable[[str], None]) -> Part:
    """Make the files, have each read, and judge the result."""
    office = originals.open_office(folder / "office")
    made = originals.make(office, folder / "originals")
    office.engine.dispose()
    store = folder / "empty.db"
    shutil.copy(folder / "office" / "cpsa.db", store)
    outcomes = []
    with Reader(folder / "reading", store) as reader:
        for number, hostile in enumerate(corpus.corpus(made, files, seed)):
            say(f"hostile files: {number} of {files}, {hostile.family}")
            outcomes.append(reader.read(hostile, verbs=number % _EVERY == 0))
    return Part(
        title="Hostile files",
        summary=_summary(outcomes),
        table=f"{_by_family(outcomes)}\n\n{_by_cause(outcomes)}",
        faults=tuple(
            f"{one.family} {one.number} ({one.suffix}): {fault}"
            for one in outcomes
            for fault in one.faults
        ),
    )


def _summary(outcomes: Sequence[Outcome]) -> str:
    verbs = [one for one in outcomes if one.verbs]
    states = Counter(one.state for one in verbs)
    told = ", ".join(f"{number} {state}" for state, number in sorted(states.items()))
    good = sum(not one.faults for one in outcomes)
    return (
        f"{len(outcomes)} files, {good} as it must be: no crash, at most {MOST_SECONDS:.0f} CPU s and "
        f"{MOST_MB:.0f} MB for a file with all the processes it takes, a cause in both languages for "
        f"each refusal, nothing printed, nothing written outside its home, no network. "
        f"{len(verbs)} of them went through collecting, checking, the account and the marked "
        f"workbook as well ({told})."
    )


def _by_family(outcomes: Sequence[Outcome]) -> str:
    families = list(dict.fromkeys(one.family for one in outcomes))
    rows = [_row(name, [one for one in outcomes if one.family == name]) for name in families]
    return table(HEAD, [*rows, _row("**all**", outcomes)])


def _row(name: str, outcomes: Sequence[Outcome]) -> tuple[object, ...]:
    read = sum(one.outcome == "read" for one in outcomes)
    return (
        name,
        len(outcomes),
        read,
        len(outcomes) - read,
        f"{max(one.seconds for one in outcomes):.1f}",
        f"{max(one.cpu for one in outcomes):.1f}",
        f"{max(one.megabytes for one in outcomes):.0f}",
    )


def _by_cause(outcomes: Sequence[Outcome]) -> str:
    causes = Counter(one.outcome or "none" for one in outcomes if one.outcome != "read")
    rows = [(f"`{cause}`", number) for cause, number in sorted(causes.items())]
    return table(("cause of refusal", "files"), rows)
