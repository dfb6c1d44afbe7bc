"""Fills a ``Snapshot`` from the store: everything a period's documents are built from."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
import pandas as pd
from sqlalchemy import Connection

from cpsa.calendar import IST, AnyPeriod, Quarter
from cpsa.errors import RequestError
from cpsa.framework.model import Framework
from cpsa.letters.letter_kinds import LetterKind
from cpsa.provenance.snapshot import Snapshot, make_empty_frame
from cpsa.services import due_dates
from cpsa.services.app_context import AppContext
from cpsa.services.decisions.first_mails import join_first_mail_dates
from cpsa.services.department_codes import replace_former_codes
from cpsa.services.examination.current_findings import join_explanations
from cpsa.services.examination.latest_findings import load_latest_findings
from cpsa.services.first_quarter import find_first_quarter
from cpsa.services.publication import document_inputs
from cpsa.services.publication.document_registers import load_register_of_period
from cpsa.store.as_of import HistoryMark
from cpsa.store.database import read_transaction
from cpsa.store.queries import (
    action_queries,
    closing_queries,
    entry_queries,
    examination_queries,
    letter_queries,
    publication_queries,
    submission_queries,
    table_queries,
)


@dataclass(frozen=True)
class SnapshotWithInputs:
    """A snapshot, the digests of all its inputs, and the mark of history it was taken at.

    ``first``: the programme's first quarter; what was before it is in no document.
    """

    snapshot: Snapshot
    inputs_of: Mapping[str, str]
    mark: HistoryMark
    first: Quarter

    @property
    def inputs_digest(self) -> str:
        """One digest of all inputs."""
        return document_inputs.combine_digests(self.inputs_of)


def take_snapshot(
    context: AppContext, period: AnyPeriod, at: HistoryMark | None = None
) -> SnapshotWithInputs:
    """Take the programme up to a period's last quarter; RequestError while one of its quarters is open.

    Quarters before the programme's first are not required. ``at``: as history was at a mark.
    The instant it is as of is that of the newest closing, restatement, explanation, waiver or
    decision in it, so that building again later gives the same bytes.
    """
    mark = at or HistoryMark.load(context.engine)
    with read_transaction(context.engine) as connection:
        shut = closing_queries.load_latest_closings(connection, period.last_quarter.key, mark)
        first = find_first_quarter(connection) or period.first_quarter
        if missing_quarters := _list_required_quarters(period, first) - set(shut["quarter"]):
            names = ", ".join(sorted(missing_quarters))
            raise RequestError("cycle.half_not_closed", period=period.key, quarters=names)
        return _load_snapshot(context, connection, period, shut, mark, first)


def _list_required_quarters(period: AnyPeriod, first: Quarter) -> set[str]:
    """List the quarters without which a period has no documents: its last, and those of the programme."""
    wanted = [quarter for quarter in period.quarters if quarter >= first]
    return {quarter.key for quarter in (*wanted, period.last_quarter)}


def _load_snapshot(
    context: AppContext,
    connection: Connection,
    period: AnyPeriod,
    shut: pd.DataFrame,
    mark: HistoryMark,
    first: Quarter,
) -> SnapshotWithInputs:
    until = period.last_quarter.key
    found = load_latest_findings(connection, at=mark)
    found = found[found["quarter"] <= until].reset_index(drop=True)
    versions = dict(zip(shut["quarter"], shut["framework"], strict=True))
    frameworks = {
        key: context.load_framework_of_version(connection, Quarter.parse(key), versions[key])
        if key in versions
        else context.load_framework(Quarter.parse(key), connection)
        for key in sorted({*versions, *found["quarter"].unique()})
    }
    scores = closing_queries.load_closing_rows(connection, "score", shut)
    facts = _load_facts(connection, shut, until)
    decisions = action_queries.load_decisions(connection, mark)
    judged_at = examination_queries.find_newest_decision_at(connection, until, mark)
    raised = mark.select_actions(action_queries.load_actions(connection, until))
    registry = load_register_of_period(context, connection, shut, scores)
    active = _list_active(scores, facts, registry.agencies, frameworks[until])
    raised = _keep_active(raised, active, shut)
    entries = _keep_active(entry_queries.load_entries(connection, until, mark), active, shut)
    decided_at = decisions.loc[decisions["number"].isin(raised["number"]), "recorded_at"]
    as_of = max([*shut["closed_at"], *decided_at, *filter(None, [judged_at])])
    actions = join_first_mail_dates(context, connection, raised, as_of)
    snapshot = Snapshot(
        as_of=as_of,
        framework=frameworks[until],
        frameworks={key: frameworks[key] for key in versions},
        first_quarter=first.key,
        reference=context.reference,
        registry=registry,
        facts=facts,
        closings=shut[["quarter", "version", "closed_at"]],
        publications=publication_queries.list_online_publications(connection, mark),
        scores=scores,
        group_scores=closing_queries.load_group_scores(connection, shut),
        reporting=_add_requested(closing_queries.load_closing_rows(connection, "reporting", shut)),
        findings=_join_explanations(connection, found, frameworks, mark),
        entries=replace_former_codes(context, entries),
        actions=actions,
        decisions=decisions,
        restatements=closing_queries.load_restatements(connection, until, mark),
        letters=_load_letters(connection, set(shut["quarter"]), facts, as_of),
        due_dates=_load_due_dates(connection, until),
        table_values=_load_table_values(connection, frameworks.values(), shut, until, mark),
    )
    made_of = document_inputs.digest_document_inputs(
        snapshot, frameworks.values(), context.settings
    )
    return SnapshotWithInputs(snapshot, made_of, mark, first)


def _list_active(
    scores: pd.DataFrame, facts: pd.DataFrame, agencies: pd.DataFrame, framework: Framework
) -> pd.MultiIndex:
    """List quarter and agency of those that have a score, and of those without that have figures."""
    unscored = [not framework.is_scored(form) for form in agencies["form"]]
    reported = facts[facts["agency"].isin(agencies.loc[unscored, "code"])]
    names = ["quarter", "agency"]
    pairs = [frame[names].astype(object).drop_duplicates() for frame in (scores, reported)]
    return pd.MultiIndex.from_frame(pd.concat(pairs))


def _keep_active(rows: pd.DataFrame, active: pd.MultiIndex, shut: pd.DataFrame) -> pd.DataFrame:
    """Remove the rows of an agency for a closed quarter in which it was not active."""
    own = pd.MultiIndex.from_frame(rows[["quarter", "agency"]])
    return rows[own.isin(active) | ~rows["quarter"].isin(shut["quarter"])].reset_index(drop=True)


def _load_facts(connection: Connection, shut: pd.DataFrame, until: str) -> pd.DataFrame:
    """Load accepted figures of closed quarters, with the version and receipt of their submission."""
    closings = [int(closing) for closing in shut.loc[shut["quarter"] <= until, "id"]]
    facts = submission_queries.load_facts_of_closings(connection, closings)
    key = ["dimension", "indicator", "agency", "quarter"]
    order = np.lexsort([facts[name].cat.codes for name in key])  # the last one goes first
    # Column by column: a country's rows are not in memory twice.
    return pd.DataFrame(
        {name: facts.pop(name).take(order).array for name in list(facts.columns)}, copy=False
    )


def _load_table_values(
    connection: Connection,
    frameworks: Collection[Framework],
    shut: pd.DataFrame,
    until: str,
    mark: HistoryMark,
) -> pd.DataFrame:
    """Load what agencies gave in tables; nothing is looked for where no form has one.

    Rows about clusters are proposals: no document has them.
    """
    if not any(framework.tables for framework in frameworks):
        return make_empty_frame("table_values")
    closings = [int(closing) for closing in shut.loc[shut["quarter"] <= until, "id"]]
    values = table_queries.load_values_of_closings(connection, closings, until, mark)
    proposing = {
        table.code
        for framework in frameworks
        for table in framework.tables.values()
        if table.clusters
    }
    is_proposed = values["table"].isin(proposing)
    return values[~is_proposed].reset_index(drop=True) if is_proposed.any() else values


def _load_letters(
    connection: Connection, quarters: Collection[str], facts: pd.DataFrame, until: datetime
) -> pd.DataFrame:
    """Load when the letters about accepted updates, which request explanations, were accepted by a
    mail server. What is found at closing is in no letter."""
    newest = int(facts["version"].max()) if len(facts) else 0
    versions = {LetterKind.ACCEPTED.make_slot(version): version for version in range(1, newest + 1)}
    rows = [
        (row.recipient, row.cycle, versions[row.slot], row.at)
        for row in letter_queries.load_delivered_letters(connection, quarters, versions, until)
    ]
    return pd.DataFrame(rows, columns=["agency", "quarter", "version", "sent_at"])


def _load_due_dates(connection: Connection, quarter: str) -> pd.DataFrame:
    """Load the day until whose end each agency's update was due, and whether it was requested."""
    rows = [
        (agency, quarter, (due.due_by - timedelta(seconds=1)).astimezone(IST).date(), due.requested)
        for agency, due in due_dates.load_due_dates(connection, Quarter.parse(quarter)).items()
    ]
    return pd.DataFrame(rows, columns=["agency", "quarter", "due_on", "requested"])


def _join_explanations(
    connection: Connection,
    found: pd.DataFrame,
    frameworks: Mapping[str, Framework],
    mark: HistoryMark,
) -> pd.DataFrame:
    """Join to each finding the agency's explanation, if one is valid."""
    found_frameworks = {key: frameworks[key] for key in found["quarter"].unique()}
    return join_explanations(connection, found, found_frameworks, mark)


def _add_requested(rows: pd.DataFrame) -> pd.DataFrame:
    """Add ``requested``: of those expected, the agencies that the on-time rate counts."""
    left_out = pd.to_numeric(rows["not_requested"]).fillna(0).astype(int)
    return rows.assign(requested=rows["expected"].astype(int) - left_out)
