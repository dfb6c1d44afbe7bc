"""What is pending with a department, or with all: steps of agencies that wait for it, and applications by age.

Of tables that agencies gave; where nothing is pending there is no such section.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from cpsa.documents.agency_tables import (
    CountedRow,
    add_up,
    list_newest_rows,
    list_values,
    make_date_cell,
    make_values_origin,
)
from cpsa.documents.blocks import column, figure_cell, quoted_cell, table, text_cell
from cpsa.documents.content_model import (
    Block,
    Cell,
    Paragraph,
    Section,
    Subheading,
    Table,
    Tile,
    Tiles,
    Tone,
)
from cpsa.documents.document_text import DocumentText
from cpsa.documents.policy_actions.action_selection import ActionSelection
from cpsa.documents.step_progress import StepProgress
from cpsa.figures import NO_FIGURE
from cpsa.framework.agency_table import AgencyTable, PendingColumns
from cpsa.provenance.origin import RowsMeasure, RowsOrigin


def build_pending_section(selection: ActionSelection, department: str) -> Section | None:
    """The steps that wait for the department, then what is pending by scheme and by district."""
    words = selection.words
    blocks: list[Block] = []
    if steps := selection.list_waiting(department):
        blocks += [Subheading(words("pending.steps")), _make_steps_table(words, steps)]
    for agency_table in words.snapshot.framework.tables.values():
        if agency_table.pending:
            blocks += _make_application_blocks(selection, department, agency_table)
    return Section("pending", words("pending.title"), tuple(blocks)) if blocks else None


def build_pending_overview(selection: ActionSelection) -> Section | None:
    """The applications that are pending with all departments, by department and by district."""
    words = selection.words
    blocks: list[Block] = []
    for agency_table in words.snapshot.framework.tables.values():
        rows = _select_pending_rows(selection, agency_table)
        if rows:
            lines = _LinesOfRows(words, agency_table, rows)
            title = Subheading(words.label(agency_table.label))
            blocks += [title, lines.make_department_table(), lines.make_district_table()]
    return Section("pending", words("pending.by_department"), tuple(blocks)) if blocks else None


def _make_steps_table(words: DocumentText, steps: Iterable[StepProgress]) -> Table:
    return table(
        "",
        (
            column(words("steps.cluster"), 3),
            column(words("pending.waiting_step"), 3),
            column(words("pending.last_step"), 3),
            column(words("pending.reached_on"), 1.6),
            column(words("steps.waiting_days"), 1, figure=True),
        ),
        (
            (
                text_cell(words.agency(step.agency)),
                text_cell(step.describe_waiting(words)),
                text_cell(step.describe_last(words)),
                make_date_cell(words, step.reached[step.last]),
                figure_cell(words.number(step.waiting_days.days), origin=step.waiting_days.origin),
            )
            for step in steps
        ),
        dense=True,
    )


def _make_application_blocks(
    selection: ActionSelection, department: str, agency_table: AgencyTable
) -> list[Block]:
    words, use = selection.words, agency_table.pending
    assert use is not None
    rows = _select_pending_rows(selection, agency_table, department)
    if not rows:
        return []
    number, old = (add_up(rows, code) for code in (use.number, use.old))
    centres = len({row.agency for row in rows})
    days = words.number(use.old_days)
    summary = words(
        "pending.applications",
        applications=words.number(number),
        centres=words.number(centres),
        old=words.number(old),
        days=days,
    )
    tiles = (
        Tile(words("pending.number"), words.number(number), origin=_make_origin(rows, use.number)),
        Tile(
            words("pending.centres"),
            words.number(centres),
            origin=make_values_origin(list_values(rows, use.number), RowsMeasure.AGENCIES),
        ),
        Tile(
            words("pending.old", days=days),
            words.number(old),
            tone=Tone.BAD if old else Tone.GOOD,
            origin=_make_origin(rows, use.old),
        ),
    )
    lines = _LinesOfRows(words, agency_table, rows)
    return [
        Subheading(words.label(agency_table.label)),
        Paragraph(summary),
        Tiles(tiles),
        lines.make_subject_table(),
        lines.make_district_table(),
    ]


def _select_pending_rows(
    selection: ActionSelection, agency_table: AgencyTable, department: str = ""
) -> list[CountedRow]:
    """The rows with something pending that agencies gave newest in the period; with one department, or with all."""
    use, period = agency_table.pending, selection.period
    if use is None:
        return []
    return [
        row
        for row in list_newest_rows(
            selection.words.snapshot, agency_table.code, period.last_quarter, period.first_quarter
        )
        if row.get_text(use.department) == (department or row.get_text(use.department))
        and row.get_hundredths(use.number)
    ]


class _LinesOfRows:
    """Tables that add up the same rows by one thing or another."""

    def __init__(
        self, words: DocumentText, agency_table: AgencyTable, rows: Sequence[CountedRow]
    ) -> None:
        self.words, self.table, self.rows = words, agency_table, rows

    def make_subject_table(self) -> Table:
        """By scheme, or whatever is applied for."""
        return self._make_column_table(self._use.subject, _name_subject)

    def make_department_table(self) -> Table:
        return self._make_column_table(self._use.department, _name_department)

    def make_district_table(self) -> Table:
        words = self.words
        return self._make_table(
            words("pending.district"),
            lambda row: _find_district(words, row.agency),
            lambda words, name: text_cell(words.district(name) if name else NO_FIGURE),
        )

    @property
    def _use(self) -> PendingColumns:
        assert self.table.pending is not None
        return self.table.pending

    def _make_column_table(
        self, code: str, make_name_cell: Callable[[DocumentText, str], Cell]
    ) -> Table:
        head = self.words.label(self.table.columns[code].label)
        return self._make_table(head, lambda row: row.get_text(code), make_name_cell)

    def _make_table(
        self,
        head: str,
        get_name: Callable[[CountedRow], str],
        make_name_cell: Callable[[DocumentText, str], Cell],
    ) -> Table:
        """One line for each name, the most pending first, and the total."""
        words, use = self.words, self._use
        lines: dict[str, list[CountedRow]] = {}
        for row in self.rows:
            lines.setdefault(get_name(row), []).append(row)
        ordered = sorted(lines.items(), key=lambda item: (-add_up(item[1], use.number), item[0]))
        return table(
            "",
            (
                column(head, 5),
                column(words("pending.centres"), 1, figure=True),
                column(words("pending.number"), 1, figure=True),
                column(words("pending.old", days=words.number(use.old_days)), 1.4, figure=True),
            ),
            ((make_name_cell(words, name), *self._make_cells(rows)) for name, rows in ordered),
            total=(text_cell(words("total")), *self._make_cells(self.rows)),
            dense=True,
        )

    def _make_cells(self, rows: Sequence[CountedRow]) -> tuple[Cell, ...]:
        words, use = self.words, self._use
        centres = make_values_origin(list_values(rows, use.number), RowsMeasure.AGENCIES)
        return (
            figure_cell(words.number(len({row.agency for row in rows})), origin=centres),
            figure_cell(
                words.number(add_up(rows, use.number)), origin=_make_origin(rows, use.number)
            ),
            figure_cell(words.number(add_up(rows, use.old)), origin=_make_origin(rows, use.old)),
        )


def _find_district(words: DocumentText, agency: str) -> str:
    """The present name of an agency's district; blank where the registry has none."""
    row = words.snapshot.agencies.get(agency, {})
    district = str(row.get("district") or "").strip()
    return words.snapshot.reference.districts.find_present_name(district)


def _name_subject(words: DocumentText, subject: str) -> Cell:
    known = subject in words.snapshot.reference.schemes
    return text_cell(words.scheme(subject)) if known else quoted_cell(subject)


def _name_department(words: DocumentText, department: str) -> Cell:
    known = department in words.snapshot.reference.departments
    return text_cell(words.department(department)) if known else quoted_cell(department)


def _make_origin(rows: Sequence[CountedRow], code: str) -> RowsOrigin | None:
    return make_values_origin(list_values(rows, code))
