"""The figures of a submission as they were read, from the store or from a file that is only checked.

What belongs here: fetching what ``submissions.figure_description`` describes. What must not: wording.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Connection

from cpsa.calendar import IST, Quarter
from cpsa.checks.examine_submissions import ExaminationResult, examine_submissions
from cpsa.checks.structure_rules import StructureResult
from cpsa.checks.submission_rules import Submission
from cpsa.framework.model import TRIAL, Framework
from cpsa.intake.readers import entries_reader
from cpsa.services.app_context import AppContext
from cpsa.services.examination.current_findings import load_findings
from cpsa.services.examination.judge_file import FileJudgement
from cpsa.services.examination.quarter_check import load_history, load_last_tables
from cpsa.services.examination.read_version import VersionReader
from cpsa.store.database import read_transaction
from cpsa.store.queries import (
    entry_queries,
    exception_queries,
    figure_query_queries,
    registry_queries,
    submission_queries,
)
from cpsa.store.queries.signing_officer_queries import list_signing_officers
from cpsa.store.queries.stored_submissions import StoredSubmissions
from cpsa.submissions.entry_amounts import EntryAmount
from cpsa.submissions.figure_description import FigureOverview, FigureValue, Key, describe_figures
from cpsa.submissions.finding import Finding
from cpsa.submissions.signing_officer import SigningOfficer
from cpsa.submissions.state import SubmissionState


class FilePreview(NamedTuple):
    """What a check would find in a file, and its figures as read; None where it cannot be used."""

    examined: ExaminationResult
    figures: FigureOverview | None


class SubmissionReading(NamedTuple):
    """What was read of a submission; ``figures`` is None where nothing of it could be used."""

    figures: FigureOverview | None = None
    officer: SigningOfficer = SigningOfficer()


class TriedFile(NamedTuple):
    """A file judged by itself and examined against the store; who signed it."""

    judged: StructureResult
    examined: ExaminationResult
    officer: SigningOfficer


def preview_with_figures(
    context: AppContext,
    agency: str,
    quarter: Quarter,
    content: bytes,
    name: str,
    language: str,
    now: datetime | None = None,
) -> FilePreview:
    """Return what a check would find in a file, with its figures as they were read; writes nothing.

    For "Only check" and for a form filled in the browser: ``content`` is the file as bytes, ``name``
    its file name, ``now`` when it would arrive. The figures have the values of the last accepted
    quarter beside them.
    """
    with read_transaction(context.engine) as connection:
        tried = try_file(context, connection, agency, quarter, content, name, received_at=now)
        described = _describe(
            context,
            connection,
            agency,
            quarter,
            language,
            tried.judged.facts,
            tried.examined.findings,
            tried.judged.places,
        )
    return FilePreview(tried.examined, None if tried.judged.refused else described)


def load_figures_as_read(
    context: AppContext, agency: str, quarter: Quarter, version: int, language: str
) -> FigureOverview | None:
    """Load the figures of one version as they were read; None where nothing of it could be used.

    Of an accepted version the figures as they count; of one not examined yet, what a check would
    find in it now.
    """
    return load_submission_reading(context, agency, quarter, version, language).figures


def load_submission_reading(
    context: AppContext, agency: str, quarter: Quarter, version: int, language: str
) -> SubmissionReading:
    """Load what was read of one version: ``load_figures_as_read``, and who signed it."""
    with read_transaction(context.engine) as connection:
        own = StoredSubmissions.load(connection, quarter.key, [agency]).for_quarter(quarter.key)
        row = next((submission for submission in own if submission.version == version), None)
        if row is None:
            return SubmissionReading()
        officers = list_signing_officers(connection, [row.id])
        officer = officers.get(row.id, SigningOfficer())
        places: Mapping[Key, str] = {}
        values: Mapping[Key, FigureValue]
        findings: Iterable[Finding]
        if row.state == SubmissionState.ACCEPTED and row.examination_id is not None:
            facts = submission_queries.load_facts(connection, [row.id])
            values = {(fact.indicator, fact.dimension): fact for fact in facts.itertuples()}
            findings = load_findings(connection, [row.examination_id])
        else:
            try:
                content = context.read_received_bytes(row.sha256)
            except OSError:  # the file is missing, which export and the board report
                return SubmissionReading(officer=officer)
            tried = try_file(
                *(context, connection, agency, quarter, content, row.file_name),
                version=version,
                received_at=row.received_at,
            )
            officer = officer or tried.officer
            if tried.judged.refused:
                return SubmissionReading(officer=officer)
            values, places = tried.judged.facts, tried.judged.places
            findings = tried.examined.findings
            if SubmissionState(row.state).is_examined and row.examination_id is not None:
                findings = load_findings(connection, [row.examination_id])
        figures = _describe(
            context, connection, agency, quarter, language, values, findings, places
        )
    return SubmissionReading(figures, officer)


def try_file(
    context: AppContext,
    connection: Connection,
    agency: str,
    quarter: Quarter,
    content: bytes,
    name: str,
    version: int | None = None,
    received_at: datetime | None = None,
) -> TriedFile:
    """Check a file against the store as it is, as this version or the next; writes nothing.

    Without ``received_at`` no date is found to be after the arrival.
    """
    load_id = registry_queries.find_load_of_quarter(connection, quarter.key)
    framework = context.load_framework(quarter, connection)
    forms = context.load_register(connection, load_id).forms_in(quarter.key)
    form = forms.get(agency)
    submissions = StoredSubmissions.load(connection, quarter.key, [agency])
    reader = VersionReader(
        *(context, connection, framework, quarter.key, forms, submissions),
        exception_queries.load_exception_indicators(connection),
    )
    judgement = reader.read_content(content, name, agency, version)
    judged = judgement.judged
    waived = exception_queries.load_waivers(connection).get((agency, quarter.key), ())
    history = load_history(
        connection, framework, form or "", load_id, submissions, quarter.key, [agency]
    )
    queries = figure_query_queries.list_queries(connection, [agency]).get((agency, quarter.key), ())
    last_tables = load_last_tables(
        *(context, connection, framework, form or ""),
        *(submissions, quarter.key, [agency], load_id),
    )
    arrived_on = received_at.astimezone(IST).date() if received_at else None
    amounts = _find_entry_amounts(context, connection, agency, quarter.key, judgement)
    submission = Submission(
        judged, waived, queries, last_tables.get(agency, {}), arrived_on, amounts
    )
    (examined,) = examine_submissions(framework, form or "", quarter.key, [submission], history)
    shown = tuple(finding for finding in examined.findings if finding.severity != TRIAL)
    return TriedFile(judged, replace(examined, findings=shown), judgement.officer)


def _find_entry_amounts(
    context: AppContext,
    connection: Connection,
    agency: str,
    quarter: str,
    judgement: FileJudgement,
) -> Sequence[EntryAmount]:
    """What the entries of a file came to; of one without entries, those that count for the quarter."""
    if not judgement.entries:
        found = entry_queries.load_entry_amounts(connection, quarter, [agency])
        return found.get(agency, (0, ()))[1]
    codes = context.load_entry_codes(connection)
    read = entries_reader.select_usable_rows(judgement.entries, "", codes)
    return entry_queries.list_entry_amounts(read.rows)


def _describe(
    context: AppContext,
    connection: Connection,
    agency: str,
    quarter: Quarter,
    language: str,
    values: Mapping[Key, FigureValue],
    findings: Iterable[Finding],
    places: Mapping[Key, str],
) -> FigureOverview:
    framework: Framework = context.load_framework(quarter, connection)
    load_id = registry_queries.find_load_of_quarter(connection, quarter.key)
    form = context.load_register(connection, load_id).forms_in(quarter.key).get(agency, "")
    before = StoredSubmissions.load(connection, quarter.key, [agency]).accepted_before(quarter.key)[
        -1:
    ]
    facts = submission_queries.load_facts(connection, [row.id for row in before])
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
