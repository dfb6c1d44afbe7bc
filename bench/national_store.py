"""A made-up country in a store: registry and closed quarters loaded, the quarter at hand as files."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import pandas as pd
from sqlalchemy import Connection, Engine, insert, select

from bench.programme import FormData, Programme
from cpsa.calendar import Quarter
from cpsa.checks.structure_rules import StructureResult
from cpsa.framework.model import TOTAL, Framework
from cpsa.registry.agency_register import Registry
from cpsa.scoring.quarter_figures import make_layout
from cpsa.services.accepted_figures import pack_facts
from cpsa.store import bulk_rows, database
from cpsa.store.queries import (
    framework_queries,
    packed_figure_queries,
    registry_queries,
    submission_queries,
)
from cpsa.store.queries.stored_submissions import digest_parts
from cpsa.store.schema import Instant
from cpsa.store.tables.closing_tables import (
    closing,
    closing_submission,
    group_score,
    reporting,
    score,
)
from cpsa.store.tables.examination_tables import examination
from cpsa.store.tables.obligation_tables import obligation
from cpsa.store.tables.submission_tables import submission
from cpsa.submissions.update import HEADER

_INSTANT_TYPE = Instant()
MADE_UP = "made up"  # the basis of a closing


def load_programme(engine: Engine, programme: Programme) -> None:
    """Registry, and every earlier quarter accepted and closed, as years of work would leave it."""
    quarters = sorted({key for data in programme.forms for key in data.quarters})
    start = Quarter.parse(quarters[0]).opens_at
    with database.write_transaction(engine) as connection:
        registry_queries.save_registry(connection, _make_registry(programme), start)
        framework_queries.keep_framework(connection, programme.framework, start)
    first = 1
    before: dict[str, list[int]] = {}
    for quarter in quarters:
        with database.write_transaction(engine) as connection:
            for data in programme.forms:
                first = _load_quarter(connection, data, quarter, first, before, programme.framework)
            connection.execute(
                insert(closing).values(
                    quarter=quarter,
                    version=1,
                    closed_at=Quarter.parse(quarter).closes_at,
                    framework=programme.framework.version,
                    registry_load=0,
                    basis=MADE_UP,
                )
            )
    if engine.dialect.name == "postgresql":
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            for table in ("submission", "examination"):
                serial = f"pg_get_serial_sequence('{table}', 'id')"
                connection.exec_driver_sql(f"SELECT setval({serial}, {first})")
            connection.exec_driver_sql("ANALYZE")


def add_closing_rows(connection: Connection, framework: Framework) -> None:
    """What the closings of earlier quarters would have kept, so that documents show these quarters too:
    the submissions that count, a score of each agency and of each of its groups, rates."""
    counted = select(
        closing.c.id, obligation.c.agency, obligation.c.form, submission.c.id.label("submission_id")
    ).where(
        submission.c.quarter == closing.c.quarter,
        obligation.c.quarter == closing.c.quarter,
        obligation.c.agency == submission.c.agency,
        closing.c.basis == MADE_UP,
    )
    rows = connection.execute(counted).all()
    add = bulk_rows.add_rows
    by_submission = [(row.id, row.agency, row.submission_id) for row in rows]
    add(connection, closing_submission, ["closing_id", "agency", "submission_id"], by_submission)
    names = ["closing_id", "agency", "state", "composite", "status", "coverage", "due"]
    scores = [(row.id, row.agency, "accepted", 0.75, "lagging", 1.0, True) for row in rows]
    add(connection, score, names, scores)
    groups = {form: framework.form_groups(form) for form in framework.forms}
    by_group = [
        (row.id, row.agency, group.code, 0.75) for row in rows for group in groups[row.form]
    ]
    add(connection, group_score, ["closing_id", "agency", "group", "score"], by_group)
    sent = Counter((row.id, row.form) for row in rows)
    counts = [(*key, number, number, number, number, 0) for key, number in sent.items()]
    add(connection, reporting, reporting.c.keys(), counts)


def write_files(programme: Programme, inbox: Path) -> list[Path]:
    """The quarter at hand as long-form CSVs, one for each agency, figures as people write them."""
    folder = inbox / programme.quarter
    folder.mkdir(parents=True, exist_ok=True)
    files = []
    for data in programme.forms:
        for update in data.judged:
            file = folder / f"{update.agency}.csv"
            file.write_text(format_csv(update), "utf-8")
            files.append(file)
    return files


def format_csv(update: StructureResult) -> str:
    """An update in long form, as the agency sent it."""
    rows = [
        f"{update.agency},{update.quarter},{code},{dimension},{fact.hundredths / 100:.10g},"
        for (code, dimension), fact in update.facts.items()
        if fact.origin == "reported"
    ]
    rows += [
        f"{update.agency},{update.quarter},{key[0]},{key[1]},about 5," for key in update.faulty
    ]
    if update.nil:
        rows.append(f"{update.agency},{update.quarter},NIL,,yes,")
    return "\n".join([",".join(HEADER), *rows, ""])


def _make_registry(programme: Programme) -> Registry:
    rows = [
        (
            *(update.agency, data.form, f"Agency {update.agency}", f"एजेंसी {update.agency}", "", ""),
            *("textile", f"District {place % 750}", f"Division {place % 10}"),
            *(
                f"{update.agency.lower()}@example.org",
                "hi" if place % 2 else "en",
                find_first_quarter(data, place),
                "",
            ),
        )
        for data in programme.forms
        for place, update in enumerate(data.judged)
    ]
    names = registry_queries.list_frame_columns("agencies")
    empty = pd.DataFrame(columns=registry_queries.list_frame_columns("baselines"))
    return Registry(
        agencies=pd.DataFrame(rows, columns=names),
        recipients=pd.DataFrame(columns=registry_queries.list_frame_columns("recipients")),
        targets=pd.concat([data.history.targets for data in programme.forms], ignore_index=True),
        baselines=empty,
        weights=pd.concat([data.history.weights for data in programme.forms], ignore_index=True),
    )


def find_first_quarter(data: FormData, place: int) -> str:
    """The first quarter for which an agency's update is due."""
    every = (*data.quarters, data.judged[place].quarter)
    return every[len(every) - int(data.due_quarters[place])]


