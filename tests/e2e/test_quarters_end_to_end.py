"""From received files to mail that has left, through real DAG runs; and again, and in disorder."""

from __future__ import annotations

import csv
import random
import time
from email import policy
from email.parser import BytesParser
from hashlib import sha256

import pytest

from cpsa_demo import inbox
from cpsa_demo.command import prepare
from cpsa_demo.place import SAMPLE
from cpsa_demo.processes import Processes

pytestmark = pytest.mark.e2e

HALVES_SENT = {"2024-25-H2", "2025-26-H1", "2025-26-H2"}
HALF_WAITING = "2026-27-H1"
SECONDS_TO_SETTLE = 900


def rows(lines: list[str], columns: list[str]) -> set[tuple[str, ...]]:
    """The rows of a table, cut to some columns."""
    return {tuple(row[column] for column in columns) for row in csv.DictReader(lines)}


@pytest.mark.parametrize("table", ["scores", "findings", "reporting"])
def test_the_figures_are_those_of_the_rule_book(finished, repository, table):
    expected = (repository / "tests/golden/expected" / f"{table}.csv").read_text("utf-8")
    lines = expected.splitlines()
    columns = lines[0].split(",")
    found = rows(finished.cpsa(table, "--format", "csv"), columns)
    # The rule book's sample has no tables of agencies and nothing of CPSA itself, which rules P are about.
    assert {row for row in found if not row[0].startswith("P")} == rows(lines, columns)


def test_three_halves_have_left_and_the_newest_has_not(finished):
    outbox = finished.outbox()
    assert {line["cycle"] for line in outbox} == HALVES_SENT
    assert {line["state"] for line in outbox} == {"accepted"}
    assert len(finished.mails()) == len(outbox) > 30
    seats = {(line["cycle"], line["recipient"]) for line in outbox}
    assert len(seats) == len(outbox)


def test_every_mail_brings_its_documents(finished):
    for file in (finished.place.mails / name for name in finished.mails()):
        mail = BytesParser(policy=policy.default).parsebytes(file.read_bytes())
        attached = {
            str(part.get_filename()): part.get_payload(decode=True)
            for part in mail.iter_attachments()
        }
        assert len([name for name in attached if name.endswith(".pdf")]) >= 2, file.name
        digests = attached.pop("SHA256SUMS.txt").decode()
        for name, content in attached.items():  # documents, and the form that asks for an answer
            assert f"{sha256(content).hexdigest()}  {name}" in digests.splitlines()
            assert content.startswith(b"%PDF" if name.endswith(".pdf") else b"PK"), name


def test_again_it_sends_nothing_more(finished):
    mails, figures = finished.mails(), finished.figures()
    done = finished.demo()
    assert done.returncode == 0, done.stdout + done.stderr
    assert "8 quarters closed, 3 half-years sent, 1 waiting" in " ".join(done.stdout.split())
    assert finished.mails() == mails
    assert finished.figures() == figures


@pytest.mark.nightly
def test_a_backfill_of_four_closed_quarters_changes_nothing(finished):
    mails, figures = finished.mails(), finished.figures()
    with finished.serving() as (processes, api):
        before = {run.run_id for run in api.runs()}
        finished.airflow(
            *("backfill", "create", "--dag-id", "close_quarter"),
            *("--from-date", "2025-04-01", "--to-date", "2026-03-31"),
            *("--reprocess-behavior", "completed"),
        )
        expected = {
            "close_quarter": {"2025-26-Q1", "2025-26-Q2", "2025-26-Q3", "2025-26-Q4"},
            "publish_quarter": {"2025-26-Q1", "2025-26-Q2", "2025-26-Q3", "2025-26-Q4"},
        }
        runs = settle(processes, api, expected, before)
        assert {run.state for run in runs} == {"success"}
        again = {run.dag for run in api.runs() if run.run_id not in before}
        assert not again & {"compile_half_year", "dispatch_half_year"}, "nothing was stale"
        asked = {question.period for question in api.questions(api.runs())}
        assert asked == {HALF_WAITING}, "nobody is asked to approve what has been sent"
    assert finished.mails() == mails
    assert finished.figures() == figures


@pytest.mark.nightly
def test_closed_in_any_order_the_figures_are_the_same(finished, new_programme):
    """The runs of eight quarters start side by side, youngest and oldest mixed."""
    shuffled = new_programme("shuffled")
    with Processes(shuffled.place.environment(), shuffled.place.logs) as processes:
        prepare(shuffled.place, processes)
    quarters = [quarter.key for quarter in inbox.list_quarters(SAMPLE)]
    random.Random(20).shuffle(quarters)
    assert quarters != sorted(quarters)
    with shuffled.serving() as (processes, api):
        api.trigger("collect_updates")
        settle(processes, api, {"collect_updates": {""}}, set())
        for quarter in quarters:
            api.trigger("close_quarter", quarter)
        settle(processes, api, {"close_quarter": set(quarters)}, set())
    assert shuffled.figures() == finished.figures()
    assert shuffled.mails() == []


def settle(processes, api, expected: dict[str, set[str]], before: set[str]):
    """Wait until each of the periods has a new run that has ended; those runs."""
    deadline = time.monotonic() + SECONDS_TO_SETTLE
    while time.monotonic() < deadline:
        processes.require_running()
        new = [
            run
            for run in api.runs()
            if run.run_id not in before and run.period in expected.get(run.dag, ())
        ]
        ended = {(run.dag, run.period) for run in new if run.state in ("success", "failed")}
        if ended >= {(dag, period) for dag, periods in expected.items() for period in periods}:
            return new
        time.sleep(2)
    raise AssertionError(f"not all of {expected} ended in time")
