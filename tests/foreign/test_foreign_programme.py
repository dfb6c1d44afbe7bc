"""A programme made of data alone goes through the whole cycle, to documents, public pages and mails.

Each step is a command in a process of its own, since a process serves one programme.
"""

from __future__ import annotations

import csv
import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from tests.stores import make_once
from tests.unit.delivery.rig import Relay, serving

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
ORDERS_OF = "SPV-JAI"
# What belongs to the shipped programme, and to no other.
SHIPPED_WORDS = ("Madhya Pradesh", "मध्यप्रदेश", "Cluster Programme Support", "DOMSME", "Annex 1")


def run(home: Path, *words: str | Path, **more: str) -> str:
    """What a command prints; it must succeed. ``more``: settings of this command alone."""
    variables = {
        **{name: value for name, value in os.environ.items() if not name.startswith("CPSA_")},
        **more,
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


def write_orders(folder: Path, quarter: str, growth: int) -> None:
    """The table of one company's orders; those left open are where the next table begins."""
    name = ORDERS_OF
    rows = [
        ("agency", "quarter", "country", "placed", "open", "received", "delivered", "value"),
        (name, quarter, "Japan", "31.05.2025", 2 * growth, 5, 3, "12,50,000"),
        (name, quarter, "Germany", "01/06/2025", "", 1 + growth, 1 + growth, 75000),
    ]
    with (folder / f"{name}.orders.csv").open("w", encoding="utf-8", newline="") as stream:
        csv.writer(stream).writerows(rows)


def live_three_quarters(home: Path) -> None:
    home.mkdir(parents=True)
    run(home, "db", "upgrade")
    run(home, "registry", "load", HERE / "registry")
    for growth, (quarter, day) in enumerate(QUARTERS.items()):
        updates = home / "updates" / quarter
        write_updates(updates, quarter, growth)
        write_orders(updates, quarter, growth)
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


MAILS = {
    "Nodal Officer <trade@example.org>": {
        "Policy actions 2025-26-H1 TRADE.pdf",
        "Learning document 2025-26-H1.pdf",
    },
    "Convenor <lbank@example.org>": {
        "नीतिगत कार्रवाइयाँ 2025-26-H1 LBANK.pdf",
        "नीतिगत कार्रवाइयाँ 2025-26-H1 LBANK.docx",
        "अनुभव एवं सीख दस्तावेज़ 2025-26-H1.pdf",
        "कृत कार्यवाही प्रतिवेदन 2025-26-H1 LBANK.xlsx",
    },
    "Director <mission@example.org>": {
        "Policy actions 2025-26-H1 MISSION.pdf",
        "Policy actions 2025-26-H1 ALL.pdf",
        "Learning document 2025-26-H1.pdf",
        "Learning document 2025-26-H1.xlsx",
        "Roll-out and budget 2025-26-H1.pdf",
    },
}
"""Whom the mails of the half-year go to, each with its documents: the nodal department's are for all."""
DIGESTS = "SHA256SUMS.txt"


def test_a_mail_server_gets_one_mail_for_each_department_with_its_documents(home: Path) -> None:
    """Only the nodal one gets what is made for all; sent again, nothing is sent twice."""
    relay = Relay()
    settings = {
        "CPSA_SMTP_URL": f"smtp://127.0.0.1:{relay.port}",
        "CPSA_MAIL_FROM": "odop@example.org",
    }
    with serving(relay):
        for _ in range(2):
            run(home, "send", "2025-26-H1", "--backfill", "--yes", **settings)
    attached = {
        str(mail["To"]): {part.get_filename(): part for part in mail.iter_attachments()}
        for mail in relay.mails
    }
    assert len(relay.mails) == len(MAILS)
    assert {to: {*files} - {DIGESTS} for to, files in attached.items()} == MAILS
    for mail in relay.mails:
        in_hindi = mail["To"] == "Convenor <lbank@example.org>"
        sender = "ओडीओपी मिशन" if in_hindi else "ODOP Mission"
        department = mail["To"].partition("<")[2].partition("@")[0].upper()
        assert mail["From"] == f"{sender} <odop@example.org>"
        assert f"(ODOP/2025-26-H1/PACK/{department})" in mail["Subject"]
        assert ("2 कार्रवाइयाँ अपेक्षित" in mail["Subject"]) == in_hindi
        body = mail.get_body(("plain",)).get_content()
        assert ("एक जिला एक उत्पाद मिशन" if in_hindi else "One District One Product Mission") in body
        assert not any(word in body + mail["Subject"] for word in SHIPPED_WORDS)
        files = attached[mail["To"]]
        digests = files[DIGESTS].get_content()
        for name, part in files.items():
            content = part.get_payload(decode=True)
            assert name == DIGESTS or hashlib.sha256(content).hexdigest() in digests
            if name.endswith(".pdf"):
                assert content.startswith(b"%PDF-")


def test_a_table_is_in_its_agencys_update_and_in_no_other(home: Path) -> None:
    pages = {
        name: page
        for name, page in read_html(home).items()
        if name.startswith("documents/2025-26-Q2")
    }
    with_table = {name for name, page in pages.items() if 'id="tables"' in page}
    assert {name.rpartition("/")[2] for name in with_table} == {
        f"{ORDERS_OF}.{language}.html" for language in LANGUAGES
    }
    for name in with_table:
        hindi = name.endswith(".hi.html")
        for shown in (
            "विदेश से ऑर्डर" if hindi else "Orders from abroad",
            *("Japan", "31-05-2025", "12.50"),
        ):
            assert shown in pages[name]


def test_a_value_of_a_table_is_traced_to_its_line(home: Path) -> None:
    where = ("--agency", ORDERS_OF, "--quarter", "2025-26-Q2")
    printed = run(home, "trace", "orders.left", *where, "--row", "japan", "--language", "hi")
    for shown in ("अंत में लंबित", "SPV-JAI.orders.csv", "Japan", "पंक्ति 2"):
        assert shown in printed
    (version,) = [
        one
        for one in json.loads(run(home, "trace", "orders.left", *where, "--json"))["versions"]
        if one["counts"]
    ]
    assert [(cell["row"], cell["text"]) for cell in version["cells"]] == [
        *(("Japan", "4"), ("Germany", "0")),
    ]


def test_a_table_that_does_not_go_on_is_asked_about(home: Path) -> None:
    found = list(csv.DictReader(run(home, "findings", "--format", "csv").splitlines()))
    assert [row for row in found if row["rule"].startswith("T")] == []
