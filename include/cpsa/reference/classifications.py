"""Departments, themes and sectors: what the programme's entries and documents are sorted by.

What belongs here: these three lists and how a sector lies within another. What must not:
recipients' addresses (registry) and labels of indicators (framework).
"""

from __future__ import annotations

import re
from enum import StrEnum
from typing import Annotated, Self

from pydantic import AfterValidator, Field, model_validator

from cpsa.reference.data_model import (
    ByCode,
    Choice,
    Code,
    Codes,
    DataModel,
    Label,
    String,
    fault,
    known_in,
    wrong_value,
)

_NIC = re.compile(r"\d{2,5}")


class DepartmentRole(StrEnum):
    DEVELOPMENT = "development"
    REGULATORY = "regulatory"


class Membership(StrEnum):
    CORE = "core"
    ADVISORY = "advisory"
    CHAIR = "chair"


class Department(DataModel):
    """A body that receives documents and answers them.

    ``former``: codes that it had in earlier versions; rows of the store may still carry them.
    ``nodal``: it also receives what is made for all departments. ``post``: whom the letter addresses,
    and ``address``: where, if they are given.
    """

    code: Code
    name: Label
    post: Label | None = None
    address: Label | None = None
    role: Choice[DepartmentRole]
    membership: Choice[Membership]
    source: String
    former: Codes = ()
    nodal: bool = False


class InformedBody(DataModel):
    """A member of the programme that gets documents for information, and of which nothing is requested."""

    code: Code
    name: Label
    membership: Choice[Membership]
    source: String


class DepartmentsFile(DataModel):
    """departments.yaml. ``informed``: members that are no departments."""

    departments: ByCode[Department]
    informed: ByCode[InformedBody] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _require_one_owner_of_each_code(self) -> Self:
        codes = set(self.departments)
        for code in self.informed:
            if code in codes:
                raise fault("duplicate_code", entry="informed", value=code)
            codes.add(code)
        for department in self.departments.values():
            for former in department.former:
                if former in codes:
                    raise fault("duplicate_code", entry="departments", value=former)
                codes.add(former)
        return self

    @model_validator(mode="after")
    def _require_one_nodal_department(self) -> Self:
        nodal = [department.code for department in self.departments.values() if department.nodal]
        if len(nodal) > 1:
            raise wrong_value("one_nodal", entry="departments", value=", ".join(nodal))
        return self


class Theme(DataModel):
    """What an entry is about, which department is addressed by default and which module trains for it, if any.

    ``evidence``: codes of indicators that speak to it, in the order of their weight for it.
    """

    code: Code
    name: Label
    default_department: Annotated[Code, known_in("departments.yaml")]
    training_module: Annotated[Code, known_in("training_modules.yaml")] | None = None
    evidence: Codes = ()
    source: String


class ThemesFile(DataModel):
    """themes.yaml."""

    themes: ByCode[Theme]


def _require_nic(code: str) -> str:
    if not _NIC.fullmatch(code):
        raise wrong_value("nic")
    return code


class Sector(DataModel):
    """A cluster's sector, possibly a part of a wider one.

    ``nic``: the divisions, groups or classes of the National Industrial Classification (NIC-2008) that it is about.
    """

    code: Code
    name: Label
    within: Code | None = None
    nic: Annotated[
        tuple[Annotated[String, AfterValidator(_require_nic)], ...], Field(strict=False)
    ] = ()
    source: String


class SectorsFile(DataModel):
    """sectors.yaml."""

    sectors: ByCode[Sector]

    @model_validator(mode="after")
    def _require_known_wider_sectors(self) -> Self:
        for sector in self.sectors.values():
            if sector.within is not None and sector.within not in self.sectors:
                entry = f"sectors {sector.code}"
                raise fault("unknown_name", entry=entry, value=sector.within, where="sectors")
        return self
