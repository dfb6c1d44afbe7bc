"""All reference data together, as the rest of the system asks for it.

What belongs here: loading the files in the order in which they name one another, and look-ups
across them. What must not: reading of single entries (their own modules) or judging figures.
"""

from __future__ import annotations

from dataclasses import dataclass
from os import PathLike
from pathlib import Path

from cpsa.bilingual import Text
from cpsa.reference import budget, replies, rollout, scheme_file, subjects, training
from cpsa.reference.budget import Budget, BudgetItem, FundSource
from cpsa.reference.reading import read
from cpsa.reference.replies import Replies
from cpsa.reference.rollout import Body, Outcome, Stage
from cpsa.reference.schemes import Scheme
from cpsa.reference.subjects import Department, Sector, Theme
from cpsa.reference.training import Group, Lot, TrainingModule


@dataclass(frozen=True, slots=True)
class Reference:
    """The road map as data; every dict is by code and in the road map's order."""

    departments: dict[str, Department]
    themes: dict[str, Theme]
    sectors: dict[str, Sector]
    schemes: dict[str, Scheme]
    lots: dict[str, Lot]
    module_groups: dict[str, Group]
    training_modules: dict[str, TrainingModule]
    bodies: dict[str, Body]
    stages: dict[str, Stage]
    rollout: dict[str, Outcome]
    fund_sources: dict[str, FundSource]
    budget: dict[str, BudgetItem]
    replies: Replies

    @classmethod
    def load(cls, folder: str | PathLike[str]) -> Reference:
        """The data of a folder, or a ReferenceDataError that says what to mend in which file."""
        place = Path(folder)
        departments = read(place, "departments.yaml", subjects.departments)
        plan = read(
            place, "training_modules.yaml", lambda file: training.training(file, departments)
        )
        themes = read(
            place, "themes.yaml", lambda file: subjects.themes(file, departments, plan.modules)
        )
        sectors = read(place, "sectors.yaml", subjects.sectors)
        roll = read(place, "rollout.yaml", lambda file: rollout.rollout(file, departments))
        table = read(
            place, "budget.yaml", lambda file: budget.budget(file, roll.stages, departments)
        )
        return cls(
            departments=departments,
            themes=themes,
            sectors=sectors,
            schemes=read(
                place, "schemes.yaml", lambda file: scheme_file.schemes(file, themes, sectors)
            ),
            lots=plan.lots,
            module_groups=plan.groups,
            training_modules=plan.modules,
            bodies=roll.bodies,
            stages=roll.stages,
            rollout=roll.outcomes,
            fund_sources=table.fund_sources,
            budget=table.items,
            replies=read(place, "actions.yaml", replies.replies),
        )

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
        return Budget(self.fund_sources, self.budget).total(
            purpose=purpose, stage=stage, source=source
        )

    def budget_by_stage(self) -> dict[str, int]:
        return {code: self.budget_total(stage=code) for code in self.stages}

    def budget_by_purpose(self) -> dict[str, int]:
        return {code: item.total_paise for code, item in self.budget.items()}

    def budget_by_source(self) -> dict[str, int]:
        return {code: self.budget_total(source=code) for code in self.fund_sources}

    def outcomes_of(self, stage: str) -> tuple[Outcome, ...]:
        return tuple(outcome for outcome in self.rollout.values() if outcome.stage == stage)

    def body_name(self, code: str) -> Text:
        """The name of whoever answers for an outcome, a body of the programme or a department."""
        return self.bodies[code].name if code in self.bodies else self.departments[code].name

    def scheme_named(self, words: str) -> Scheme | None:
        """The scheme an entry means: by its code or its name in either language, in any case."""
        wanted = _plain(words)
        for scheme in self.schemes.values():
            if wanted in (_plain(scheme.code), _plain(scheme.name.en), _plain(scheme.name.hi)):
                return scheme
        return None

    def schemes_for(
        self, *, theme: str | None = None, sector: str | None = None
    ) -> tuple[Scheme, ...]:
        """The schemes that help with a theme and are open to a sector, schemes of single sectors first.

        What is not given is not asked: without a sector, the schemes of all sectors come.
        """
        fitting = [
            scheme
            for scheme in self.schemes.values()
            if (theme is None or theme in scheme.themes)
            and (sector is None or self.open_to(scheme, sector))
        ]
        return tuple(sorted(fitting, key=lambda scheme: not scheme.conditions.sectors))

    def open_to(self, scheme: Scheme, sector: str) -> bool:
        """Whether a scheme takes clusters of a sector, of a part of it, or of the wider one."""
        named = scheme.conditions.sectors
        return not named or any(self._same_line(sector, other) for other in named)

    def _same_line(self, one: str, other: str) -> bool:
        return other in self._line(one) or one in self._line(other)

    def _line(self, sector: str) -> tuple[str, ...]:
        """A sector and those it lies within; one the road map does not know stands alone."""
        line = [sector]
        while line[-1] in self.sectors and (wider := self.sectors[line[-1]].within):
            line.append(wider)
        return tuple(line)


def _plain(words: str) -> str:
    """Letters and digits only (Hindi vowel signs included), so that MSE CDP is MSE-CDP."""
    return "".join(
        letter for letter in words.casefold() if letter.isalnum() or "\u0900" <= letter <= "\u0963"
    )
