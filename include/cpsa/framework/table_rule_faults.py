"""What must be true of tables and the rules about them together."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from cpsa.framework.agency_table import FIGURES, AgencyTable
from cpsa.framework.entry_faults import Fault
from cpsa.framework.model import TABLE_VALUE_KIND, Indicator, Rule
from cpsa.reference.data_model import wrong_value

_ANY_TYPE = (*FIGURES, "date", "text", "choice")
# Of which types the columns are that a kind of rule names; dates where nothing is said.
_TYPES_OF_COLUMNS = {"register_change": FIGURES, "table_answer_kept": _ANY_TYPE}
_KINDS_WITH_ROWS = ("table_dates_by_row", "table_dates_apart")


def list_table_rule_faults(
    tables: Mapping[str, AgencyTable],
    rules: Mapping[str, Rule],
    indicators: Mapping[str, Indicator],
) -> Iterator[Fault]:
    """Every rule that names a table or column that does not exist, or one of another type."""
    if tables and not any(rule.kind == TABLE_VALUE_KIND for rule in rules.values()):
        yield ("tables",), ", ".join(tables), wrong_value("value_rule")
    for rule in rules.values():
        if "table" not in rule.parameters:
            continue
        place = "rules", rule.id, "parameters"
        table = tables.get(rule.parameters["table"])
        if table is None:
            names = ", ".join(tables) or "–"
            yield (*place, "table"), rule.parameters["table"], wrong_value("table", names=names)
            continue
        for name, code, types in _list_named_columns(rule, table):
            column = table.columns.get(code)
            if column is None:
                expected = wrong_value("column", names=", ".join(table.columns))
                yield (*place, *name), code, expected
            elif column.type not in types:
                expected = wrong_value("column_of_type", type=" | ".join(types))
                yield (*place, *name), code, expected
        yield from _list_sum_faults(place, rule, table, indicators)
        if rule.kind in _KINDS_WITH_ROWS and not table.listed_keys:
            yield (*place, "table"), table.code, wrong_value("listed_key")
            continue
        yield from _list_answer_faults(place, rule, table)
        for row in ("first", "second"):
            if row in rule.parameters and rule.parameters[row] not in table.listed_keys:
                names = ", ".join(table.listed_keys)
                yield (*place, row), rule.parameters[row], wrong_value("key", names=names)


def _list_named_columns(
    rule: Rule, table: AgencyTable
) -> Iterator[tuple[tuple[str | int, ...], str, tuple[str, ...]]]:
    """Every column that a rule names: its place in the parameters, its code, the types it may have."""
    parameters = rule.parameters
    for code in parameters.get("sums", {}):
        yield ("sums", code), code, FIGURES
    if "column" in parameters:
        yield ("column",), parameters["column"], ("date",)
    types = _TYPES_OF_COLUMNS.get(rule.kind, ("date",))
    for number, code in enumerate(parameters.get("columns", ())):
        yield ("columns", number), code, types
    if "named" in parameters:
        yield ("named",), parameters["named"], ("text", "choice")
    if "answer" in parameters:
        yield ("answer",), parameters["answer"], ("choice",)
    for answer, codes in parameters.get("required", {}).items():
        for number, code in enumerate(codes):
            yield ("required", answer, number), code, _ANY_TYPE
    if "opening" in parameters:
        yield ("opening",), parameters["opening"], FIGURES
        yield ("closing",), parameters["closing"], _get_types(table, parameters["opening"])
    for number, (low, high) in enumerate(parameters.get("limits", ())):
        yield ("limits", number, 0), low, FIGURES
        yield ("limits", number, 1), high, _get_types(table, low)
    for number, code in enumerate(parameters.get("not_negative", ())):
        yield ("not_negative", number), code, FIGURES


def _list_answer_faults(place: tuple[str, ...], rule: Rule, table: AgencyTable) -> Iterator[Fault]:
    """Answers that the column of answers does not have."""
    parameters = rule.parameters
    column = table.columns.get(parameters.get("answer", ""))
    if column is None:
        return
    named: list[tuple[tuple[str | int, ...], str]] = [
        (("required", answer), answer) for answer in parameters.get("required", {})
    ]
    if "new" in parameters:
        named.append((("new",), parameters["new"]))
    for name in ("changing", "except"):
        named += [
            ((name, number), answer) for number, answer in enumerate(parameters.get(name, ()))
        ]
    for name_place, answer in named:
        if answer not in column.choices:
            expected = wrong_value("key", names=", ".join(column.choices))
            yield (*place, *name_place), answer, expected


def _get_types(table: AgencyTable, code: str) -> tuple[str, ...]:
    """The type that is compared with a column: its own, where it is a figure."""
    column = table.columns.get(code)
    return (column.type,) if column and column.is_figure else FIGURES


def _list_sum_faults(
    place: tuple[str, ...], rule: Rule, table: AgencyTable, indicators: Mapping[str, Indicator]
) -> Iterator[Fault]:
    for code, indicator in rule.parameters.get("sums", {}).items():
        column, total = table.columns.get(code), indicators[indicator]
        if column and column.is_figure and (total.form, total.unit) != (table.form, column.type):
            expected = wrong_value("indicator_of_table", form=table.form, type=column.type)
            yield (*place, "sums", code), indicator, expected
