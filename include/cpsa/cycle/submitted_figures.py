"""The figures of a submission as they were read, from the store or from a file that is only tried.

What belongs here: fetching what ``submissions.figures_read`` describes. What must not: wording.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import NamedTuple

from sqlalchemy import Connection

from cpsa.calendar import Quarter
from cpsa.check import Examined, Finding, Judged, Submission, examine
from cpsa.cycle.desk import history_of
from cpsa.cycle.explaining import findings_in
from cpsa.cycle.office import Office
from cpsa.cycle.reading import read
from cpsa.cycle.standing import Standing
from cpsa.framework import TRIAL, Framework
from cpsa.store import figure_queries, intake, judgements
from cpsa.store import registry as registries
from cpsa.store.database import reading
from cpsa.store.signing_officers import list_signing_officers
from cpsa.submissions.figures_read import FiguresRead, FigureValue, Key, describe_figures
from cpsa.submissions.signing_officer import SigningOfficer
from cpsa.submissions.state import SubmissionState

_NOT_EXAMINED = (SubmissionState.RECEIVED, SubmissionState.LOCKED_OUT)


class Preview(NamedTuple):
    """What a check would say of a file, and its figures as read; None where it cannot be used."""

    examined: Examined
    figures: FiguresRead | None


class ReadBack(NamedTuple):
    """What was read of a submission; ``figures`` is None where nothing of it could be used."""

    figures: FiguresRead | None = None
    officer: SigningOfficer = SigningOfficer()


class TriedFile(NamedTuple):
    """A file as judged by itself, and as examined against the store; who signed it."""

    judged: Judged
    examined: Examined
    officer: SigningOfficer


def preview_with_figures(
    office: Office, agency: str, quarter: Quarter, content: bytes, name: str, language: str
) -> Preview:
    """What a check would say of a file, with its figures as they were read; writes nothing.

    For "Only check" and for a form filled in the browser: ``content`` is the file as bytes, ``name``
    how it is called. The figures have the values of the last accepted quarter beside them.
    """
    with reading(office.engine) as connection:
        tried = try_file(office, connection, agency, quarter, content, name)
        described = _describe(
            office,
            connection,
            agency,
            quarter,
            language,
            tried.judged.facts,
            tried.examined.findings,
            tried.judged.places,
        )
    return Preview(tried.examined, None if tried.judged.refused else described)


def figures_as_read(
    office: Office, agency: str, quarter: Quarter, version: int, language: str
) -> FiguresRead | None:
    """The figures of one version as they were read; None where nothing of it could be used.

    Of an accepted version the figures as they count; of one not examined yet, what a check would
    find in it now.
    """
    return read_back(office, agency, quarter, version, language).figures


def read_back(
    office: Office, agency: str, quarter: Quarter, version: int, language: str
) -> ReadBack:
    """What was read of one version: ``figures_as_read``, and who signed it."""
    with reading(office.engine) as connection:
        own = Standing.read(connection, quarter.key, [agency]).of(quarter.key)
        row = next((one for one in own if one.version == version), None)
        if row is None:
            return ReadBack()
        officers = list_signing_officers(connection, [row.id])
        officer = officers.get(row.id, SigningOfficer())
        places: Mapping[Key, str] = {}
        values: Mapping[Key, FigureValue]
        findings: Iterable[Finding]
        if row.state == SubmissionState.ACCEPTED and row.examination_id is not None:
            facts = intake.facts_of(connection, [row.id])
            values = {(fact.indicator, fact.dimension): fact for fact in facts.itertuples()}
            findings = findings_in(connection, [row.examination_id])
        else:
            try:
                content = office.received_bytes(row.sha256)
            except OSError:  # the file is missing, which export and the board report
                return ReadBack(officer=officer)
            tried = try_file(office, connection, agency, quarter, content, row.file_name)
            officer = officer or tried.officer
            if tried.judged.refused:
                return ReadBack(officer=officer)
            values, places = tried.judged.facts, tried.judged.places
            findings = tried.examined.findings
            if row.state not in _NOT_EXAMINED and row.examination_id is not None:
                findings = findings_in(connection, [row.examination_id])
        figures = _describe(office, connection, agency, quarter, language, values, findings, places)
    return ReadBack(figures, officer)


def try_file(
    office: Office, connection: Connection, agency: str, quarter: Quarter, content: bytes, name: str
) -> TriedFile:
    """What a check would say of a file, against the store as it is; writes nothing."""
    load_id = registries.load_of_quarter(connection, quarter.key)
    framework = office.framework(quarter, connection)
    form = office.roll(connection, load_id).forms_in(quarter.key).get(agency)
    found = read(office, content, name, agency, quarter.key, form, framework)
    judged = found.judged
    waived = judgements.waivers(connection).get((agency, quarter.key), ())
    standing = Standing.read(connection, quarter.key, [agency])
    history = history_of(connection, load_id, standing, quarter.key, [agency])
    asked = figure_queries.list_queries(connection, [agency]).get((agency, quarter.key), ())
    submission = Submission(judged, waived, asked)
    (examined,) = examine(framework, form or "", quarter.key, [submission], history)
    shown = tuple(finding for finding in examined.findings if finding.severity != TRIAL)
    return TriedFile(judged, replace(examined, findings=shown), found.officer)


def _describe(
    office: Office,
    connection: Connection,
    agency: str,
    quarter: Quarter,
    language: str,
    values: Mapping[Key, FigureValue],
    findings: Iterable[Finding],
    places: Mapping[Key, str],
) -> FiguresRead:
    framework: Framework = office.framework(quarter, connection)
    load_id = registries.load_of_quarter(connection, quarter.key)
    form = office.roll(connection, load_id).forms_in(quarter.key).get(agency, "")
    before = Standing.read(connection, quarter.key, [agency]).accepted_before(quarter.key)[-1:]
    facts = intake.facts_of(connection, [row.id for row in before])
    return describe_figures(
        framework,
        form,
        values,
        findings,
        language,
        last={
            (fact.indicator, fact.dimension): int(fact.hundredths) for fact in facts.itertuples()
        },
        last_quarter=Quarter.parse(before[0].quarter).label(language) if before else "",
        places=places,
    )
