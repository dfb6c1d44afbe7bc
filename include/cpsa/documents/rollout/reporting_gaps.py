"""Programme page: why nothing is reported of an indicator, and from when it is.

What must not go here: sums, or a guess for what was not reported.
"""

from __future__ import annotations

from cpsa.calendar import AnyPeriod, Quarter
from cpsa.documents.document_text import DocumentText


def describe_gap(words: DocumentText, code: str, period: AnyPeriod) -> str:
    """Why an indicator has no figure up to a period's end: before whose first quarter, or by whom."""
    indicator = words.snapshot.framework.by_code.get(code)
    if indicator is None:
        return words("rollout.not_reported")
    first = find_first_due(words, indicator.form)
    if first is None:
        return words("rollout.not_reported")
    if first > period.last_quarter:
        return words("rollout.not_reported_before", quarter=words.months(first))
    return words("rollout.not_reported_by", who=words.short_form(indicator.form))


def find_first_due(words: DocumentText, form: str) -> Quarter | None:
    """The first quarter for which an update of a form was due; None where no agency has the form."""
    agencies = words.snapshot.registry.agencies
    starts = agencies.loc[agencies["form"] == form, "active_from"]
    first_quarter = words.snapshot.first_quarter
    return None if starts.empty else Quarter.parse(max(min(starts), first_quarter))


def describe_late_start(words: DocumentText, code: str) -> str:
    """Of an indicator that was first due after the programme's first quarter, from when it is reported."""
    indicator = words.snapshot.framework.by_code.get(code)
    first = None if indicator is None else find_first_due(words, indicator.form)
    begins = words.snapshot.first_quarter
    if first is None or indicator is None or not begins or first.key <= begins:
        return ""
    return words(
        "rollout.reported_since", who=words.form(indicator.form), quarter=words.months(first)
    )
