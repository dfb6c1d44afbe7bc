"""Whether packed figures are those of the rows from which they were packed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from sqlalchemy import select

from cpsa.calendar import Quarter
from cpsa.framework.model import Framework
from cpsa.scoring.quarter_figures import make_layout
from cpsa.services.accepted_figures import pack_facts
from cpsa.services.verify_store.store_fault import FaultKind, StoreFault, describe_row
from cpsa.services.verify_store.verification import Verification
from cpsa.store.queries import packed_figure_queries, submission_queries
from cpsa.store.tables.submission_tables import packed_figures

SAMPLE_SIZE = 5_000  # submissions
_AT_ONCE = 5_000


def check_packed_figures(verification: Verification) -> Iterator[StoreFault]:
    """Yield the packed figures that packing the rows of their submissions again does not give.

    Those in a layout that no quarter's framework has are never read, and not comparable.
    """
    connection = verification.connection
    forms = _list_layouts(verification)
    columns = packed_figures.c
    found = connection.execute(select(columns.layout, columns.submission_id).order_by(*columns[:2]))
    by_layout: dict[str, list[int]] = {}
    for layout, number in found:
        by_layout.setdefault(layout, []).append(number)
    for layout, ids in by_layout.items():
        if layout not in forms:
            verification.count("not comparable", len(ids))
            continue
        sample = verification.sample(ids, SAMPLE_SIZE)
        verification.count("packed figures", len(sample))
        for at in range(0, len(sample), _AT_ONCE):
            yield from _compare(verification, layout, *forms[layout], sample[at : at + _AT_ONCE])


def _list_layouts(verification: Verification) -> Mapping[str, tuple[Framework, str]]:
    """By its layout a framework and form that have it, of every quarter that the store knows."""
    found = {}
    for key in submission_queries.list_known_quarters(verification.connection):
        quarter = Quarter.parse(key)
        framework = verification.context.load_framework(quarter, verification.connection)
        for form in framework.forms:
            found[make_layout(framework, form)] = framework, form
    return found


def _compare(
    verification: Verification, layout: str, framework: Framework, form: str, ids: Sequence[int]
) -> Iterator[StoreFault]:
    connection = verification.connection
    again = pack_facts(connection, framework, form, ids)
    for number, kept in packed_figure_queries.load_packed_figures(connection, layout, ids).items():
        changed = [
            name
            for name, before, now in zip(kept._fields, kept, again[number], strict=True)
            if before != now
        ]
        if changed:
            shown = describe_row(packed_figures, {"submission_id": number, "layout": layout})
            detail = ", ".join(changed)
            yield StoreFault(FaultKind.RESULT_DIFFERS, packed_figures.name, shown, detail=detail)
