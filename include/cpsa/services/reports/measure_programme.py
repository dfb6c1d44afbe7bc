"""Metrics of the programme for monitoring: names, and the value of each at an instant.

No metric is about a single agency or person.
"""

from __future__ import annotations

from datetime import datetime

from cpsa.calendar import Quarter
from cpsa.scoring.reporting_rates import on_time_rate
from cpsa.services.app_context import AppContext
from cpsa.store.database import read_transaction
from cpsa.store.queries import board_queries, metric_queries
from cpsa.store.tables.dispatch_tables import MailState
from cpsa.submissions.state import SubmissionState

SUBMISSION_STATES = tuple(
    state.value for state in SubmissionState if state is not SubmissionState.SUPERSEDED
)


def measure_programme(context: AppContext, now: datetime) -> dict[str, float]:
    """Return every metric by its name; those of a quarter are of the newest known quarter.

    ``submissions.<state>``, ``findings.<rule>``: how many now. ``reporting_rate``, ``on_time_rate``:
    of the newest closed quarter, 0 to 1. ``queue.files_seconds``, ``queue.mails_seconds``: how long
    the oldest file has waited to be examined, the oldest mail to be sent. ``mails.<state>``: the whole
    ledger. What can be counted and is not there is 0; rates are absent where nothing was expected.
    """
    with read_transaction(context.engine) as connection:
        metrics = {f"mails.{state}": 0.0 for state in MailState}
        metrics |= {
            f"mails.{state}": n
            for state, n in metric_queries.count_mails_by_state(connection).items()
        }
        metrics["queue.files_seconds"] = _count_seconds_since(
            metric_queries.find_oldest_unexamined(connection), now
        )
        metrics["queue.mails_seconds"] = _count_seconds_since(
            metric_queries.find_oldest_unsent(connection), now
        )
        quarters = board_queries.list_board_quarters(connection)
        if quarters:
            newest = quarters[0]
            rules = context.load_framework(Quarter.parse(newest), connection).rules
            metrics |= {f"submissions.{state}": 0 for state in SUBMISSION_STATES}
            metrics |= {f"findings.{rule}": 0 for rule in rules}
            counted = metric_queries.count_submissions(connection, newest)
            metrics |= {f"submissions.{state}": number for state, number in counted.items()}
            by_rule = metric_queries.count_findings(connection, newest)
            metrics |= {f"findings.{rule}": number for rule, number in by_rule.items()}
        closed = board_queries.load_rates(connection, quarters)
        if closed and closed[-1].expected:
            newest_rates = closed[-1]
            metrics["reporting_rate"] = newest_rates.received / newest_rates.expected
            rate = on_time_rate(
                newest_rates.on_time, newest_rates.expected, newest_rates.not_requested
            )
            if rate is not None:
                metrics["on_time_rate"] = rate
    return metrics


def _count_seconds_since(since: datetime | None, now: datetime) -> float:
    """Count seconds; 0 where nothing waits, and not below 0, as clocks may differ a little."""
    return 0 if since is None else max(0.0, (now - since).total_seconds())
