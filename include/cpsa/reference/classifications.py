"""Departments, themes and sectors: what the programme's entries and documents are sorted by.

What belongs here: these three lists and how a sector lies within another. What must not:
recipients' addresses (registry) and labels of indicators (framework).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from cpsa.i18n.text import Text
from cpsa.reference.yaml_reader import YamlEntry


class DepartmentRole(StrEnum):
    DEVELOPMENT = "development"
    REGULATORY = "regulatory"


class Membership(StrEnum):
    CORE = "core"
    ADVISORY = "advisory"


@dataclass(frozen=True, slots=True)
class Department:
    """A body of Table 3 that receives documents and answers them.

    ``former``: codes that it had in earlier versions; rows of the store may still carry them.
    """

    code: str
    name: Text
    role: DepartmentRole
    membership: Membership
    source: str
    former: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Theme:
    """What an entry is about, which department is addressed by default and which module trains for it."""

    code: str
    name: Text
    default_department: str
    training_module: str
    source: str


@dataclass(frozen=True, slots=True)
class Sector:
    """A cluster's sector, possibly a part of a wider one."""

    code: str
    name: Text
    within: str | None
    source: str


def parse_departments(file: YamlEntry) -> dict[str, Department]:
    found = file.by_code(
        "departments",
        lambda entry: Department(
            code=entry.code(),
            name=entry.text("name"),
            role=entry.choice("role", DepartmentRole),
            membership=entry.choice("membership", Membership),
            source=entry.string("source"),
            former=entry.codes("former") if entry.has("former") else (),
        ),
    )
    codes = set(found)
    for department in found.values():
        for former in department.former:
            if former in codes:
                raise file.error("duplicate_code", former)
            codes.add(former)
    return found


def parse_themes(file: YamlEntry, departments: dict, modules: dict) -> dict[str, Theme]:
    def parse_theme(entry: YamlEntry) -> Theme:
        found = Theme(
            code=entry.code(),
            name=entry.text("name"),
            default_department=entry.code("default_department"),
            training_module=entry.code("training_module"),
            source=entry.string("source"),
        )
        entry.check_known(found.default_department, departments, "departments.yaml")
        entry.check_known(found.training_module, modules, "training_modules.yaml")
        return found

    return file.by_code("themes", parse_theme)


def parse_sectors(file: YamlEntry) -> dict[str, Sector]:
    found = file.by_code(
        "sectors",
        lambda entry: Sector(
            code=entry.code(),
            name=entry.text("name"),
            within=entry.code("within") if entry.has("within") else None,
            source=entry.string("source"),
        ),
    )
    for sector in found.values():
        if sector.within is not None:
            file.check_known(sector.within, found, "sectors")
    return found
