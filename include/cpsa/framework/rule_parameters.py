"""The parameters of each kind of rule: which there are, and what each must be.

What belongs here: one model for each set of parameters, and one line for each kind. What a kind does
with them is code (``checks.rule_kinds``), which has the same names.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

from pydantic import AfterValidator, Field

from cpsa.reference.data_model import Codes, Count, DataModel, String, known_in, wrong_value


def _require_two(codes: tuple[str, ...]) -> tuple[str, ...]:
    if len(codes) != 2:
        raise wrong_value("pair", value=", ".join(codes))
    return codes


IndicatorCode = Annotated[str, known_in("indicators")]
IndicatorCodes = Annotated[Codes, known_in("indicators")]
Pair = Annotated[tuple[IndicatorCode, ...], Field(strict=False), AfterValidator(_require_two)]
TableCode = Annotated[String, known_in("tables")]
Positive = Annotated[float, Field(gt=0)]
Share = Annotated[float, Field(ge=0, le=1)]


class NoParameters(DataModel):
    """Of a kind that has none."""


class Pairs(DataModel):
    """Pairs of indicators that are compared."""

    pairs: Annotated[tuple[Pair, ...], Field(strict=False)]


class TotalMissing(DataModel):
    """Groups whose totals may be blank."""

    never_required: Annotated[Codes, known_in("groups")]


class Fell(DataModel):
    """Indicators that never become less."""

    indicators: IndicatorCodes


class AtLeast(DataModel):
    """The number from which the rule applies."""

    at_least: Count


class SpendingAgainstActivity(DataModel):
    """How far two shares may be apart."""

    planned: IndicatorCode
    done: IndicatorCode
    spent: IndicatorCode
    apart: Positive


class Below(DataModel):
    """The share under which there is a finding."""

    below: Share


class MoreDoneThanPlanned(DataModel):
    """How many times as many, and how many more at least."""

    planned: IndicatorCode
    done: IndicatorCode
    times: Positive
    at_least: Count


class Floors(DataModel):
    """The least difference that counts, in each unit: rupees, or number."""

    inr: Annotated[float, Field(ge=0)]
    count: Annotated[float, Field(ge=0)]


class Jump(DataModel):
    """How many times as much as before; indicators to which that does not apply."""

    times: Positive
    floors: Floors
    except_: IndicatorCodes = Field(alias="except")


class RobustScore(DataModel):
    """The limit of a modified z-score, its factor, and the least number of values."""

    limit: Positive
    factor: Positive
    at_least: Count


class Outlier(RobustScore):
    """The quarters that are looked at."""

    window: Count
    floors: Floors


class OutlierAmongPeers(RobustScore):
    """The two indicators whose ratio is compared."""

    over: IndicatorCode
    under: IndicatorCode


class SumLimit(DataModel):
    """Of an indicator: the most that its sum to date may be, in whole rupees, and the most of one agency."""

    indicator: IndicatorCode
    sum: Count
    each: Count | None = None


class AboveBudget(DataModel):
    """The limits of indicators' sums to date."""

    limits: Annotated[tuple[SumLimit, ...], Field(strict=False)]


class TableSums(DataModel):
    """Columns of a table whose sum over all rows is an indicator's total."""

    table: TableCode
    sums: dict[str, IndicatorCode]


class TableDatesByRow(DataModel):
    """A column of dates in the order of the key's choices."""

    table: TableCode
    column: String


class TableDates(DataModel):
    """Columns of dates of a table."""

    table: TableCode
    columns: Codes


class TableOpening(DataModel):
    """A column that begins where another ended in the rows accepted last."""

    table: TableCode
    opening: String
    closing: String


class TableDatesApart(DataModel):
    """Two rows, by their keys: the second's date is at least so many months after the first's."""

    table: TableCode
    column: String
    first: String
    second: String
    months: Annotated[int, Field(gt=0)]


class TableLimits(DataModel):
    """Pairs of columns, the first at most the second, and columns that are not below 0."""

    table: TableCode
    limits: Annotated[
        tuple[Annotated[Codes, AfterValidator(_require_two)], ...], Field(strict=False)
    ]
    not_negative: Codes = ()


class TableAnswers(DataModel):
    """Rows whose column ``answer`` says what becomes of them: ``new`` alone needs no row that was offered.

    ``named``: the column that names a row. ``required``: of each answer the columns that it needs.
    """

    table: TableCode
    named: String
    answer: String
    new: String
    required: dict[str, Codes]


class TableAnswerKept(DataModel):
    """Columns that stay as they were offered unless the answer is one of ``changing``."""

    table: TableCode
    answer: String
    changing: Codes
    columns: Codes


class RegisterChange(DataModel):
    """Figures that change by more than ``share`` of what was confirmed last; rows answered ``except`` aside."""

    table: TableCode
    answer: String
    except_: Codes = Field(default=(), alias="except")
    columns: Codes
    share: Positive


PARAMETERS: Mapping[str, type[DataModel]] = {
    "unreadable_file": NoParameters,
    "other_agency_or_quarter": NoParameters,
    "broken_seal": NoParameters,
    "not_a_number": NoParameters,
    "negative": NoParameters,
    "too_fine": NoParameters,
    "not_in_form": NoParameters,
    "said_twice": NoParameters,
    "nil_with_figures": NoParameters,
    "total_missing": TotalMissing,
    "to_date_above": Pairs,
    "fell": Fell,
    "dimension_above_total": NoParameters,
    "dimension_missing": NoParameters,
    "first_without_second": Pairs,
    "second_without_first": Pairs,
    "second_below_first": Pairs,
    "copied": AtLeast,
    "spending_against_activity": SpendingAgainstActivity,
    "group_score_low": Below,
    "more_done_than_planned": MoreDoneThanPlanned,
    "jump": Jump,
    "outlier": Outlier,
    "formula_result": NoParameters,
    "asked_by_cpsa": NoParameters,
    "acceptance_low": Below,
    "outlier_among_peers": OutlierAmongPeers,
    "baseline_missing": NoParameters,
    "above_budget": AboveBudget,
    "table_value": NoParameters,
    "table_sums": TableSums,
    "table_dates_by_row": TableDatesByRow,
    "table_dates_by_column": TableDates,
    "table_dates_passed": TableDates,
    "table_dates_apart": TableDatesApart,
    "table_dates_kept": TableDates,
    "table_opening": TableOpening,
    "table_limits": TableLimits,
    "table_answers": TableAnswers,
    "table_answer_kept": TableAnswerKept,
    "register_change": RegisterChange,
    "entry_products": NoParameters,
}
