"""All reference data together, as the rest of the system uses it.

What belongs here: loading the files in the order in which they name one another, and look-ups
across them. What must not: reading of single entries (their own modules) or judging figures.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from os import PathLike
from pathlib import Path
from typing import TypeVar

from cpsa.calendar import FiscalYear
from cpsa.i18n.text import Text
from cpsa.reference.budget import Budget, BudgetItem, FundSource
from cpsa.reference.classifications import (
    Department,
    DepartmentsFile,
    InformedBody,
    Sector,
    SectorsFile,
    Theme,
    ThemesFile,
)
from cpsa.reference.contributors import (
    Contributor,
    ContributorKind,
    ContributorsFile,
    KindOfHelp,
)
from cpsa.reference.data_model import DataModel
from cpsa.reference.districts import Districts, DistrictsFile
from cpsa.reference.file_marks import FileMark, mark_files
from cpsa.reference.reply_terms import ReplyTerms
from cpsa.reference.rollout_plan import ResponsibleBody, RolloutOutcome, RolloutPlan, Stage
from cpsa.reference.schemes import ClusterFigures, Scheme, SchemesFile
from cpsa.reference.training import ModuleGroup, TrainingLot, TrainingModule, TrainingPlan
from cpsa.reference.yaml_reader import Known, read_yaml_file

OPTIONAL_FILES = frozenset(
    ("training_modules.yaml", "budget.yaml", "districts.yaml", "contributors.yaml")
)
"""What a programme need not have: a training plan, a budget, names of districts in Hindi, contributors
other than departments."""

F = TypeVar("F", bound=DataModel)


@dataclass(frozen=True, slots=True)
class Reference:
    """The road map as data; every dict is by code and in the road map's order."""

    departments: dict[str, Department]
    informed: dict[str, InformedBody]
    contributors: dict[str, Contributor]
    contributor_kinds: dict[str, ContributorKind]
    kinds_of_help: dict[str, KindOfHelp]
    themes: dict[str, Theme]
    sectors: dict[str, Sector]
    schemes: dict[str, Scheme]
    cluster_figures: ClusterFigures
    lots: dict[str, TrainingLot]
    module_groups: dict[str, ModuleGroup]
    training_modules: dict[str, TrainingModule]
    bodies: dict[str, ResponsibleBody]
    begins: FiscalYear
    stages: dict[str, Stage]
    rollout: dict[str, RolloutOutcome]
    not_now: tuple[Text, ...]
    budget_table: Budget
    replies: ReplyTerms
    districts: Districts

    @classmethod
    def load(cls, folder: str | PathLike[str]) -> Reference:
        """The data of a folder, or a ReferenceDataError that says what to fix in which file.

        The files are read again where one of them changed; what is returned is never changed.
        """
        place = Path(folder)
        return _load(place, mark_files(place))

    @property
    def nodal_department(self) -> str:
        """The code of the department that receives what is made for all: the marked one, else the first."""
        departments = self.departments.values()
        return next((each.code for each in departments if each.nodal), next(iter(self.departments)))

    @property
    def budget(self) -> dict[str, BudgetItem]:
        return self.budget_table.items

    @property
    def fund_sources(self) -> dict[str, FundSource]:
        return self.budget_table.fund_sources

    @property
    def department_codes(self) -> dict[str, str]:
        """Every code that a department has or had, each with the one it has now."""
        return {
            code: department.code
            for department in self.departments.values()
            for code in (department.code, *department.former)
        }

    def budget_total(
        self, *, purpose: str | None = None, stage: str | None = None, source: str | None = None
    ) -> int:
        """Paise of the budget, of all of it or of what is named; summed from the rows."""
        if stage is not None:
            _ = self.stages[stage]
        return self.budget_table.total(purpose=purpose, stage=stage, source=source)

    def budget_by_stage(self) -> dict[str, int]:
        return {code: self.budget_total(stage=code) for code in self.stages}

    def stage_begins(self, stage: Stage) -> FiscalYear:
        """The first fiscal year of a stage."""
        return self.begins + (stage.first_year - 1)

    def stage_ends(self, stage: Stage) -> FiscalYear:
        """The last fiscal year of a stage."""
        return self.begins + (stage.last_year - 1)

    def list_outcomes(self, stage: str) -> tuple[RolloutOutcome, ...]:
        return tuple(outcome for outcome in self.rollout.values() if outcome.stage == stage)

    def body_name(self, code: str) -> Text:
        """The name of the body of the programme or the department that answers for an outcome."""
        return self.bodies[code].name if code in self.bodies else self.departments[code].name

    def find_scheme(self, words: str) -> Scheme | None:
        """The scheme an entry means: by its code or its name in either language, in any case."""
        wanted = _normalise_name(words)
        for scheme in self.schemes.values():
            if wanted in map(_normalise_name, (scheme.code, *scheme.name.list_labels())):
                return scheme
        return None

    def find_schemes(
        self, *, theme: str | None = None, sector: str | None = None
    ) -> tuple[Scheme, ...]:
        """The schemes that help with a theme and are open to a sector, schemes of single sectors first.

        What is not given does not limit the choice: without a sector, the schemes of all sectors come.
        """
        fitting = [
            scheme
            for scheme in self.schemes.values()
            if (theme is None or theme in scheme.themes)
            and (sector is None or self.is_open_to(scheme, sector))
        ]
        return tuple(sorted(fitting, key=lambda scheme: not scheme.conditions.sectors))

    def is_open_to(self, scheme: Scheme, sector: str) -> bool:
        """Whether a scheme takes clusters of a sector, of a part of it, or of the wider one."""
        return self.are_open_to(scheme.conditions.sectors, sector)

    def are_open_to(self, named: Sequence[str], sector: str) -> bool:
        """Whether the sectors that a condition names take it; none named take every sector."""
        return not named or any(self._is_same_line(sector, named_sector) for named_sector in named)

    def _is_same_line(self, sector: str, other_sector: str) -> bool:
        return other_sector in self._list_wider_sectors(
            sector
        ) or sector in self._list_wider_sectors(other_sector)

    def _list_wider_sectors(self, sector: str) -> tuple[str, ...]:
        """A sector and those it lies within; one that the road map does not know is alone."""
        line = [sector]
        while line[-1] in self.sectors and (wider := self.sectors[line[-1]].within):
            line.append(wider)
        return tuple(line)


