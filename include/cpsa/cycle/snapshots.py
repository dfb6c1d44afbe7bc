"""Fills a ``Snapshot`` from the store: everything a period's documents are built from."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

import pandas as pd
from sqlalchemy import Connection

from cpsa.calendar import IST, AnyPeriod, Quarter
from cpsa.cycle import due_dates, inputs
from cpsa.cycle.departments import with_present_codes
from cpsa.cycle.explaining import with_explanations
from cpsa.cycle.first_mails import actions_sent
from cpsa.cycle.first_quarter import first_quarter
from cpsa.cycle.office import Office
from cpsa.cycle.registers import register_of_period
from cpsa.cycle.reports import findings_that_stand
from cpsa.documents import Snapshot
from cpsa.errors import RequestError
from cpsa.framework import Framework
from cpsa.letters import Kind
from cpsa.store import actions as asked
from cpsa.store import closings, intake, judgements, letters
from cpsa.store.database import reading
from cpsa.store.history import Mark


@dataclass(frozen=True)
class Taken:
    """A snapshot, the digests of all that went into it, and how far history had come.

    ``first``: the programme's first quarter; what was before it is in no document.
    """

    snapshot: Snapshot
    inputs_of: Mapping[str, str]
    mark: Mark
    first: Quarter

    @property
    def inputs(self) -> str:
        """One digest of all inputs."""
        return inputs.total(self.inputs_of)


def take(office: Office, period: AnyPeriod, at: Mark | None = None) -> Taken:
    """The programme up to a period's last quarter; RequestError while one of its quarters is open.

    Quarters before the programme's first are not waited for. ``at``: as history stood at a mark.
    The instant it is as of is that of the newest closing, restatement, explanation, waiver or
    decision in it, so that building again later gives the same bytes.
    """
    mark = at or Mark.now(office.engine)
    with reading(office.engine) as connection:
        shut = closings.latest_closings(connection, period.last_quarter.key, mark)
        first = first_quarter(connection) or period.first_quarter
        if waiting := _waited_for(period, first) - set(shut["quarter"]):
            names = ", ".join(sorted(waiting))
            raise RequestError("cycle.half_not_closed", period=period.key, quarters=names)
        return _taken(office, connection, period, shut, mark, first)


def _waited_for(period: AnyPeriod, first: Quarter) -> set[str]:
    """The quarters without which a period has no documents: its last, and those of the programme."""
    wanted = [quarter for quarter in period.quarters if quarter >= first]
    return {quarter.key for quarter in (*wanted, period.last_quarter)}


def _taken(
    office: Office,
    connection: Connection,
    period: AnyPeriod,
    shut: pd.DataFrame,
    mark: Mark,
    first: Quarter,
) -> Taken:
    until = period.last_quarter.key
    found = findings_that_stand(connection, at=mark)
    found = found[found["quarter"] <= until].reset_index(drop=True)
    versions = dict(zip(shut["quarter"], shut["framework"], strict=True))
    frameworks = {
        key: office.framework_of_version(connection, Quarter.parse(key), versions[key])
        if key in versions
        else office.framework(Quarter.parse(key), connection)
        for key in sorted({*versions, *found["quarter"].unique()})
    }
    scores = closings.rows_of(connection, "score", shut)
    facts = _facts(connection, shut, until)
    decisions = asked.decisions(connection, mark)
    judged_at = judgements.newest_decision_at(connection, until, mark)
    raised = mark.actions_until(asked.actions(connection, until))
    raised = _of_active(raised, scores, shut)
    entries = _of_active(intake.entries_until(connection, until, mark), scores, shut)
    decided_at = decisions.loc[decisions["number"].isin(raised["number"]), "recorded_at"]
    as_of = max([*shut["closed_at"], *decided_at, *filter(None, [judged_at])])
    actions = actions_sent(office, connection, raised, as_of)
    snapshot = Snapshot(
        as_of=as_of,
        framework=frameworks[until],
        frameworks={key: frameworks[key] for key in versions},
        first_quarter=first.key,
        reference=office.reference,
        registry=register_of_period(office, connection, shut, scores),
        facts=facts,
        closings=shut[["quarter", "version", "closed_at"]],
        scores=scores,
        group_scores=closings.rows_of(connection, "group_score", shut),
        reporting=_reporting(closings.rows_of(connection, "reporting", shut)),
        findings=_explained(connection, found, frameworks, mark),
        entries=with_present_codes(office, entries),
        actions=actions,
        decisions=decisions,
        restatements=closings.restatements(connection, until, mark),
        letters=_letters(connection, set(shut["quarter"]), facts, as_of),
        due_dates=_due_dates(connection, until),
    )
    made_of = inputs.digests(snapshot, frameworks.values(), office.settings)
    return Taken(snapshot, made_of, mark, first)


def _of_active(rows: pd.DataFrame, scores: pd.DataFrame, shut: pd.DataFrame) -> pd.DataFrame:
    """Without the rows of an agency for a closed quarter in which it was not active."""
    active = pd.MultiIndex.from_frame(scores[["quarter", "agency"]])
    own = pd.MultiIndex.from_frame(rows[["quarter", "agency"]])
    return rows[own.isin(active) | ~rows["quarter"].isin(shut["quarter"])].reset_index(drop=True)


def _facts(connection: Connection, shut: pd.DataFrame, until: str) -> pd.DataFrame:
    """Accepted figures of closed quarters, with the version and receipt of their submission."""
    rests_on = closings.rows_of(connection, "closing_submission", shut)
    facts = intake.facts_of(connection, rests_on["submission_id"])
    sent = judgements.submissions(connection, until)
    source = facts["carried_from"].fillna(facts["submission_id"])
    facts["version"] = source.map({one.id: one.version for one in sent})
    facts["received_at"] = source.map({one.id: one.received_at for one in sent})
    return facts.sort_values(["quarter", "agency", "indicator", "dimension"], ignore_index=True)


def _letters(
    connection: Connection, quarters: Collection[str], facts: pd.DataFrame, until: datetime
) -> pd.DataFrame:
    """When the letters about accepted updates, which ask to explain warnings, were accepted by a
    mail server. What is found at closing is in no letter."""
    newest = int(facts["version"].max()) if len(facts) else 0
    versions = {Kind.ACCEPTED.slot(version): version for version in range(1, newest + 1)}
    rows = [
        (row.recipient, row.cycle, versions[row.slot], row.at)
        for row in letters.delivered(connection, quarters, versions, until)
    ]
    return pd.DataFrame(rows, columns=["agency", "quarter", "version", "sent_at"])


def _due_dates(connection: Connection, quarter: str) -> pd.DataFrame:
    """The day until whose end each agency's update was due, and whether it was requested."""
    rows = [
        (agency, quarter, (due.due_by - timedelta(seconds=1)).astimezone(IST).date(), due.requested)
        for agency, due in due_dates.due_dates(connection, Quarter.parse(quarter)).items()
    ]
    return pd.DataFrame(rows, columns=["agency", "quarter", "due_on", "requested"])


def _explained(
    connection: Connection, found: pd.DataFrame, frameworks: Mapping[str, Framework], mark: Mark
) -> pd.DataFrame:
    """Findings, each with the agency's explanation, if one holds."""
    told = {key: frameworks[key] for key in found["quarter"].unique()}
    return with_explanations(connection, found, told, mark)


def _reporting(rows: pd.DataFrame) -> pd.DataFrame:
    """With ``requested``: of those expected, the agencies that the on-time rate is counted of."""
    left_out = pd.to_numeric(rows["not_requested"]).fillna(0).astype(int)
    return rows.assign(requested=rows["expected"].astype(int) - left_out)
