"""The system and a plain second reading of the rule book give the same rows.

On the sample, whose rows are published, and on made-up programmes with harder files, where every
rule is tried close to its threshold.
"""

from __future__ import annotations

import csv
import random
from pathlib import Path

import pytest
from tests.agreement.replaying import (
    answers,
    differences,
    load_programme_registry,
    replay,
    rounds,
    rows_of,
    send,
)
from tests.factories import EXPECTED, SAMPLE
from tests.oracle import replay as oracle
from tests.oracle.programme import load_programme
from tests.programmes.generate import generate
from tests.stores import postgresql_only, sqlite_only

from cpsa.calendar import Quarter
from cpsa.services.app_context import AppContext
from cpsa.services.quarter.check_updates import check_updates
from cpsa.services.quarter.close_quarter import close_quarter

pytestmark = pytest.mark.slow

COLUMNS = {
    "findings": oracle.FINDINGS,
    "scores": oracle.SCORES,
    "reporting": oracle.REPORTING,
}


def assert_agreement(office: AppContext, programme: Path) -> None:
    theirs = oracle.Replay(load_programme(programme)).run()
    for name, frame in answers(office).items():
        expected = [tuple(row) for row in getattr(theirs, name)]
        assert expected, "an oracle that says nothing proves nothing"
        assert differences(rows_of(frame, COLUMNS[name]), expected) == "", name


def assert_published(office: AppContext) -> None:
    for name, frame in answers(office).items():
        with (EXPECTED / f"{name}.csv").open(encoding="utf-8-sig", newline="") as stream:
            header, *rows = map(tuple, csv.reader(stream))
        assert differences(rows_of(frame, header), rows) == "", name


def test_the_sample_gives_its_published_rows(office: AppContext, tmp_path: Path) -> None:
    """On SQLite and on PostgreSQL."""
    replay(office, SAMPLE, tmp_path / "desk")
    assert_published(office)


@sqlite_only
def test_quarters_in_any_order_give_the_same_rows(office: AppContext, tmp_path: Path) -> None:
    """Files arrive shuffled, quarters are closed shuffled: older ones are done first by themselves."""
    load_programme_registry(office, SAMPLE)
    folders = rounds(SAMPLE / "updates")
    order = list(folders)
    random.Random(7).shuffle(order)
    assert order != sorted(order)
    for quarter in order:
        (folder,) = folders[quarter]
        send(office, folder, quarter, 1, tmp_path / "desk")
        if quarter in order[2:4]:
            check_updates(office, Quarter.parse(quarter).due_by)
    now = Quarter.parse(max(order)).closes_at  # no clock goes back
    for quarter in order[2:] + order[:2]:
        close_quarter(office, Quarter.parse(quarter), now)
    assert_published(office)


@sqlite_only
@pytest.mark.parametrize(
    ("seed", "quarters", "agencies"),
    [(11, 5, 6), (23, 4, 6), (37, 12, 3)],  # the long one gives Q03 a history
)
def test_made_up_programmes_agree(
    office: AppContext, tmp_path: Path, seed: int, quarters: int, agencies: int
) -> None:
    made = {"quarters": quarters, "ias": agencies, "fcs": agencies}
    generate(seed, tmp_path / "made", second_rounds=True, **made)
    replay(office, tmp_path / "made", tmp_path / "desk")
    assert_agreement(office, tmp_path / "made")


@postgresql_only
def test_a_made_up_programme_agrees_on_postgresql(office: AppContext, tmp_path: Path) -> None:
    generate(41, tmp_path / "made", quarters=4, second_rounds=True)
    replay(office, tmp_path / "made", tmp_path / "desk")
    assert_agreement(office, tmp_path / "made")
