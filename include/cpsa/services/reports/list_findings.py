"""Tables that people and programs read: findings, scores, reporting, obligations.

The first columns are a contract (docs/data-dictionary.md); more may follow them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, fields

import pandas as pd
from sqlalchemy import Connection

from cpsa.calendar import Quarter, last_day_before
from cpsa.figures import places4
from cpsa.framework.model import AGENCY, CPSA, Framework
from cpsa.scoring.reporting_rates import on_time_rate, share
from cpsa.services.app_context import AppContext
from cpsa.services.examination.explain_warnings import join_explanations
from cpsa.services.quarter.due_dates import load_due_dates
from cpsa.store.as_of import HistoryMark
from cpsa.store.database import read_transaction
from cpsa.store.queries import (
    closing_queries,
    examination_queries,
    obligation_queries,
    submission_queries,
)
from cpsa.store.queries.stored_submissions import StoredSubmissions
from cpsa.submissions.current import is_locked_out
from cpsa.submissions.due_date import DueDate
from cpsa.submissions.finding import Finding, describe_correction, describe_finding
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


def list_findings(
    context: AppContext, quarter: Quarter | None = None, agency: str | None = None
) -> pd.DataFrame:
    """List findings of each newest submission, of the accepted one, and at close; for CPSA, so with those
    of rules on trial.

    ``open``: whether each is open. ``addressee``: who has to answer it, the agency or CPSA.
    """
    with read_transaction(context.engine) as connection:
        frame = _load_findings_with_current(connection, quarter, with_trial=True)
        if agency is not None:
            frame = frame[frame["agency"] == agency].reset_index(drop=True)
        frameworks = {
            key: context.load_framework(Quarter.parse(key), connection)
            for key in frame["quarter"].unique()
        }
        frame = join_explanations(connection, frame, frameworks)
        return _add_texts(frame, frameworks, LISTED_FINDING_COLUMNS)


def tabulate_findings(
    context: AppContext, quarter: Quarter, found: Sequence[Finding]
) -> pd.DataFrame:
    """Return findings of one examination as a table, in their order."""
    frame = pd.DataFrame([asdict(finding) for finding in found], columns=FINDING_FIELDS)
    frame["version"] = 0
    frame["explanation"] = ""
    return _add_texts(frame, {quarter.key: context.load_framework(quarter)}, FINDING_COLUMNS)


def _add_texts(
    frame: pd.DataFrame, frameworks: Mapping[str, Framework], columns: Sequence[str]
) -> pd.DataFrame:
    frame = frame.copy()
    for language in ("en", "hi"):
        for name, words in (("message", describe_finding), ("mend", describe_correction)):
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


def load_latest_findings(
    connection: Connection, quarter: Quarter | None = None, at: HistoryMark | None = None
) -> pd.DataFrame:
    """Load the same without texts: a finding's fields and the version it was found in (0 at close)."""
    return _load_findings_with_current(connection, quarter, at).drop(columns="current")


def _load_findings_with_current(
    connection: Connection,
    quarter: Quarter | None = None,
    at: HistoryMark | None = None,
    with_trial: bool = False,
) -> pd.DataFrame:
    """Load them with ``current``: whether it is of the current submission or of the newest closing."""
    until = quarter.key if quarter else LAST_QUARTER
    submissions = StoredSubmissions.load(connection, until, at=at)
    examined_rows = [*submissions.accepted.values(), *submissions.newest.values()]
    shut = closing_queries.load_latest_closings(connection, until, at)
    if quarter:
        examined_rows = [
            examined_row for examined_row in examined_rows if examined_row.quarter == quarter.key
        ]
        shut = shut[shut["quarter"] == quarter.key]
    versions = {
        examined_row.examination_id: examined_row.version
        for examined_row in examined_rows
        if examined_row.examination_id is not None
    }
    ids = [int(closing_id) for closing_id in shut["id"]]
    frame = examination_queries.load_findings(connection, versions, ids, with_trial)
    frame["version"] = frame["examination_id"].map(versions).fillna(AT_CLOSING).astype(int)
    examined = {row.examination_id for row in submissions.current.values()}
    frame["current"] = frame["closing_id"].notna() | frame["examination_id"].isin(examined)
    order = frame.sort_values(["quarter", "agency", "version"], kind="stable")
    return order.drop(columns=["examination_id", "closing_id"]).reset_index(drop=True)


