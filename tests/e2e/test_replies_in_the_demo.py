"""One request followed through the demo, and what else follows its first mails: by real ways, once each."""

from __future__ import annotations

import csv
import subprocess
from collections import Counter

import httpx
import pytest
from tests.e2e.conftest import TABLES

from cpsa_demo.command import open_views
from cpsa_demo.follow_up import CORRECTED_TO, LATE, NOT_ACCEPTED, RETURNED_TO, WAIVED
from cpsa_demo.mailbox_folder import MailboxFolders
from cpsa_demo.mails import list_caught_mails
from cpsa_demo.processes import Processes
from cpsa_demo.screen import Screen

pytestmark = [pytest.mark.e2e, pytest.mark.nightly]

ASKED, ANSWERED = "2024-25-H2", "2025-26-H1"
NUMBER = "PA-2024-25-Q3-004"
WORDS = "the institute's panel lists nobody for engineering in Bhopal"
REQUEST = "Appoint an engineering BDS panel for Bhopal within 60 days and publish its rates."
REMARKS = "Panel of eleven providers appointed; rates published on 22 September 2025."
PROMISED, DONE = "30 September 2025", "22 September 2025"
OVERRUN = "PA-2024-25-Q3-001"


def table(programme, *words: str) -> list[dict[str, str]]:
    return list(csv.DictReader(programme.cpsa(*words, "--format", "csv")))


def read_document(programme, half: str, name: str, *options: str) -> str:
    """The text of a PDF, its lines run together."""
    file = programme.place.documents / half / name
    done = subprocess.run(
        ["pdftotext", *options, str(file), "-"], capture_output=True, text=True, check=True
    )
    return " ".join(done.stdout.split())


def letters_to(programme, address: str) -> str:
    """All letters to an agency, as their readers see them."""
    sent = list_caught_mails(programme.place.mails, address)
    bodies = (one.mail.get_body(("plain",)) for one in sent)
    return " ".join(" ".join(body.get_content().split()) for body in bodies if body is not None)


def test_a_request_is_followed_from_the_agencys_words_back_to_its_letter(replied):
    asked = read_document(replied, ASKED, "policy_actions/MSMEDI.en.pdf")
    assert NUMBER in asked
    assert WORDS in asked
    assert REQUEST in asked
    answered = read_document(replied, ANSWERED, "policy_actions/MSMEDI.en.pdf")
    assert NUMBER in answered
    (row,) = (row for row in table(replied, "actions") if row["number"] == NUMBER)
    assert (row["decision"], row["remarks"]) == ("done", REMARKS)
    assert (row["promised"], row["promise"]) == ("2025-09-30", "kept")
    for words in ("promise kept", "Panel of eleven providers"):
        assert words in answered
    effects = read_document(replied, ANSWERED, "learning/STATE.en.pdf", "-layout")
    after = effects[effects.index("After the decisions") :]
    assert NUMBER in after
    assert "Existing BDS providers 8 9 2 before" in after
    letter = letters_to(replied, "ia.bpeng@example.org")
    for words in (f"{NUMBER}, ", REQUEST, REMARKS):
        assert words in letter


@pytest.mark.parametrize("name", TABLES)
def test_the_figures_differ_from_the_rule_books_by_restatement_and_waiver_alone(
    replied, repository, name
):
    """``-`` is a row that is not there any more, ``+`` one that is new; none of a rule of tables."""
    expected = (repository / "tests/golden/expected" / f"{name}.csv").read_text("utf-8")
    known = {tuple(row.values()) for row in csv.DictReader(expected.splitlines())}
    columns = expected.partition("\n")[0].split(",")
    found = {tuple(row[column] for column in columns) for row in table(replied, name)}
    found = {row for row in found if not row[0].startswith("P")}
    signs = {"-": known - found, "+": found - known}
    changed = sorted(",".join((sign, *row)) for sign, those in signs.items() for row in those)
    golden = (repository / "tests/golden/demo" / f"{name}.csv").read_text("utf-8")
    assert changed == golden.splitlines()


