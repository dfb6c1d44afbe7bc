"""The benchmark of reading: both ways say the same, or it says where they do not."""

from __future__ import annotations

import pytest
from bench import update_readers
from bench.lines import DisagreementError, Size

pytestmark = pytest.mark.slow

SMALL = Size(agencies=12, rounds=1, seed=3)


def quietly(doing: str) -> None:
    pass


def test_every_lot_is_read_once_by_each_and_compared() -> None:
    templates, tables = update_readers.lines(SMALL, quietly)
    assert "12 in 12 lots" in templates.stage
    assert [len(line.seconds.seconds) for line in (templates, tables)] == [12, 12]
    assert (templates.target, tables.target) == (1.2, 1.0)
    assert not templates.at_least
    assert not tables.at_least


def test_files_are_parted_into_lots_of_one_size() -> None:
    files = [bytes([number]) for number in range(25)]
    lots = update_readers._make_batches(files)
    assert [len(lot) for lot in lots] == [2] * 12
    assert lots[0] == files[:2]


def test_a_reader_that_says_another_thing_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    real = update_readers.read_update

    def half(content: bytes) -> object:
        return real(content[: len(content) // 2])

    monkeypatch.setattr(update_readers, "read_update", half)
    with pytest.raises(DisagreementError) as told:
        update_readers.lines(SMALL, quietly)
    assert any("template" in line for line in told.value.lines)
    assert any("CSV" in line for line in told.value.lines)
