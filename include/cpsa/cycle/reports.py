"""Tables that people and programs read: findings, scores, reporting, obligations.

The first columns are a contract (docs/data-dictionary.md); more may follow them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, fields

import pandas as pd
from sqlalchemy import Connection

from cpsa.calendar import Quarter, last_day_before
from cpsa.cycle.due_dates import due_dates
from cpsa.cycle.explaining import with_explanations
from cpsa.cycle.office import Office
from cpsa.cycle.standing import Standing
from cpsa.figures import places4
from cpsa.framework import AGENCY, CPSA, Framework
from cpsa.score.reporting import on_time_rate, share
from cpsa.store import closings, intake, judgements
from cpsa.store.database import reading
from cpsa.store.history import Mark
from cpsa.submissions.current import is_locked_out
from cpsa.submissions.due_date import DueDate
from cpsa.submissions.finding import Finding, mend, message
from cpsa.submissions.open_finding import AT_CLOSING, is_for_agency, is_open

FIRST_QUARTER, LAST_QUARTER = "2017-18-Q1", "9999-99-Q4"
FINDING_FIELDS = [field.name for field in fields(Finding)]
FINDING_COLUMNS = [
    "rule",
    "severity",
    "agency",
    "quarter",
    "indicator",
    "dimension",
    "version",
    "observed",
    "expected",
    "place",
    "waived",
    "after_restatement",
    "message_en",
    "message_hi",
    "mend_en",
    "mend_hi",
    "explanation",
]
LISTED_FINDING_COLUMNS = [*FINDING_COLUMNS, "open", "addressee"]
REPORTING_COLUMNS = [
    "quarter",
    "form",
    "expected",
    "received",
    "accepted",
    "reporting_rate",
    "accepted_rate",
    "on_time",
    "on_time_rate",
    "not_requested",
]


def findings(
    office: Office, quarter: Quarter | None = None, agency: str | None = None
) -> pd.DataFrame:
    """Findings of each newest submission, of the accepted one, and at close; for CPSA, so with those
    of rules on trial.

    ``open``: whether each is open. ``addressee``: who is asked about it, the agency or CPSA.
    """
    with reading(office.engine) as connection:
        frame = _findings_with_current(connection, quarter, with_trial=True)
        if agency is not None:
            frame = frame[frame["agency"] == agency].reset_index(drop=True)
        frameworks = {
            key: office.framework(Quarter.parse(key), connection)
            for key in frame["quarter"].unique()
        }
        frame = with_explanations(connection, frame, frameworks)
        return _in_words(frame, frameworks, LISTED_FINDING_COLUMNS)


def told(office: Office, quarter: Quarter, found: Sequence[Finding]) -> pd.DataFrame:
    """Findings of one examination as a table, in the order they are told."""
    frame = pd.DataFrame([asdict(one) for one in found], columns=FINDING_FIELDS)
    frame["version"] = 0
    frame["explanation"] = ""
    return _in_words(frame, {quarter.key: office.framework(quarter)}, FINDING_COLUMNS)


def _in_words(
    frame: pd.DataFrame, frameworks: Mapping[str, Framework], columns: Sequence[str]
) -> pd.DataFrame:
    frame = frame.copy()
    for language in ("en", "hi"):
        for name, words in (("message", message), ("mend", mend)):
            frame[f"{name}_{language}"] = [
                words(row, frameworks[row["quarter"]], language) for row in frame.to_dict("records")
            ]
    if "open" in columns:
        rows = list(frame.itertuples(index=False))
        frame["open"] = [
            "yes" if row.current and is_open(row, row.explanation) else "" for row in rows
        ]
        frame["addressee"] = [
            AGENCY if is_for_agency(row, frameworks[row.quarter]) else CPSA for row in rows
        ]
    return frame[list(columns)].reset_index(drop=True)


def findings_that_stand(
    connection: Connection, quarter: Quarter | None = None, at: Mark | None = None
) -> pd.DataFrame:
    """The same without words: a finding's fields and the version it was found in (0 at close)."""
    return _findings_with_current(connection, quarter, at).drop(columns="current")


def _findings_with_current(
    connection: Connection,
    quarter: Quarter | None = None,
    at: Mark | None = None,
    with_trial: bool = False,
) -> pd.DataFrame:
    """And ``current``: whether it is of the current submission or of the newest closing."""
    until = quarter.key if quarter else LAST_QUARTER
    standing = Standing.read(connection, until, at=at)
    told = [*standing.accepted.values(), *standing.newest.values()]
    shut = closings.latest_closings(connection, until, at)
    if quarter:
        told = [one for one in told if one.quarter == quarter.key]
        shut = shut[shut["quarter"] == quarter.key]
    versions = {one.examination_id: one.version for one in told if one.examination_id is not None}
    ids = [int(one) for one in shut["id"]]
    frame = judgements.findings_of(connection, versions, ids, with_trial)
    frame["version"] = frame["examination_id"].map(versions).fillna(AT_CLOSING).astype(int)
    examined = {row.examination_id for row in standing.current.values()}
    frame["current"] = frame["closing_id"].notna() | frame["examination_id"].isin(examined)
    order = frame.sort_values(["quarter", "agency", "version"], kind="stable")
    return order.drop(columns=["examination_id", "closing_id"]).reset_index(drop=True)