def _load_quarter(
    connection: Connection,
    data: FormData,
    quarter: str,
    first: int,
    before: dict[str, list[int]],
    framework: Framework,
) -> int:
    """One form's accepted updates of a quarter; the next free row number.

    ``before``: the ids each agency had accepted so far. They are the basis on which an update was
    judged, so that none of them is checked again.
    """
    version, counted = framework.version, data.history.counted
    agencies: Sequence[str] = counted.loc[counted["quarter"] == quarter, "agency"].tolist()
    ids = {agency: first + place for place, agency in enumerate(agencies)}
    when = str(_INSTANT_TYPE.process_bind_param(Quarter.parse(quarter).opens_at, None))
    bulk_rows.add_rows(
        connection,
        obligation,
        ["quarter", "agency", "form", "recorded_at"],
        [(quarter, agency, data.form, when) for agency in agencies],
    )
    bulk_rows.add_rows(
        connection,
        submission,
        [
            *("id", "agency", "quarter", "version", "sha256", "size", "file_name", "channel"),
            *("received_at", "collected_at"),
        ],
        [
            (
                id_,
                agency,
                quarter,
                1,
                f"{agency} {quarter}",
                0,
                f"{agency}.csv",
                "folder",
                when,
                when,
            )
            for agency, id_ in ids.items()
        ],
    )
    bulk_rows.add_rows(
        connection,
        examination,
        ["id", "submission_id", "examined_at", "framework", "state", "basis"],
        [
            (id_, id_, when, version, "accepted", _make_basis(version, before.get(agency, ())))
            for agency, id_ in ids.items()
        ],
    )
    for agency, id_ in ids.items():
        before.setdefault(agency, []).append(id_)
    submission_queries.add_facts(connection, list(_list_facts(data.history.facts, quarter, ids)))
    packed = pack_facts(connection, framework, data.form, list(ids.values()))
    layout = make_layout(framework, data.form)
    packed_figure_queries.add_packed_figures(connection, layout, packed)
    return first + len(ids)


def _make_basis(version: str, accepted: Sequence[int]) -> str:
    return digest_parts((version, 0, ",".join(map(str, accepted))))


def _list_facts(
    facts: pd.DataFrame, quarter: str, ids: dict[str, int]
) -> Iterator[tuple[Any, ...]]:
    own = facts[facts["quarter"] == quarter]
    names = ("agency", "indicator", "dimension", "hundredths")
    for agency, code, dimension, value in zip(*(own[name].tolist() for name in names), strict=True):
        place = f"line {2 if dimension == TOTAL else 3}"
        yield agency, quarter, code, dimension, ids[agency], value, "reported", place, None


def get_closing_instant(programme: Programme) -> datetime:
    """An instant at which the quarter at hand is received and its window has ended."""
    return Quarter.parse(programme.quarter).closes_at
