"""CPSA asks an agency about a figure outside any rule (C01), or takes such a question back.

Either is seen by an examination at once, so findings, letters and documents follow as they do from
any other warning. What must not go here: how long a question is open (``submissions.figure_query``).
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime

from sqlalchemy import Connection

from cpsa.calendar import Quarter
from cpsa.cycle.checking import check_within
from cpsa.cycle.closing import close_again, is_closed
from cpsa.cycle.explaining import current_findings
from cpsa.cycle.office import Office
from cpsa.cycle.standing import Standing
from cpsa.errors import RequestError
from cpsa.framework import ASKED, Framework
from cpsa.store import figure_queries, intake, judgements
from cpsa.store.database import writing
from cpsa.submissions.explanations import explained
from cpsa.submissions.figure_query import SEPARATOR
from cpsa.submissions.open_finding import is_open

QUERIED, WITHDRAWN = "query", "withdraw query"  # in the audit trail
LONGEST_TEXT = 500


@dataclass(frozen=True)
class QueriedFigure:
    """A question and the figure that it is about. ``id``: its number, by which it is withdrawn."""

    id: int
    agency: str
    quarter: str
    indicator: str
    dimension: str

    @property
    def figure(self) -> str:
        """Indicator and dimension, ``OP2:women``."""
        return ":".join(filter(None, (self.indicator, self.dimension)))

    def as_json(self) -> dict[str, object]:
        return {**asdict(self), "figure": self.figure}


def query_figure(
    office: Office,
    agency: str,
    quarter: Quarter,
    indicator: str,
    dimension: str,
    text: str,
    text_hi: str,
    who: str,
    now: datetime,
) -> QueriedFigure:
    """Ask about a figure of the agency's accepted update, blank ``dimension`` for the total.

    RequestError where there is no such figure, where nothing is asked, or where an earlier question
    about this value is still open.
    """
    question, question_hi = _one_line(text), _one_line(text_hi)
    if not question:
        raise RequestError("cycle.query_no_text")
    with writing(office.engine, alone=True, agencies=[agency]) as connection:
        framework = office.framework(quarter, connection)
        register = office.register_of_quarter(connection, quarter)
        form = register.forms_in(quarter.key).get(agency)
        if form is None:
            raise RequestError("cycle.owes_nothing", value=agency, quarter=quarter.key)
        subject = _subject(framework, form, indicator, dimension)
        value = _accepted_value(connection, agency, quarter, subject)
        _require_none_open(connection, agency, quarter, subject, framework)
        figure = {"agency": agency, "quarter": quarter.key}
        figure |= {"indicator": subject[0], "dimension": subject[1]}
        ordinal = figure_queries.count_queries(connection, agency, *subject) + 1
        query_id = figure_queries.add_query(
            connection,
            **figure,
            hundredths=value,
            ordinal=ordinal,
            text_en=question,
            text_hi=question_hi,
            asked_by=who,
            asked_at=now,
        )
        asked = QueriedFigure(query_id, **figure)
        _audit(connection, asked, QUERIED, question, who, now)
        check_within(office, connection, quarter, now, [agency])
    _close_again(office, quarter, now)
    return asked


def withdraw_query(
    office: Office, query_id: int, reason: str, who: str, now: datetime
) -> QueriedFigure:
    """Take a question back; RequestError where there is none with this number, or without a reason."""
    if not reason.strip():
        raise RequestError("cycle.no_reason")
    with writing(office.engine, alone=True) as connection:
        found = figure_queries.find_query(connection, query_id)
        if found is None:
            raise RequestError("cycle.no_query", number=query_id)
        if found.withdrawn_at is not None:
            raise RequestError("cycle.query_withdrawn_before", number=query_id)
        asked = QueriedFigure(*found[:-1])
        figure_queries.add_withdrawal(
            connection,
            query_id=query_id,
            reason=reason.strip(),
            withdrawn_by=who,
            withdrawn_at=now,
        )
        _audit(connection, asked, WITHDRAWN, reason.strip(), who, now)
        check_within(office, connection, Quarter.parse(asked.quarter), now, [asked.agency])
    _close_again(office, Quarter.parse(asked.quarter), now)
    return asked


def _one_line(text: str) -> str:
    """The question on one line, without what separates its two languages in a finding."""
    line = " ".join(text.replace(SEPARATOR.strip(), "/").split())
    if len(line) > LONGEST_TEXT:
        raise RequestError("cycle.query_too_long", length=len(line), longest=LONGEST_TEXT)
    return line


def _subject(framework: Framework, form: str, indicator: str, dimension: str) -> tuple[str, str]:
    """Indicator and dimension by their codes."""
    code = indicator.strip().upper()
    known = {one.code: one for one in framework.form_indicators(form)}
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


def _accepted_value(
    connection: Connection, agency: str, quarter: Quarter, subject: tuple[str, str]
) -> int:
    """The figure of the accepted update, in hundredths."""
    standing = Standing.read(connection, quarter.key, [agency])
    accepted = standing.accepted.get((agency, quarter.key))
    if accepted is None:
        raise RequestError("cycle.query_not_accepted", agency=agency, quarter=quarter.key)
    facts = intake.facts_of(connection, [accepted.id])
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
    """An agency has one question about a figure at a time."""
    versions = Standing.read(connection, quarter.key, [agency]).of(quarter.key)
    asked = [
        finding
        for finding in current_findings(connection, versions, agency, quarter.key, framework)
        if framework.rules[finding.rule].kind == ASKED
        and (finding.indicator, finding.dimension) == subject
    ]
    answers = explained(
        asked, judgements.explanations(connection, quarter.key, [agency]), framework
    )
    if any(is_open(finding, answers.get(finding, "")) for finding in asked):
        figure = ":".join(filter(None, subject))
        raise RequestError("cycle.query_open", figure=figure, agency=agency, quarter=quarter.key)


def _audit(
    connection: Connection, asked: QueriedFigure, verb: str, text: str, who: str, now: datetime
) -> None:
    subject = f"{asked.agency} {asked.quarter} {asked.figure} ({asked.id})"
    judgements.add_audit(connection, now, who, verb, subject, text)


def _close_again(office: Office, quarter: Quarter, now: datetime) -> None:
    if is_closed(office, quarter):
        close_again(office, quarter, now)