def test_again_it_does_nothing_twice(replied):
    mails, figures = replied.mails(), replied.figures()
    done = replied.demo()
    assert done.returncode == 0, done.stdout + done.stderr
    assert replied.mails() == mails
    assert replied.figures() == figures


def test_five_departments_gave_all_five_decisions(replied):
    actions = table(replied, "actions")
    decided = {row["number"]: row for row in actions if row["decided_on"]}
    assert {row["department"] for row in decided.values()} == {
        "DOIC",
        "MPPCB",
        "MSMEDI",
        "SDC",
        "SLM",
    }
    assert {row["decision"] for row in decided.values()} == {
        "accepted",
        "done",
        "not_pursued",
        "reply_awaited",
        "reply_not_accepted",
    }
    assert decided[NOT_ACCEPTED]["decision"] == "reply_not_accepted"
    assert decided[OVERRUN]["promise"] == "overrun"
    replies = Counter(row["department"] for row in table(replied, "replies", "--all"))
    assert replies == {"MSMEDI": 2, "DOIC": 1, "MPPCB": 1, "SDC": 1, "SLM": 1}


def test_what_came_back_was_put_right_and_left_once(replied):
    mailbox = MailboxFolders(replied.place.mailbox_folder)
    assert mailbox.list_mails("INBOX") == mailbox.list_mails("Bounces") == []
    assert len(mailbox.list_mails("Done")) == 5  # four replies and the report of undelivered mail
    first = [pack for pack in replied.packs() if f"/{ASKED}/" in str(pack.mail["Subject"])]
    to = Counter(pack.recipient for pack in first)
    assert to[RETURNED_TO] == to[CORRECTED_TO] == 1
    later = [pack.recipient for pack in replied.packs()[len(first) :]]
    assert RETURNED_TO not in later
    assert CORRECTED_TO in later


def test_a_late_file_restates_its_quarter_and_departments_get_a_revision(replied):
    closed = letters_to(replied, "ia.bpeng@example.org")
    assert "/".join(reversed(LATE)) in closed
    (bpeng,) = (row for row in table(replied, "status", LATE[1]) if row["agency"] == LATE[0])
    assert bpeng["state"] == "accepted"
    packs = [pack for pack in replied.packs() if f"/{ASKED}/" in str(pack.mail["Subject"])]
    to = Counter(pack.recipient for pack in packs)
    assert to["msmedi@example.org"] == 2, "the documents, and their revision"
    assert "one training programme of March was left out" in read_document(
        replied, ASKED, "learning/STATE.en.pdf"
    )


def test_warnings_are_explained_and_one_rule_is_waived(replied):
    findings = table(replied, "findings")
    assert len([row for row in findings if row["explanation"]]) >= 3
    waived = [row for row in findings if row["waived"] == "True"]
    assert [(row["agency"], row["quarter"], row["rule"]) for row in waived] == [WAIVED]


def test_portal_and_mails_are_open_beside_the_board(replied):
    """What ``make demo-board`` opens: a link in an agency's letter leads to its page."""
    place = replied.place
    with Processes(place.environment(), place.logs) as processes:
        open_views(place, processes, Screen("en"))
        pages = _wait_for(place.reader)
        sent = list_caught_mails(place.mails, "ia.bpeng@example.org")
        newest = max(sent, key=lambda mail: mail.name)
        assert newest.name in pages
        letter = httpx.get(f"{place.reader}/sent/{newest.name}/body", trust_env=False)
        address = letter.text.partition(f'href="{place.portal}/u/')[2].partition('"')[0]
        _wait_for(place.portal)
        page = httpx.get(f"{place.portal}/u/{address}", trust_env=False, follow_redirects=True)
        assert page.status_code == 200
        assert "Govindpura" in page.text


def _wait_for(address: str) -> str:
    transport = httpx.HTTPTransport(retries=20)  # with pauses that grow
    with httpx.Client(transport=transport, trust_env=False, timeout=60) as client:
        return client.get(f"{address}/").text
