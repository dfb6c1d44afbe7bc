"""Submissions and their facts: what was received and understood."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from operator import itemgetter
from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    Text,
    column,
    func,
    insert,
    select,
    type_coerce,
)

from cpsa.store import bulk_rows
from cpsa.store.dialect import is_among, make_pairs
from cpsa.store.named_sql import bind_list, load_sql
from cpsa.store.schema import new_id
from cpsa.store.tables.closing_tables import closing, closing_submission
from cpsa.store.tables.examination_tables import examination
from cpsa.store.tables.submission_tables import fact, submission

if TYPE_CHECKING:
    import pandas as pd


def list_agencies_with_submissions(connection: Connection, quarter: str) -> set[str]:
    """The agencies from which any file was received for a quarter."""
    query = select(submission.c.agency).where(submission.c.quarter == quarter).distinct()
    return set(connection.execute(query).scalars())


def list_unexamined_agencies(connection: Connection, until: str) -> list[str]:
    """The agencies with a submission up to a quarter that was not examined yet, in the order of their codes."""
    examined = select(examination.c.id).where(examination.c.submission_id == submission.c.id)
    query = select(submission.c.agency).where(submission.c.quarter <= until, ~examined.exists())
    return sorted(connection.execute(query.distinct()).scalars())


def list_known_quarters(connection: Connection) -> list[str]:
    """Every quarter with obligations, arrivals or a closing, oldest first."""
    return sorted(connection.execute(load_sql("board/list_known_quarters")).scalars())


class ReceivedVersion(NamedTuple):
    """A file that was received for an agency and quarter; ``state``: of its latest examination,
    ``received`` where there is none."""

    agency: str
    quarter: str
    version: int
    sha256: str
    channel: str
    received_at: datetime
    state: str


def list_received_versions(
    connection: Connection, owners: Collection[tuple[str, str]]
) -> list[ReceivedVersion]:
    """The versions that were received for some agencies and quarters, oldest first for each."""
    agencies: dict[str, set[str]] = {}
    for agency, quarter in owners:
        agencies.setdefault(quarter, set()).add(agency)
    statement = load_sql("import/list_received_versions").columns(
        *(submission.c[name] for name in ReceivedVersion._fields[:-1]), column("state", Text)
    )
    return [
        ReceivedVersion(*row)
        for quarter, codes in agencies.items()
        for batch in bulk_rows.split_into_batches(codes)
        for row in connection.execute(
            statement.bindparams(bind_list("agencies", batch), quarter=quarter)
        )
    ]


def add_submissions(connection: Connection, rows: Sequence[Mapping[str, object]]) -> None:
    """Register received files, all with the same columns."""
    names = list(rows[0]) if rows else []
    bulk_rows.add_values(connection, submission, names, [tuple(row.values()) for row in rows])


def add_submission(connection: Connection, **values: object) -> int:
    """Register one received file; its id."""
    result = connection.execute(insert(submission).values(**values))
    return new_id(result)


FACT_COLUMNS = list(fact.c.keys())


def add_facts(connection: Connection, facts: Iterable[tuple[Any, ...]]) -> None:
    """Keep figures as understood: rows of ``FACT_COLUMNS``, of submissions that have none yet."""
    key = itemgetter(*range(len(fact.primary_key)))
    bulk_rows.add_rows(connection, fact, FACT_COLUMNS, sorted(facts, key=key))


def copy_facts(connection: Connection, sources: Mapping[int, int]) -> None:
    """Keep the figures of other submissions for these, which have none yet, by the ids of both.

    Each is carried over from the submission that gave it. The two are of one agency and quarter.
    """
    if not sources:
        return
    pair = make_pairs(connection, sources)
    changed = {
        "submission_id": pair.c.key,
        "carried_from": func.coalesce(fact.c.carried_from, fact.c.submission_id),
    }
    query = (
        select(*(changed.get(column.name, column) for column in fact.c))
        .select_from(pair)
        .join(submission, submission.c.id == pair.c.value)
        .join(
            fact,
            (fact.c.agency == submission.c.agency)
            & (fact.c.quarter == submission.c.quarter)
            & (fact.c.submission_id == submission.c.id),
        )
    )
    connection.execute(insert(fact).from_select(FACT_COLUMNS, query))


def list_submissions_with_facts(connection: Connection, ids: Collection[int]) -> set[int]:
    """Which of these submissions' figures are kept already."""
    some = (
        select(fact.c.submission_id)
        .where(
            fact.c.agency == submission.c.agency,
            fact.c.quarter == submission.c.quarter,
            fact.c.submission_id == submission.c.id,
        )
        .exists()
    )
    query = select(submission.c.id).where(is_among(connection, submission.c.id, ids), some)
    return set(connection.execute(query).scalars())


