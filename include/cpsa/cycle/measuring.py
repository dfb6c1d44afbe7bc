"""The programme in figures for those who watch machines: names, and what each counts at an instant.

No figure tells of one agency, and none of a person.
"""

from __future__ import annotations

from datetime import datetime

from cpsa.calendar import Quarter
from cpsa.cycle.office import Office
from cpsa.score.reporting import on_time_rate
from cpsa.store import measures, overview
from cpsa.store.database import reading
from cpsa.store.tables.dispatch import State
from cpsa.submissions.state import SubmissionState

SUBMISSION_STATES = tuple(
    state.value for state in SubmissionState if state is not SubmissionState.SUPERSEDED
)


def measure(office: Office, now: datetime) -> dict[str, float]:
    """Every metric by its name; those of a quarter are of the newest one that anybody knows.

    ``submissions.<state>``, ``findings.<rule>``: how many now. ``reporting_rate``, ``on_time_rate``:
    of the newest closed quarter, 0 to 1. ``queue.files_seconds``, ``queue.mails_seconds``: how long
    the oldest file has waited to be examined, the oldest mail to leave. ``mails.<state>``: the whole
    ledger. What can be counted and is not there is 0; rates are absent where nothing was expected.
    """
    with reading(office.engine) as connection:
        found = {f"mails.{state}": 0.0 for state in State}
        found |= {f"mails.{state}": n for state, n in measures.mails(connection).items()}
        found["queue.files_seconds"] = _age(measures.oldest_unread(connection), now)
        found["queue.mails_seconds"] = _age(measures.oldest_unsent(connection), now)
        quarters = overview.quarters(connection)
        if quarters:
            newest = quarters[0]
            rules = office.framework(Quarter.parse(newest), connection).rules
            found |= {f"submissions.{state}": 0 for state in SUBMISSION_STATES}
            found |= {f"findings.{rule}": 0 for rule in rules}
            counted = measures.submissions(connection, newest)
            found |= {f"submissions.{state}": number for state, number in counted.items()}
            by_rule = measures.findings(connection, newest)
            found |= {f"findings.{rule}": number for rule, number in by_rule.items()}
        closed = overview.rates(connection, quarters)
        if closed and closed[-1].expected:
            newest_rates = closed[-1]
            found["reporting_rate"] = newest_rates.received / newest_rates.expected
            rate = on_time_rate(
                newest_rates.on_time, newest_rates.expected, newest_rates.not_requested
            )
            if rate is not None:
                found["on_time_rate"] = rate
    return found


def _age(since: datetime | None, now: datetime) -> float:
    """Seconds; nothing that waits has waited no time, and clocks may differ a little."""
    return 0 if since is None else max(0.0, (now - since).total_seconds())
