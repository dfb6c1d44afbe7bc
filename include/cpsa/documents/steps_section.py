"""How far each agency is on the steps of a table, and the money for it by source: sections of several documents."""

from __future__ import annotations

from collections.abc import Sequence

from cpsa.calendar import AnyPeriod
from cpsa.documents.agency_tables import list_newest_rows
from cpsa.documents.blocks import column, figure_cell, table, text_cell
from cpsa.documents.content_model import Block, Cell, Paragraph, Section, Subheading, Tone
from cpsa.documents.document_text import DocumentText
from cpsa.documents.funding_lines import list_lines_by_source, make_funding_table
from cpsa.documents.step_progress import StepProgress, list_step_progress, make_place_cell
from cpsa.figures import NO_FIGURE
from cpsa.framework.agency_table import AgencyTable
from cpsa.submissions.step_days import LONG_DAYS


def build_steps_sections(words: DocumentText, period: AnyPeriod) -> tuple[Section, ...]:
    """The pipeline, and the money by source and agency; neither where no agency gave such a table."""
    progress = list_step_progress(words.snapshot, period)
    pipeline: list[Block] = []
    funding: list[Block] = []
    for agency_table in words.snapshot.framework.tables.values():
        own = [agency for agency in progress if agency.table is agency_table]
        if own:
            pipeline += _make_pipeline_blocks(words, period, agency_table, own)
        if agency_table.funding:
            funding += _make_funding_blocks(words, period, agency_table)
    sections = (
        Section("steps", words("steps.title"), tuple(pipeline), new_page=True, wide=True),
        Section("funding", words("steps.funding"), tuple(funding)),
    )
    return tuple(section for section in sections if section.blocks)


def _make_pipeline_blocks(
    words: DocumentText,
    period: AnyPeriod,
    agency_table: AgencyTable,
    progress: Sequence[StepProgress],
) -> list[Block]:
    steps = agency_table.listed_labels
    numbered = [f"{number} {words.label(label)}" for number, label in enumerate(steps.values(), 1)]
    day = words.date(period.last_quarter.last_day)
    return [
        Paragraph(words("steps.explained", day=day), note=True),
        Paragraph("; ".join(numbered), note=True),
        table(
            words.label(agency_table.label),
            (
                column(words("steps.cluster"), 3.2),
                *(column(str(number), 0.7, figure=True) for number, _ in enumerate(steps, 1)),
                column(words("steps.waiting"), 3),
                column(words("steps.pending_with"), 2.6),
                column(words("steps.waiting_days"), 1, figure=True),
            ),
            (_make_pipeline_row(words, agency) for agency in progress),
            dense=True,
        ),
    ]


def _make_pipeline_row(words: DocumentText, progress: StepProgress) -> list[Cell]:
    cells = [text_cell(words.agency(progress.agency))]
    for step in progress.table.listed_keys:
        days = progress.days.get(step)
        if days:
            cells.append(figure_cell(words.number(days.days), origin=days.origin))
        else:
            cells.append(text_cell("•" if step in progress.reached else NO_FIGURE))
    if progress.waiting is None:
        return [*cells, text_cell(words("steps.all_reached")), text_cell(NO_FIGURE), text_cell("")]
    waiting = progress.waiting_days
    tone = Tone.BAD if waiting.days > LONG_DAYS else Tone.PLAIN
    return [
        *cells,
        text_cell(progress.describe_waiting(words)),
        make_place_cell(words, progress),
        figure_cell(words.number(waiting.days), tone=tone, origin=waiting.origin),
    ]


def _make_funding_blocks(
    words: DocumentText, period: AnyPeriod, agency_table: AgencyTable
) -> list[Block]:
    rows = list_newest_rows(words.snapshot, agency_table.code, period.last_quarter)
    if not rows:
        return []
    by_source = list_lines_by_source(words, agency_table, rows)
    agencies = sorted({row.agency for row in rows})
    by_agency = [
        (words.agency(code), [row for row in rows if row.agency == code]) for code in agencies
    ]
    return [
        Subheading(words.label(agency_table.label)),
        Paragraph(words("steps.funding_explained"), note=True),
        make_funding_table(words, agency_table, words("steps.source"), by_source, rows),
        make_funding_table(words, agency_table, words("steps.cluster"), by_agency, ()),
    ]
