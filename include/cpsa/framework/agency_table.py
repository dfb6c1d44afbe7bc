"""Tables that agencies fill in beside the indicators, as data: columns, key, and what follows from faults.

Here: what each part of a table is, and what must be true within one table. Not here: what a rule about
a table does (``checks.table_rules``), or what must be true of a table and its rules together
(``framework_data``).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from enum import StrEnum
from functools import cached_property
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, BeforeValidator, Field, ValidationInfo, model_validator

from cpsa.framework.code_list import CodeList
from cpsa.framework.entry import Entry, Label
from cpsa.framework.entry_faults import Fault, refuse_faults
from cpsa.reference.data_model import Codes, Count, DataModel, String, known_in, wrong_value

FIGURES = ("count", "inr")
# No underscore in a table's code: the name of a column in a workbook is table_<table>_<column>.
TABLE_CODE, _COLUMN_CODE = re.compile(r"[a-z][a-z0-9]*"), re.compile(r"[a-z][a-z0-9_]*")
# Columns with which every row of a CSV begins.
_OWNER_COLUMNS = frozenset(("agency", "quarter"))


def _require_table_code(code: str) -> str:
    if not TABLE_CODE.fullmatch(code):
        raise wrong_value("table_code", value=code)
    return code


def _key_columns(columns: object, info: ValidationInfo) -> object:
    """Each column with its code; the code itself must be one that a name of a workbook can hold."""
    if not isinstance(columns, dict):
        return columns
    if info.context:
        refuse_faults(
            ((code,), code, wrong_value("column_code", value=code))
            for code in columns
            if not _COLUMN_CODE.fullmatch(str(code)) or code in _OWNER_COLUMNS
        )
    return {
        code: {**column, "code": code} if isinstance(column, dict) else column
        for code, column in columns.items()
    }


class TableColumn(Entry):
    """One column of a table.

    ``list``: which codes of the reference data a choice has; ``choices``: its own codes instead, in
    their order. ``open``: another text than a code of the list is accepted. ``prefill``: the column of
    the rows accepted last that is shown in the next sheet. ``add``, ``subtract``: the columns of the
    same row from which it is computed; such a column is not filled in.
    """

    code: str
    label: Label
    type: Literal["count", "inr", "date", "text", "choice"]
    list: Literal["department", "scheme", "theme", "module", "sector"] | None = None
    choices: dict[str, Label] = Field(default_factory=dict)
    open: bool = False
    required: bool = False
    signed: bool = False
    prefill: String | None = None
    add: Codes = ()
    subtract: Codes = ()

    @property
    def is_figure(self) -> bool:
        return self.type in FIGURES

    @cached_property
    def own_codes(self) -> CodeList:
        """The codes of its own choices."""
        return CodeList({code: code for code in self.choices})

    @cached_property
    def own_words(self) -> CodeList:
        """The words of its own choices in either language, each with the code that it means."""
        return CodeList(
            {word: code for code, label in self.choices.items() for word in label.list_labels()}
        )

    @property
    def is_computed(self) -> bool:
        return bool(self.add or self.subtract)


_TEXTS = ("choice", "text")
_TYPES_OF_USES: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "steps": {"reached": ("date",), "planned": ("date",), "pending_with": _TEXTS},
    "funding": {"due": ("inr",), "received": ("inr",)},
    "pending": {
        "department": _TEXTS,
        "subject": _TEXTS,
        "number": ("count",),
        "old": ("count",),
    },
}
"""As what a table can be shown, and the types of the columns that this needs."""


class StepColumns(DataModel):
    """The columns of a table of steps, in the order of its choices: documents show how far each agency is.

    ``reached``, ``planned``: the dates of a step; ``pending_with``: the office that has to act now.
    """

    reached: String
    planned: String | None = None
    pending_with: String | None = None


class FundingColumns(DataModel):
    """The columns of a table of sources of money: documents show what is due, received and missing."""

    due: String
    received: String


class PendingColumns(DataModel):
    """The columns of a table of applications: documents show each department how many are pending with it.

    ``subject``: for what; ``number``: how many are pending; ``old``: how many of them over ``old_days``.
    """

    department: String
    subject: String
    number: String
    old: String
    old_days: Count


class ClusterAnswer(StrEnum):
    """What a centre says of a cluster of the register; the choices of the column ``answer``."""

    UNCHANGED = "UNCHANGED"
    CHANGED = "CHANGED"
    CLOSED = "CLOSED"
    NEW = "NEW"


class ClusterColumns(DataModel):
    """Of a table with the register's clusters of an agency's district: the column of the answers.

    Other columns have the names of ``clusters.csv``; what they change is proposed, and waits for CPSA.
    """

    answer: String


class AgencyTable(Entry):
    """A table of a form.

    ``key``: the columns that together name a row. ``faults``: what a value that cannot be used does:
    ``return`` returns the update, ``leave_out`` leaves its row out and reports it as a warning.
    ``fixed_rows``: the sheet lists every choice of the key. ``steps``, ``funding``, ``pending``: as what
    documents show it beside the rows. ``clusters``: it begins with clusters of the register, and its rows are
    proposals, which no document shows. ``quarter_of_year``: it is requested in that quarter of each year alone.
    """

    code: Annotated[str, AfterValidator(_require_table_code)]
    form: Annotated[str, known_in("forms")]
    label: Label
    guidance: Label
    source: String
    key: Codes
    faults: Literal["return", "leave_out"]
    columns: Annotated[dict[str, TableColumn], BeforeValidator(_key_columns)]
    fixed_rows: bool = False
    steps: StepColumns | None = None
    funding: FundingColumns | None = None
    pending: PendingColumns | None = None
    clusters: ClusterColumns | None = None
    quarter_of_year: Annotated[int, Field(ge=1, le=4)] | None = None
    retired: bool = False

    @cached_property
    def computed_columns(self) -> tuple[TableColumn, ...]:
        """The columns that are computed from others of their row, in their order."""
        return tuple(column for column in self.columns.values() if column.is_computed)

    @cached_property
    def filled_columns(self) -> tuple[TableColumn, ...]:
        """The columns that an agency fills in, in their order."""
        return tuple(column for column in self.columns.values() if not column.is_computed)

    @property
    def listed_labels(self) -> Mapping[str, Label]:
        """The keys that rows can have, in their order, each with its label, where the key is one choice of
        the table's own."""
        listed = self.columns.get(self.key[0]) if len(self.key) == 1 else None
        return listed.choices if listed else {}

    @cached_property
    def listed_keys(self) -> tuple[str, ...]:
        return tuple(self.listed_labels)

    def name_row(self, key: str, language: str) -> str:
        """A row's key as readers know it: the label of a choice of the table's own, else the key itself."""
        label = self.listed_labels.get(key)
        return label.in_(language) if label else key

    @property
    def returns_update(self) -> bool:
        return self.faults == "return"

    def is_stub(self, filled: Mapping[str, Any]) -> bool:
        """Whether a row has nothing but what a sheet shows by itself: its key, and figures of other columns."""
        return all(code in self.shown_columns for code, value in filled.items() if value)

    @cached_property
    def shown_columns(self) -> frozenset[str]:
        """The columns that a sheet fills by itself: those of the key, and figures of other columns."""
        prefilled = (
            code for code, column in self.columns.items() if column.prefill not in (None, code)
        )
        return frozenset((*self.key, *prefilled))

    def list_definitions(self) -> list[Any]:
        """What decides on findings, whatever it is called."""
        columns = [
            [
                *(column.code, column.type, column.list, list(column.choices), column.open),
                *(column.required, column.signed, column.add, column.subtract),
            ]
            for column in self.columns.values()
        ]
        return [self.code, self.form, self.key, self.faults, columns]

    @model_validator(mode="after")
    def _require_agreement(self, info: ValidationInfo) -> Self:
        if info.context:
            refuse_faults(self._list_disagreements())
        return self

    def _list_disagreements(self) -> Iterator[Fault]:
        for code in self.key:
            column = self.columns.get(code)
            if column is None:
                yield ("key",), code, wrong_value("column", names=", ".join(self.columns))
            elif column.is_computed or column.type not in ("choice", "text"):
                yield ("key",), code, wrong_value("key_column")
        if not self.key:
            yield ("key",), "", wrong_value("not_empty")
        for code, column in self.columns.items():
            yield from self._list_column_faults(("columns", code), column)
        is_known = all(code in self.columns for code in self.key)
        if self.fixed_rows and is_known and not self.listed_keys:
            yield ("fixed_rows",), True, wrong_value("listed_key")

        yield from self._list_use_faults()

    def _list_use_faults(self) -> Iterator[Fault]:
        """Columns that are shown as something and do not exist, or have another type."""
        for use, types in _TYPES_OF_USES.items():
            shown = getattr(self, use)
            for name, allowed in types.items() if shown else ():
                code = getattr(shown, name)
                if code is not None and self._get_type(code) not in allowed:
                    expected = wrong_value("column_of_type", type=" | ".join(allowed))
                    yield (use, name), code, expected
        if self.steps and not self.listed_keys:
            yield ("steps",), self.code, wrong_value("listed_key")
        if self.clusters:
            column = self.columns.get(self.clusters.answer)
            if column is None or set(column.choices) != set(ClusterAnswer):
                expected = wrong_value("cluster_answers", names=", ".join(ClusterAnswer))
                yield ("clusters", "answer"), self.clusters.answer, expected

    def _list_column_faults(self, place: tuple[str, str], column: TableColumn) -> Iterator[Fault]:
        if (column.type == "choice") != bool(column.list or column.choices):
            yield (*place, "type"), column.type, wrong_value("choice_has_list")
        elif column.list and column.choices:
            yield (*place, "list"), column.list, wrong_value("one_list")
        if column.open and column.type != "choice":
            yield (*place, "open"), True, wrong_value("only_of_choice")
        if column.signed and not column.is_figure:
            yield (*place, "signed"), True, wrong_value("only_of_figure")
        if column.prefill and self._get_type(column.prefill) != column.type:
            yield (
                (*place, "prefill"),
                column.prefill,
                wrong_value("column_of_type", type=column.type),
            )
        for name in ("add", "subtract"):
            for other in getattr(column, name):
                if self._get_type(other) != column.type or not column.is_figure:
                    expected = wrong_value("column_of_type", type=column.type)
                    yield (*place, name), other, expected

    def _get_type(self, code: str) -> str:
        """The type of a column that is filled in; blank where there is none."""
        column = self.columns.get(code)
        return column.type if column and (not column.is_computed or column.is_figure) else ""
