"""The estimated budget: rows by purpose, stage and source, in whole paise.

What belongs here: the rows, and proof that they come to the totals the table prints. What must
not: actual spending, which agencies report (indicators B1 and B2).
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Annotated, NamedTuple, Self

from pydantic import Field, ValidationInfo, model_validator

from cpsa.reference.data_model import (
    PAISE_PER_RUPEE,
    ByCode,
    Code,
    Codes,
    Count,
    DataModel,
    Label,
    Several,
    String,
    fault,
    known_in,
    wrong_value,
)

PAISE_PER_LAKH = 100_000 * PAISE_PER_RUPEE


class FundSource(DataModel):
    """Who pays, and whose reported contributions are its own.

    ``contributed_by`` is an indicator; ``departments`` those whose convergence counts, ``schemes``
    whether what came through a scheme does.
    """

    code: Code
    name: Label
    contributed_by: Code | None = None
    departments: Annotated[Codes, known_in("departments.yaml")] = ()
    schemes: bool = False
    source: String


class BudgetLine(DataModel):
    """What one source gives to one purpose in one stage.

    ``spent_by``: the indicator by which spending of this line is reported, where lines have one each.
    """

    stage: Annotated[Code, known_in("rollout.yaml")]
    fund_source: Annotated[Code, known_in("sources")] = Field(alias="source")
    lakh: Count
    spent_by: Code | None = None

    @property
    def paise(self) -> int:
        return self.lakh * PAISE_PER_LAKH


class SpendingReport(NamedTuple):
    """An indicator by which spending is reported, and the lines of a purpose that it is about."""

    indicator: str
    lines: tuple[BudgetLine, ...]

    @property
    def stage(self) -> str | None:
        """The stage of all its lines; None where they have several."""
        stages = {line.stage for line in self.lines}
        return stages.pop() if len(stages) == 1 else None

    @property
    def fund_source(self) -> str:
        """The one source of its lines."""
        return self.lines[0].fund_source


class BudgetItem(DataModel):
    """One purpose of the table; quantity and unit cost where it names a rate.

    ``spent_by``: the indicator by which spending on all its lines is reported; None where it is not, or
    where lines have indicators of their own.
    """

    code: Code
    purpose: Label
    lines: Several[BudgetLine]
    printed_lakh: Count
    quantity: Count | None = None
    unit_cost_rupees: Count | None = None
    spent_by: Code | None = None
    source: String

    @property
    def total_paise(self) -> int:
        return sum(line.paise for line in self.lines)

    @property
    def reports(self) -> tuple[SpendingReport, ...]:
        """The indicators by which spending on it is reported."""
        if self.spent_by:
            return (SpendingReport(self.spent_by, self.lines),)
        return tuple(SpendingReport(line.spent_by, (line,)) for line in self.lines if line.spent_by)

    @model_validator(mode="after")
    def _require_rows_that_come_to_the_total(self) -> Self:
        sources = {line.fund_source for line in self.lines}
        if self.spent_by and (len(sources) > 1 or any(line.spent_by for line in self.lines)):
            raise wrong_value("spent_by_of_one_line", value=self.spent_by)
        _check_total(self.total_paise, self.printed_lakh * PAISE_PER_LAKH)
        if (self.quantity is None) != (self.unit_cost_rupees is None):
            raise wrong_value("quantity_and_rate", value=self.quantity or self.unit_cost_rupees)
        if self.quantity is not None and self.unit_cost_rupees is not None:
            paise = self.quantity * self.unit_cost_rupees * PAISE_PER_RUPEE
            _check_total(paise, self.total_paise)
        return self


class PrintedTotals(DataModel):
    """What the table prints as totals; the rows are checked against it, and nothing else uses it."""

    total_lakh: Count
    stages_lakh: dict[Code, Annotated[int, Field(ge=0)]]
    sources_lakh: dict[Code, Annotated[int, Field(ge=0)]]


class Budget(DataModel):
    """budget.yaml: the whole table; without the file, an empty one."""

    fund_sources: ByCode[FundSource] = Field(default_factory=dict, alias="sources")
    items: ByCode[BudgetItem] = Field(default_factory=dict)
    printed: PrintedTotals | None = None

    def total(
        self, *, purpose: str | None = None, stage: str | None = None, source: str | None = None
    ) -> int:
        """The paise of the lines that fit every code given; KeyError for a code not in the table."""
        items = self.items.values() if purpose is None else (self.items[purpose],)
        if source is not None:
            _ = self.fund_sources[source]
        return sum(
            line.paise
            for item in items
            for line in item.lines
            if stage in (None, line.stage) and source in (None, line.fund_source)
        )

    @model_validator(mode="after")
    def _require_items_that_come_to_the_totals(self, info: ValidationInfo) -> Self:
        if self.printed is None:
            if self.items:
                raise fault("missing_key", value="printed")
            return self
        _check_total(self.total(), self.printed.total_lakh * PAISE_PER_LAKH, "printed")
        stages = (info.context or {}).get("rollout.yaml", self.printed.stages_lakh)
        _check_row(
            "stages_lakh", self.printed.stages_lakh, stages, lambda code: self.total(stage=code)
        )
        sources, printed = self.fund_sources, self.printed.sources_lakh
        _check_row("sources_lakh", printed, sources, lambda code: self.total(source=code))
        return self


def _check_row(
    name: str, printed: dict[str, int], codes: Collection[str], total: Callable[[str], int]
) -> None:
    """A row of totals: one for each code, and each what the lines come to."""
    entry = f"printed / {name}"
    for code in codes:
        if code not in printed:
            raise fault("missing_key", entry=entry, value=code)
    for code, lakh in printed.items():
        if code not in codes:
            raise fault("unknown_key", entry=entry, value=code)
        _check_total(total(code), lakh * PAISE_PER_LAKH, entry, code)


def _check_total(found: int, printed: int, entry: str = "", code: str = "") -> None:
    """The control: what the rows come to is what the table prints."""
    if found == printed:
        return
    rupees = f"{printed // PAISE_PER_RUPEE:,} rupees"
    raise fault(
        "wrong_total",
        **({"entry": entry} if entry else {}),
        value=f"{code} {rupees}" if code else rupees,
        found=f"{found // PAISE_PER_RUPEE:,} rupees",
    )
