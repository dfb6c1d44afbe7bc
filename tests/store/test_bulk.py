"""Many rows at once come back as they went in, in lots, and hold what repeats once."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from sqlalchemy import insert, select
from sqlalchemy.exc import IntegrityError

from cpsa.services.app_context import AppContext
from cpsa.store import bulk_rows
from cpsa.store.database import read_transaction, write_transaction
from cpsa.store.queries import submission_queries
from cpsa.store.tables.arrival_tables import arrival
from cpsa.store.tables.submission_tables import fact, submission

NOW = datetime(2026, 7, 1, tzinfo=UTC)
QUARTERS = ("2026-27-Q1", "2026-27-Q2")
AGENCIES = ("IA-A", "IA-B", "IA-C")


@pytest.fixture
def filled(office: AppContext) -> tuple[AppContext, list[tuple]]:
    """Figures of three agencies in two quarters; one figure was carried over."""
    rows = []
    with write_transaction(office.engine) as connection:
        for agency in AGENCIES:
            for quarter in QUARTERS:
                submission = submission_queries.add_submission(
                    connection,
                    agency=agency,
                    quarter=quarter,
                    version=1,
                    sha256=f"{agency} {quarter}",
                    size=1,
                    file_name="a.csv",
                    channel="folder",
                    received_at=NOW,
                    collected_at=NOW,
                )
                carried = submission if (agency, quarter) == ("IA-B", QUARTERS[1]) else None
                rows += [
                    (agency, quarter, code, "", submission, value, "reported", "line 2", carried)
                    for code, value in (("OP1", 2**62), ("OP2", -100))
                ]
        submission_queries.add_facts(connection, rows)
    return office, rows


def lots_by_agency(*agencies: str) -> list:
    return [select(*fact.c).where(fact.c.agency == one).order_by(*fact.c) for one in agencies]


def test_lots_are_one_frame_in_their_order(filled) -> None:
    office, rows = filled
    with read_transaction(office.engine) as connection:
        frame = bulk_rows.load_frame(
            connection, lots_by_agency("IA-C", "IA-NOBODY", "IA-A", "IA-B")
        )
    frame = frame.astype({"carried_from": "Int64"}).astype({"carried_from": object})
    found = [tuple(row) for row in frame.where(frame.notna(), None).itertuples(index=False)]
    order = ("IA-C", "IA-A", "IA-B")
    assert found == sorted(rows, key=lambda row: (order.index(row[0]), row))
    assert list(frame.index) == list(range(len(rows)))


def test_what_texts_repeat_is_held_once(filled) -> None:
    office, _ = filled
    with read_transaction(office.engine) as connection:
        frame = bulk_rows.load_frame(connection, lots_by_agency(*AGENCIES))
    assert len(frame) == 12
    assert len({id(text) for text in frame["quarter"]}) == len(QUARTERS)
    assert len({id(text) for text in frame["agency"]}) == len(AGENCIES)
    assert len({id(text) for text in frame["place"]}) == 1


def test_where_nothing_is_found_keys_are_still_compared_as_text(office: AppContext) -> None:
    with read_transaction(office.engine) as connection:
        frame = bulk_rows.load_frame(connection, lots_by_agency(*AGENCIES))
    assert frame.empty
    assert frame[frame["quarter"] <= QUARTERS[0]].empty
    assert list(frame.columns) == submission_queries.FACT_COLUMNS


def test_a_grouped_frame_has_the_same_rows(office: AppContext) -> None:
    odd = ('IA-"A,', "NA", "", "100%", "two\nlines", "क")
    columns = (fact.c.agency, fact.c.indicator, fact.c.submission_id, fact.c.hundredths)
    with write_transaction(office.engine) as connection:
        for number, agency in enumerate(odd[:4]):
            id_ = submission_queries.add_submission(
                connection,
                agency=agency,
                quarter="",
                version=1,
                sha256="",
                size=1,
                file_name="",
                channel="",
                received_at=NOW,
                collected_at=NOW,
            )
            rows = [
                (agency, "", text, "", id_, 2**62 - 2**61 * place, "reported", "", None)
                for place, text in enumerate(odd[number:], start=-1)
            ]
            submission_queries.add_facts(connection, rows)
        for first in (0, 2):
            order = (columns[first], *columns[:first], *columns[first + 1 :])
            for agency in (odd[3], "nobody"):
                query = select(*order).where(fact.c.agency <= agency)
                read = bulk_rows.load_frame(connection, [query])
                grouped = bulk_rows.load_grouped_frame(connection, query)
                assert sorted(map(str, grouped.astype(object).values.tolist())) == sorted(
                    map(str, read.astype(object).values.tolist())
                )
                assert list(grouped.columns) == list(read.columns)
        nobody = select(*columns).where(fact.c.agency == "-")
        assert bulk_rows.load_grouped_frame(connection, nobody).empty


def test_a_compact_frame_has_the_same_rows_in_whatever_portions_they_are_read(
    filled, monkeypatch
) -> None:
    office, rows = filled
    with read_transaction(office.engine) as connection:
        for portion in (1, 5, 100):
            monkeypatch.setattr(bulk_rows, "_ROWS_AT_A_TIME", portion)
            frame = bulk_rows.load_compact_frame(connection, select(*fact.c).order_by(*fact.c))
            assert frame.dtypes["hundredths"] == "int64" and frame.dtypes["carried_from"] == "Int64"
            assert list(frame["agency"].cat.categories) == sorted(AGENCIES)
            found = frame.astype(object).where(frame.notna(), None).itertuples(index=False)
            assert [tuple(row) for row in found] == sorted(rows)
        none = bulk_rows.load_compact_frame(
            connection, select(*fact.c).where(fact.c.agency == "nobody")
        )
    assert none.empty and list(none.columns) == submission_queries.FACT_COLUMNS
    assert none[none["quarter"] == QUARTERS[0]].empty


def make_arrival(key: str) -> dict[str, object]:
    return {
        "channel": "folder",
        "key": key,
        "sha256": "0" * 64,
        "file_name": "आवक\t1.csv",
        "size": 2**40,
        "received_at": NOW,
        "collected_at": NOW,
        "outcome": "new",
        "problem": "\\N",
        "params": {"file": "अ\n", "count": 2},
        "agency": "IA-A",
        "quarter": QUARTERS[0],
        "version": 1,
    }


def test_values_added_together_are_stored_as_those_of_an_insert(office: AppContext) -> None:
    together = [make_arrival("first"), make_arrival("second")]
    with write_transaction(office.engine) as connection:
        bulk_rows.add_values(
            connection, arrival, list(together[0]), [tuple(row.values()) for row in together]
        )
        connection.execute(insert(arrival).values(**make_arrival("alone")))
        bulk_rows.add_values(connection, arrival, list(together[0]), [])
    own = [column for column in arrival.c if column.name not in ("id", "key")]
    with read_transaction(office.engine) as connection:
        rows = connection.execute(select(*own).order_by(arrival.c.id)).all()
        keys = connection.execute(select(arrival.c.key).order_by(arrival.c.id)).scalars().all()
    assert keys == ["first", "second", "alone"]
    assert rows[0] == rows[1] == rows[2]
    assert (rows[0].params, rows[0].received_at) == (together[0]["params"], NOW)


def test_a_row_that_the_database_refuses_is_reported_as_an_insert_would(office: AppContext) -> None:
    row = tuple(make_arrival("first").values())
    with pytest.raises(IntegrityError), write_transaction(office.engine) as connection:
        bulk_rows.add_values(connection, arrival, list(make_arrival("first")), [row, row])
    with read_transaction(office.engine) as connection:
        assert connection.execute(select(arrival.c.id)).all() == []


def test_reserved_ids_are_nobody_elses(filled) -> None:
    office, _ = filled
    with write_transaction(office.engine) as connection:
        before = connection.execute(select(submission.c.id)).scalars().all()
        reserved = bulk_rows.reserve_ids(connection, submission, 3)
        row = {"agency": "IA-A", "quarter": "2026-27-Q3", "sha256": "", "size": 0}
        row |= {"file_name": "", "channel": "folder", "received_at": NOW, "collected_at": NOW}
        names = ["id", "version", *row]
        rows = [(id_, version, *row.values()) for version, id_ in enumerate(reserved, 1)]
        bulk_rows.add_values(connection, submission, names, rows)
        later = submission_queries.add_submission(connection, version=4, **row)
    assert len({*before, *reserved, later}) == len(before) + 4
    assert max(before) < min(reserved) <= max(reserved) < later
