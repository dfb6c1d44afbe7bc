"""The sample programme in a store of its own, closed: what documents are made from in a benchmark."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import numpy as np

from bench.programme import FRAMEWORK
from cpsa.calendar import Quarter
from cpsa.provenance.snapshot import Snapshot
from cpsa.services.app_context import AppContext
from cpsa.services.collection.collect_updates import collect_updates
from cpsa.services.collection.load_entries import load_entries
from cpsa.services.quarter.close_quarter import close_quarter
from cpsa.services.quarter.load_registry import load_registry
from cpsa.settings import from_environment
from cpsa.store import database

SAMPLE = FRAMEWORK.parents[1] / "sample"
PIECE = 100  # hundredths: what is changed stays whole


@contextmanager
def open_sample(folder: Path, last: Quarter) -> Iterator[AppContext]:
    """The sample collected, checked and closed up to a quarter, on SQLite."""
    variables = {"CPSA_HOME": str(folder), "CPSA_DATABASE_URL": f"sqlite:///{folder / 'cpsa.db'}"}
    context = AppContext.from_settings(from_environment(variables), ready=False)
    try:
        database.upgrade_schema(context.engine)
        quarters = [Quarter.parse(path.name) for path in sorted((SAMPLE / "updates").iterdir())]
        load_registry(context, SAMPLE / "registry", quarters[0].opens_at)
        for quarter in quarters:
            if quarter <= last:
                collect_updates(context, SAMPLE / "updates" / quarter.key, quarter.opens_at)
                entries = SAMPLE / "entries" / f"{quarter.key}.csv"
                load_entries(context, entries, quarter.opens_at)
                close_quarter(context, quarter, quarter.closes_at)
        yield context
    finally:
        context.engine.dispose()


def vary_figures(snapshot: Snapshot, generator: np.random.Generator) -> Snapshot:
    """The same programme with other figures, so that nothing made of one serves for the next."""
    facts = snapshot.facts
    factors = generator.uniform(0.5, 1.5, len(facts))
    figures = (facts["hundredths"].to_numpy() * factors // PIECE).astype("int64") * PIECE
    return replace(snapshot, facts=facts.assign(hundredths=figures))