def list_scores(context: AppContext, quarter: Quarter | None = None) -> pd.DataFrame:
    """List scores of closed quarters, rounded to four places, a column for every group."""
    with read_transaction(context.engine) as connection:
        shut = _load_closings(connection, quarter)
        frame = closing_queries.load_closing_rows(connection, "score", shut)
        groups = closing_queries.load_closing_rows(connection, "group_score", shut)
        order = context.load_register(connection).agencies["code"].tolist()
    wide = groups.pivot(index=["quarter", "agency"], columns="group", values="score")
    framework = _load_newest_framework(context, shut)
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
    return _sort_by(frame, "agency", order)[columns]


def list_reporting(context: AppContext, quarter: Quarter | None = None) -> pd.DataFrame:
    """List reporting, accepted and on-time rates of closed quarters, by form."""
    with read_transaction(context.engine) as connection:
        shut = _load_closings(connection, quarter)
        frame = closing_queries.load_closing_rows(connection, "reporting", shut)
    for rate, part in (("reporting_rate", "received"), ("accepted_rate", "accepted")):
        frame[rate] = [
            places4(share(count, whole))
            for count, whole in zip(frame[part], frame["expected"], strict=True)
        ]
    counts = frame[["on_time", "expected", "not_requested"]]
    frame["on_time_rate"] = [places4(on_time_rate(*row)) for row in counts.itertuples(index=False)]
    frame["not_requested"] = frame["not_requested"].astype("Int64")
    return _sort_by(frame, "form", list(_load_newest_framework(context, shut).forms))[
        REPORTING_COLUMNS
    ]


def list_obligations(context: AppContext, quarter: Quarter | None = None) -> pd.DataFrame:
    """List every obligation: the agency's state, its newest version, whether the first file was late.

    ``waits``: whether a file waits for a lock exception. ``due``: the agency's last day in time;
    ``requested``: blank where no mail server accepted its request, or no request was recorded.
    """
    with read_transaction(context.engine) as connection:
        until = quarter.key if quarter else LAST_QUARTER
        submissions = StoredSubmissions.load(connection, until)
        keys = [quarter.key] if quarter else submission_queries.list_known_quarters(connection)
        shut = set(closing_queries.load_latest_closings(connection)["quarter"])
        obligations = [
            (key, agency, form)
            for key in keys
            for agency, form in _list_forms_due(context, connection, key).items()
        ]
        dates = {key: load_due_dates(connection, Quarter.parse(key)) for key in keys}
    rows = []
    for key, agency, form in obligations:
        versions = submissions.versions.get((agency, key), ())
        row = versions[-1] if versions else None
        state = submissions.state(agency, key, closed=key in shut)
        first = min((submission.received_at for submission in versions), default=None)
        date = dates[key].get(agency, DueDate(Quarter.parse(key).due_by))
        late = first is not None and date.is_late(first)
        version = row.version if row else 0
        waits = "locked_out" if is_locked_out(versions) else ""
        rows.append(
            (key, agency, form, state, version, "late" if late else "", waits, *_format_due(date))
        )
    columns = ["quarter", "agency", "form", "state", "version", "late", "waits", "due", "requested"]
    return pd.DataFrame(rows, columns=columns)


def _format_due(date: DueDate) -> tuple[str, str]:
    return last_day_before(date.due_by).isoformat(), "yes" if date.requested else ""


def _list_forms_due(context: AppContext, connection: Connection, quarter: str) -> Mapping[str, str]:
    """List the agencies whose update is due: as recorded, or by the register where none was requested yet."""
    due = context.load_register_of_quarter(connection, Quarter.parse(quarter)).forms_in(quarter)
    recorded = obligation_queries.load_obligations(connection, quarter)
    return {agency: form for agency, form in recorded.items() if agency in due} or due


def _load_closings(connection: Connection, quarter: Quarter | None) -> pd.DataFrame:
    shut = closing_queries.load_latest_closings(connection)
    return shut[shut["quarter"] == quarter.key] if quarter else shut


def _sort_by(frame: pd.DataFrame, column: str, order: list[str]) -> pd.DataFrame:
    """Sort by quarter, and within it in a given order of a column's values."""
    places = {value: place for place, value in enumerate(order)}
    ranked = frame.assign(_place=frame[column].map(places).fillna(len(places)))
    ranked = ranked.sort_values(["quarter", "_place"], kind="stable")
    return ranked.drop(columns="_place").reset_index(drop=True)


def _load_newest_framework(context: AppContext, shut: pd.DataFrame) -> Framework:
    return context.load_framework(Quarter.parse(max(shut["quarter"], default=FIRST_QUARTER)))