def load_facts(connection: Connection, ids: Collection[int]) -> pd.DataFrame:
    """Facts of these submissions: agency, quarter, indicator, dimension, hundredths, origin, …"""
    batches = bulk_rows.split_into_batches(ids)  # a country's rows would not fit in memory at once
    queries = (_select_facts(connection, fact.c, batch) for batch in batches)
    frame = bulk_rows.load_frame(connection, queries)
    return frame.astype({"hundredths": "int64", "submission_id": "int64", "carried_from": "Int64"})


def load_facts_of_closings(connection: Connection, closings: Sequence[int]) -> pd.DataFrame:
    """The figures that these closings are computed from, in any order: agency, quarter, indicator,
    dimension, origin and place as categories, hundredths, and of the submission that gave the figure
    version and received_at."""
    import pandas as pd

    source = submission.alias("source")
    query = (
        select(
            *(fact.c[name] for name in ("agency", "quarter", "indicator", "dimension")),
            *(fact.c[name] for name in ("hundredths", "origin", "place")),
            source.c.version,
            type_coerce(source.c.received_at, Text).label("received_at"),
        )
        .select_from(closing)
        .join(closing_submission, closing_submission.c.closing_id == closing.c.id)
        .join(
            fact,
            (fact.c.agency == closing_submission.c.agency)
            & (fact.c.quarter == closing.c.quarter)
            & (fact.c.submission_id == closing_submission.c.submission_id),
        )
        .join(source, source.c.id == func.coalesce(fact.c.carried_from, fact.c.submission_id))
        .where(closing.c.id.in_(closings))
    )
    facts = bulk_rows.load_compact_frame(connection, query)
    instants = pd.to_datetime(facts["received_at"].cat.categories, format="ISO8601", utc=True)
    received_at = instants.as_unit("us").take(facts["received_at"].cat.codes)
    return facts.assign(received_at=received_at, version=facts["version"].astype("int32"))


_FIGURE_COLUMNS = (
    fact.c.submission_id,
    fact.c.indicator,
    fact.c.dimension,
    fact.c.hundredths,
)


def load_figures(connection: Connection, ids: Collection[int]) -> pd.DataFrame:
    """Figures of these submissions, to compute with: submission_id, indicator, dimension, hundredths."""
    frame = bulk_rows.load_grouped_frame(
        connection, _select_facts(connection, _FIGURE_COLUMNS, ids)
    )
    return frame.astype({"submission_id": "int64", "hundredths": "int64"})


def load_totals(
    connection: Connection, ids: Collection[int], indicators: Collection[str]
) -> pd.DataFrame:
    """Totals of some indicators in these submissions: agency, quarter, indicator, hundredths."""
    columns = (fact.c[name] for name in ("agency", "quarter", "indicator", "hundredths"))
    query = _select_facts(connection, columns, ids).where(
        fact.c.indicator.in_(indicators), fact.c.dimension == ""
    )
    return bulk_rows.load_frame(connection, [query]).astype({"hundredths": "int64"})


def _select_facts(
    connection: Connection, columns: Iterable[ColumnElement[Any]], ids: Collection[int]
) -> Select[*tuple[Any, ...]]:
    # By the fact's own key, which begins with agency and quarter; by its submission alone the
    # database would scan the whole table.
    query = select(*columns).join(
        submission,
        (fact.c.agency == submission.c.agency)
        & (fact.c.quarter == submission.c.quarter)
        & (fact.c.submission_id == submission.c.id),
    )
    return query.where(is_among(connection, submission.c.id, ids))
