"""The training plan: lots, groups and their modules.

What belongs here: what is taught and for whom. What must not: the needs agencies report.
"""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import Field, model_validator

from cpsa.reference.data_model import (
    ByCode,
    Code,
    Codes,
    DataModel,
    Label,
    String,
    fault,
    known_in,
    wrong_value,
)


class TrainingLot(DataModel):
    """One lot of trainings and whom it is for."""

    code: Code
    name: Label
    audience: Label
    departments: Annotated[Codes, known_in("departments.yaml")]
    source: String


class ModuleGroup(DataModel):
    """A group of modules within a lot."""

    code: Code
    lot: Annotated[Code, known_in("lots")]
    name: Label
    source: String


class TrainingModule(DataModel):
    """One module; its audience is that of its lot."""

    code: Code
    lot: Annotated[Code, known_in("lots")]
    group: Annotated[Code, known_in("groups")] | None = None
    title: Label
    source: String

    @model_validator(mode="after")
    def _require_code_of_its_place(self) -> Self:
        place = self.group or self.lot
        if not self.code.startswith(f"{place}-M"):
            raise wrong_value("module_code", value=self.code, place=place)
        return self


class TrainingPlan(DataModel):
    """training_modules.yaml: the whole plan; without the file, an empty one."""

    lots: ByCode[TrainingLot] = Field(default_factory=dict)
    groups: ByCode[ModuleGroup] = Field(default_factory=dict)
    modules: ByCode[TrainingModule] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _require_consistent_groups(self) -> Self:
        for module in self.modules.values():
            if module.group is not None and self.groups[module.group].lot != module.lot:
                entry = f"modules {module.code}"
                raise fault("unknown_name", entry=entry, value=module.group, where=module.lot)
        return self
