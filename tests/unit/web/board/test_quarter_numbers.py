"""The board's numbers are those of the other reports, on both databases, however they came about."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest
from sqlalchemy import inspect
from tests.factories import Clerk, RegistryFolder, day_after_quarter
from tests.stores import fill_office

from cpsa.calendar import Quarter
from cpsa.services.app_context import AppContext
from cpsa.services.examination.explain_warnings import WarningAnswer, explain_warnings
from cpsa.services.quarter.agency_quarter import load_agency_quarter
from cpsa.services.quarter.load_registry import load_registry
from cpsa.services.quarter.open_quarter import open_quarter
from cpsa.services.reports.list_findings import list_findings
from cpsa.services.reports.list_obligations import list_obligations
from cpsa.services.reports.list_reporting import list_reporting
from cpsa.store.database import read_transaction
from cpsa.store.queries import board_queries
from cpsa.web.board.agency_filter import CHOICES, SORTS, AgencyFilter
from cpsa.web.board.quarter_board import load_quarter_board

pytestmark = pytest.mark.slow

BEFORE, NOW = "2026-27-Q1", "2026-27-Q2"
AGENCIES = ("FC-A", "FC-B", "FC-C", "IA-A", "IA-B", "IA-C", "IA-D", "IA-E", "IA-F", "IA-G")
QUARTER = Quarter.parse(NOW)
LATE = day_after_quarter(NOW, 22)


@pytest.fixture
def worked(office: AppContext, clerk: Clerk, tmp_path: Path) -> AppContext:
    """A closed quarter and one at hand in which every state occurs."""

    def work() -> None:
        registry = RegistryFolder(agencies=dict.fromkeys(AGENCIES, BEFORE))
        registry.agencies["IA-NEW"] = "2027-28-Q1"
        folder = registry.write(tmp_path / "registry")
        load_registry(office, folder, Quarter.parse(BEFORE).opens_at)
        open_quarter(office, Quarter.parse(BEFORE), Quarter.parse(BEFORE).opens_at, "ops")
        for agency in AGENCIES[:8]:
            clerk.send(agency, BEFORE, {"OP2": 10} if agency.startswith("IA") else {})
        clerk.check(BEFORE)
        clerk.close(BEFORE)
        open_quarter(office, QUARTER, QUARTER.opens_at, "ops")
        clerk.send("FC-A", NOW)
        clerk.send("FC-B", NOW, at=LATE)
        clerk.send("IA-A", NOW, {"OP2": -5})
        clerk.send("IA-B", NOW, {"OP2": "5000"})
        clerk.send("IA-C", NOW, absent=("OP2",))
        clerk.check(NOW)
        clerk.send("IA-C", NOW, at=LATE)  # corrected, and not checked again
        clerk.send_bytes("IA-D", NOW, b"\x00\x01 no table")
        clerk.check(NOW)
        clerk.send("IA-E", NOW)  # nobody has looked at it yet

    fill_office(office, "every state of an update", work)
    return office


def told(office: AppContext, quarter: Quarter) -> list[tuple]:
    """What ``cpsa status`` says, by agency."""
    status = pd.DataFrame(list_obligations(office, quarter))
    columns = ["agency", "form", "state", "version", "late"]
    return sorted(status[columns].itertuples(index=False, name=None))


def shown(office: AppContext, quarter: Quarter) -> list[tuple]:
    board = load_quarter_board(office, quarter, AgencyFilter())
    return [
        (row.agency, row.form, row.state, row.version, "late" if row.late else "")
        for row in board.agencies
    ]


def require_same(office: AppContext, quarter: Quarter) -> None:
    board = load_quarter_board(office, quarter, AgencyFilter())
    assert shown(office, quarter) == told(office, quarter)
    for row in board.agencies:
        account = load_agency_quarter(office, row.agency, quarter)
        assert row.warnings == len(account.open_warnings), row.agency
    found = list_findings(office, quarter)
    still_open = found[found["open"] == "yes"]
    for rows, addressee in ((board.rules, "agency"), (board.rules_for_cpsa, "cpsa")):
        by_rule = still_open[still_open["addressee"] == addressee].groupby(["rule", "severity"])
        assert {(row.rule, row.severity): row.number for row in rows} == by_rule.size().to_dict()
        agencies = by_rule["agency"].nunique().to_dict()
        assert {(row.rule, row.severity): row.agencies for row in rows} == agencies
    warnings = sum(row.number for row in board.rules if row.severity == "warning")
    assert board.totals.warnings == warnings


def test_an_open_quarter_stands_as_the_reports_say(worked: AppContext) -> None:
    require_same(worked, QUARTER)
    board = load_quarter_board(worked, QUARTER, AgencyFilter())
    assert {"accepted", "returned", "unreadable", "received", "expected"} <= set(
        board.totals.states
    )
    assert board.totals.expected == len(AGENCIES) == board.found
    assert board.closed_at is None
    assert sum(one.expected for one in board.by_form.values()) == board.totals.expected


def test_explained_and_waived_it_is_open_no_more(worked: AppContext) -> None:
    agency, (first, *_) = next(
        (one, load_agency_quarter(worked, one, QUARTER).open_warnings)
        for one in AGENCIES
        if load_agency_quarter(worked, one, QUARTER).open_warnings
    )
    before = load_quarter_board(worked, QUARTER, AgencyFilter()).totals.warnings
    said = WarningAnswer(first.rule, first.indicator, first.dimension, "a fair was held")
    assert explain_warnings(worked, agency, QUARTER, [said], "test", LATE) == 1
    assert load_quarter_board(worked, QUARTER, AgencyFilter()).totals.warnings < before
    require_same(worked, QUARTER)


def test_a_closed_quarter_stands_as_the_reports_say(worked: AppContext, clerk: Clerk) -> None:
    clerk.close(NOW)
    clerk.send("IA-G", NOW, at=day_after_quarter(NOW, 60))
    clerk.check(NOW)
    require_same(worked, QUARTER)
    board = load_quarter_board(worked, QUARTER, AgencyFilter())
    assert board.closed_at is not None
    assert "missing" in board.totals.states
    assert {row.state for row in board.agencies if row.locked_out} == {"missing"}
    assert board.totals.locked_out == 1
    counted = list_reporting(worked, QUARTER)
    rate = board.rates[0]
    for name in ("expected", "received", "accepted", "on_time"):
        assert getattr(rate, name) == counted[name].sum(), name
    assert [one.quarter.key for one in board.rates] == [NOW, BEFORE]


def test_before_closing_rates_are_what_closing_will_count(worked: AppContext, clerk: Clerk) -> None:
    clerk.check(NOW)
    open_rate = load_quarter_board(worked, QUARTER, AgencyFilter()).rates[0]
    clerk.close(NOW)
    shut = load_quarter_board(worked, QUARTER, AgencyFilter()).rates[0]
    assert (open_rate.closed, shut.closed) == (False, True)
    for name in ("expected", "received", "accepted", "on_time"):
        assert getattr(open_rate, name) == getattr(shut, name), name


def test_nobody_asked_yet_the_registry_says_who_owes(worked: AppContext) -> None:
    coming = Quarter.parse("2027-28-Q1")
    require_same(worked, coming)
    assert "IA-NEW" in {
        row.agency for row in load_quarter_board(worked, coming, AgencyFilter()).agencies
    }


@pytest.mark.parametrize("state", CHOICES)
def test_filters_find_exactly_theirs(worked: AppContext, state: str) -> None:
    every = load_quarter_board(worked, QUARTER, AgencyFilter()).agencies
    some = load_quarter_board(worked, QUARTER, AgencyFilter(state=state))
    fits = {
        "owing": lambda row: row.state not in ("received", "accepted"),
        "late": lambda row: row.late,
        "warnings": lambda row: row.warnings,
        "waiting": lambda row: row.locked_out,
    }.get(state, lambda row: row.state == state)
    assert [row.agency for row in some.agencies] == [row.agency for row in every if fits(row)]
    assert some.found == len(some.agencies)
    assert some.totals == load_quarter_board(worked, QUARTER, AgencyFilter()).totals


def test_every_order_has_everybody_in_it(worked: AppContext) -> None:
    for name in SORTS:
        for sort in (name, f"-{name}"):
            found = load_quarter_board(worked, QUARTER, AgencyFilter(sort=sort)).agencies
            assert sorted(row.agency for row in found) == sorted(AGENCIES), sort
    upwards = [
        row.warnings
        for row in load_quarter_board(worked, QUARTER, AgencyFilter(sort="-warnings")).agencies
    ]
    assert upwards == sorted(upwards, reverse=True)
    fc = load_quarter_board(worked, QUARTER, AgencyFilter(form="FC"))
    assert {row.form for row in fc.agencies} == {"FC"}
    assert load_quarter_board(worked, QUARTER, AgencyFilter(district="Nowhere")).agencies == []


def test_what_is_asked_comes_from_strangers() -> None:
    odd = {"state": "'; DROP TABLE", "sort": "-sha256", "page": "-3", "form": "x" * 900}
    asked = AgencyFilter.parse(odd)
    assert (asked.state, asked.sort, asked.page, len(asked.form)) == ("", "", 1, 20)
    assert AgencyFilter.parse({"page": "९"}).page == 1
    assert AgencyFilter.parse({"page": "7", "sort": "-late"}).page == 7
    assert AgencyFilter(state="late", page=3).query_with(form="IA") == "?form=IA&state=late"
    assert AgencyFilter(sort="state").toggle_sort("state") == "?sort=-state"


def test_a_quarter_is_known_by_whoever_was_asked_or_sent_something(worked: AppContext) -> None:
    with read_transaction(worked.engine) as connection:
        assert board_queries.list_board_quarters(connection) == [NOW, BEFORE]
    open_quarter(worked, QUARTER + 5, (QUARTER + 5).opens_at, "ops")
    with read_transaction(worked.engine) as connection:
        assert board_queries.list_board_quarters(connection) == [(QUARTER + 5).key, NOW, BEFORE]


def test_what_a_page_worked_out_is_not_left_behind(worked: AppContext) -> None:
    before = sorted(inspect(worked.engine).get_table_names())
    first = load_quarter_board(worked, QUARTER, AgencyFilter()).totals
    again = load_quarter_board(worked, QUARTER, AgencyFilter()).totals
    assert first == again
    assert sorted(inspect(worked.engine).get_table_names()) == before
