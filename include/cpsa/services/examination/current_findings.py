"""Findings of current submissions and of closings, and the explanations that are valid for them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd
from sqlalchemy import Connection

from cpsa.framework.model import Framework
from cpsa.store.as_of import HistoryMark
from cpsa.store.queries import examination_queries, explanation_queries
from cpsa.store.queries.examination_queries import SubmissionRecord
from cpsa.submissions.current import admitted, current_submission
from cpsa.submissions.explanations import match_explanations
from cpsa.submissions.finding import Finding
from cpsa.submissions.open_finding import is_for_agency

_FINDING_FIELDS = list(Finding._fields)


def join_explanations(
    connection: Connection,
    frame: pd.DataFrame,
    frameworks: Mapping[str, Framework],
    at: HistoryMark | None = None,
) -> pd.DataFrame:
    """Add a column ``explanation`` to findings, blank where no explanation is valid."""
    frame = frame.assign(explanation="")
    agencies = set(frame["agency"])
    explanations = explanation_queries.load_explanations(
        connection, max(frame["quarter"], default=""), mark=at
    )
    explanations = [explanation for explanation in explanations if explanation.agency in agencies]
    if not explanations:
        return frame
    found = [Finding(*row) for row in frame[_FINDING_FIELDS].itertuples(index=False)]
    for quarter, framework in frameworks.items():
        answers = match_explanations(
            (candidate for candidate in found if candidate.quarter == quarter),
            explanations,
            framework,
        )
        for place, finding in enumerate(found):
            if finding in answers:
                frame.iat[place, -1] = answers[finding]
    return frame


def load_newest_findings(
    connection: Connection, versions: Sequence[SubmissionRecord]
) -> list[Finding]:
    """Load the findings of the newest admitted version that was examined."""
    examined = [row.examination_id for row in admitted(versions) if row.examination_id is not None]
    return load_findings(connection, examined[-1:])


def load_current_findings(
    connection: Connection,
    versions: Sequence[SubmissionRecord],
    agency: str,
    closing: int | None,
    framework: Framework,
) -> list[Finding]:
    """Load the agency's findings of its current submission and of the quarter's newest closing.

    ``versions``: all of this agency and quarter. ``closing``: None while the quarter is open.
    """
    current = current_submission(versions)
    examined = current.examination_id if current else None
    found = load_findings(connection, [] if examined is None else [examined])
    if closing is not None:
        found += examination_queries.list_findings(connection, (), [closing], agency)
    return [finding for finding in found if is_for_agency(finding, framework)]


def load_findings(connection: Connection, examinations: Sequence[int]) -> list[Finding]:
    """Load the findings of examinations, in the order in which they were found."""
    return examination_queries.list_findings(connection, examinations)
