"""A whole programme from a seed: who sends what when, and with which mischief."""

from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from random import Random
from typing import Any

from tests.programmes.draft import Draft, clean_draft
from tests.programmes.edges import EDGES, SMALL, q09_copied
from tests.programmes.entries import make_entries
from tests.programmes.faults import FAULTS, HEAPED, s01_contested, s05_disputed, v07_faulty_alone
from tests.programmes.files import contested, unreadable, written
from tests.programmes.memory import Memory
from tests.programmes.registry import Agency, make_registry, write_registry
from tests.programmes.table import quarter_key

ERROR_SHARE = {"steady": 0.06, "exact": 0.15, "sparse": 0.2}
ENTRIES_SHARE = {1: 0.5, 2: 0.3}  # of the agencies, in each round
EDGE_SHARE = {"exact": 0.25, "steady": 0.6}


@dataclass
class Season:
    """One quarter's plan for everybody."""

    quarter: int
    accepted: set[str] = field(default_factory=set)  # must be accepted: a rate shall be exact
    failing: set[str] = field(default_factory=set)  # must not be
    batch: int = 0  # every IA with the same size of training: no spread
    trainings: dict[str, tuple[int, int]] = field(default_factory=dict)  # OP1 and OP2, fixed


def generate(
    seed: int,
    folder: Path,
    quarters: int = 8,
    ias: int = 6,
    fcs: int = 6,
    second_rounds: bool = False,
    disputed: bool = False,
) -> None:
    """Writes registry/ and updates/ under `folder`, which should not hold any yet."""
    rng, luck = Random(seed), Random(f"{seed} entries")
    first = 4 * 20 + rng.randint(0, 11)
    registry = make_registry(rng, first, quarters, {"IA": ias, "FC": fcs})
    write_registry(registry, folder / "registry", rng)
    memories = {agency.code: Memory(registry, agency) for agency in registry.agencies}
    for quarter in range(first, first + quarters):
        season = _season(quarter, registry.agencies, rng)
        for round_number in (1, 2) if second_rounds else (1,):
            suffix = f".round{round_number}" if round_number > 1 else ""
            updates = folder / "updates" / (quarter_key(quarter) + suffix)
            for agency in registry.agencies:
                if round_number == 2 and rng.random() > 0.2:
                    continue
                content = _update(memories[agency.code], season, round_number, disputed, rng)
                before = folder / "updates" / quarter_key(quarter) / f"{agency.code}.csv"
                if round_number == 2 and before.exists() and rng.random() < 0.1:
                    content = before.read_bytes()  # sent twice by mistake
                if content is not None:
                    updates.mkdir(parents=True, exist_ok=True)
                    (updates / f"{agency.code}.csv").write_bytes(content)
                if agency.is_active(quarter) and luck.random() < ENTRIES_SHARE[round_number]:
                    updates.mkdir(parents=True, exist_ok=True)
                    entries = make_entries(agency.code, quarter_key(quarter), luck)
                    (updates / f"{agency.code}.entries.csv").write_bytes(entries)


def _season(quarter: int, agencies: list[Agency], rng: Random) -> Season:
    season = Season(quarter, batch=rng.choice((0, 0, 0, 20)))
    clusters = [one.code for one in agencies if one.form == "IA" and one.is_active(quarter)]
    if len(clusters) >= 5 and rng.random() < 0.3:
        season.accepted.update(clusters)
        if not season.batch:
            season.trainings = _at_the_limit(rng.sample(clusters, len(clusters)), rng)
        return season
    for form in ("IA", "FC"):
        owing = [one.code for one in agencies if one.form == form and one.is_active(quarter)]
        if len(owing) % 5 == 0 and owing and rng.random() < 0.5:
            failing = rng.sample(owing, len(owing) // 5)
            season.failing.update(failing)
            season.accepted.update(set(owing) - set(failing))
    return season


def _at_the_limit(clusters: list[str], rng: Random) -> dict[str, tuple[int, int]]:
    """Sizes of trainings with one cluster exactly 3.5 modified z-scores off, or a trainee more.

    7000 / 1349 is 3.5 / 0.6745; the others stand so that their MAD is 1349.
    """
    zeros = 1 if len(clusters) % 2 else 2
    below = (len(clusters) - zeros) // 2
    offsets = [7000] + [0] * zeros + [-1349] * below + [1349] * (below - 1)
    sign, trainings = rng.choice((1, -1)), rng.randint(1, 3)
    sizes = [trainings * (8000 + sign * offset) for offset in offsets]
    sizes[0] += sign * rng.choice((0, 1))
    return {code: (trainings, size) for code, size in zip(clusters, sizes, strict=True)}


def _update(
    memory: Memory, season: Season, round_number: int, disputed: bool, rng: Random
) -> bytes | None:
    agency = memory.agency
    known = memory.before(season.quarter)
    if not agency.is_active(season.quarter):
        early = clean_draft(known, season.quarter, rng)
        return written(early, rng) if rng.random() < 0.15 else None
    fate = _fate(agency, season, rng)
    if fate == "missing" and round_number == 1:
        return None
    draft = clean_draft(known, season.quarter, rng)
    if season.batch and agency.form == "IA" and draft.total("OP1"):
        draft.put("OP2", draft.amount("OP1") * season.batch, rng)
    if fate == "unreadable":
        return unreadable(draft, rng)
    if disputed and rng.random() < 0.15:
        if rng.random() < 0.5:
            return contested(draft, rng)
        kind = rng.choice((s01_contested, s01_contested, v07_faulty_alone, s05_disputed))
        kind(draft, known, rng)
        return written(draft, rng)
    if agency.style == "sparse" and rng.random() < 0.4:
        q09_copied(draft, known, rng)
    elif rng.random() < EDGE_SHARE.get(agency.style, 0.45):
        _spoil(draft, known, rng, EDGES, SMALL, rng.choice((1, 1, 2, 3)))
    if agency.code in season.trainings:
        trainings, trainees = season.trainings[agency.code]
        draft.put("OP1", Fraction(trainings), rng)
        draft.put("OP2", Fraction(trainees), rng)
    if fate == "error":
        heap = rng.choice((1, 1, 1, 3))
        draft.returned = _spoil(draft, known, rng, FAULTS if heap == 1 else HEAPED, HEAPED, heap)
    if not draft.returned:
        memory.accept(season.quarter, draft.values())
    return written(draft, rng)


def _fate(agency: Agency, season: Season, rng: Random) -> str:
    if agency.code in season.accepted:
        return "fine"
    luck = rng.random()
    if agency.code in season.failing:
        return "missing" if luck < 0.3 else "unreadable" if luck < 0.5 else "error"
    errors = ERROR_SHARE.get(agency.style, 0.35)
    if luck < errors:
        return "error"
    if agency.style != "steady" and luck < errors + 0.1:
        return "missing" if luck < errors + 0.05 else "unreadable"
    return "fine"


def _spoil(
    draft: Draft,
    memory: Memory,
    rng: Random,
    first: tuple[Any, ...],
    further: tuple[Any, ...],
    number: int,
) -> bool:
    """One kind from `first`, then some of `further`; whether any found its occasion."""
    done = False
    for position in range(number):
        kinds = first if position == 0 else further
        for kind in rng.sample(kinds, len(kinds)):
            if kind(draft, memory, rng):
                done = True
                break
    return done