def _normalise_name(words: str) -> str:
    """Letters and digits only (Hindi vowel signs included), so that MSE CDP is MSE-CDP."""
    return "".join(
        letter for letter in words.casefold() if letter.isalnum() or "\u0900" <= letter <= "\u0963"
    )


@lru_cache(maxsize=16)
def _load(place: Path, marks: tuple[FileMark, ...]) -> Reference:
    """The data of a folder whose files are as ``marks`` says."""
    known = Known()

    def read(file: str, model: type[F], table: str) -> F:
        """One file; those after it may name the codes of its table."""
        if file in OPTIONAL_FILES and not (place / file).exists():
            content = model()
        else:
            content = read_yaml_file(place, file, model, known)
        known[file] = getattr(content, table)
        return content

    members = read("departments.yaml", DepartmentsFile, "departments")
    contributors = read("contributors.yaml", ContributorsFile, "contributors")
    training = read("training_modules.yaml", TrainingPlan, "modules")
    themes = read("themes.yaml", ThemesFile, "themes").themes
    sectors = read("sectors.yaml", SectorsFile, "sectors").sectors
    plan = read("rollout.yaml", RolloutPlan, "stages")
    budget = read("budget.yaml", Budget, "items")
    schemes = read("schemes.yaml", SchemesFile, "schemes")
    return Reference(
        departments=members.departments,
        informed=members.informed,
        contributors=contributors.list_all(members.departments),
        contributor_kinds=contributors.contributor_kinds,
        kinds_of_help=contributors.kinds_of_help,
        themes=themes,
        sectors=sectors,
        schemes=schemes.schemes,
        cluster_figures=schemes.cluster_figures,
        lots=training.lots,
        module_groups=training.groups,
        training_modules=training.modules,
        bodies=plan.bodies,
        begins=plan.begins,
        stages=plan.stages,
        rollout=plan.outcomes,
        not_now=plan.not_now,
        budget_table=budget,
        replies=read_yaml_file(place, "actions.yaml", ReplyTerms),
        districts=Districts(read("districts.yaml", DistrictsFile, "districts").districts),
    )