def scores(office: Office, quarter: Quarter | None = None) -> pd.DataFrame:
    """Scores of closed quarters, printed to four places, a column for every group."""
    with reading(office.engine) as connection:
        shut = _closings(connection, quarter)
        frame = closings.rows_of(connection, "score", shut)
        groups = closings.rows_of(connection, "group_score", shut)
        order = office.roll(connection).agencies["code"].tolist()
    wide = groups.pivot(index=["quarter", "agency"], columns="group", values="score")
    framework = _newest_framework(office, shut)
    names = list(framework.groups)
    wide = wide.reindex(columns=names).reset_index()
    frame = frame.merge(wide, on=["quarter", "agency"], how="left", sort=False)
    limited = map(
        framework.is_limited_by_coverage, frame["status"], frame["composite"], frame["coverage"]
    )
    frame["limited_by_coverage"] = ["yes" if is_limited else "" for is_limited in limited]
    for column in ("composite", "coverage", *names):
        frame[column] = [places4(value) for value in frame[column]]
    columns = ["agency", "quarter", "state", "composite", "status", "coverage", *names]
    columns.append("limited_by_coverage")
    return _in_order(frame, "agency", order)[columns]


def reporting(office: Office, quarter: Quarter | None = None) -> pd.DataFrame:
    """Reporting, accepted and on-time rates of closed quarters, by form."""
    with reading(office.engine) as connection:
        shut = _closings(connection, quarter)
        frame = closings.rows_of(connection, "reporting", shut)
    for rate, part in (("reporting_rate", "received"), ("accepted_rate", "accepted")):
        frame[rate] = [
            places4(share(count, whole))
            for count, whole in zip(frame[part], frame["expected"], strict=True)
        ]
    counts = frame[["on_time", "expected", "not_requested"]]
    frame["on_time_rate"] = [places4(on_time_rate(*row)) for row in counts.itertuples(index=False)]
    frame["not_requested"] = frame["not_requested"].astype("Int64")
    return _in_order(frame, "form", list(_newest_framework(office, shut).forms))[REPORTING_COLUMNS]


def status(office: Office, quarter: Quarter | None = None) -> pd.DataFrame:
    """Every obligation: the agency's state, its newest version, whether the first file was late.

    ``waits``: whether a file waits for a lock exception. ``due``: the agency's last day in time;
    ``requested``: blank where no mail server accepted its request, or it was recorded by nobody.
    """
    with reading(office.engine) as connection:
        until = quarter.key if quarter else LAST_QUARTER
        standing = Standing.read(connection, until)
        keys = [quarter.key] if quarter else intake.quarters_known(connection)
        shut = set(closings.latest_closings(connection)["quarter"])
        owed = [
            (key, agency, form)
            for key in keys
            for agency, form in _owing(office, connection, key).items()
        ]
        dates = {key: due_dates(connection, Quarter.parse(key)) for key in keys}
    rows = []
    for key, agency, form in owed:
        versions = standing.versions.get((agency, key), ())
        row = versions[-1] if versions else None
        state = standing.state(agency, key, closed=key in shut)
        first = min((one.received_at for one in versions), default=None)
        date = dates[key].get(agency, DueDate(Quarter.parse(key).due_by))
        late = first is not None and date.is_late(first)
        version = row.version if row else 0
        waits = "locked_out" if is_locked_out(versions) else ""
        rows.append((key, agency, form, state, version, "late" if late else "", waits, *_due(date)))
    columns = ["quarter", "agency", "form", "state", "version", "late", "waits", "due", "requested"]
    return pd.DataFrame(rows, columns=columns)


def _due(date: DueDate) -> tuple[str, str]:
    return last_day_before(date.due_by).isoformat(), "yes" if date.requested else ""


def _owing(office: Office, connection: Connection, quarter: str) -> Mapping[str, str]:
    """Whose update is due: as recorded, or by the register where nobody was requested yet."""
    due = office.register_of_quarter(connection, Quarter.parse(quarter)).forms_in(quarter)
    recorded = intake.obligations(connection, quarter)
    return {agency: form for agency, form in recorded.items() if agency in due} or due


def _closings(connection: Connection, quarter: Quarter | None) -> pd.DataFrame:
    shut = closings.latest_closings(connection)
    return shut[shut["quarter"] == quarter.key] if quarter else shut


def _in_order(frame: pd.DataFrame, column: str, order: list[str]) -> pd.DataFrame:
    """By quarter, and within it in the order in which people know the values of a column."""
    places = {value: place for place, value in enumerate(order)}
    ranked = frame.assign(_place=frame[column].map(places).fillna(len(places)))
    ranked = ranked.sort_values(["quarter", "_place"], kind="stable")
    return ranked.drop(columns="_place").reset_index(drop=True)


def _newest_framework(office: Office, shut: pd.DataFrame) -> Framework:
    return office.framework(Quarter.parse(max(shut["quarter"], default=FIRST_QUARTER)))
