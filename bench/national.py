"""A made-up country in a store: registry and closed quarters loaded, the quarter at hand as files."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path

import pandas as pd
from sqlalchemy import Connection, Engine, insert

from bench.programme import FormData, Programme
from cpsa.calendar import Quarter
from cpsa.check.structure import Judged
from cpsa.collect.update import HEADER
from cpsa.cycle.standing import digest
from cpsa.framework import TOTAL
from cpsa.registry import Registry
from cpsa.store import bulk, database, intake
from cpsa.store import registry as registries
from cpsa.store.schema import Instant
from cpsa.store.tables.closing import closing
from cpsa.store.tables.intake import obligation, submission
from cpsa.store.tables.judgement import examination

_TEXT = Instant()


def load(engine: Engine, programme: Programme) -> None:
    """Registry, and every earlier quarter accepted and closed, as years of work would leave it."""
    quarters = sorted({key for data in programme.forms for key in data.quarters})
    start = Quarter.parse(quarters[0]).opens_at
    with database.writing(engine) as connection:
        registries.load(connection, _registry(programme), start)
    first = 1
    before: dict[str, list[int]] = {}
    for quarter in quarters:
        with database.writing(engine) as connection:
            for data in programme.forms:
                version = programme.framework.version
                first = _quarter(connection, data, quarter, first, before, version)
            connection.execute(
                insert(closing).values(
                    quarter=quarter,
                    version=1,
                    closed_at=Quarter.parse(quarter).closes_at,
                    framework=programme.framework.version,
                    registry_load=0,
                    basis="made up",
                )
            )
    if engine.dialect.name == "postgresql":
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            for table in ("submission", "examination"):
                serial = f"pg_get_serial_sequence('{table}', 'id')"
                connection.exec_driver_sql(f"SELECT setval({serial}, {first})")
            connection.exec_driver_sql("ANALYZE")


def write_files(programme: Programme, inbox: Path) -> list[Path]:
    """The quarter at hand as long-form CSVs, one for each agency, figures as people write them."""
    folder = inbox / programme.quarter
    folder.mkdir(parents=True, exist_ok=True)
    files = []
    for data in programme.forms:
        for one in data.judged:
            file = folder / f"{one.agency}.csv"
            file.write_text(as_csv(one), "utf-8")
            files.append(file)
    return files


def as_csv(one: Judged) -> str:
    """An update in long form, as the agency sent it."""
    rows = [
        f"{one.agency},{one.quarter},{code},{dimension},{fact.hundredths / 100:.10g},"
        for (code, dimension), fact in one.facts.items()
        if fact.origin == "reported"
    ]
    rows += [f"{one.agency},{one.quarter},{key[0]},{key[1]},about 5," for key in one.faulty]
    if one.nil:
        rows.append(f"{one.agency},{one.quarter},NIL,,yes,")
    return "\n".join([",".join(HEADER), *rows, ""])


def _registry(programme: Programme) -> Registry:
    rows = [
        (
            *(one.agency, data.form, f"Agency {one.agency}", f"एजेंसी {one.agency}", "", ""),
            *("textile", f"District {at % 750}", f"Division {at % 10}"),
            *(f"{one.agency.lower()}@example.org", "hi" if at % 2 else "en", since(data, at)),
        )
        for data in programme.forms
        for at, one in enumerate(data.judged)
    ]
    names = [name for name in registries.columns("agencies")]
    empty = pd.DataFrame(columns=registries.columns("baselines"))
    return Registry(
        agencies=pd.DataFrame(rows, columns=names),
        recipients=pd.DataFrame(columns=registries.columns("recipients")),
        targets=pd.concat([data.history.targets for data in programme.forms], ignore_index=True),
        baselines=empty,
        weights=pd.concat([data.history.weights for data in programme.forms], ignore_index=True),
    )


def since(data: FormData, at: int) -> str:
    """The first quarter that an agency owes."""
    every = (*data.quarters, data.judged[at].quarter)
    return every[len(every) - int(data.owed[at])]


def _quarter(
    connection: Connection,
    data: FormData,
    quarter: str,
    first: int,
    before: dict[str, list[int]],
    version: str,
) -> int:
    """One form's accepted updates of a quarter; the next free row number.

    ``before``: the ids each agency had accepted so far. They are the basis on which an update was
    judged, so that nobody finds it must be judged anew.
    """
    counted = data.history.counted
    agencies: Sequence[str] = counted.loc[counted["quarter"] == quarter, "agency"].tolist()
    ids = {agency: first + at for at, agency in enumerate(agencies)}
    when = str(_TEXT.process_bind_param(Quarter.parse(quarter).opens_at, None))
    bulk.add(
        connection,
        obligation,
        ["quarter", "agency", "form", "recorded_at"],
        [(quarter, agency, data.form, when) for agency in agencies],
    )
    bulk.add(
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
    bulk.add(
        connection,
        examination,
        ["id", "submission_id", "examined_at", "framework", "state", "basis"],
        [
            (id_, id_, when, version, "accepted", _basis(version, before.get(agency, ())))
            for agency, id_ in ids.items()
        ],
    )
    for agency, id_ in ids.items():
        before.setdefault(agency, []).append(id_)
    intake.add_facts(connection, list(_facts(data.history.facts, quarter, ids)))
    return first + len(ids)


def _basis(version: str, accepted: Sequence[int]) -> str:
    return digest((version, 0, ",".join(map(str, accepted))))


def _facts(facts: pd.DataFrame, quarter: str, ids: dict[str, int]) -> Iterator[tuple]:
    own = facts[facts["quarter"] == quarter]
    names = ("agency", "indicator", "dimension", "hundredths")
    for agency, code, dimension, value in zip(*(own[name].tolist() for name in names), strict=True):
        place = f"line {2 if dimension == TOTAL else 3}"
        yield agency, quarter, code, dimension, ids[agency], value, "reported", place, None


def received_late(programme: Programme) -> datetime:
    """An instant at which the quarter at hand has come in and its window has ended."""
    return Quarter.parse(programme.quarter).closes_at
