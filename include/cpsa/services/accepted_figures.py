"""Figures of accepted submissions as arrays, from what is kept packed; what is missing comes from their rows.

What belongs here: reading and keeping packed figures. What must not: which submission counts, which its
caller says.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from sqlalchemy import Connection

from cpsa.checks.structure_rules import StructureResult
from cpsa.framework.model import Framework
from cpsa.scoring.quarter_figures import (
    PackedFigures,
    QuarterFigures,
    find_positions,
    list_cells,
    make_layout,
    number_keys,
    pack_figures,
    spread_figures,
    unpack_figures,
)
from cpsa.store.queries import packed_figure_queries, submission_queries
from cpsa.store.queries.examination_queries import SubmissionRecord


def load_accepted_figures(
    connection: Connection,
    framework: Framework,
    form: str,
    submissions: Sequence[SubmissionRecord],
    *,
    keep: bool,
) -> QuarterFigures:
    """The figures of submissions in the cells of a form, row by row.

    ``keep``: keep what had to be packed; only in a transaction that writes and has locked the agencies.
    """
    layout = make_layout(framework, form)
    ids = [row.id for row in submissions]
    packed = packed_figure_queries.load_packed_figures(connection, layout, ids)
    missing = [id_ for id_ in ids if id_ not in packed]
    if missing:
        new = pack_facts(connection, framework, form, missing)
        packed.update(new)
        if keep:
            packed_figure_queries.add_packed_figures(connection, layout, new)
    width = len(list_cells(framework.form_indicators(form)))
    return QuarterFigures(
        [row.agency for row in submissions],
        [row.quarter for row in submissions],
        unpack_figures([packed[id_] for id_ in ids], width),
    )


def pack_facts(
    connection: Connection, framework: Framework, form: str, ids: Sequence[int]
) -> dict[int, PackedFigures]:
    """Pack the recorded figures of submissions, by their ids, in the cells of a form."""
    facts = submission_queries.load_figures(connection, ids)
    cells = list_cells(framework.form_indicators(form))
    rows = find_positions(number_keys(ids), facts["submission_id"])
    values = spread_figures(cells, facts, rows, len(ids))
    return dict(zip(ids, pack_figures(values), strict=True))


def keep_judged_figures(
    connection: Connection, framework: Framework, form: str, judged: Mapping[int, StructureResult]
) -> None:
    """Keep the figures of submissions of a form that are accepted now, by their ids."""
    places = number_keys(list_cells(framework.form_indicators(form)))
    values = np.full((len(judged), len(places)), np.nan)
    for row, update in enumerate(judged.values()):
        for key, fact in update.facts.items():
            if key in places:
                values[row, places[key]] = fact.hundredths
    packed = dict(zip(judged, pack_figures(values), strict=True))
    packed_figure_queries.add_packed_figures(connection, make_layout(framework, form), packed)


def copy_kept_figures(
    connection: Connection, framework: Framework, form: str, sources: Mapping[int, int]
) -> None:
    """Keep for submissions of a form the figures that are kept for others, by the ids of both."""
    layout = make_layout(framework, form)
    packed_figure_queries.copy_packed_figures(connection, layout, sources)
