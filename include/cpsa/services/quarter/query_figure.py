"""CPSA queries a figure of an agency outside any rule (C01).

An examination sees both at once, so findings, letters and documents follow as they do from
any other warning. What must not go here: how long a question is open (``submissions.figure_query``).
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection

from cpsa.calendar import Quarter
from cpsa.errors import RequestError
from cpsa.framework.model import QUERY_RULE_KIND, Framework
from cpsa.services.app_context import AppContext
from cpsa.services.examination.current_findings import load_current_findings
from cpsa.services.examination.examine_updates import examine_in_transaction
from cpsa.services.quarter.close_quarter import recompute_if_closed
from cpsa.services.quarter.queried_figure import QueriedFigure, record_query_audit
from cpsa.store.database import write_transaction
from cpsa.store.queries import (
    closing_queries,
    explanation_queries,
    figure_query_queries,
    submission_queries,
)
from cpsa.store.queries.stored_submissions import StoredSubmissions
from cpsa.submissions.explanations import match_explanations
from cpsa.submissions.figure_query import SEPARATOR
from cpsa.submissions.open_finding import is_open

QUERIED = "query"  # in the audit
LONGEST_TEXT = 500


def query_figure(
    context: AppContext,
    agency: str,
    quarter: Quarter,
    indicator: str,
    dimension: str,
    text: str,
    text_hi: str,
    who: str,
    now: datetime,
) -> QueriedFigure:
    """Query a figure of the agency's accepted update, blank ``dimension`` for the total.

    RequestError where there is no such figure, where the question is blank, or where an earlier question
    about this value is still open.
    """
    question, question_hi = _clean_question(text), _clean_question(text_hi)
    if not question:
        raise RequestError("cycle.query_no_text")
    with write_transaction(context.engine, alone=True, agencies=[agency]) as connection:
        framework = context.load_framework(quarter, connection)
        register = context.load_register_of_quarter(connection, quarter)
        form = register.forms_in(quarter.key).get(agency)
        if form is None:
            raise RequestError("cycle.owes_nothing", value=agency, quarter=quarter.key)
        subject = _find_subject(framework, form, indicator, dimension)
        value = _find_accepted_value(connection, agency, quarter, subject)
        _require_none_open(connection, agency, quarter, subject, framework)
        figure = {"agency": agency, "quarter": quarter.key}
        figure |= {"indicator": subject[0], "dimension": subject[1]}
        ordinal = figure_query_queries.count_queries(connection, agency, *subject) + 1
        query_id = figure_query_queries.add_query(
            connection,
            **figure,
            hundredths=value,
            ordinal=ordinal,
            text_en=question,
            text_hi=question_hi,
            asked_by=who,
            asked_at=now,
        )
        query = QueriedFigure(query_id, **figure)
        record_query_audit(connection, query, QUERIED, question, who, now)
        examine_in_transaction(context, connection, quarter, now, [agency])
    recompute_if_closed(context, quarter, now)
    return query


def _clean_question(text: str) -> str:
    """Return the question on one line, without the separator of its two languages in a finding."""
    line = " ".join(text.replace(SEPARATOR.strip(), "/").split())
    if len(line) > LONGEST_TEXT:
        raise RequestError("cycle.query_too_long", length=len(line), longest=LONGEST_TEXT)
    return line


def _find_subject(
    framework: Framework, form: str, indicator: str, dimension: str
) -> tuple[str, str]:
    """Return indicator and dimension by their codes."""
    code = indicator.strip().upper()
    known = {
        form_indicator.code: form_indicator for form_indicator in framework.form_indicators(form)
    }
    if code not in known:
        raise RequestError("cycle.no_indicator", value=indicator, form=form)
    part = dimension.strip().casefold()
    part = "" if part == "total" else part
    if part and part not in known[code].dimensions:
        dimensions = ", ".join(known[code].dimensions) or "–"
        raise RequestError(
            "cycle.no_dimension", value=dimension, indicator=code, dimensions=dimensions
        )
    return code, part


def _find_accepted_value(
    connection: Connection, agency: str, quarter: Quarter, subject: tuple[str, str]
) -> int:
    """Return the figure of the accepted update, in hundredths."""
    submissions = StoredSubmissions.load(connection, quarter.key, [agency])
    accepted = submissions.accepted.get((agency, quarter.key))
    if accepted is None:
        raise RequestError("cycle.query_not_accepted", agency=agency, quarter=quarter.key)
    facts = submission_queries.load_facts(connection, [accepted.id])
    for row in facts.itertuples(index=False):
        if (row.indicator, row.dimension) == subject:
            return int(row.hundredths)
    figure = ":".join(filter(None, subject))
    raise RequestError("cycle.query_no_figure", figure=figure, agency=agency, quarter=quarter.key)


def _require_none_open(
    connection: Connection,
    agency: str,
    quarter: Quarter,
    subject: tuple[str, str],
    framework: Framework,
) -> None:
    """RequestError where a question about the figure is open: an agency has one at a time."""
    versions = StoredSubmissions.load(connection, quarter.key, [agency]).for_quarter(quarter.key)
    closing = closing_queries.find_newest_closing_id(connection, quarter.key)
    query_findings = [
        finding
        for finding in load_current_findings(connection, versions, agency, closing, framework)
        if framework.rules[finding.rule].kind == QUERY_RULE_KIND
        and (finding.indicator, finding.dimension) == subject
    ]
    answers = match_explanations(
        query_findings,
        explanation_queries.load_explanations(connection, quarter.key, [agency]),
        framework,
    )
    if any(is_open(finding, answers.get(finding, "")) for finding in query_findings):
        figure = ":".join(filter(None, subject))
        raise RequestError("cycle.query_open", figure=figure, agency=agency, quarter=quarter.key)
