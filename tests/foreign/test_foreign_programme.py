"""A programme made of data alone goes through the whole cycle, to documents, public pages and mails.

Each step is a command in a process of its own, since a process serves one programme.
"""

from __future__ import annotations

import csv
import os
import subprocess
import sys
from pathlib import Path

import pytest
from tests.stores import make_once

from cpsa.i18n.text import LANGUAGES

pytestmark = pytest.mark.slow

HERE = Path(__file__).parent
QUARTERS = {"2025-26-Q1": "2025-07-10", "2025-26-Q2": "2025-10-10", "2025-26-Q3": "2026-01-10"}
FORMS = ("SPV", "TA", "DO", "BANK")
FIGURES = {
    "SPV": {"KF1": 900000, "KF2": 40000, "KS1": 90000, "KS1:youth": 30000, "KS2": 6},
    "TA": {"TT1": 4, "TT2": 90, "TT2:sc_st": 20, "TT2:youth": 50},
    "DO": {"DA1": 20, "DA2": 12, "DV1": 25, "DV2": 2},
    "BANK": {"BL1": 30, "BL2": 600000, "BL3": 4},
}
# What belongs to the shipped programme, and to no other.
SHIPPED_WORDS = ("Madhya Pradesh", "मध्यप्रदेश", "Cluster Programme Support", "DOMSME", "Annex 1")


def run(home: Path, *words: str | Path) -> str:
    """What a command prints; it must succeed."""
    variables = {
        **{name: value for name, value in os.environ.items() if not name.startswith("CPSA_")},
        "COLUMNS": "300",
        "CPSA_HOME": str(home),
        "CPSA_PROGRAMME": str(HERE / "programme"),
    }
    main = "from cpsa.cli.command_line import main; main()"
    command = [sys.executable, "-c", main, *map(str, words)]
    done = subprocess.run(command, env=variables, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{words}: {done.stdout[-2000:]}{done.stderr[-2000:]}"
    return done.stdout


def list_agencies() -> list[dict[str, str]]:
    with (HERE / "registry" / "agencies.csv").open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def write_updates(folder: Path, quarter: str, growth: int) -> None:
    """A whole update of every agency; what flows grows a little from quarter to quarter."""
    folder.mkdir(parents=True)
    for number, agency in enumerate(list_agencies()):
        with (folder / f"{agency['code']}.csv").open("w", encoding="utf-8", newline="") as stream:
            rows = csv.writer(stream)
            rows.writerow(("agency", "quarter", "indicator", "dimension", "value", "note"))
            for name, value in FIGURES[agency["form"]].items():
                indicator, _, dimension = name.partition(":")
                grown = value if indicator in ("KF1", "DA1") else value + growth + number % 2
                rows.writerow((agency["code"], quarter, indicator, dimension, grown, ""))


def live_three_quarters(home: Path) -> None:
    home.mkdir(parents=True)
    run(home, "db", "upgrade")
    run(home, "registry", "load", HERE / "registry")
    for growth, (quarter, day) in enumerate(QUARTERS.items()):
        updates = home / "updates" / quarter
        write_updates(updates, quarter, growth)
        run(home, "collect", updates, "--received-at", day)
        run(home, "entries", "load", HERE / "entries" / f"{quarter}.csv")
        run(home, "close", quarter)
    for period in (*QUARTERS, "2025-26-H1"):
        run(home, "build", period)
    run(home, "publish")


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_once(tmp_path_factory, "foreign", live_three_quarters)


def read_html(home: Path) -> dict[str, str]:
    folders = (home / "documents", home / "public")
    files = [file for folder in folders for file in folder.rglob("*.html")]
    return {str(file.relative_to(home)): file.read_text("utf-8") for file in files}


def test_every_form_has_its_document_in_both_languages(home: Path) -> None:
    names = {file.name for file in (home / "documents").rglob("*.pdf")}
    assert {
        f"{agency['code']}.{language}.pdf" for agency in list_agencies() for language in LANGUAGES
    } <= names


def test_no_page_speaks_of_the_shipped_programme(home: Path) -> None:
    pages = read_html(home)
    assert len(pages) > 50
    assert {
        (name, word) for name, page in pages.items() for word in SHIPPED_WORDS if word in page
    } == set()
    assert any("Rajasthan" in page for page in pages.values())


def test_statuses_are_the_programmes_own(home: Path) -> None:
    scores = list(csv.DictReader(run(home, "scores", "--format", "csv").splitlines()))
    assert {row["status"] for row in scores if row["agency"].startswith("BANK")} == {"grey"}
    assert {row["status"] for row in scores} <= {"green", "amber", "red", "grey"}


def test_every_department_has_a_mail_and_the_nodal_one_what_is_made_for_all(home: Path) -> None:
    planned = run(home, "send", "2025-26-H1", "--dry-run").splitlines()
    mails = {line.partition(":")[0]: line for line in planned if ":to:" in line}
    assert mails.keys() == {"TRADE", "LBANK", "MISSION"}
    assert max(mails, key=lambda name: len(mails[name].rstrip())) == "MISSION", mails
