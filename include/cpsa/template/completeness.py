"""How complete a workbook is, by plain formulas beside the inputs: blanks, and parts above their total.

The formulas are on the first sheet, one cell for each sheet of indicators, and only count; nothing
that they say is read back. A row without a code, which a person inserted, is not counted; a figure
that was typed as text is, but is compared with nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from xlsxwriter.utility import quote_sheetname, xl_col_to_name

from cpsa.framework.model import TOTAL, Indicator, IndicatorGroup
from cpsa.template.template_context import TemplateContext

_TOTAL_MISSING = "total_missing"  # the kind of the rule that lists groups without required totals
_CODE_COLUMN = 0


@dataclass(frozen=True)
class InputBlock:
    """The inputs of one sheet: rows ``first`` to ``last`` (from 0), each part's column."""

    title: str
    group: IndicatorGroup
    indicators: Sequence[Indicator]
    first: int
    columns: dict[str, int]

    @property
    def last(self) -> int:
        return self.first + len(self.indicators) - 1

    def format_range(self, column: int) -> str:
        letters = xl_col_to_name(column)
        return f"{quote_sheetname(self.title)}!{letters}{self.first + 1}:{letters}{self.last + 1}"

    def format_cell(self, row: int, column: int) -> str:
        return f"{quote_sheetname(self.title)}!{xl_col_to_name(column)}{row + 1}"


def build_completeness_formula(context: TemplateContext, block: InputBlock, tick: str) -> str:
    """The formula that says in the agency's language what is still to do on a sheet.

    ``tick``: the cell of the NIL tick, which answers the blank totals of flows.
    """
    blank, above = _words(context)
    return f'="{blank}: "&{_blank_totals(context, block, tick)}&" · {above}: "&{_above(block)}'


def build_completeness_text(context: TemplateContext, block: InputBlock) -> str:
    """What the formula shows of the workbook as it is made, for who opens it without calculating."""
    blank, above = _words(context)
    values = context.filled.values
    missing = [
        indicator
        for indicator in block.indicators
        if _is_required(context, block.group)
        and not values.get((indicator.code, TOTAL), "").strip()
    ]
    if context.filled.nil:
        missing = [indicator for indicator in missing if not indicator.is_flow]
    return f"{blank}: {len(missing)} · {above}: 0"


def _words(context: TemplateContext) -> tuple[str, str]:
    return (
        context.in_first(context.get_text("complete.blank")),
        context.in_first(context.get_text("complete.above")),
    )


def _is_required(context: TemplateContext, group: IndicatorGroup) -> bool:
    return not any(
        group.code in rule.parameters["never_required"]
        for rule in context.framework.rules_of_kind(_TOTAL_MISSING)
    )


def _blank_totals(context: TemplateContext, block: InputBlock, tick: str) -> str:
    if not _is_required(context, block.group):
        return "0"
    codes, totals = block.format_range(_CODE_COLUMN), block.format_range(block.columns[TOTAL])
    every = f'SUMPRODUCT(({codes}<>"")*({totals}=""))'
    stocks = "+".join(
        f'({block.format_cell(row, block.columns[TOTAL])}="")'
        for row, indicator in enumerate(block.indicators, block.first)
        if not indicator.is_flow
    )
    return f'IF({tick}="",{every},0{f"+{stocks}" if stocks else ""})'


def _above(block: InputBlock) -> str:
    """How many parts are numbers above their total, where the total is a number of at least 0."""
    total = block.format_range(block.columns[TOTAL])
    counts = [
        f"SUMPRODUCT(ISNUMBER({total})*ISNUMBER({part})*({total}>=0)*({part}>{total}))"
        for part in (
            block.format_range(column) for name, column in block.columns.items() if name != TOTAL
        )
    ]
    return "(" + "+".join(counts or ["0"]) + ")"
