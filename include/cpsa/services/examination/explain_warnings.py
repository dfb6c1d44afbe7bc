"""Agencies' explanations of warnings, recorded as received by workbook, portal or command line."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Connection

from cpsa.calendar import Quarter
from cpsa.errors import RequestError
from cpsa.framework.model import Framework
from cpsa.intake.readers.workbook.workbook_update import WorkbookExplanation
from cpsa.services.app_context import AppContext
from cpsa.services.examination.current_findings import load_current_findings, load_newest_findings
from cpsa.store.database import write_transaction
from cpsa.store.queries import closing_queries, explanation_queries
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
            (
                _make_explanation(
                    warnings[answer.rule, answer.indicator, answer.dimension], answer.text
                ),
                source,
            )
            for answer in answers
        ]
        return _record_new(connection, [agency], quarter.key, given, now)


class ExplainedUpdate(NamedTuple):
    """The explanations of an agency's workbook, and the findings of its examination."""

    agency: str
    explanations: Sequence[WorkbookExplanation]
    findings: Sequence[Finding]


def record_workbook_explanations(
    connection: Connection, quarter: str, updates: Iterable[ExplainedUpdate], now: datetime
) -> None:
    """Record workbooks' explanations: one for each warning on its subject, else one for no warning yet."""
    explained = [update for update in updates if update.explanations]
    if not explained:
        return
    given = [
        (answer, explanation.place)
        for update in explained
        for explanation in update.explanations
        for answer in _list_answers(update, quarter, explanation)
    ]
    agencies = [update.agency for update in explained]
    _record_new(connection, agencies, quarter, given, now)


def _list_answers(
    update: ExplainedUpdate, quarter: str, explanation: WorkbookExplanation
) -> list[Explanation]:
    warnings = [
        _make_explanation(finding, explanation.text)
        for finding in update.findings
        if finding.severity == WARNING and finding.indicator == explanation.about
    ]
    early = Explanation(update.agency, quarter, "", explanation.about, "", "", explanation.text)
    return warnings or [early]


def _list_answerable_findings(
    connection: Connection, agency: str, quarter: str, framework: Framework
) -> list[Finding]:
    """List the findings that the agency can explain; the newest update's come last and take precedence."""
    versions = StoredSubmissions.load(connection, quarter, [agency]).for_quarter(quarter)
    closing = closing_queries.find_newest_closing_id(connection, quarter)
    current = load_current_findings(connection, versions, agency, closing, framework)
    return [*current, *load_newest_findings(connection, versions)]


def _make_explanation(finding: Finding, text: str) -> Explanation:
    subject = finding.agency, finding.quarter, finding.rule, finding.indicator, finding.dimension
    return Explanation(*subject, finding.observed, " ".join(text.split()))


def _record_new(
    connection: Connection,
    agencies: Collection[str],
    quarter: str,
    explanations: Iterable[tuple[Explanation, str]],
    now: datetime,
) -> int:
    """Record explanations of these agencies, each with its source, where they are not known; how many."""
    known = set(explanation_queries.load_explanations(connection, quarter, agencies))
    new: dict[Explanation, str] = {}
    for explanation, source in explanations:
        if explanation not in known:
            new.setdefault(explanation, source)
    explanation_queries.add_explanations(connection, list(new.items()), now)
    return len(new)
