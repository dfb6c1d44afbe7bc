"""What agencies say to warnings: kept as it comes, by workbook, portal or command line."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime

import pandas as pd
from sqlalchemy import Connection

from cpsa.calendar import Quarter
from cpsa.check import Explanation, explained
from cpsa.collect import workbook
from cpsa.cycle.office import Office
from cpsa.cycle.standing import Standing
from cpsa.errors import RequestError
from cpsa.framework import Framework
from cpsa.store import closings, judgements
from cpsa.store.database import writing
from cpsa.store.history import Mark
from cpsa.store.judgements import Stated
from cpsa.submissions.current import admitted, current_submission
from cpsa.submissions.finding import Finding, subject_of
from cpsa.submissions.open_finding import WARNING, is_for_agency

_FINDING = [field.name for field in fields(Finding)]


@dataclass(frozen=True)
class Said:
    """An agency's answer to the warning of a rule on an indicator and dimension."""

    rule: str
    indicator: str
    dimension: str
    text: str


def explain(
    office: Office, agency: str, quarter: Quarter, said: Sequence[Said], source: str, now: datetime
) -> int:
    """Keep answers to an agency's warnings, of its update or found at closing; how many were new.

    Blank texts are left out, the same text again adds nothing. RequestError when there is no such
    warning, and then nothing is kept.
    """
    answers = [one for one in said if one.text.strip()]
    with writing(office.engine) as connection:
        warnings = {
            subject_of(finding): finding
            for finding in _answerable(
                connection, agency, quarter.key, office.framework(quarter, connection)
            )
            if finding.severity == WARNING
        }
        for one in answers:
            if (one.rule, one.indicator, one.dimension) not in warnings:
                about = " ".join(filter(None, (one.rule, one.indicator, one.dimension)))
                raise RequestError("cycle.no_warning", value=about, quarter=quarter.key)
        given = [
            _answer(warnings[one.rule, one.indicator, one.dimension], one.text) for one in answers
        ]
        return _keep(connection, agency, quarter.key, given, source, now)


def keep_typed(
    connection: Connection,
    agency: str,
    quarter: str,
    typed: Iterable[workbook.Explanation],
    findings: Sequence[Finding],
    now: datetime,
) -> None:
    """Keep what a workbook explains: for each warning on its subject, else for none yet."""
    for one in typed:
        warnings = [
            _answer(finding, one.text)
            for finding in findings
            if finding.severity == WARNING and finding.indicator == one.about
        ]
        early = Explanation(agency, quarter, "", one.about, "", "", one.text)
        _keep(connection, agency, quarter, warnings or [early], one.place, now)


def with_explanations(
    connection: Connection,
    frame: pd.DataFrame,
    frameworks: Mapping[str, Framework],
    at: Mark | None = None,
) -> pd.DataFrame:
    """Findings with a column ``explanation``, blank where there is none that holds."""
    frame = frame.assign(explanation="")
    agencies = set(frame["agency"])
    said = judgements.explanations(connection, max(frame["quarter"], default=""), at=at)
    said = [one for one in said if one.agency in agencies]
    if not said:
        return frame
    found = [Finding(*row) for row in frame[_FINDING].itertuples(index=False)]
    for quarter, framework in frameworks.items():
        answers = explained((one for one in found if one.quarter == quarter), said, framework)
        for place, one in enumerate(found):
            if one in answers:
                frame.iat[place, -1] = answers[one]
    return frame


def _answerable(
    connection: Connection, agency: str, quarter: str, framework: Framework
) -> list[Finding]:
    """What the agency can answer, the newest update's findings last: they are asked about now."""
    versions = Standing.read(connection, quarter, [agency]).of(quarter)
    current = current_findings(connection, versions, agency, quarter, framework)
    return [*current, *newest_findings(connection, versions)]


def newest_findings(connection: Connection, versions: Sequence[Stated]) -> list[Finding]:
    """The findings of the newest admitted version that was examined."""
    examined = [row.examination_id for row in admitted(versions) if row.examination_id is not None]
    return findings_in(connection, examined[-1:])


def current_findings(
    connection: Connection,
    versions: Sequence[Stated],
    agency: str,
    quarter: str,
    framework: Framework,
) -> list[Finding]:
    """The agency's findings of its current submission and of the quarter's newest closing.

    ``versions``: all of this agency and quarter.
    """
    current = current_submission(versions)
    examined = current.examination_id if current else None
    found = findings_in(connection, [] if examined is None else [examined])
    closing = closings.newest_closing_id(connection, quarter)
    if closing is not None:
        found += [one for one in findings_at_closing(connection, closing) if one.agency == agency]
    return [finding for finding in found if is_for_agency(finding, framework)]


def findings_at_closing(connection: Connection, closing: int) -> list[Finding]:
    """The findings that a closing recorded, in its order."""
    frame = judgements.findings_of(connection, [], [closing])
    return [Finding(*row) for row in frame[_FINDING].itertuples(index=False)]


def findings_in(connection: Connection, examinations: Sequence[int]) -> list[Finding]:
    """The findings of examinations, in the order they were told."""
    frame = judgements.findings_of(connection, examinations, [])
    return [Finding(*row) for row in frame[_FINDING].itertuples(index=False)]


def _answer(finding: Finding, text: str) -> Explanation:
    subject = finding.agency, finding.quarter, finding.rule, finding.indicator, finding.dimension
    return Explanation(*subject, finding.observed, " ".join(text.split()))


def _keep(
    connection: Connection,
    agency: str,
    quarter: str,
    given: Iterable[Explanation],
    source: str,
    now: datetime,
) -> int:
    known = set(judgements.explanations(connection, quarter, [agency]))
    new = [one for one in dict.fromkeys(given) if one not in known]
    judgements.add_explanations(connection, new, source, now)
    return len(new)
