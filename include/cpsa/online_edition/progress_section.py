"""How far an agency is on the steps of its tables, what it waits for, and the money for it by source."""

from __future__ import annotations

from collections.abc import Iterator

from cpsa.calendar import Quarter
from cpsa.documents.agency_tables import list_cluster_rows, make_date_cell, make_rows_caption
from cpsa.documents.blocks import column, figure_cell, table, text_cell
from cpsa.documents.content_model import Block, Cell, Paragraph, Section, Table
from cpsa.documents.funding_lines import list_lines_by_source, make_funding_table
from cpsa.documents.step_progress import StepProgress, list_agency_steps, make_place_cell
from cpsa.figures import NO_FIGURE
from cpsa.online_edition.site_edition import SiteEdition


def build_progress_section(edition: SiteEdition, agency: str, quarter: Quarter) -> Section | None:
    """None where the agency gave neither steps nor sources of money."""
    blocks: list[Block] = []
    for progress in list_agency_steps(edition.snapshot, agency, quarter):
        blocks += _make_step_blocks(edition, progress, quarter)
    blocks += _make_funding_tables(edition, agency, quarter)
    if not blocks:
        return None
    return Section("progress", edition("progress.title"), tuple(blocks))


def _make_step_blocks(
    edition: SiteEdition, progress: StepProgress, quarter: Quarter
) -> Iterator[Block]:
    words, own = edition.words, progress.table
    assert own.steps is not None
    rows = list_cluster_rows(edition.snapshot, progress.agency, own.code, quarter)
    yield table(
        make_rows_caption(words, own, rows, quarter),
        (
            column(words.label(own.columns[own.key[0]].label)),
            column(words.label(own.columns[own.steps.reached].label)),
            column(edition("progress.days"), figure=True),
        ),
        (_make_step_row(edition, progress, step) for step in own.listed_keys),
        dense=True,
    )
    yield Paragraph(edition("progress.explained"), note=True)
    if progress.waiting is None:
        yield Paragraph(words("steps.all_reached"))
    else:
        yield _make_waiting_table(edition, progress, quarter)


def _make_step_row(edition: SiteEdition, progress: StepProgress, step: str) -> tuple[Cell, ...]:
    words, value, days = edition.words, progress.reached.get(step), progress.days.get(step)
    return (
        text_cell(words.label(progress.table.listed_labels[step])),
        text_cell(NO_FIGURE) if value is None else make_date_cell(words, value),
        figure_cell(words.number(days.days), origin=days.origin)
        if days
        else figure_cell(NO_FIGURE),
    )


def _make_waiting_table(edition: SiteEdition, progress: StepProgress, quarter: Quarter) -> Table:
    words, waiting = edition.words, progress.waiting_days
    return table(
        edition("progress.waiting", day=words.date(quarter.last_day)),
        (
            column(words("steps.waiting")),
            column(words("steps.pending_with")),
            column(words("steps.waiting_days"), figure=True),
        ),
        (
            (
                text_cell(progress.describe_waiting(words)),
                make_place_cell(words, progress),
                figure_cell(words.number(waiting.days), origin=waiting.origin),
            ),
        ),
        dense=True,
    )


def _make_funding_tables(edition: SiteEdition, agency: str, quarter: Quarter) -> Iterator[Block]:
    words = edition.words
    for own in edition.snapshot.framework.form_tables(edition.snapshot.agencies[agency]["form"]):
        rows = list_cluster_rows(edition.snapshot, agency, own.code, quarter)
        if own.funding and rows:
            yield make_funding_table(
                words,
                own,
                words("steps.source"),
                list_lines_by_source(words, own, rows),
                rows,
                make_rows_caption(words, own, rows, quarter),
            )
