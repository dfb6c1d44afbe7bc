"""The districts of the state: their names, those that they had, and their codes of the Local Government Directory.

What belongs here: finding a district by any of its names. What must not: which agency is in which (registry).
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Any, Self

from pydantic import AfterValidator, Field, model_validator

from cpsa.reference.data_model import (
    Count,
    DataModel,
    Label,
    Several,
    String,
    fault,
    wrong_value,
)


def _require_distinct(names: tuple[str, ...]) -> tuple[str, ...]:
    if len(set(names)) != len(names):
        raise wrong_value("distinct", value=", ".join(names))
    return names


class District(DataModel):
    """A district. ``name.en`` is how the registry writes it; ``former``: names that the registry may still have.

    ``lgd``: its code in the Local Government Directory.
    """

    name: Label
    former: Annotated[
        tuple[String, ...], Field(strict=False), AfterValidator(_require_distinct)
    ] = ()
    lgd: Count | None = None

    @property
    def names(self) -> tuple[str, ...]:
        """Every name that the registry may have, the present one first."""
        return self.name.en, *self.former


class DistrictsFile(DataModel):
    """districts.yaml. Up to version 1.5.0 it was a mapping of English names to Hindi ones, which is still read."""

    districts: Several[District] = ()

    @model_validator(mode="before")
    @classmethod
    def _read_mapping(cls, content: object) -> object:
        if content is None:
            return {}
        if not isinstance(content, dict) or not all(
            isinstance(name, str) for name in content.values()
        ):
            return content
        named: list[dict[str, Any]] = [
            {"name": {"en": english, "hi": hindi}} for english, hindi in content.items()
        ]
        return {"districts": named}

    @model_validator(mode="after")
    def _require_one_district_of_each_name(self) -> Self:
        for values in (
            [name for district in self.districts for name in district.names],
            [district.lgd for district in self.districts if district.lgd is not None],
        ):
            for value in values:
                if values.count(value) > 1:  # type: ignore[arg-type]
                    raise fault("duplicate_code", entry="districts", value=value)
        return self


class Districts:
    """Districts by any of their names; one that the file does not list has its name as it is written."""

    def __init__(self, districts: Iterable[District] = ()) -> None:
        self._by_name = {name: district for district in districts for name in district.names}

    @property
    def present_names(self) -> dict[str, str]:
        """Every name that a listed district has or had, each with the one it has now."""
        return {name: district.name.en for name, district in self._by_name.items()}

    def find_present_name(self, name: str) -> str:
        """The name that a district has now."""
        district = self._by_name.get(name)
        return district.name.en if district else name

    def list_names(self, name: str) -> tuple[str, ...]:
        """Every name of a district, so that rows with any of them are found."""
        district = self._by_name.get(name)
        return district.names if district else (name,)

    def name_in(self, name: str, language: str) -> str:
        district = self._by_name.get(name)
        return district.name.in_(language) if district else name

    def find_code(self, name: str) -> int | None:
        """Its code in the Local Government Directory, where it is known."""
        district = self._by_name.get(name)
        return district.lgd if district else None
