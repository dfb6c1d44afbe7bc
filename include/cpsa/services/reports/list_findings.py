"""Lists findings as people and programs read them.

The first columns are a contract (docs/data-dictionary.md); more may follow them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd

from cpsa.calendar import Quarter
from cpsa.framework.model import AGENCY, CPSA, Framework
from cpsa.i18n.text import LANGUAGES
from cpsa.services.app_context import AppContext
from cpsa.services.examination.current_findings import join_explanations
from cpsa.services.examination.latest_findings import load_findings_with_current
from cpsa.store.database import read_transaction
from cpsa.submissions.finding import Finding, describe_correction, describe_finding
from cpsa.submissions.open_finding import is_for_agency, is_open

FINDING_FIELDS = list(Finding._fields)
FINDING_COLUMNS = [
    "rule",
    "severity",
    "agency",
    "quarter",
    "indicator",
    "dimension",
    "version",
    "observed",
    "expected",
    "place",
    "waived",
    "after_restatement",
    "message_en",
    "message_hi",
    "mend_en",
    "mend_hi",
    "explanation",
]
LISTED_FINDING_COLUMNS = [*FINDING_COLUMNS, "open", "addressee"]


def list_findings(
    context: AppContext, quarter: Quarter | None = None, agency: str | None = None
) -> pd.DataFrame:
    """List findings of each newest submission, of the accepted one, and at close; for CPSA, so with those
    of rules on trial.

    ``open``: whether each is open. ``addressee``: who has to answer it, the agency or CPSA.
    """
    with read_transaction(context.engine) as connection:
        frame = load_findings_with_current(connection, quarter, with_trial=True)
        if agency is not None:
            frame = frame[frame["agency"] == agency].reset_index(drop=True)
        frameworks = {
            key: context.load_framework(Quarter.parse(key), connection)
            for key in frame["quarter"].unique()
        }
        frame = join_explanations(connection, frame, frameworks)
        return _add_texts(frame, frameworks, LISTED_FINDING_COLUMNS)


def tabulate_findings(
    context: AppContext, quarter: Quarter, found: Sequence[Finding]
) -> pd.DataFrame:
    """Return findings of one examination as a table, in their order."""
    frame = pd.DataFrame(list(found), columns=FINDING_FIELDS)
    frame["version"] = 0
    frame["explanation"] = ""
    return _add_texts(frame, {quarter.key: context.load_framework(quarter)}, FINDING_COLUMNS)


def _add_texts(
    frame: pd.DataFrame, frameworks: Mapping[str, Framework], columns: Sequence[str]
) -> pd.DataFrame:
    frame = frame.copy()
    for language in LANGUAGES:
        for name, words in (("message", describe_finding), ("mend", describe_correction)):
            frame[f"{name}_{language}"] = [
                words(row, frameworks[row["quarter"]], language) for row in frame.to_dict("records")
            ]
    if "open" in columns:
        rows = list(frame.itertuples(index=False))
        frame["open"] = [
            "yes" if row.current and is_open(row, row.explanation) else "" for row in rows
        ]
        frame["addressee"] = [
            AGENCY if is_for_agency(row, frameworks[row.quarter]) else CPSA for row in rows
        ]
    return frame[list(columns)].reset_index(drop=True)
