"""What every entry of a framework's files is, and the labels that it has in both languages."""

from __future__ import annotations

from typing import Annotated

from pydantic import (
    BeforeValidator,
    InstanceOf,
    ValidationError,
    ValidationInfo,
    ValidatorFunctionWrapHandler,
    field_validator,
)

from cpsa.i18n.text import Text
from cpsa.reference.data_model import DataModel, String


class Entry(DataModel):
    """An entry of the files; the model is the format.

    A framework that a closed quarter keeps is read without a context. A value that does not fit then
    stays as it is written, as earlier versions read it.
    """

    @field_validator("*", mode="wrap")
    @classmethod
    def _keep_value(
        cls, value: object, validate: ValidatorFunctionWrapHandler, info: ValidationInfo
    ) -> object:
        try:
            return validate(value)
        except ValidationError:
            if info.context:
                raise
            return value


class _BothLanguages(DataModel):
    en: String
    hi: String


def _read_label(both: object, info: ValidationInfo) -> Text:
    if isinstance(both, Text):
        return both
    if info.context or not isinstance(both, dict):
        _BothLanguages.model_validate(both)
    return Text(**both)  # type: ignore[arg-type]  # a mapping of both languages


Label = Annotated[InstanceOf[Text], BeforeValidator(_read_label)]
