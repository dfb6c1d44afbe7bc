"""The training plan of Annex 3: lots, groups and their modules.

What belongs here: what is taught and for whom. What must not: the needs agencies report.
"""

from __future__ import annotations

from dataclasses import dataclass

from cpsa.i18n.text import Text
from cpsa.reference.yaml_reader import YamlEntry


@dataclass(frozen=True, slots=True)
class TrainingLot:
    """One lot of trainings and whom it is for."""

    code: str
    name: Text
    audience: Text
    departments: tuple[str, ...]
    source: str


@dataclass(frozen=True, slots=True)
class ModuleGroup:
    """A group of modules within a lot."""

    code: str
    lot: str
    name: Text
    source: str


@dataclass(frozen=True, slots=True)
class TrainingModule:
    """One module; its audience is that of its lot."""

    code: str
    lot: str
    group: str | None
    title: Text
    audience: Text
    source: str


@dataclass(frozen=True, slots=True)
class TrainingPlan:
    """The whole plan."""

    lots: dict[str, TrainingLot]
    groups: dict[str, ModuleGroup]
    modules: dict[str, TrainingModule]


def parse_training(file: YamlEntry, departments: dict) -> TrainingPlan:
    def parse_lot(entry: YamlEntry) -> TrainingLot:
        found = TrainingLot(
            code=entry.code(),
            name=entry.text("name"),
            audience=entry.text("audience"),
            departments=entry.codes("departments"),
            source=entry.string("source"),
        )
        for department in found.departments:
            entry.check_known(department, departments, "departments.yaml")
        return found

    lots = file.by_code("lots", parse_lot)

    def parse_group(entry: YamlEntry) -> ModuleGroup:
        entry.check_known(entry.code("lot"), lots, "lots")
        return ModuleGroup(
            entry.code(), entry.code("lot"), entry.text("name"), source=entry.string("source")
        )

    groups = file.by_code("groups", parse_group)

    def parse_module(entry: YamlEntry) -> TrainingModule:
        code, lot_code = entry.code(), entry.code("lot")
        group_code = entry.code("group") if entry.has("group") else None
        entry.check_known(lot_code, lots, "lots")
        if group_code is not None:
            entry.check_known(group_code, groups, "groups")
            entry.check_known(
                group_code,
                {g for g, module_group in groups.items() if module_group.lot == lot_code},
                lot_code,
            )
        if not code.startswith(f"{group_code or lot_code}-M"):
            raise entry.wrong(code, f"{group_code or lot_code}-M…")
        return TrainingModule(
            code=code,
            lot=lot_code,
            group=group_code,
            title=entry.text("title"),
            audience=lots[lot_code].audience,
            source=entry.string("source"),
        )

    return TrainingPlan(lots, groups, file.by_code("modules", parse_module))
