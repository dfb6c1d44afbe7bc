"""CPSA asks about a figure (C01): open until it is explained, corrected or withdrawn."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from tests.factories import Clerk, RegistryFolder, day_after_quarter
from tests.unit.delivery.rig import Relay, serving
from tests.unit.services.post_office import PostOffice, database_clock
from tests.unit.services.published import publish

from cpsa.calendar import Quarter
from cpsa.errors import RequestError
from cpsa.services.app_context import AppContext
from cpsa.services.examination.explain_warnings import WarningAnswer, explain_warnings
from cpsa.services.publication.stale_periods import find_stale_periods
from cpsa.services.publication.take_snapshot import take_snapshot
from cpsa.services.quarter.agency_quarter import load_agency_quarter
from cpsa.services.quarter.query_figure import query_figure
from cpsa.services.quarter.withdraw_query import withdraw_query
from cpsa.services.reports.list_findings import list_findings
from cpsa.store.as_of import HistoryMark
from cpsa.store.database import read_transaction
from cpsa.store.queries import audit_queries

Q1, Q2 = "2025-26-Q1", "2025-26-Q2"
QUARTER = Quarter.parse(Q1)
DAY = timedelta(days=1)
NOW = day_after_quarter(Q1) + DAY
LATER = day_after_quarter(Q2) + 60 * DAY
WORDS = "How were 250 women trained?"
HINDI = "250 महिलाएँ कैसे प्रशिक्षित हुईं?"


@pytest.fixture(autouse=True)
def loaded(office: AppContext, tmp_path: Path) -> None:
    registry = RegistryFolder(agencies={"IA-A": Q1, "IA-B": Q1})
    registry.load(office, tmp_path / "registry", day_after_quarter(Q1))


def ask(
    office: AppContext,
    indicator: str = "OP2",
    dimension: str = "",
    at: datetime = NOW,
    text: str = WORDS,
    quarter: str = Q1,
):
    return query_figure(
        office, "IA-A", Quarter.parse(quarter), indicator, dimension, text, HINDI, "ops", at
    )


def accept(clerk: Clerk, quarter: str = Q1, **values: object) -> None:
    figures = {"OP1": 10, "OP2": 250, "OP2:women": 100, **values}
    clerk.send("IA-A", quarter, figures, absent=["IM1"])
    clerk.check(quarter)


def stale(office: AppContext) -> list[str]:
    return [quarter.key for quarter in find_stale_periods(office, LATER + 3 * DAY).quarters]


def questions(office: AppContext, quarter: str = Q1) -> list[tuple[str, str, str, str, str]]:
    """The findings of C01: indicator, dimension, observed, whether open, version."""
    found = list_findings(office, Quarter.parse(quarter))
    rows = found[found["rule"] == "C01"].itertuples(index=False)
    return [(row.indicator, row.dimension, row.observed, row.open, row.version) for row in rows]


def answer(office: AppContext, text: str, at: datetime = NOW) -> int:
    return explain_warnings(
        office, "IA-A", QUARTER, [WarningAnswer("C01", "OP2", "", text)], "portal", at
    )


def test_a_question_is_an_open_warning_in_both_languages(clerk: Clerk) -> None:
    accept(clerk)
    ask(clerk.office)
    (row,) = list_findings(clerk.office, QUARTER).query("rule == 'C01'").to_dict("records")
    assert (row["severity"], row["observed"], row["open"], row["addressee"]) == (
        *("warning", "250", "yes"),
        "agency",
    )
    assert WORDS in row["message_en"] and HINDI not in row["message_en"]
    assert HINDI in row["message_hi"] and "250" in row["message_hi"]
    assert row["place"], "the question points to the cell"
    own = load_agency_quarter(clerk.office, "IA-A", QUARTER)
    assert own.state == "accepted"
    assert "C01" in {finding.rule for finding in own.open_warnings}


def test_it_is_answered_and_can_be_asked_again(clerk: Clerk) -> None:
    accept(clerk)
    ask(clerk.office)
    with pytest.raises(RequestError, match="already open"):
        ask(clerk.office, text="Really?")
    assert answer(clerk.office, "Two batches") == 1
    assert questions(clerk.office) == [("OP2", "", "250", "", 1)]
    ask(clerk.office, text="Which two batches?")
    assert questions(clerk.office) == [("OP2", "", "250 (2)", "yes", 1)]
    answer(clerk.office, "June and July")
    assert questions(clerk.office) == [("OP2", "", "250 (2)", "", 1)]


def test_a_changed_value_corrects_it_and_the_same_value_does_not(clerk: Clerk) -> None:
    accept(clerk)
    ask(clerk.office)
    accept(clerk, OP1=11)  # the figure is the same
    assert questions(clerk.office) == [("OP2", "", "250", "yes", 2)]
    clerk.send("IA-A", Q1, {"OP1": "many", "OP2": 240})  # returned: the accepted version counts
    clerk.check(Q1)
    assert [row for row in questions(clerk.office) if row[3]] == [("OP2", "", "250", "yes", 2)]
    accept(clerk, OP2=240)
    assert [row for row in questions(clerk.office) if row[3]] == []


def test_it_is_withdrawn_with_a_reason_and_nothing_is_deleted(clerk: Clerk) -> None:
    accept(clerk)
    asked = ask(clerk.office, dimension="women")
    assert questions(clerk.office) == [("OP2", "women", "100", "yes", 1)]
    with pytest.raises(RequestError, match="reason"):
        withdraw_query(clerk.office, asked.id, " ", "ops", NOW)
    withdraw_query(clerk.office, asked.id, "asked twice", "ops", NOW)
    assert questions(clerk.office) == []
    with pytest.raises(RequestError, match="already withdrawn"):
        withdraw_query(clerk.office, asked.id, "asked twice", "ops", NOW)
    with pytest.raises(RequestError, match="number 99"):
        withdraw_query(clerk.office, 99, "asked twice", "ops", NOW)
    with read_transaction(clerk.office.engine) as connection:
        trail = [
            (row.verb, row.subject, row.reason)
            for row in audit_queries.load_audit_entries(connection)
        ]
    assert ("query", f"IA-A {Q1} OP2:women (1)", WORDS) in trail
    assert ("withdraw query", f"IA-A {Q1} OP2:women (1)", "asked twice") in trail


@pytest.mark.parametrize(
    ("indicator", "dimension", "text", "said"),
    [
        ("XX9", "", WORDS, "XX9"),
        ("OP2", "micro", WORDS, "women"),
        ("OP2", "", "  ", "--text"),
        ("OP2", "", "x" * 501, "501"),
        ("IM1", "", WORDS, "no figure IM1"),
    ],
)
def test_what_cannot_be_asked_is_said_and_recorded_nowhere(
    clerk: Clerk, indicator: str, dimension: str, text: str, said: str
) -> None:
    accept(clerk)
    with pytest.raises(RequestError, match=said):
        ask(clerk.office, indicator, dimension, text=text)
    assert questions(clerk.office) == []


def test_only_accepted_figures_are_asked_about(clerk: Clerk) -> None:
    accept(clerk, OP1="many")
    with pytest.raises(RequestError, match="no accepted update"):
        ask(clerk.office)


def test_it_makes_the_figure_unconfirmed_and_closed_documents_stale(clerk: Clerk) -> None:
    office = clerk.office
    for quarter in (Q1, Q2):
        accept(clerk, quarter)
        clerk.close(quarter)
    publish(office, Q1, Q2, now=LATER)
    assert stale(office) == []
    before = HistoryMark.load(office.engine)
    ask(office, at=LATER + DAY)
    assert stale(office) == [Q1, Q2], "its own quarter and those that look back on it"
    taken = take_snapshot(office, QUARTER)
    unconfirmed = taken.snapshot.facts.loc[taken.snapshot.unconfirmed["figure"]]
    assert set(unconfirmed["indicator"]) == {"OP2"}
    assert set(unconfirmed["dimension"]) == {"", "women"}
    assert taken.snapshot.as_of == LATER + DAY
    found = list_findings(office, QUARTER).set_index("rule")
    assert not found.loc["C01", "after_restatement"], "a person asked; no restatement found it"
    assert take_snapshot(office, QUARTER, before).snapshot.as_of < LATER
    publish(office, Q1, Q2, now=LATER + DAY)
    answer(office, "Two batches", LATER + 2 * DAY)
    assert stale(office) == [Q1, Q2]


@pytest.fixture
def post(office: AppContext, tmp_path: Path) -> Iterator[PostOffice]:
    with serving(Relay()) as relay:
        yield PostOffice.opened(office, relay, tmp_path)


def test_one_letter_per_question_also_after_closing(post: PostOffice) -> None:
    post.register({"IA-A": Q1, "IA-B": Q1}, NOW)
    accept(post.clerk)
    accept(post.clerk)
    post.clerk.close(Q1)
    post.write(QUARTER.closes_at)
    late = QUARTER.closes_at + 80 * DAY
    asked = ask(post.office, at=late)
    assert post.owed(late) == {("IA-A", f"query-{asked.id}")}
    post.write(late)
    text = post.text(f"query-{asked.id}", "ia-a")
    assert WORDS in text and "accepted" in text
    assert post.write(late).written == 0
    with database_clock(late):
        answer(post.office, "Two batches", late)
    again = ask(post.office, at=late + DAY, text="Which batches?")
    withdraw_query(post.office, again.id, "clear now", "ops", late + DAY)
    assert post.owed(late + DAY) == set(), "a withdrawn question is sent to nobody"
