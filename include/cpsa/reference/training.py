"""The training plan of Annex 3: lots, groups and their modules.

What belongs here: what is taught and for whom. What must not: the needs agencies report.
"""

from __future__ import annotations

from dataclasses import dataclass

from cpsa.bilingual import Text
from cpsa.reference.reading import Entry


@dataclass(frozen=True, slots=True)
class Lot:
    """One lot of trainings and whom it is for."""

    code: str
    name: Text
    audience: Text
    departments: tuple[str, ...]
    source: str


@dataclass(frozen=True, slots=True)
class Group:
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
class Training:
    """The whole plan."""

    lots: dict[str, Lot]
    groups: dict[str, Group]
    modules: dict[str, TrainingModule]


def training(file: Entry, departments: dict) -> Training:
    def lot(entry: Entry) -> Lot:
        found = Lot(
            code=entry.code(),
            name=entry.text("name"),
            audience=entry.text("audience"),
            departments=entry.codes("departments"),
            source=entry.string("source"),
        )
        for department in found.departments:
            entry.known(department, departments, "departments.yaml")
        return found

    lots = file.by_code("lots", lot)

    def group(entry: Entry) -> Group:
        entry.known(entry.code("lot"), lots, "lots")
        return Group(
            entry.code(), entry.code("lot"), entry.text("name"), source=entry.string("source")
        )

    groups = file.by_code("groups", group)

    def module(entry: Entry) -> TrainingModule:
        code, of_lot = entry.code(), entry.code("lot")
        of_group = entry.code("group") if entry.has("group") else None
        entry.known(of_lot, lots, "lots")
        if of_group is not None:
            entry.known(of_group, groups, "groups")
            entry.known(of_group, {g for g, its in groups.items() if its.lot == of_lot}, of_lot)
        if not code.startswith(f"{of_group or of_lot}-M"):
            raise entry.wrong(code, f"{of_group or of_lot}-M…")
        return TrainingModule(
            code=code,
            lot=of_lot,
            group=of_group,
            title=entry.text("title"),
            audience=lots[of_lot].audience,
            source=entry.string("source"),
        )

    return Training(lots, groups, file.by_code("modules", module))
