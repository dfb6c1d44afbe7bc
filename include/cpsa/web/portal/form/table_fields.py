"""Tables beside the figures: their rows as fields, each value with the findings about it.

Rows begin as those of the workbook's sheet do. What must not go here: checking a value, or reading the
posted fields (``posted_values``).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from cpsa.framework.agency_table import AgencyTable, TableColumn
from cpsa.submissions.finding import Finding
from cpsa.submissions.listed_choice import format_choice, read_choice
from cpsa.template.filled_values import FilledValues
from cpsa.template.lists_sheet import map_column_choices
from cpsa.template.shown_rows import ShownRow, list_shown_rows
from cpsa.template.template_context import TemplateContext
from cpsa.web.portal.finding_view import FindingView
from cpsa.web.portal.form.posted_values import (
    MAX_TABLE_ROWS,
    name_table_field,
    name_table_row,
    name_table_section,
)
from cpsa.web.portal.portal_pages import PortalText

_BLANK_ROWS, _MORE_ROWS = 2, 5
_MIDNIGHT = " 00:00:00"  # behind a date that a workbook keeps as an instant


@dataclass(frozen=True)
class TableField:
    """One value of a row. ``choices``: code and label of each, where only they are accepted.

    ``list_id``: the list of suggestions of a column that takes other texts, too.
    """

    name: str
    label: str
    value: str
    hint: str
    choices: Sequence[tuple[str, str]]
    list_id: str
    findings: Sequence[FindingView]

    @property
    def wrong(self) -> bool:
        return any(finding.kind == "error" for finding in self.findings)


@dataclass(frozen=True)
class TableRowFields:
    """A row. ``key``: what a locked row is called; ``hidden``: the fields of its key."""

    id: str
    key: str
    hidden: Sequence[tuple[str, str]]
    fields: Sequence[TableField]
    findings: Sequence[FindingView]


@dataclass(frozen=True)
class TableGroup:
    """All rows of a table, those with a locked key first.

    ``suggestions``: what each list of suggestions offers. ``too_many``: how many rows there are, where
    they are too many for a form; then none is shown, and what was sent of the table stays.
    """

    code: str
    id: str
    title: str
    about: str
    rows: Sequence[TableRowFields]
    suggestions: Mapping[str, Sequence[str]]
    findings: Sequence[FindingView]
    filled: int
    grows: bool
    open: bool
    too_many: int = 0


def make_table_groups(
    context: TemplateContext,
    words: PortalText,
    filled: FilledValues,
    findings: Sequence[FindingView],
    more: str,
) -> list[TableGroup]:
    """Every table of the form with its rows and a few blank ones; more of them of the table ``more``."""
    return [
        _TableBuilder(context, words, table, findings).make_group(
            _list_rows(context, table, filled), is_longer=more == f"table_{table.code}"
        )
        for table in context.framework.form_tables(context.agency.form)
        if not table.retired or filled.tables.get(table.code)
    ]


def make_table_anchor_finder(
    context: TemplateContext, filled: FilledValues
) -> Callable[[Finding], str]:
    """Where each finding about a table is shown: the id of a field, row or table; blank for any other."""
    framework = context.framework
    rows = {
        table.code: _list_rows(context, table, filled)
        for table in framework.form_tables(context.agency.form)
    }
    numbers = {
        code: _number_rows(shown, filled.tables.get(code, ())) for code, shown in rows.items()
    }

    def anchor(finding: Finding) -> str:
        found = framework.find_table_column(finding.indicator)
        if found is None or found[0].code not in numbers:
            return ""
        table, column = found
        typed = filled.row_places.get((table.code, finding.place))
        row = None if typed is None else numbers[table.code].get(typed)
        if row is None or framework.rules[finding.rule].kind == "table_sums":
            return name_table_section(table.code)
        shown = rows[table.code][row]
        if column.is_computed or column.code in shown.key:
            return name_table_row(table.code, row)
        return name_table_field(table.code, row, column.code)

    return anchor


def _list_rows(
    context: TemplateContext, table: AgencyTable, filled: FilledValues
) -> list[ShownRow]:
    return list_shown_rows(
        table, context.last_tables.get(table.code, ()), filled.tables.get(table.code, ())
    )


def _number_rows(
    shown: Sequence[ShownRow], typed_rows: Sequence[Mapping[str, str]]
) -> dict[int, int]:
    """For the number of each typed row the number of the row that shows it."""
    typed = {id(row): number for number, row in enumerate(typed_rows)}
    return {
        typed[id(row.typed)]: number for number, row in enumerate(shown) if row.typed is not None
    }


@dataclass(frozen=True)
class _TableBuilder:
    context: TemplateContext
    words: PortalText
    table: AgencyTable
    findings: Sequence[FindingView]

    def make_group(self, rows: Sequence[ShownRow], *, is_longer: bool) -> TableGroup:
        code = self.table.code
        section = name_table_section(code)
        own = [found for found in self.findings if found.anchor.startswith(f"table_{code}_")]
        whole = self._list_findings_at(section)
        grows = not self.table.fixed_rows
        blank = [ShownRow()] * ((_MORE_ROWS if is_longer else _BLANK_ROWS) if grows else 0)
        too_many = len(rows) if len(rows) > MAX_TABLE_ROWS else 0
        shown = [] if too_many else [*rows, *blank][:MAX_TABLE_ROWS]
        filled = sum(not self.table.is_stub(row.typed or {}) for row in rows)
        return TableGroup(
            code=code,
            id=section,
            title=self.words.label(self.table.label),
            about=self.words.label(self.table.guidance),
            rows=[self._make_row(number, row) for number, row in enumerate(shown)],
            suggestions=self._list_suggestions(),
            findings=whole,
            filled=filled,
            grows=grows and not too_many and len(shown) < MAX_TABLE_ROWS,
            open=bool(filled or is_longer or own or whole or any(row.prefilled for row in rows)),
            too_many=too_many,
        )

    def _list_findings_at(self, anchor: str) -> list[FindingView]:
        return [finding for finding in self.findings if finding.anchor == anchor]

    def _make_row(self, number: int, row: ShownRow) -> TableRowFields:
        code = self.table.code
        names = [self._name_key(self.table.columns[column], row.key[column]) for column in row.key]
        return TableRowFields(
            id=name_table_row(code, number),
            key=" · ".join(names),
            hidden=[
                (name_table_field(code, number, column), value) for column, value in row.key.items()
            ],
            fields=[
                self._make_field(number, column, row)
                for column in self.table.filled_columns
                if column.code not in row.key
            ],
            findings=self._list_findings_at(name_table_row(code, number)),
        )

    def _name_key(self, column: TableColumn, value: str) -> str:
        label = map_column_choices(self.context, column).get(value)
        return self.words.label(label) if label else value

    def _make_field(self, number: int, column: TableColumn, row: ShownRow) -> TableField:
        name = name_table_field(self.table.code, number, column.code)
        labels = map_column_choices(self.context, column)
        value = self._get_value(column, row)
        choices = []
        if labels and not column.open:
            value = read_choice(value)
            choices = [(code, self.words.label(label)) for code, label in labels.items()]
            if value and value not in labels:
                choices.append((value, value))  # as it was typed into a workbook
        elif value in labels:
            value = format_choice(value, self.words.label(labels[value]))
        unit = f" ({self.words('template.unit.inr')})" if column.type == "inr" else ""
        return TableField(
            name=name,
            label=f"{self.words.label(column.label)}{unit}",
            value=value,
            hint=self.words("portal.table.date") if column.type == "date" else "",
            choices=choices,
            list_id=self._name_list(column) if column.open else "",
            findings=self._list_findings_at(name),
        )

    def _get_value(self, column: TableColumn, row: ShownRow) -> str:
        """What was typed, else what was accepted last."""
        if row.typed is not None:
            return row.typed.get(column.code, "").strip().removesuffix(_MIDNIGHT)
        value = row.prefilled.get(column.code)
        return value.format_typed() if value else ""

    def _list_suggestions(self) -> dict[str, list[str]]:
        return {
            self._name_list(column): [
                format_choice(code, self.words.label(label))
                for code, label in map_column_choices(self.context, column).items()
            ]
            for column in self.table.filled_columns
            if column.open
        }

    def _name_list(self, column: TableColumn) -> str:
        return f"list-{self.table.code}-{column.code}"
