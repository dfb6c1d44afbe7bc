"""The quarter board of a country: its page from the store, with and without its indexes.

A national programme is loaded with findings, explanations, letters and actions beside it, as years
of work would leave them; the reference is the same page while the indexes it relies on are gone, and
is there for small programmes only.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from sqlalchemy import Engine, text

from bench import national
from bench.lines import Line, Progress, Size, faster
from bench.programme import make
from bench.rounds import Times, interleaved
from bench.server import office_on_server
from cpsa.board import Asked, Outside, Pages, quarter_board
from cpsa.board.asked import CHOICES, STATES
from cpsa.calendar import Quarter
from cpsa.store.tables.intake import submission
from cpsa.store.tables.judgement import explanation, finding

SECONDS_AT_MOST = 0.3
WITHOUT_INDEXES_AT_MOST = 30_000  # agencies × quarters: a country's years take minutes a page
_BESIDE = (
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


def lines(size: Size, progress: Progress) -> list[Line]:
    """Wall seconds, since the work is the server's. The page is queried and written as HTML."""
    progress("making a programme up")
    programme = make(size.forms, size.quarters, size.seed)
    quarter = Quarter.parse(programme.quarter) - 1  # the newest that is loaded
    with (
        tempfile.TemporaryDirectory(prefix="cpsa-bench-") as folder,
        office_on_server(folder) as office,
    ):
        progress("loading history")
        national.load(office.engine, programme)
        with office.engine.begin() as connection:
            for statement in _BESIDE:
                connection.execute(text(statement))
        _analysed(office.engine)
        pages = Pages(office.settings.templates)

        def shown(asked: Asked) -> str:
            return pages.page(
                "quarter",
                "en",
                root="",
                airflow="",
                board=quarter_board(office, quarter, asked),
                steps=[],
                outside=Outside(),
                may_act=True,
                states=STATES,
                choices=CHOICES,
            )

        views = {
            "its first page": Asked(),
            "by open warnings": Asked(sort="-warnings", state="warnings"),
        }
        work = {name: lambda asked=asked: shown(asked) for name, asked in views.items()}
        own = interleaved(work, size.rounds, progress, "wall")
        plain: dict[str, Times] = {}
        if size.agencies * size.quarters <= WITHOUT_INDEXES_AT_MOST:
            with _without_indexes(office.engine):
                plain = interleaved(work, size.rounds, progress, "wall")
    found = []
    for name in views:
        stage = (
            f"quarter board, {name}, {size.agencies:,} agencies × {size.quarters} quarters (wall)"
        )
        line = Line(stage, own[name])
        if name in plain:
            line = faster(stage, own[name], "the same without its indexes", plain[name], None)
        kept = "kept" if own[name].median < SECONDS_AT_MOST else "NOT kept"
        found.append(replace(line, note=f"under {SECONDS_AT_MOST * 1000:.0f} ms is {kept}"))
    return found


@contextmanager
def _without_indexes(engine: Engine) -> Iterator[None]:
    """The plain tables that the board reads most: keys only. Without the one that finds a file's
    latest examination a page takes minutes, so that one stays."""
    indexes = [index for table in (submission, finding, explanation) for index in table.indexes]
    with engine.begin() as connection:
        for index in indexes:
            index.drop(connection)
    _analysed(engine)
    yield


def _analysed(engine: Engine) -> None:
    """As the server does by itself in time."""
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql("VACUUM ANALYZE")
