"""A rule on trial is shown to CPSA and to nobody else: for all others it is as if it were not there."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from tests.agreement.replaying import replay, rounds
from tests.factories import INCLUDE
from tests.programmes.generate import generate

from cpsa.calendar import Quarter
from cpsa.errors import RequestError
from cpsa.framework.loader import load_framework
from cpsa.framework.model import TRIAL
from cpsa.services.app_context import AppContext
from cpsa.services.publication.take_snapshot import take_snapshot
from cpsa.services.quarter.agency_quarter import load_agency_quarter
from cpsa.services.reports.list_findings import list_findings
from cpsa.services.reports.list_reporting import list_reporting
from cpsa.services.reports.list_scores import list_scores
from cpsa.settings import from_environment
from cpsa.store import database
from cpsa.web.board.agency_filter import AgencyFilter
from cpsa.web.board.quarter_board import load_quarter_board

FAST = ("V02", "Q10")
SLOW = ("V01", "V04", "Q01", "Q02", "Q04", "Q05", "Q06", "Q07", "V05", "M02", "M03")


@pytest.fixture(scope="module")
def programme(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("made") / "programme"
    generate(13, folder, quarters=2, ias=8, fcs=3)
    return folder


def replayed(home: Path, template: Path, programme: Path, amended: str) -> AppContext:
    """The programme in a store of its own, under the shipped framework and an amendment."""
    home.mkdir()
    shutil.copy(template, home / "cpsa.db")
    folder = Path(shutil.copytree(INCLUDE / "programme" / "framework", home / "framework"))
    (folder / "2017-18-Q1.zz.yaml").write_text(amended, "utf-8")
    url = f"sqlite:///{home / 'cpsa.db'}"
    variables = {"CPSA_HOME": str(home), "CPSA_DATABASE_URL": url, "CPSA_FRAMEWORK": str(folder)}
    office = AppContext.from_settings(from_environment(variables))
    replay(office, programme, home / "desk")
    return office


def seen_by_others(office: AppContext, quarters: list[str]) -> dict[str, object]:
    """What agencies, departments and the public see: accounts, scores, rates, what documents show."""
    accounts = {}
    for key in quarters:
        quarter = Quarter.parse(key)
        with database.read_transaction(office.engine) as connection:
            register = office.load_register_of_quarter(connection, quarter)
        for agency in register.forms_in(key):
            accounts[agency, key] = replace(
                load_agency_quarter(office, agency, quarter), submissions=()
            )
    snapshot = take_snapshot(office, Quarter.parse(quarters[-1])).snapshot
    shown = {name: getattr(snapshot, name).to_csv() for name in ("facts", "findings", "scores")}
    shown["unconfirmed"] = snapshot.unconfirmed.to_csv()
    return {
        **shown,
        "accounts": accounts,
        "scores": list_scores(office).to_csv(),
        "reporting": list_reporting(office).to_csv(),
        "rules": list(snapshot.framework.rules_in_force),
    }


@pytest.mark.parametrize(
    "rule", [*FAST, *(pytest.param(rule, marks=pytest.mark.nightly) for rule in SLOW)]
)
def test_others_see_what_they_see_without_the_rule(
    tmp_path: Path, sqlite_template: Path, programme: Path, rule: str
) -> None:
    quarters = sorted(rounds(programme / "updates"))
    on_trial = f"rules: {{{rule}: {{severity: trial}}}}"
    tried = replayed(tmp_path / "tried", sqlite_template, programme, on_trial)
    without = f"rules: {{{rule}: {{retired: true}}}}"
    retired = replayed(tmp_path / "retired", sqlite_template, programme, without)
    assert seen_by_others(tried, quarters) == seen_by_others(retired, quarters)

    found = list_findings(tried)
    own = found[found["rule"] == rule]
    assert len(own) > 0, "a rule that finds nothing proves nothing"
    assert set(own["severity"]) == {TRIAL}
    assert set(own["addressee"]) == {"cpsa"}
    others = found[found["rule"] != rule].reset_index(drop=True)
    assert others.to_csv() == list_findings(retired).to_csv()
    boards = [load_quarter_board(tried, Quarter.parse(key), AgencyFilter()) for key in quarters]
    assert rule in {row.rule for board in boards for row in board.rules_for_cpsa}
    assert rule not in {row.rule for board in boards for row in board.rules}


@pytest.mark.parametrize("rule", ["S00", "S01", "S05", "S06", "S07", "C01"])
def test_what_decides_what_is_read_cannot_be_on_trial(tmp_path: Path, rule: str) -> None:
    folder = Path(shutil.copytree(INCLUDE / "programme" / "framework", tmp_path / "framework"))
    (folder / "2017-18-Q1.zz.yaml").write_text(f"rules: {{{rule}: {{severity: trial}}}}", "utf-8")
    with pytest.raises(RequestError, match=f"{rule}.*cannot be on trial"):
        load_framework(Quarter.parse("2026-27-Q1"), folder)
