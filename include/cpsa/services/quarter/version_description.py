"""The state of a received file, and which version of its update counts, in one line.

What must not go here: findings, which the check returns.
"""

from __future__ import annotations

from cpsa.calendar import Quarter
from cpsa.errors import RequestError
from cpsa.i18n.catalogue import text
from cpsa.services.app_context import AppContext
from cpsa.services.quarter.agency_quarter import SubmissionSummary, load_agency_quarter
from cpsa.services.service_results import IntakeResult
from cpsa.submissions.current import newest_accepted
from cpsa.translator import Translator


def describe_version(context: AppContext, item: IntakeResult, language: str) -> str:
    """Return which version a received update is, and which counts."""
    try:
        submissions = load_agency_quarter(
            context, item.agency, Quarter.parse(item.quarter)
        ).submissions
    except RequestError:  # an agency that is not active in the quarter has no version that counts
        submissions = ()
    key = "collect.is_repeat" if item.outcome == "repeat" else "collect.is_version"
    params = {"agency": item.agency, "quarter": item.quarter, "version": item.version}
    return f"{text(key, language, **params)} {describe_counting_version(submissions, language)}"


def describe_counting_version(submissions: tuple[SubmissionSummary, ...], language: str) -> str:
    """Return which of an agency's versions counts: the newest accepted one."""
    counting = newest_accepted(submissions)
    if counting is None:
        return text("collect.counts_none", language)
    day = Translator(language).date(counting.received_at)
    return text("collect.counts", language, version=counting.version, day=day)
