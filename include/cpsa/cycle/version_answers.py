"""What a file that was handed in is now, and which version of its update counts, in one line.

What must not go here: what was found in it, which the check says.
"""

from __future__ import annotations

from cpsa.calendar import IST, Quarter
from cpsa.cycle.accounts import Received, account
from cpsa.cycle.office import Office
from cpsa.cycle.results import Item
from cpsa.errors import RequestError
from cpsa.messages import text
from cpsa.submissions.current import newest_accepted


def describe_version(office: Office, item: Item, language: str) -> str:
    """Return which version a received update is, and which counts."""
    try:
        submissions = account(office, item.agency, Quarter.parse(item.quarter)).submissions
    except RequestError:  # an agency that is not active in the quarter has no version that counts
        submissions = ()
    key = "collect.is_repeat" if item.outcome == "repeat" else "collect.is_version"
    params = {"agency": item.agency, "quarter": item.quarter, "version": item.version}
    return f"{text(key, language, **params)} {describe_counting(submissions, language)}"


def describe_counting(submissions: tuple[Received, ...], language: str) -> str:
    """Return which of an agency's versions counts: the newest accepted one."""
    counting = newest_accepted(submissions)
    if counting is None:
        return text("collect.counts_none", language)
    day = f"{counting.received_at.astimezone(IST):%d-%m-%Y}"
    return text("collect.counts", language, version=counting.version, day=day)
