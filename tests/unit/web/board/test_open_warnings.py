"""What closing finds: an agency's own is among its open warnings, CPSA's is listed apart."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.factories import Clerk, RegistryFolder, day_after_quarter
from tests.stores import fill_office

from cpsa.calendar import Quarter
from cpsa.services.app_context import AppContext
from cpsa.services.examination.explain_warnings import WarningAnswer, explain_warnings
from cpsa.services.quarter.agency_quarter import load_agency_quarter
from cpsa.services.quarter.load_registry import load_registry
from cpsa.services.quarter.open_quarter import open_quarter
from cpsa.services.reports.list_findings import list_findings
from cpsa.web.board.agency_filter import AgencyFilter
from cpsa.web.board.quarter_board import QuarterBoard, load_quarter_board

KEY = "2026-27-Q2"
QUARTER = Quarter.parse(KEY)
TRAINEES = {"A": 100, "B": 105, "C": 95, "D": 110, "E": 90, "F": 100, "G": 900}
UNUSUAL, WITHOUT_BASELINE = "IA-G", "IA-A"


@pytest.fixture
def closed(office: AppContext, clerk: Clerk, tmp_path: Path) -> AppContext:
    """Seven agencies accepted, one of them unusual and one without a baseline; a centre is silent."""

    def close() -> None:
        agencies = dict.fromkeys([*(f"IA-{name}" for name in TRAINEES), "FC-A"], KEY)
        folder = RegistryFolder(agencies=agencies).write(tmp_path / "registry")
        load_registry(office, folder, QUARTER.opens_at)
        open_quarter(office, QUARTER, QUARTER.opens_at)
        for name, trainees in TRAINEES.items():
            more = {"OC5": 3} if f"IA-{name}" == WITHOUT_BASELINE else {}
            clerk.send(f"IA-{name}", KEY, {"OP1": 10, "OP2": trainees, **more})
        clerk.close(KEY)

    fill_office(office, "seven agencies accepted", close)
    return office


def board(office: AppContext) -> QuarterBoard:
    return load_quarter_board(office, QUARTER, AgencyFilter())


def warnings(office: AppContext, agency: str) -> set[str]:
    return {one.rule for one in load_agency_quarter(office, agency, QUARTER).open_warnings}


def test_what_closing_finds_of_an_agency_is_among_its_open_warnings(closed: AppContext) -> None:
    assert "M01" in warnings(closed, UNUSUAL)
    shown = board(closed)
    (row,) = [row for row in shown.agencies if row.agency == UNUSUAL]
    assert row.warnings == len(load_agency_quarter(closed, UNUSUAL, QUARTER).open_warnings)
    assert ("M01", 1, 1) in [(row.rule, row.number, row.agencies) for row in shown.rules]
    assert shown.totals.warnings == sum(row.number for row in shown.rules)


def test_an_agency_can_explain_it(closed: AppContext) -> None:
    before = board(closed).totals.warnings
    said = WarningAnswer("M01", "OP2", "", "two large fairs were held")
    at = day_after_quarter(KEY, 40)
    assert explain_warnings(closed, UNUSUAL, QUARTER, [said], "portal", at) == 1
    assert "M01" not in warnings(closed, UNUSUAL)
    after = board(closed)
    assert after.totals.warnings == before - 1
    assert "M01" not in {row.rule for row in after.rules}
    listed = list_findings(closed, QUARTER, UNUSUAL)
    assert listed.loc[listed["rule"] == "M01", "open"].tolist() == [""]


def test_what_only_cpsa_can_answer_is_listed_apart_and_no_form_is_an_agency(
    closed: AppContext,
) -> None:
    shown = board(closed)
    apart = {row.rule: (row.number, row.agencies) for row in shown.rules_for_cpsa}
    assert apart == {"M02": (1, 1), "M03": (1, 1)}
    assert shown.forms_of_rules == {"M02": ["FC"]}
    assert not {"M02", "M03"} & {row.rule for row in shown.rules}
    assert not {"M02", "M03"} & warnings(closed, WITHOUT_BASELINE)
    with_warnings = load_quarter_board(closed, QUARTER, AgencyFilter(state="warnings")).agencies
    assert "FC" not in {row.agency for row in with_warnings}
    listed = list_findings(closed, QUARTER).set_index("rule")
    assert listed.loc[["M02", "M03"], "addressee"].tolist() == ["cpsa", "cpsa"]
    assert listed.at["M01", "addressee"] == "agency"


def test_an_explanation_is_refused_where_only_cpsa_can_answer(closed: AppContext) -> None:
    from cpsa.errors import RequestError

    said = WarningAnswer("M03", "OC5", "", "we have none")
    with pytest.raises(RequestError, match="M03 OC5"):
        explain_warnings(closed, WITHOUT_BASELINE, QUARTER, [said], "portal", QUARTER.closes_at)
