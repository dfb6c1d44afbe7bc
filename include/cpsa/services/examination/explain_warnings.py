"""Agencies' explanations of warnings, recorded as received by workbook, portal or command line."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from cpsa.calendar import Quarter
from cpsa.errors import RequestError
from cpsa.framework.model import Framework
from cpsa.intake.readers.workbook.workbook_update import WorkbookExplanation
from cpsa.services.app_context import AppContext
from cpsa.services.examination.current_findings import load_current_findings, load_newest_findings
from cpsa.store.database import write_transaction
from cpsa.store.queries import explanation_queries
from cpsa.store.queries.stored_submissions import StoredSubmissions
from cpsa.submissions.explanations import Explanation
from cpsa.submissions.finding import Finding, get_finding_subject
from cpsa.submissions.open_finding import WARNING


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


def _list_answerable_findings(
    connection: Connection, agency: str, quarter: str, framework: Framework
) -> list[Finding]:
    """List the findings that the agency can explain; the newest update's come last and take precedence."""
    versions = StoredSubmissions.load(connection, quarter, [agency]).for_quarter(quarter)
    current = load_current_findings(connection, versions, agency, quarter, framework)
    return [*current, *load_newest_findings(connection, versions)]


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
