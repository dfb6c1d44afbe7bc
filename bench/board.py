"""The quarter board of a country: its page from the store, with and without its indexes.

A national programme is loaded with findings, explanations, letters and actions beside it, as years
of work would leave them; the reference is the same page while the indexes it relies on are dropped, and
is there for small programmes only.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from sqlalchemy import Engine, text

from bench.filled_stores import FilledStores
from bench.lines import Line, Progress, Size, compare_speed
from bench.programme import AT_HAND
from bench.rounds import Times, measure_rivals
from cpsa.store.tables.examination_tables import finding
from cpsa.store.tables.explanation_tables import explanation
from cpsa.store.tables.submission_tables import submission
from cpsa.web.board.agency_filter import CHOICES, STATES, AgencyFilter
from cpsa.web.board.board_pages import BoardPages
from cpsa.web.board.quarter_board import load_quarter_board
from cpsa.web.board.scheduler_state import SchedulerState
from cpsa.web.board.work_items import list_work_items

MAX_SECONDS = 0.3
MAX_ROWS_WITHOUT_INDEXES = 30_000  # agencies × quarters: a country's years take minutes a page
_EXTRA_ROWS = (
    """INSERT INTO finding (examination_id, rule, severity, agency, quarter, indicator, dimension,
        observed, expected, place, waived, after_restatement)
    SELECT s.id, 'V0' || (1 + (s.id + n) % 9), CASE n WHEN 0 THEN 'error' ELSE 'warning' END,
        s.agency, s.quarter, 'OP' || n, '', n::text, '1', 'line 2', false, false
    FROM submission s CROSS JOIN generate_series(0, 2) n""",
    """INSERT INTO explanation (agency, quarter, rule, indicator, dimension, observed, text, given_at)
    SELECT agency, quarter, rule, indicator, dimension, observed, 'as planned', '2020'
    FROM finding WHERE severity = 'warning' AND id % 3 = 0""",
    """INSERT INTO dispatch (cycle, slot, recipient, revision, digest, message_id, planned_at,
        to_name, to_email, language, subject, html, text, attachments, state, attempts, fence,
        changed_at)
    SELECT s.quarter, slot, s.agency, 0, 'd', s.id || slot, '2020', s.agency, 'a@example.org', 'en',
        'subject', repeat('words ', 300), repeat('words ', 200), '[]', 'accepted', 1, 1, '2020'
    FROM submission s CROSS JOIN unnest(ARRAY['request', 'receipt-v1']) slot""",
    """INSERT INTO document (kind, period, subject, language, format, reference, inputs, sha256,
        size, path, built_at)
    SELECT 'quarterly_update', quarter, agency, language, format, 'r', 'i', 's', 1, 'p',
        '2020-01-01T00:00:00.000000Z'
    FROM submission CROSS JOIN unnest(ARRAY['en', 'hi']) language
        CROSS JOIN unnest(ARRAY['pdf', 'html']) format""",
)


def lines(size: Size, progress: Progress, stores: FilledStores) -> list[Line]:
    """Wall seconds, since the work is the server's. The page is queried and written as HTML."""
    quarter = AT_HAND - 1  # the newest that is loaded
    with stores.open_copy(size, progress) as context:
        progress("adding letters and findings")
        with context.engine.begin() as connection:
            for statement in _EXTRA_ROWS:
                connection.execute(text(statement))
        _analyse_tables(context.engine)
        pages = BoardPages(context.settings.templates)

        def render_page(view: AgencyFilter) -> str:
            return pages.page(
                "quarter",
                "en",
                root="",
                airflow="",
                board=load_quarter_board(context, quarter, view),
                steps=[],
                outside=SchedulerState(),
                waiting=list_work_items(context, AT_HAND.opens_at),
                may_act=True,
                states=STATES,
                choices=CHOICES,
            )

        views = {
            "its first page": AgencyFilter(),
            "by open warnings": AgencyFilter(sort="-warnings", state="warnings"),
        }
        work = {name: lambda view=view: render_page(view) for name, view in views.items()}
        own = measure_rivals(work, size.rounds, progress, "wall")
        plain: dict[str, Times] = {}
        if size.agencies * size.quarters <= MAX_ROWS_WITHOUT_INDEXES:
            with _drop_indexes(context.engine):
                plain = measure_rivals(work, size.rounds, progress, "wall")
    found = []
    for name in views:
        stage = (
            f"quarter board, {name}, {size.agencies:,} agencies × {size.quarters} quarters (wall)"
        )
        line = Line(stage, own[name])
        if name in plain:
            line = compare_speed(
                stage, own[name], "the same without its indexes", plain[name], None
            )
        kept = "kept" if own[name].median < MAX_SECONDS else "NOT kept"
        found.append(replace(line, note=f"under {MAX_SECONDS * 1000:.0f} ms is {kept}"))
    return found


@contextmanager
def _drop_indexes(engine: Engine) -> Iterator[None]:
    """The plain tables that the board reads most: keys only. Without the one that finds a file's
    latest examination a page takes minutes, so that one stays."""
    indexes = [index for table in (submission, finding, explanation) for index in table.indexes]
    with engine.begin() as connection:
        for index in indexes:
            index.drop(connection)
    _analyse_tables(engine)
    yield


def _analyse_tables(engine: Engine) -> None:
    """Analyse the tables, as the server does by itself in time."""
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql("VACUUM ANALYZE")
