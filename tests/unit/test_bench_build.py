"""The benchmark of a build's memory: a store as closings leave it, what is rendered, and its line."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from bench import build_memory, build_peak, national_store
from bench.lines import Size
from bench.programme import Programme, make_programme
from bench.rounds import Times
from sqlalchemy import func, select

from cpsa.calendar import Quarter
from cpsa.documents.document_registry import list_document_keys
from cpsa.services.app_context import AppContext
from cpsa.services.publication.take_snapshot import take_snapshot
from cpsa.settings import from_environment
from cpsa.store import database
from cpsa.store.tables import closing_tables
from cpsa.store.tables.submission_tables import submission

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def programme() -> Programme:
    return make_programme({"IA": 4, "FC": 3}, 2, seed=6)


@pytest.fixture(scope="module")
def context(programme: Programme, tmp_path_factory: pytest.TempPathFactory) -> Iterator[AppContext]:
    """Two quarters that closings would have left."""
    home = tmp_path_factory.mktemp("country")
    variables = {"CPSA_HOME": str(home), "CPSA_DATABASE_URL": f"sqlite:///{home / 'cpsa.db'}"}
    context = AppContext.from_settings(from_environment(variables), ready=False)
    database.upgrade_schema(context.engine)
    national_store.load_programme(context.engine, programme)
    with database.write_transaction(context.engine) as connection:
        national_store.add_closing_rows(connection, programme.framework)
    yield context
    context.engine.dispose()


def count(context: AppContext, table: object) -> int:
    with database.read_transaction(context.engine) as connection:
        return int(connection.execute(select(func.count()).select_from(table)).scalar_one())


def test_closings_keep_a_score_of_each_update_and_of_each_of_its_groups(
    context: AppContext, programme: Programme
) -> None:
    updates = count(context, submission)
    assert updates > 7
    assert count(context, closing_tables.score) == updates
    assert count(context, closing_tables.closing_submission) == updates
    groups = {form: len(programme.framework.form_groups(form)) for form in ("IA", "FC")}
    by_form = [data.history.counted["agency"].size * groups[data.form] for data in programme.forms]
    assert count(context, closing_tables.group_score) == sum(by_form)
    with database.read_transaction(context.engine) as connection:
        reporting = connection.execute(select(closing_tables.reporting)).all()
    assert sum(row.accepted for row in reporting) == updates


def test_a_snapshot_of_such_a_quarter_shows_its_scores(
    context: AppContext, programme: Programme
) -> None:
    quarter = Quarter.parse(programme.quarter) - 1
    snapshot = take_snapshot(context, quarter).snapshot
    shown = snapshot.scores[snapshot.scores["quarter"] == quarter.key]
    counted = [data.history.counted for data in programme.forms]
    expected = {
        agency
        for frame in counted
        for agency in frame.loc[frame["quarter"] == quarter.key, "agency"]
    }
    assert expected
    assert set(shown["agency"]) == expected


def test_documents_of_the_programme_and_some_about_agencies_are_rendered(
    context: AppContext, programme: Programme
) -> None:
    quarter = Quarter.parse(programme.quarter) - 1
    snapshot = take_snapshot(context, quarter).snapshot
    keys = list_document_keys(snapshot, quarter)
    few = build_peak.select_documents(snapshot, keys, 3)
    whole = build_peak.select_documents(snapshot, keys, 0)
    assert build_peak.select_documents(snapshot, keys, len(keys)) == list(keys)
    assert len(few) == len(whole) + 3
    assert whole
    built = build_peak.build_documents(context, quarter, 1)
    assert built["documents"] == len(whole) + 1
    assert built["bytes"] > 10_000 * built["documents"]


def test_the_peak_is_that_of_the_largest_process() -> None:
    before = build_peak.read_peak_bytes()
    block = bytearray(before)
    assert build_peak.read_peak_bytes() > before
    assert len(block) == before


def test_the_line_is_held_to_its_target() -> None:
    built = {"documents": 608, "bytes": 2**21, "peak": 2**30 + 2**20}
    line = build_memory.make_line(Size(7000, 19), Times((60.0,)), built)
    assert line.ratio is not None
    assert line.ratio.median == 1025
    assert line.is_met is False
    assert line.note == "608 documents of 2.0 MiB"
