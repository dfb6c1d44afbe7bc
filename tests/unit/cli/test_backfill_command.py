"""``cpsa backfill`` shows and, told so, does; ``cpsa audit`` tells of it, in either language."""

from __future__ import annotations

import csv
import io
import os
import sys
from datetime import timedelta
from pathlib import Path

import pandas as pd
import pytest
from tests.factories import RegistryFolder, put, update

from cpsa.calendar import Quarter
from cpsa.cli.command_line import main
from cpsa.services.app_context import AppContext
from cpsa.services.collection.collect_inbox import collect_inbox
from cpsa.services.quarter.close_quarter import close_quarter
from cpsa.services.quarter.load_registry import load_registry
from cpsa.services.reports.list_obligations import list_obligations
from cpsa.settings import from_environment

Q1, Q2 = "2025-26-Q1", "2025-26-Q2"
WHY = ("--reason", "a corrected file came", "--redo", "collect")


@pytest.fixture
def office(monkeypatch, tmp_path: Path, sqlite_template: Path) -> AppContext:
    """Two closed quarters of one agency; a changed file of the first lies in the inbox."""
    home = tmp_path / "home"
    home.mkdir()
    (home / "cpsa.db").write_bytes(sqlite_template.read_bytes())
    for name in [name for name in os.environ if name.startswith("CPSA_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("CPSA_HOME", str(home))
    monkeypatch.setenv("CPSA_USER", "asha")
    monkeypatch.setenv("COLUMNS", "200")
    office = AppContext.from_settings(from_environment(os.environ))
    registry = RegistryFolder(agencies={"IA-A": Q1}).write(tmp_path / "registry")
    load_registry(office, registry, Quarter.parse(Q1).opens_at)
    for key in (Q1, Q2):
        quarter = Quarter.parse(key)
        put(home / "inbox", "IA-A", key, update("IA-A", key, {"OP1": 3}))
        collect_inbox(office, quarter.opens_at + timedelta(days=1))
        close_quarter(office, quarter, quarter.closes_at)
    put(home / "inbox", "IA-A", Q1, update("IA-A", Q1, {"OP1": 1_25_000}))
    return office


@pytest.fixture
def cpsa(monkeypatch, capfd):
    def run(*words: str, **variables: str) -> tuple[int, str, str]:
        with monkeypatch.context() as given:
            given.setattr(sys, "argv", ["cpsa", *words])
            for name, value in variables.items():
                given.setenv(name, value)
            with pytest.raises(SystemExit) as ended:
                main()
                raise SystemExit(0)
        out, err = capfd.readouterr()
        return ended.value.code or 0, out, err  # type: ignore[return-value]

    return run


@pytest.mark.parametrize(
    ("language", "words"),
    [("en", ("Restatements", "add --yes")), ("hi", ("आँकड़ा संशोधन", "--yes जोड़ें"))],
)
def test_it_shows_and_changes_nothing(office: AppContext, cpsa, language: str, words) -> None:
    before = pd.DataFrame(list_obligations(office))
    status, out, err = cpsa("backfill", Q1, Q2, *WHY, CPSA_LANGUAGE=language)
    assert (status, err) == (0, "")
    for one in (*words, "OP1", "1,25,000"):
        assert one in out
    assert pd.DataFrame(list_obligations(office)).equals(before)


def test_told_so_it_does_it_and_it_is_kept(office: AppContext, cpsa) -> None:
    status, out, _ = cpsa("backfill", Q1, Q2, *WHY, "--yes")
    assert (status, "Done, and recorded" in out) == (0, True)
    assert pd.DataFrame(list_obligations(office, Quarter.parse(Q1)))["version"].tolist() == [2]
    _, out, _ = cpsa("audit", "--format", "csv")
    (row,) = csv.DictReader(io.StringIO(out))
    assert (row["who"], row["verb"], row["reason"]) == ("asha", "backfill", WHY[1])
    assert "बैकफ़िल किया" in cpsa("audit", CPSA_LANGUAGE="hi")[1]
    assert "Nothing would change." in cpsa("backfill", Q1, Q2, *WHY)[1]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ((Q2, Q1, *WHY), "Write the older quarter first"),
        ((Q1, "2025-26-Q3", *WHY), "Not closed: 2025-26-Q3"),
        ((Q1, Q2, *WHY, "--redo", "mail"), '"mail" cannot be redone'),
        ((Q1, Q2, "--reason", " "), "needs a reason"),
        ((Q1, Q2, *WHY, "--agency", "IA-X"), '"IA-X" is not an agency'),
    ],
)
def test_a_wrong_request_is_one_line(office: AppContext, cpsa, words, said: str) -> None:
    status, out, err = cpsa("backfill", *words)
    assert (status, out) == (2, "")
    assert said in err
    assert err.count("\n") == 1


def test_an_empty_trail_says_so(office: AppContext, cpsa) -> None:
    assert cpsa("audit")[1].strip() == "The audit trail has no such entry."
    assert cpsa("audit", CPSA_LANGUAGE="hi")[1].strip() == "कार्रवाई अभिलेख में ऐसी कोई प्रविष्टि नहीं है।"
