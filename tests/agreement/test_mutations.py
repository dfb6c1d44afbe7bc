"""Each rule and each definition, changed a little, is noticed by the second reading.

A change that no made-up programme notices would be a rule that no agreement proves. S07 and
Q08 do not arise from CSV files and are tried with workbooks (``test_workbooks``).
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pytest
from tests.agreement.replaying import answers, differences, rows_of
from tests.agreement.test_agreement import COLUMNS
from tests.agreement.test_shares import Case, make_case, replay_case, share_differences
from tests.factories import INCLUDE
from tests.oracle.programme import load_programme
from tests.oracle.replay import Replay
from tests.oracle.unconfirmed import load_explanations, unconfirmed_figures
from tests.programmes.generate import generate

from cpsa.checks import validity_rules
from cpsa.checks.comparison import join_breaches, make_subject_breaches
from cpsa.checks.rule_kinds import RULE_KINDS, comparing
from cpsa.errors import RequestError
from cpsa.framework.model import QUERY_RULE_KIND, TOTAL
from cpsa.provenance import snapshot
from cpsa.registry.agency_register import AgencyRegister
from cpsa.scoring import achievement, figure_rows, rollups
from cpsa.services.app_context import AppContext
from cpsa.services.quarter import quarters_due
from cpsa.settings import from_environment
from cpsa.submissions.unconfirmed_figures import FigureDoubts

pytestmark = pytest.mark.nightly
SMALL = (4, 7, 9, 12, 17, 23, 31, 38)
PERIOD = "2017-18-Q1"

# By the rule that is changed, or by a word for a definition: an amending framework file.
AMENDED = [
    *((rule, f"rules: {{{rule}: {{severity: warning}}}}") for rule in ("S00", "S01", "S02", "S03")),
    *((rule, f"rules: {{{rule}: {{severity: warning}}}}") for rule in ("S04", "S05", "S06")),
    ("V01", "rules: {V01: {parameters: {never_required: [impact, output, bds]}}}"),
    ("V02", "rules: {V02: {retired: true}}"),
    ("V03", "rules: {V03: {retired: true}}"),
    ("V04", "rules: {V04: {parameters: {pairs: [[OP1, OP2]]}}}"),
    ("V05", "rules: {V05: {parameters: {pairs: [[FA1, FA2]]}}}"),
    ("V06", "rules: {V06: {retired: true}}"),
    ("V07", "rules: {V07: {severity: warning}}"),
    ("Q01", "rules: {Q01: {parameters: {pairs: [[OP1, OP2]]}}}"),
    ("Q02", "rules: {Q02: {parameters: {times: 4.9}}}"),
    ("Q02", "rules: {Q02: {parameters: {floors: {count: 21, inr: 500001}}}}"),
    ("Q03", "rules: {Q03: {parameters: {limit: 6}}}"),
    ("Q03", "rules: {Q03: {parameters: {at_least: 9}}}"),
    ("Q04", "rules: {Q04: {parameters: {apart: 0.4}}}"),
    ("Q05", "rules: {Q05: {parameters: {below: 0.4}}}"),
    ("Q06", "rules: {Q06: {parameters: {at_least: 3}}}"),
    ("Q07", "rules: {Q07: {retired: true}}"),
    ("Q09", "rules: {Q09: {parameters: {at_least: 30}}}"),
    ("Q10", "rules: {Q10: {parameters: {pairs: [[OP3, OP4]]}}}"),
    ("M01", "rules: {M01: {parameters: {at_least: 6}}}"),
    ("M02", "rules: {M02: {parameters: {below: 0.4}}}"),
    ("M03", "rules: {M03: {retired: true}}"),
    *(
        ("P11", f"rules: {{P11: {{parameters: {{limits: [{{indicator: B1, {limit}}}]}}}}}}")
        for limit in ("sum: 199_000_000", "sum: 200_000_000, each: 10_000_000")
    ),
    ("rate", "indicators: {FA2: {rate: {target: 0.70}}}"),
    ("rate", "indicators: {FA4: {rate: {target: 0.50}}}"),
    ("rate", "indicators: {FA2: {rate: null}}"),
    ("rate", "indicators: {FA4: {rate: {of: FA1}}}"),
    ("status", "statuses: {on_track: {at_least: 0.7}}"),
    ("coverage", "coverage_floor: {coverage: 0.40}"),
    ("weight", "groups: {outcome: {weight: 0.5}, output: {weight: 0.2}}"),
    *((rule, f"rules: {{{rule}: {{unconfirms: false}}}}") for rule in ("Q01", "Q02", "Q03", "Q10")),
    ("M01", "rules: {M01: {unconfirms: false}}"),
    ("C01", "rules: {C01: {retired: true}}"),
    ("C01", "rules: {C01: {unconfirms: false}}"),
    ("Q05", "rules: {Q06: {unconfirms: true}}"),
]


@pytest.fixture(scope="module")
def cases(tmp_path_factory: pytest.TempPathFactory) -> list[Case]:
    """Small ones, one with a history for Q03, and one with peers for M01."""
    folder = tmp_path_factory.mktemp("made")
    made = [make_case(seed, folder / str(seed)) for seed in SMALL]
    for seed, size in ((37, {"quarters": 12, "ias": 3, "fcs": 3}), (3, {"ias": 7, "quarters": 4})):
        generate(seed, folder / f"large{seed}", **size)  # type: ignore[arg-type]
        reading = Replay(load_programme(folder / f"large{seed}"))
        reading.run()
        doubts = frozenset(unconfirmed_figures(reading, []))
        made.append(Case(folder / f"large{seed}", reading, load_explanations(folder), doubts))
    return made


@dataclass
class Offices:
    """Stores for replays, each its own; SQLite, since rules and sums do not ask the database."""

    folder: Path
    template: Path
    number: int = 0

    def open(self, framework: Path | None) -> tuple[AppContext, Path]:
        self.number += 1
        home = self.folder / str(self.number)
        home.mkdir()
        shutil.copy(self.template, home / "cpsa.db")
        variables = {"CPSA_HOME": str(home), "CPSA_DATABASE_URL": f"sqlite:///{home / 'cpsa.db'}"}
        if framework is not None:
            variables["CPSA_FRAMEWORK"] = str(framework)
        return AppContext.from_settings(from_environment(variables)), home


@pytest.fixture
def offices(tmp_path: Path, sqlite_template: Path) -> Offices:
    return Offices(tmp_path, sqlite_template)


def is_noticed(offices: Offices, cases: list[Case], framework: Path | None = None) -> bool:
    """Whether the two readings of one of the programmes differ."""
    return any(difference(offices, case, framework) for case in cases)


def difference(offices: Offices, case: Case, framework: Path | None = None) -> str:
    """What differs first; blank when the two readings say the same."""
    office, home = offices.open(framework)
    try:
        replay_case(office, case, home / "desk")
    except RequestError as error:
        return error.text("en")  # a warning that is no longer found cannot be explained
    for name, frame in answers(office).items():
        expected = [tuple(row) for row in getattr(case.reading.results, name)]
        if told := differences(rows_of(frame, COLUMNS[name]), expected):
            return told
    told = "\n".join(share_differences(office, case)[:10])
    office.engine.dispose()
    return told


def where_it_holds(cases: list[Case], name: str) -> list[Case]:
    """The programmes in which a rule was found first; all for a definition."""
    found = [case for case in cases if any(row[0] == name for row in case.reading.results.findings)]
    return found or cases


@pytest.mark.parametrize(("name", "amended"), AMENDED, ids=[f"{n}:{t[-40:]}" for n, t in AMENDED])
def test_a_changed_framework_is_noticed(
    offices: Offices, cases: list[Case], tmp_path: Path, name: str, amended: str
) -> None:
    folder = Path(shutil.copytree(INCLUDE / "programme" / "framework", tmp_path / "framework"))
    (folder / f"{PERIOD}.zz.yaml").write_text(amended, "utf-8")
    assert is_noticed(offices, where_it_holds(cases, name), folder)


def test_unchanged_nothing_is_noticed(offices: Offices, cases: list[Case]) -> None:
    for case in cases:
        assert difference(offices, case) == "", case.folder.name


# Definitions that are code


def persons_equal_events(monkeypatch: pytest.MonkeyPatch) -> None:
    def mutant(case, rule):
        parts = []
        for first, second in rule.parameters["pairs"]:
            if case.panel.has(first, second):
                whole, part = case.panel.total(first), case.panel.total(second)
                parts.append(
                    make_subject_breaches(
                        (second, TOTAL), (part > 0) & (part <= whole), part, whole
                    )
                )
        return join_breaches(parts, len(case.panel.agencies))

    monkeypatch.setitem(RULE_KINDS, "second_below_first", comparing(mutant))  # type: ignore[arg-type]


def no_persons_at_all(monkeypatch: pytest.MonkeyPatch) -> None:
    def mutant(case, rule):
        found = validity_rules.second_below_first(case, rule)
        seconds = [case.panel.total(code) for code, _ in found.subjects]
        return replace(found, mask=found.mask | (np.array(seconds).T == 0))

    monkeypatch.setitem(RULE_KINDS, "second_below_first", comparing(mutant))  # type: ignore[arg-type]


class Numpy:
    """numpy for one module, with another clip."""

    def __init__(self, clip: Callable) -> None:
        self.clip = clip

    def __getattr__(self, name: str) -> object:
        return getattr(np, name)


def no_cap(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(achievement, "np", Numpy(lambda values, low, high: np.maximum(values, low)))


def another_floor(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        achievement, "np", Numpy(lambda values, low, high: np.clip(values, 0.05, high))
    )


def all_values_over_targets(monkeypatch: pytest.MonkeyPatch) -> None:
    share = property(lambda self: rollups._ratio(self.actual, self.target))
    monkeypatch.setattr(rollups.Sum, "share", share)


def every_value_compared(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(figure_rows.FigureRows, "with_target", lambda self: self)
    monkeypatch.setattr(figure_rows.FigureRows, "sum_with_target", figure_rows.FigureRows.sum)


def stocks_are_summed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(figure_rows.FigureRows, "latest", lambda self, size: self)


def rates_of_everything(monkeypatch: pytest.MonkeyPatch) -> None:
    rate = property(lambda self: rollups._ratio(self.actual, self.rate_of_sum))
    monkeypatch.setattr(rollups.Sum, "rate", rate)


def quarters_of_other_periods(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = figure_rows.AcceptedRows
    monkeypatch.setattr(
        rows, "count_accepted", lambda self, since, until: self.is_accepted.sum(axis=1)
    )


def explained_is_open(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(snapshot, "is_open", lambda finding, explanation="": not finding.waived)


def nothing_is_open(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(snapshot, "is_open", lambda finding, explanation="": False)


def a_question_stays_whatever_the_value(monkeypatch: pytest.MonkeyPatch) -> None:
    own = RULE_KINDS[QUERY_RULE_KIND]

    def mutant(submission, rule):
        facts = submission.judged.facts
        queries = [
            replace(query, hundredths=facts[query.subject].hundredths)
            for query in submission.queries
            if query.subject in facts
        ]
        return own.find(replace(submission, queries=queries), rule)

    monkeypatch.setitem(RULE_KINDS, QUERY_RULE_KIND, replace(own, find=mutant))


def parts_are_not_in_doubt(monkeypatch: pytest.MonkeyPatch) -> None:
    def about(self, figure):
        for finding in self._by_subject.get((figure.agency, figure.quarter, figure.indicator), ()):
            if finding.dimension == figure.dimension:
                yield finding

    monkeypatch.setattr(FigureDoubts, "iter_findings", about)


def targets_stay_without_their_figure(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = figure_rows.AcceptedRows
    every = lambda self: np.ones(len(self.targets.cell), dtype=bool)  # noqa: E731
    monkeypatch.setattr(rows, "find_confirmed_targets", every)


def due_from_the_first_quarter(monkeypatch: pytest.MonkeyPatch) -> None:
    own = quarters_due.quarters_due
    monkeypatch.setattr(
        quarters_due, "quarters_due", lambda active_from, *rest: own(rest[1], *rest)
    )


def nobody_leaves(monkeypatch: pytest.MonkeyPatch) -> None:
    def active_in(self, quarter):
        return self.agencies[self.agencies["active_from"] <= quarter]

    monkeypatch.setattr(AgencyRegister, "active_in", active_in)


DEFINITIONS: tuple[Callable[[pytest.MonkeyPatch], None], ...] = (
    persons_equal_events,
    no_persons_at_all,
    no_cap,
    another_floor,
    all_values_over_targets,
    every_value_compared,
    stocks_are_summed,
    rates_of_everything,
    quarters_of_other_periods,
    explained_is_open,
    nothing_is_open,
    a_question_stays_whatever_the_value,
    parts_are_not_in_doubt,
    targets_stay_without_their_figure,
    due_from_the_first_quarter,
    nobody_leaves,
)


@pytest.mark.parametrize("mutant", DEFINITIONS, ids=lambda mutant: mutant.__name__)
def test_a_changed_definition_is_noticed(
    offices: Offices, cases: list[Case], monkeypatch: pytest.MonkeyPatch, mutant
) -> None:
    mutant(monkeypatch)
    assert is_noticed(offices, cases)
