"""What agencies say to warnings: kept as it comes, by workbook, portal or command line."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime

import pandas as pd
from sqlalchemy import Connection

from cpsa.calendar import Quarter
from cpsa.check import Explanation, explained
from cpsa.check.finding import Finding
from cpsa.collect import workbook
from cpsa.cycle.office import Office
from cpsa.cycle.standing import Standing
from cpsa.errors import RequestError
from cpsa.framework import Framework
from cpsa.store import judgements
from cpsa.store.database import writing
from cpsa.store.history import Mark

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
    """Keep answers to the warnings of an agency's newest update; how many were new.

    Blank texts are left out, the same text again adds nothing. RequestError when there is no such
    warning, and then nothing is kept.
    """
    answers = [one for one in said if one.text.strip()]
    with writing(office.engine) as connection:
        warnings = {
            (one.rule, one.indicator, one.dimension): one
            for one in _newest_findings(connection, agency, quarter.key)
            if one.severity == "warning"
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
            if finding.severity == "warning" and finding.indicator == one.about
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


def _newest_findings(connection: Connection, agency: str, quarter: str) -> list[Finding]:
    newest = Standing.read(connection, quarter, [agency]).newest.get((agency, quarter))
    examined = newest.examination_id if newest else None
    return findings_in(connection, [] if examined is None else [examined])


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
