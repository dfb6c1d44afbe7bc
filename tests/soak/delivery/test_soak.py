"""The soak itself still runs: two seeds of it, on both databases; and its report."""

from __future__ import annotations

from collections import Counter

import pytest
from tests.soak.delivery import kept, report, tempo, trial
from tests.soak.delivery.trial import Verdict

pytestmark = pytest.mark.nightly


@pytest.fixture(autouse=True)
def own_tempo(monkeypatch):
    """A trial changes delivery's times in its process: here only for as long as it lasts."""
    for module, name in tempo.TIMES:
        monkeypatch.setattr(module, name, getattr(module, name))


@pytest.mark.parametrize("seed", [5, 1000])
def test_a_trial_doubles_and_loses_nothing(database_url, tmp_path, seed):
    verdict = trial.with_ledger(database_url, seed, tmp_path)
    assert verdict.owed == trial.MAILS
    assert report.is_clean(verdict), verdict
    assert verdict.befell.total() > 0
    assert verdict.faults.total() > verdict.faults["none"]
    assert verdict.arrived + verdict.resent <= verdict.uncertain + trial.MAILS


def test_the_plain_loop_meets_the_same_and_doubles(tmp_path):
    assert sum(trial.with_plain_loop(seed, tmp_path).extra for seed in (0, 10)) > 0


def test_the_report_takes_its_place_and_leaves_the_rest(tmp_path):
    document = tmp_path / "soak.md"
    document.write_text(
        "a\n<!-- trials: written by a program -->\nold\n<!-- end of trials -->\nz\n"
    )
    sums = {"SQLite": Verdict(owed=3, uncertain=1), "yagmail.send in a loop": Verdict(extra=2)}
    report.write(document, report.table(sums, 1, 0, 2.0))
    said = document.read_text()
    assert "old" not in said
    assert said.startswith("a\n")
    assert said.endswith("z\n")
    assert "| mails owed | 3 | 0 |" in said
    with pytest.raises(ValueError, match="no place"):
        report.write(document, "", "mutants")


def test_verdicts_are_kept_as_they_were(tmp_path):
    file = tmp_path / "var" / "kept.jsonl"
    assert kept.read(file) == kept.read(None) == {}
    verdict = Verdict(owed=3, befell=Counter(kill=2), faults=Counter({"slow reply": 1}))
    kept.add(file, "SQLite", 7, verdict)
    kept.add(file, "PostgreSQL", 7, Verdict())
    assert kept.read(file) == {("SQLite", 7): verdict, ("PostgreSQL", 7): Verdict()}
