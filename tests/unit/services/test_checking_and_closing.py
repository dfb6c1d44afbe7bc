"""Checking, closing, exceptions and restatements, on both databases."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pandas as pd
import pytest
from sqlalchemy import text
from tests.factories import Clerk, RegistryFolder, day_after_quarter, update

from cpsa.calendar import Quarter
from cpsa.errors import RequestError
from cpsa.services.app_context import AppContext
from cpsa.services.examination.check_file import check_file
from cpsa.services.examination.examine_updates import list_check_batches
from cpsa.services.quarter.check_updates import check_quarter, check_updates
from cpsa.services.quarter.close_quarter import close_quarter, list_earlier_open_quarters
from cpsa.services.quarter.load_registry import load_registry
from cpsa.services.quarter.open_quarter import open_quarter
from cpsa.services.quarter.reopen_quarter import reopen_quarter
from cpsa.services.quarter.waive_rule import waive_rule
from cpsa.services.reports.list_findings import list_findings, tabulate_findings
from cpsa.services.reports.list_obligations import list_obligations
from cpsa.services.reports.list_reporting import list_reporting
from cpsa.services.reports.list_scores import list_scores
from cpsa.store.database import read_transaction
from cpsa.store.queries import closing_queries, submission_queries
from cpsa.store.queries.stored_submissions import StoredSubmissions
from cpsa.store.schema import metadata

pytestmark = pytest.mark.slow

Q1, Q2, Q3 = "2025-26-Q1", "2025-26-Q2", "2025-26-Q3"
LATER = Quarter.parse("2026-27-Q1").opens_at


@pytest.fixture
def registry() -> RegistryFolder:
    return RegistryFolder(
        agencies={"IA-A": Q1, "FC-B": Q1},
        targets={("IA-A", "OP1", quarter): 10 for quarter in (Q1, Q2, Q3)},
    )


@pytest.fixture(autouse=True)
def loaded(office: AppContext, registry: RegistryFolder, tmp_path: Path) -> None:
    registry.load(office, tmp_path / "registry", day_after_quarter(Q1))


def trained(number: int) -> dict[str, object]:
    return {"OP1": number, "OP2": number * 20, "OP2:women": number}


def everything(office: AppContext) -> dict[str, list[tuple]]:
    """The whole store, to see that nothing was written."""
    with office.engine.connect() as connection:
        return {
            table.name: sorted(map(str, connection.execute(table.select())))
            for table in metadata.sorted_tables
        }


def score(office: AppContext, quarter: str, agency: str = "IA-A"):
    frame = list_scores(office, Quarter.parse(quarter))
    return frame.set_index("agency").loc[agency]


def rules(office: AppContext, quarter: str, agency: str = "IA-A") -> list[tuple[str, str]]:
    frame = list_findings(office, Quarter.parse(quarter), agency)
    return list(zip(frame["rule"], frame["severity"], strict=True))


def restated(office: AppContext) -> list[tuple]:
    with read_transaction(office.engine) as connection:
        frame = closing_queries.load_restatements(connection, "9999-99-Q4")
    columns = ["quarter", "agency", "indicator", "dimension", "old", "new", "reason"]
    frame = frame[columns].astype(object).where(frame[columns].notna(), None)
    return [tuple(row) for row in frame.itertuples(index=False)]


class _Refuses:
    def __init__(self, key: str) -> None:
        self.key = key

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind, error, trace) -> bool:
        assert isinstance(error, RequestError), error
        assert error.key == self.key
        assert "\n" not in error.text("hi")
        return True


# Checking


def test_each_version_is_checked_once_and_the_newest_accepted_counts(clerk: Clerk) -> None:
    clerk.send("IA-A", Q1, trained(5))
    clerk.send("IA-A", Q1, trained(8))
    clerk.send("IA-A", Q1, trained(8) | {"A1": "many"})
    states = [(one.version, one.state) for one in clerk.check(Q1).judgements]
    assert states == [(1, "accepted"), (2, "accepted"), (3, "returned")]
    assert clerk.check(Q1).judgements == ()
    clerk.close(Q1)
    row = score(clerk.office, Q1)
    assert (row.state, row.output) == ("accepted", "0.8000")
    # Both the accepted version and the newest one are told.
    assert rules(clerk.office, Q1) == [("S01", "error")]
    clerk.send("IA-A", Q2, trained(8))


def test_findings_stand_for_the_accepted_version_and_the_newest(clerk: Clerk) -> None:
    clerk.send("IA-A", Q1, trained(5) | {"A1": "few"})
    clerk.send("IA-A", Q1, trained(5) | {"A1": 1, "A2": 9})
    clerk.send("IA-A", Q1, trained(5) | {"A1": "many"})
    clerk.check(Q1)
    assert rules(clerk.office, Q1) == [("Q06", "warning"), ("S01", "error")]


def test_a_quarter_is_checked_after_the_ones_before_it_whatever_comes_first(clerk: Clerk) -> None:
    clerk.send("IA-A", Q2, {"B1": "500000"})
    assert [one.state for one in clerk.check(Q2).judgements] == ["accepted"]
    clerk.send("IA-A", Q1, {"B1": "900000"})
    judged = [(one.quarter, one.state) for one in clerk.check(Q2).judgements]
    assert judged == [(Q1, "accepted"), (Q2, "returned")]
    assert ("V06", "error") in rules(clerk.office, Q2)
    # And an earlier quarter that is corrected makes the later one good again.
    clerk.send("IA-A", Q1, {"B1": "400000"})
    assert [(one.quarter, one.state) for one in clerk.check(Q2).judgements] == [
        (Q1, "accepted"),
        (Q2, "accepted"),
    ]


def test_checking_one_agency_leaves_the_others(clerk: Clerk) -> None:
    clerk.send("IA-A", Q1)
    clerk.send("FC-B", Q1)
    key = Quarter.parse(Q1)
    assert list_check_batches(clerk.office, key, 2) == [["FC-B", "IA-A"]]
    checked = check_quarter(clerk.office, key, key.due_by, ["FC-B"])
    assert [one.agency for one in checked.judgements] == ["FC-B"]
    assert list_check_batches(clerk.office, key, 2) == [["IA-A"]]


def test_checking_an_empty_store_finds_nothing(office: AppContext) -> None:
    assert check_updates(office, LATER).judgements == ()


def test_a_preview_writes_nothing_and_says_what_a_check_would(clerk: Clerk) -> None:
    clerk.send("IA-A", Q1, {"B1": "900000"})
    clerk.check(Q1)
    before = everything(clerk.office)
    content = update("IA-A", Q2, {"B1": "800000", "A1": "x"})
    examined = check_file(clerk.office, "IA-A", Quarter.parse(Q2), content, "IA-A.csv")
    assert examined.state == "returned"
    told = tabulate_findings(clerk.office, Quarter.parse(Q2), examined.findings)
    assert list(told["rule"]) == ["S01", "V06", "Q05"]
    assert everything(clerk.office) == before
    assert not list(clerk.office.settings.received.rglob("*.part"))
    clerk.send_bytes("IA-A", Q2, content)
    clerk.check(Q2)
    columns = ["rule", "observed", "expected", "place", "message_hi"]
    kept = list_findings(clerk.office, Quarter.parse(Q2), "IA-A")[columns]
    pd.testing.assert_frame_equal(kept, told[columns], check_dtype=False)


# Closing


def test_closing_again_changes_nothing(clerk: Clerk) -> None:
    clerk.send("IA-A", Q1, trained(5))
    first = clerk.close(Q1)
    assert (first.version, first.changed, first.expected, first.accepted) == (1, True, 2, 1)
    before = everything(clerk.office)
    again = clerk.close(Q1)
    assert (again.version, again.changed, again.also) == (1, False, ())
    assert everything(clerk.office) == before


def test_closing_does_the_older_quarters_first(clerk: Clerk) -> None:
    clerk.send("IA-A", Q1, trained(5))
    clerk.send("IA-A", Q2, trained(5))
    assert [one.key for one in list_earlier_open_quarters(clerk.office, Quarter.parse(Q3))] == [
        Q1,
        Q2,
    ]
    closed = clerk.close(Q3, "ops")
    assert closed.also == (Q1, Q2)
    assert list_earlier_open_quarters(clerk.office, Quarter.parse(Q3)) == []
    assert list(score(clerk.office, Q3)[["state", "coverage", "status"]]) == [
        "missing",
        "0.6667",
        "lagging",
    ]


def test_closing_checks_what_is_not_checked_yet(clerk: Clerk) -> None:
    clerk.send("IA-A", Q1, trained(10))
    clerk.send("FC-B", Q1, {"FA1": "lots"})
    clerk.close(Q1)
    assert score(clerk.office, Q1).output == "1.0000"
    reporting = list_reporting(clerk.office).set_index("form")
    assert list(reporting.loc["FC", ["expected", "received", "accepted"]]) == [1, 1, 0]
    assert rules(clerk.office, Q1, "FC") == [("M02", "warning")]


def test_who_sent_nothing_or_nothing_readable_is_told_so(clerk: Clerk) -> None:
    clerk.send_bytes("FC-B", Q1, b"\xff")
    clerk.close(Q1)
    assert score(clerk.office, Q1).state == "missing"
    row = score(clerk.office, Q1, "FC-B")
    assert list(row[["state", "composite", "status", "coverage"]]) == [
        *("unreadable", "", "no_data", "0.0000")
    ]
    reporting = list_reporting(clerk.office).set_index("form")
    assert list(reporting["received"]) == [0, 0]
    assert list(reporting["reporting_rate"]) == ["0.0000", "0.0000"]


def test_coverage_begins_with_the_first_quarter_in_the_store(clerk: Clerk) -> None:
    clerk.send("IA-A", Q3, trained(10))
    clerk.close(Q3)
    assert score(clerk.office, Q3).coverage == "1.0000"


def test_late_is_told_from_when_it_was_received(clerk: Clerk) -> None:
    key = Quarter.parse(Q1)
    clerk.send("IA-A", Q1, at=key.due_by - timedelta(seconds=1))
    clerk.send("FC-B", Q1, at=key.due_by)
    clerk.close(Q1)
    reporting = list_reporting(clerk.office).set_index("form")
    assert list(reporting.loc[["IA", "FC"], "on_time"]) == [1, 0]
    assert list(reporting.loc[["IA", "FC"], "on_time_rate"]) == ["1.0000", "0.0000"]
    late = pd.DataFrame(list_obligations(clerk.office, key)).set_index("agency")["late"]
    assert dict(late) == {"IA-A": "", "FC-B": "late"}


def test_opening_asks_each_agency_once(clerk: Clerk, registry, tmp_path: Path) -> None:
    key = Quarter.parse(Q1)
    opened = open_quarter(clerk.office, key, key.opens_at, "ops")
    assert (opened.expected, opened.new) == (2, 2)
    assert open_quarter(clerk.office, key, key.opens_at, "ops").new == 0
    registry.agencies["FC-NEW"] = Q1
    load_registry(clerk.office, registry.write(tmp_path / "registry"), key.opens_at)
    assert open_quarter(clerk.office, key, key.opens_at, "ops").new == 1
    states = pd.DataFrame(list_obligations(clerk.office, key)).set_index("agency")["state"]
    assert set(states) == {"expected"}
    clerk.close(Q1)
    assert set(pd.DataFrame(list_obligations(clerk.office, key))["state"]) == {"missing"}


def test_a_quarter_before_the_framework_can_be_neither_opened_nor_closed(clerk: Clerk) -> None:
    before = everything(clerk.office)
    for verb in (open_quarter, close_quarter):
        with _Refuses("framework.none_holds"):
            verb(clerk.office, Quarter.parse("2012-13-Q1"), LATER)
    assert everything(clerk.office) == before


# After closing


def test_a_file_after_closing_is_held_and_changes_nothing(clerk: Clerk) -> None:
    clerk.send("IA-A", Q1, trained(5))
    clerk.close(Q1)
    clerk.send("IA-A", Q1, trained(9), at=LATER)
    assert [(one.version, one.state) for one in clerk.check(Q1).judgements] == [(2, "held")]
    assert clerk.check(Q1).judgements == ()
    assert not clerk.close(Q1).changed
    row = score(clerk.office, Q1)
    assert (row.state, row.output) == ("accepted", "0.5000")


def test_a_held_file_is_let_in_by_an_exception_and_restates_the_quarter(clerk: Clerk) -> None:
    clerk.send("IA-A", Q1, trained(5))
    clerk.send("IA-A", Q2, trained(5))
    clerk.close(Q2)
    clerk.send("IA-A", Q1, trained(9), at=LATER)
    clerk.check(Q1)
    key = Quarter.parse(Q1)
    checked = reopen_quarter(clerk.office, "IA-A", key, "counted again", "admin", LATER)
    assert [(one.version, one.state) for one in checked.judgements] == [(2, "accepted")]
    assert (score(clerk.office, Q1).output, score(clerk.office, Q2).output) == ("0.9000", "0.7000")
    assert restated(clerk.office) == [
        (Q1, "IA-A", "OP1", "", 500, 900, "counted again"),
        (Q1, "IA-A", "OP2", "", 10_000, 18_000, "counted again"),
        (Q1, "IA-A", "OP2", "women", 500, 900, "counted again"),
    ]
    # The old version of both quarters is kept beside the new one.
    with clerk.office.engine.connect() as connection:
        query = "SELECT quarter, version FROM closing ORDER BY quarter, version"
        versions = [tuple(row) for row in connection.execute(text(query))]
    assert versions == [(Q1, 1), (Q1, 2), (Q2, 1), (Q2, 2)]
    assert not clerk.close(Q1).changed
    assert not clerk.close(Q2).changed


def test_a_held_file_is_not_the_newest_that_counts(clerk: Clerk) -> None:
    clerk.send("IA-A", Q1, trained(5) | {"A1": "few"})
    clerk.close(Q1)
    clerk.send("IA-A", Q1, trained(6), at=LATER)
    clerk.check(Q1)
    assert not clerk.close(Q1).changed
    assert score(clerk.office, Q1).state == "returned"
    assert rules(clerk.office, Q1) == [("S01", "error")]
    # The exception is for the newest file, not for what was returned in its time.
    key = Quarter.parse(Q1)
    checked = reopen_quarter(clerk.office, "IA-A", key, "counted again", "admin", LATER)
    assert [(one.version, one.state) for one in checked.judgements] == [(2, "accepted")]


def test_closing_anew_takes_the_closed_quarters_after_it_along(clerk: Clerk) -> None:
    for quarter in (Q1, Q2):
        clerk.send("IA-A", quarter, trained(5))
    clerk.close(Q2)
    reopen_quarter(clerk.office, "IA-A", Quarter.parse(Q1), "counted again", "admin", LATER)
    clerk.send("IA-A", Q1, trained(9), at=LATER)
    closed = clerk.close(Q1)
    assert (closed.version, closed.also) == (2, (Q2,))
    assert score(clerk.office, Q2).output == "0.7000"


def test_an_exception_may_come_before_the_file_and_serves_once(clerk: Clerk) -> None:
    clerk.close(Q1, "ops")
    key = Quarter.parse(Q1)
    reopen_quarter(clerk.office, "IA-A", key, "was ill", "admin", LATER)
    clerk.send("IA-A", Q1, {"A1": "x"}, at=LATER)
    assert clerk.check(Q1).judgements[0].state == "returned", "it stays open for a better one"
    clerk.send("IA-A", Q1, trained(5), at=LATER)
    assert clerk.check(Q1).judgements[0].state == "accepted"
    assert clerk.close(Q1).version == 3, "computed again as soon as it was returned, and accepted"
    assert {row[4] for row in restated(clerk.office)} == {None}, "there was nothing before"
    clerk.send("IA-A", Q1, trained(7), at=LATER)
    assert clerk.check(Q1).judgements[0].state == "held"


def reopen_only(office: AppContext, *indicators: str):
    quarter = Quarter.parse(Q1)
    return reopen_quarter(
        office, "IA-A", quarter, "One figure was wrong", "admin", LATER, indicators
    )


def figures_of(office: AppContext, quarter: str = Q1) -> dict[tuple[str, str], tuple[int, int]]:
    """The figures that count, each with the version it came with."""
    with read_transaction(office.engine) as connection:
        accepted = StoredSubmissions.load(connection, quarter, ["IA-A"]).accepted["IA-A", quarter]
        facts = submission_queries.load_facts(connection, [accepted.id])
    source = facts["carried_from"].fillna(facts["submission_id"])
    return {
        (row.indicator, row.dimension): (row.hundredths // 100, int(of))
        for row, of in zip(facts.itertuples(), source, strict=True)
    }


def test_an_exception_for_single_indicators_lets_only_these_in(clerk: Clerk) -> None:
    clerk.send("IA-A", Q1, trained(5))
    clerk.close(Q1)
    before = figures_of(clerk.office)
    clerk.send("IA-A", Q1, trained(7) | {"A1": 99}, at=LATER)
    clerk.check(Q1)
    assert reopen_only(clerk.office, "op2").judgements[-1].state == "accepted"
    expected = before | {("OP2", ""): (140, 2), ("OP2", "women"): (7, 2)}
    assert figures_of(clerk.office) == expected
    assert {row[:4] for row in restated(clerk.office)} == {
        (Q1, "IA-A", "OP2", ""),
        (Q1, "IA-A", "OP2", "women"),
    }
    clerk.close(Q1)
    assert figures_of(clerk.office) == expected  # looked at again, still only these


def test_the_next_exception_carries_over_what_the_first_let_in(clerk: Clerk) -> None:
    clerk.send("IA-A", Q1, trained(5))
    clerk.close(Q1)
    clerk.send("IA-A", Q1, trained(7), at=LATER)
    clerk.check(Q1)
    reopen_only(clerk.office, "OP2")
    clerk.send("IA-A", Q1, trained(9), at=LATER)
    clerk.check(Q1)
    reopen_only(clerk.office, "OP1")
    figures = figures_of(clerk.office)
    assert figures["OP1", ""] == (9, 3)
    assert figures["OP2", ""] == (140, 2)
    assert figures["A1", ""] == (0, 1)


def test_faults_elsewhere_do_not_keep_a_reopened_indicator_out(clerk: Clerk) -> None:
    clerk.send("IA-A", Q1, trained(5))
    clerk.close(Q1)
    clerk.send("IA-A", Q1, trained(7) | {"A1": "many"}, at=LATER)
    clerk.check(Q1)
    assert reopen_only(clerk.office, "OP2").judgements[-1].state == "accepted"
    assert ("S01", "error") not in rules(clerk.office, Q1)


def test_single_indicators_are_reopened_only_where_something_was_accepted(clerk: Clerk) -> None:
    clerk.close(Q1, "ops")
    with pytest.raises(RequestError) as refused:
        reopen_only(clerk.office, "OP2")
    assert refused.value.key == "cycle.nothing_accepted"
    with pytest.raises(RequestError, match="OPX"):
        reopen_only(clerk.office, "OP2", "OPX")


def test_an_exception_that_waits_is_not_used_up_by_looking_at_the_old_file_again(
    clerk: Clerk,
) -> None:
    clerk.send("IA-A", Q1, trained(5))
    clerk.send("IA-A", Q2, trained(5))
    clerk.close(Q1)
    clerk.close(Q2)
    reopen_quarter(clerk.office, "IA-A", Quarter.parse(Q2), "It is coming", "admin", LATER)
    clerk.send("IA-A", Q1, trained(6), at=LATER)
    reopen_quarter(clerk.office, "IA-A", Quarter.parse(Q1), "Forgotten", "admin", LATER)
    clerk.send("IA-A", Q2, trained(8), at=LATER)
    clerk.close(Q2)
    assert figures_of(clerk.office, Q2)["OP1", ""] == (8, 4)


def test_who_reported_by_close_does_not_change_afterwards(clerk: Clerk) -> None:
    clerk.close(Q1, "ops")
    reopen_quarter(clerk.office, "IA-A", Quarter.parse(Q1), "was ill", "admin", LATER)
    clerk.send("IA-A", Q1, trained(5), at=LATER)
    clerk.close(Q1)
    reporting = list_reporting(clerk.office).set_index("form").loc["IA"]
    assert list(reporting[["expected", "received", "accepted", "on_time"]]) == [1, 0, 1, 0]
    assert rules(clerk.office, Q1, "IA") == [], "M02 of the first closing is found no more"


def test_a_restatement_never_takes_back_what_was_accepted_later(clerk: Clerk) -> None:
    clerk.send("IA-A", Q1, {"B1": "500000"})
    clerk.send("IA-A", Q2, {"B1": "500000", "A1": 1, "A2": 9})
    clerk.close(Q2)
    clerk.send("IA-A", Q1, {"B1": "900000"}, at=LATER)
    reopen_quarter(clerk.office, "IA-A", Quarter.parse(Q1), "a mistake", "admin", LATER)
    assert score(clerk.office, Q2).state == "accepted"
    found = list_findings(clerk.office, Quarter.parse(Q2), "IA-A").set_index("rule")
    assert set(found.index) == {"V06", "Q06", "Q05"}
    assert list(found.loc["V06", ["severity", "after_restatement"]]) == ["warning", True]
    assert list(found.loc["Q06", ["severity", "after_restatement"]]) == ["warning", False]


def test_what_a_restatement_found_stays_marked_at_the_next_one(clerk: Clerk) -> None:
    clerk.send("IA-A", Q1, {"B1": "500000", "CB1": 30})
    clerk.send("IA-A", Q2, {"B1": "500000", "CB1": 40})
    clerk.close(Q2)
    for sanctioned in ("900000", "950000"):
        clerk.send("IA-A", Q1, {"B1": sanctioned, "CB1": 400}, at=LATER)
        reopen_quarter(clerk.office, "IA-A", Quarter.parse(Q1), "a mistake", "admin", LATER)
    found = list_findings(clerk.office, Quarter.parse(Q2), "IA-A").set_index("rule")
    assert found.loc["V06", "expected"] == "950000"
    for rule in ("V06", "Q02"):
        assert list(found.loc[rule, ["severity", "after_restatement"]]) == ["warning", True], rule


def test_reopening_asks_for_a_closed_quarter_a_known_agency_and_a_reason(clerk: Clerk) -> None:
    key = Quarter.parse(Q1)
    before = everything(clerk.office)
    with _Refuses("cycle.not_closed"):
        reopen_quarter(clerk.office, "IA-A", key, "why", "admin", LATER)
    with _Refuses("cycle.no_agency"):
        reopen_quarter(clerk.office, "IA-NOBODY", key, "why", "admin", LATER)
    with _Refuses("cycle.no_reason"):
        reopen_quarter(clerk.office, "IA-A", key, " \t", "admin", LATER)
    assert everything(clerk.office) == before


# Waivers


def test_a_waiver_accepts_what_was_returned_and_keeps_the_finding(clerk: Clerk) -> None:
    clerk.send("IA-A", Q1, {"B2": "1000001"})
    assert clerk.check(Q1).judgements[0].state == "returned"
    key = Quarter.parse(Q1)
    checked = waive_rule(clerk.office, "IA-A", key, "V03", "budget revised", "admin", LATER)
    assert [(one.version, one.state) for one in checked.judgements] == [(1, "accepted")]
    found = list_findings(clerk.office, key, "IA-A").set_index("rule")
    assert list(found.loc["V03", ["severity", "waived"]]) == ["error", True]
    with clerk.office.engine.connect() as connection:
        audit = connection.execute(text("SELECT who, verb, subject, reason FROM audit")).one()
    assert tuple(audit) == ("admin", "waive", f"IA-A {Q1} V03", "budget revised")


def test_a_waiver_may_come_before_the_file_and_serves_one_quarter(clerk: Clerk) -> None:
    waive_rule(clerk.office, "IA-A", Quarter.parse(Q1), "V03", "revised", "admin", LATER)
    clerk.send("IA-A", Q1, {"B2": "1000001"})
    clerk.send("IA-A", Q2, {"B2": "1"})
    assert [one.state for one in clerk.check(Q2).judgements] == ["accepted", "returned"]


@pytest.mark.parametrize("rule", ["V01", "S00", "Q02", "V99", "v03"])
def test_what_cannot_be_waived_is_told(clerk: Clerk, rule: str) -> None:
    with _Refuses("cycle.not_waivable"):
        waive_rule(clerk.office, "IA-A", Quarter.parse(Q1), rule, "why", "admin", LATER)
    assert everything(clerk.office)["waiver"] == []


def test_a_waiver_after_an_exception_lets_the_returned_file_in(clerk: Clerk) -> None:
    clerk.close(Q1, "ops")
    key = Quarter.parse(Q1)
    reopen_quarter(clerk.office, "IA-A", key, "was ill", "admin", LATER)
    clerk.send("IA-A", Q1, {"B2": "1000001"}, at=LATER)
    assert clerk.check(Q1).judgements[0].state == "returned"
    waive_rule(clerk.office, "IA-A", key, "V03", "budget revised", "admin", LATER)
    assert score(clerk.office, Q1).state == "accepted"


# The registry over time


def test_a_closed_quarter_keeps_the_registry_it_was_closed_with(
    clerk: Clerk, registry: RegistryFolder, tmp_path: Path
) -> None:
    clerk.send("IA-A", Q1, trained(5))
    clerk.close(Q1)
    registry.targets = {("IA-A", "OP1", quarter): 20 for quarter in (Q1, Q2)}
    registry.agencies["FC-NEW"] = Q1
    loaded = load_registry(clerk.office, registry.write(tmp_path / "registry"), LATER)
    assert loaded.changed == 6  # two targets and one that is gone, with what they replace, and FC
    assert not clerk.close(Q1).changed
    assert score(clerk.office, Q1).output == "0.5000"
    clerk.send("IA-A", Q2, trained(5))
    clerk.close(Q2)
    assert score(clerk.office, Q2).output == "0.2500", "an open quarter takes the newest targets"
    assert "FC-NEW" in set(list_scores(clerk.office, Quarter.parse(Q2))["agency"])
    assert "FC-NEW" not in set(list_scores(clerk.office, Quarter.parse(Q1))["agency"])


def test_a_registry_that_changed_makes_open_quarters_be_checked_anew(
    clerk: Clerk, registry: RegistryFolder, tmp_path: Path
) -> None:
    clerk.send("IA-A", Q1, trained(5))
    clerk.check(Q1)
    assert rules(clerk.office, Q1) == []
    registry.targets = {("IA-A", "OP1", Q1): 100}
    load_registry(clerk.office, registry.write(tmp_path / "registry"), LATER)
    clerk.check(Q1)
    assert rules(clerk.office, Q1) == [("Q05", "warning")]


def test_a_registry_with_a_fault_leaves_the_old_one(
    clerk: Clerk, registry: RegistryFolder, tmp_path: Path
) -> None:
    before = everything(clerk.office)
    registry.agencies["XX-B"] = Q1
    with _Refuses("registry.bad_form"):
        load_registry(clerk.office, registry.write(tmp_path / "registry"), LATER)
    assert everything(clerk.office) == before


# All or nothing


@pytest.mark.parametrize(
    ("module", "name", "call"),
    [
        ("examination_queries", "add_examinations", 1),
        ("submission_queries", "add_facts", 1),
        ("examination_queries", "load_submissions", 2),
    ],
)
def test_a_check_that_breaks_off_leaves_the_store_as_it_was(
    clerk: Clerk, monkeypatch, module: str, name: str, call: int
) -> None:
    clerk.send("IA-A", Q1, trained(1) | {"A1": 1, "A2": 9})
    clerk.send("FC-B", Q1)
    before = everything(clerk.office)
    break_off(monkeypatch, module, name, call)
    with pytest.raises(BrokenOffError):
        clerk.check(Q1)
    assert everything(clerk.office) == before
    monkeypatch.undo()
    assert clerk.check(Q1).count("accepted") == 2


@pytest.mark.parametrize(
    ("module", "name"), [("closing_queries", "add_closing_rows"), ("action_queries", "add_actions")]
)
def test_a_closing_that_breaks_off_leaves_the_store_as_it_was(
    clerk: Clerk, monkeypatch, module: str, name: str
) -> None:
    clerk.send("IA-A", Q1, trained(5))
    clerk.send("IA-A", Q2, trained(5))
    before = everything(clerk.office)
    break_off(monkeypatch, module, name, 2)
    with pytest.raises(BrokenOffError):
        clerk.close(Q2)
    after = everything(clerk.office)
    assert len(after.pop("channel_round")) > len(before.pop("channel_round")), "files are imported"
    assert after == before, "not even the older quarter is half closed"
    monkeypatch.undo()
    assert clerk.close(Q2).also == (Q1,)


class BrokenOffError(Exception):
    """The machine stopped here."""


def break_off(monkeypatch, module: str, name: str, call: int) -> None:
    """Let a function of the store do its work, but fail at one of its calls."""
    import importlib

    store = importlib.import_module(f"cpsa.store.queries.{module}")
    real, calls = getattr(store, name), []

    def failing(*args, **kwargs):
        calls.append(name)
        if len(calls) == call:
            raise BrokenOffError
        return real(*args, **kwargs)

    monkeypatch.setattr(store, name, failing)


# Exact money


def test_rupees_are_the_same_paise_in_store_and_out_of_it(clerk: Clerk) -> None:
    amounts = ["0.01", "0.29", "12,34,567.89", "90000000000000", "1.15", "2.5 lakh"]
    for number, amount in enumerate(amounts):
        clerk.send("IA-A", Q1, {"PC1": amount, "SC1": number})
    clerk.check(Q1)
    query = """SELECT hundredths FROM fact JOIN submission ON submission.id = fact.submission_id
               WHERE indicator = 'PC1' ORDER BY version"""
    with clerk.office.engine.connect() as connection:
        kept = list(connection.execute(text(query)).scalars())
    assert kept == [1, 29, 123_456_789, 9_000_000_000_000_000, 115, 25_000_000]
    assert {type(one) for one in kept} == {int}
