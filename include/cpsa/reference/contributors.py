"""Who contributes to clusters beside the programme, and with what kinds of help.

What belongs here: the two lists and how departments come into the first. What must not: what was
contributed (entries), or reading what an agency wrote (``intake.readers.entries_reader``).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Self

from pydantic import Field, ValidationInfo, model_validator

from cpsa.reference.classifications import Department
from cpsa.reference.data_model import (
    ByCode,
    Code,
    DataModel,
    Label,
    String,
    fault,
    known_in,
    unknown_name,
)

DEPARTMENT_KIND = "DEPARTMENT"
"""The kind of contributors that departments are, but for those that are said to be of another."""


class ContributorKind(DataModel):
    """A kind of contributors."""

    code: Code
    name: Label
    source: String


class Contributor(DataModel):
    """One that contributes; departments are not written here again."""

    code: Code
    kind: Annotated[Code, known_in("contributor_kinds")]
    name: Label
    source: String


class KindOfHelp(DataModel):
    """With what a contributor helps."""

    code: Code
    name: Label
    source: String


class ContributorsFile(DataModel):
    """contributors.yaml; without the file departments alone contribute, and no kind of help is listed."""

    contributor_kinds: ByCode[ContributorKind] = Field(default_factory=dict)
    departments_of_other_kinds: dict[
        Annotated[str, known_in("departments.yaml")], Annotated[str, known_in("contributor_kinds")]
    ] = Field(default_factory=dict)
    contributors: ByCode[Contributor] = Field(default_factory=dict)
    kinds_of_help: ByCode[KindOfHelp] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _require_kind_of_departments(self) -> Self:
        if self.contributor_kinds and DEPARTMENT_KIND not in self.contributor_kinds:
            raise unknown_name(DEPARTMENT_KIND, self.contributor_kinds, "contributor_kinds")
        return self

    @model_validator(mode="after")
    def _require_other_codes_than_departments(self, info: ValidationInfo) -> Self:
        for code in self.contributors:
            if code in (info.context or {}).get("departments.yaml", ()):
                raise fault("duplicate_code", entry="contributors", value=code)
        return self

    def list_all(self, departments: Mapping[str, Department]) -> dict[str, Contributor]:
        """Departments and the others by code, in the order of both files."""
        kinds = self.departments_of_other_kinds
        found = {
            code: Contributor(
                code=code,
                kind=kinds.get(code, DEPARTMENT_KIND),
                name=department.name,
                source=department.source,
            )
            for code, department in departments.items()
        }
        return {**found, **self.contributors}
