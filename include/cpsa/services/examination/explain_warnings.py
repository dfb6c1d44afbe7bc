"""Agencies' explanations of warnings, recorded as received by workbook, portal or command line."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime

import pandas as pd
from sqlalchemy import Connection

from cpsa.calendar import Quarter
from cpsa.errors import RequestError
from cpsa.framework.model import Framework
from cpsa.intake.readers.workbook.workbook_update import WorkbookExplanation
from cpsa.services.app_context import AppContext
from cpsa.store.as_of import HistoryMark
from cpsa.store.database import write_transaction
from cpsa.store.queries import closing_queries, examination_queries, explanation_queries
from cpsa.store.queries.examination_queries import SubmissionRecord
from cpsa.store.queries.stored_submissions import StoredSubmissions
from cpsa.submissions.current import admitted, current_submission
from cpsa.submissions.explanations import Explanation, match_explanations
from cpsa.submissions.finding import Finding, get_finding_subject
from cpsa.submissions.open_finding import WARNING, is_for_agency

_FINDING_FIELDS = [field.name for field in fields(Finding)]


@dataclass(frozen=True)
class WarningAnswer:
    """An agency's answer to the warning of a rule on an indicator and dimension."""

    rule: str
    indicator: str
    dimension: str
    text: str


def explain_warnings(
    context: AppContext,
    agency: str,
    quarter: Quarter,
    warning_answers: Sequence[WarningAnswer],
    source: str,
    now: datetime,
) -> int:
    """Record answers to an agency's warnings, of its update or found at closing; return how many are new.

    Blank texts are left out, the same text again adds nothing. RequestError when there is no such
    warning, and then nothing is recorded.
    """
    answers = [answer for answer in warning_answers if answer.text.strip()]
    with write_transaction(context.engine) as connection:
        warnings = {
            get_finding_subject(finding): finding
            for finding in _list_answerable_findings(
                connection, agency, quarter.key, context.load_framework(quarter, connection)
            )
            if finding.severity == WARNING
        }
        for answer in answers:
            if (answer.rule, answer.indicator, answer.dimension) not in warnings:
                about = " ".join(filter(None, (answer.rule, answer.indicator, answer.dimension)))
                raise RequestError("cycle.no_warning", value=about, quarter=quarter.key)
        given = [
            _make_explanation(
                warnings[answer.rule, answer.indicator, answer.dimension], answer.text
            )
            for answer in answers
        ]
        return _record_new(connection, agency, quarter.key, given, source, now)


def record_workbook_explanations(
    connection: Connection,
    agency: str,
    quarter: str,
    explanations: Iterable[WorkbookExplanation],
    findings: Sequence[Finding],
    now: datetime,
) -> None:
    """Record a workbook's explanations: one for each warning on its subject, else one for no warning yet."""
    for explanation in explanations:
        warnings = [
            _make_explanation(finding, explanation.text)
            for finding in findings
            if finding.severity == WARNING and finding.indicator == explanation.about
        ]
        early = Explanation(agency, quarter, "", explanation.about, "", "", explanation.text)
        _record_new(connection, agency, quarter, warnings or [early], explanation.place, now)


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


def _list_answerable_findings(
    connection: Connection, agency: str, quarter: str, framework: Framework
) -> list[Finding]:
    """List the findings that the agency can explain; the newest update's come last and take precedence."""
    versions = StoredSubmissions.load(connection, quarter, [agency]).for_quarter(quarter)
    current = load_current_findings(connection, versions, agency, quarter, framework)
    return [*current, *load_newest_findings(connection, versions)]


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
    quarter: str,
    framework: Framework,
) -> list[Finding]:
    """Load the agency's findings of its current submission and of the quarter's newest closing.

    ``versions``: all of this agency and quarter.
    """
    current = current_submission(versions)
    examined = current.examination_id if current else None
    found = load_findings(connection, [] if examined is None else [examined])
    closing = closing_queries.find_newest_closing_id(connection, quarter)
    if closing is not None:
        found += [
            closing_finding
            for closing_finding in load_findings_at_closing(connection, closing)
            if closing_finding.agency == agency
        ]
    return [finding for finding in found if is_for_agency(finding, framework)]


def load_findings_at_closing(connection: Connection, closing: int) -> list[Finding]:
    """Load the findings that a closing recorded, in their order."""
    frame = examination_queries.load_findings(connection, [], [closing])
    return [Finding(*row) for row in frame[_FINDING_FIELDS].itertuples(index=False)]


def load_findings(connection: Connection, examinations: Sequence[int]) -> list[Finding]:
    """Load the findings of examinations, in the order in which they were found."""
    frame = examination_queries.load_findings(connection, examinations, [])
    return [Finding(*row) for row in frame[_FINDING_FIELDS].itertuples(index=False)]


def _make_explanation(finding: Finding, text: str) -> Explanation:
    subject = finding.agency, finding.quarter, finding.rule, finding.indicator, finding.dimension
    return Explanation(*subject, finding.observed, " ".join(text.split()))


def _record_new(
    connection: Connection,
    agency: str,
    quarter: str,
    explanations: Iterable[Explanation],
    source: str,
    now: datetime,
) -> int:
    known = set(explanation_queries.load_explanations(connection, quarter, [agency]))
    new = [explanation for explanation in dict.fromkeys(explanations) if explanation not in known]
    explanation_queries.add_explanations(connection, new, source, now)
    return len(new)
