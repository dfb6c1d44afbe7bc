"""The story of the demo: eight quarters through real DAG runs, three half-years approved.

What follows the first half-year's mails (``follow_up``) comes before the later quarters are closed,
so that their documents show it and none of theirs is built twice.

Does only what is still to do, so that it may be run again: a quarter that has been closed is not
closed again, an approval that was given is not given again.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from functools import partial

from cpsa.calendar import HalfYear, Quarter
from cpsa.errors import RequestError
from cpsa_demo.airflow_api import AirflowApi, Question, Run
from cpsa_demo.follow_up import FollowUp
from cpsa_demo.processes import Processes
from cpsa_demo.screen import Screen

OPEN, COLLECT, CHECK = "open_quarter", "collect_updates", "check_updates"
CLOSE, PUBLISH = "close_quarter", "publish_quarter"
COMPILE, DISPATCH = "compile_half_year", "dispatch_half_year"
FOLLOW = "follow_store"
DAGS = (OPEN, COLLECT, CHECK, CLOSE, PUBLISH, COMPILE, DISPATCH)

# The whole form of an approval: the demo's half-years are long past.
APPROVAL_FORM = {"leave": "at_once", "backfill": True, "why_rejected": ""}

SCHEDULER_ROUNDS = 2
SECONDS_BETWEEN_POLLS = 1.5
SECONDS_UNTIL_QUIET = 45
SECONDS_WITHOUT_NEWS = 900  # a half-year is built within, on a busy machine too


class Story:
    """One run of the demo, against an Airflow that is being started."""

    def __init__(
        self, api: AirflowApi, processes: Processes, screen: Screen, quarters: Sequence[Quarter]
    ) -> None:
        self._api = api
        self._processes = processes
        self._screen = screen
        self._quarters = [quarter.key for quarter in quarters]
        halves = sorted({quarter.half for quarter in quarters})
        self._halves = [half.key for half in halves if set(half.quarters) <= set(quarters)]
        self._runs: list[Run] = []
        self._questions: list[Question] = []
        self._first_seen: dict[Question, int] = {}  # how many signs of life there had been
        self._signs: list[str] = []
        self._news = time.monotonic()

    @property
    def newest(self) -> str:
        """The half-year that is left for a person to decide."""
        return self._halves[-1]

    @property
    def unanswered(self) -> list[str]:
        return sorted(question.period for question in self._questions)

    @property
    def sent(self) -> list[str]:
        return sorted(self._succeeded(DISPATCH) - set(self.unanswered))

    @property
    def closed(self) -> list[str]:
        return sorted(self._succeeded(CLOSE))

    def wait_for_airflow(self) -> None:
        """Until the scheduler is at work and has read the DAGs."""
        while not self._api.ready(frozenset({*DAGS, FOLLOW})):
            self._processes.require_running()
            self._require_news()
            time.sleep(SECONDS_BETWEEN_POLLS)

    @property
    def first_half(self) -> str:
        return self._halves[0]

    def run(self, follow_up: FollowUp | None) -> None:
        """Everything from opening the quarters to the approval that is left open."""
        totals = (len(self._quarters), 1, *(3 * [len(self._quarters)]), len(self._halves))
        self._screen.expect(dict(zip(DAGS, (*totals, len(self._halves) - 1), strict=True)))
        self._refresh()
        # The first that is opened is the programme's first: none before it can be opened then.
        for quarters in (self._quarters[:1], self._quarters):
            self._start_missing(OPEN, quarters)
            self._wait_until(partial(self._all_succeeded, OPEN, quarters))
        to_check = self._collect()
        if follow_up is not None:
            self._send_first_half(to_check)
            self._screen.say("follow_up")
            follow_up.play(datetime.now(UTC))
            self._news = time.monotonic()
        self._wait_until(lambda: self._is_checked(to_check) and not self._active(CHECK))
        self._screen.finish(CHECK)
        self._start_missing(CLOSE, self._quarters)
        self._wait_until(lambda: self._all_succeeded(CLOSE, self._quarters))
        self._wait_until(self._newest_waits_and_older_are_sent)
        if follow_up is not None:  # files of later quarters were checked meanwhile
            follow_up.write_letters()

    def _collect(self) -> Sequence[str]:
        """Import the files; the quarters in which some are to be checked."""
        collecting = self._api.trigger(COLLECT)
        self._wait_until(
            lambda: any(run.run_id == collecting and run.succeeded for run in self._runs)
        )
        result = self._api.returned(COLLECT, collecting, "import_folder")
        return tuple(result.get("quarters", ()))

    def _is_checked(self, quarters: Sequence[str]) -> bool:
        return self._all_succeeded(CHECK, quarters)

    def _send_first_half(self, to_check: Sequence[str]) -> None:
        """Close the oldest half-year and send it, while the later quarters are being checked."""
        first = HalfYear.parse(self._halves[0])
        quarters = [quarter.key for quarter in first.quarters if quarter.key in self._quarters]
        self._wait_until(lambda: self._is_checked([key for key in quarters if key in to_check]))
        self._start_missing(CLOSE, quarters)
        self._wait_until(
            lambda: self._is_compiled(quarters, [first.key]) and self._is_sent(first.key)
        )

    def _newest_waits_and_older_are_sent(self) -> bool:
        compiled = self._is_compiled(self._quarters, self._halves)
        older = self._halves[:-1]
        to_send = [half for half in older if not self._is_sent(half)]  # each is looked at
        waits = self.newest in (*self.unanswered, *self._succeeded(DISPATCH))
        at_rest = not any(map(self._active, (CLOSE, PUBLISH, COMPILE)))
        return (
            compiled
            and not to_send
            and waits
            and at_rest
            and self._active(DISPATCH) <= {self.newest}
        )

    def _is_compiled(self, quarters: Sequence[str], halves: Sequence[str]) -> bool:
        """What closing sets off by itself."""
        published = self._all_succeeded(PUBLISH, quarters)
        if published and time.monotonic() - self._news > SECONDS_UNTIL_QUIET:
            # Airflow's records were made again, and the programme knows that nothing is left to do.
            self._start_missing(COMPILE, halves)
        return published and self._all_succeeded(COMPILE, halves)

    def _is_sent(self, half: str) -> bool:
        """Approve a half-year when its question is open; whether it was sent."""
        for question in self._questions:
            if question.period == half and self._is_known(question):
                self._api.approve(question, APPROVAL_FORM)
        return half in self._succeeded(DISPATCH)

    def _is_known(self, question: Question) -> bool:
        """Whether the scheduler has gone round since the question was put.

        Airflow loses a task that is answered before its scheduler has heard of its question, and a
        busy machine's scheduler hears late.
        """
        return len(self._signs) >= self._first_seen[question] + SCHEDULER_ROUNDS

    def _start_missing(self, dag: str, periods: Sequence[str]) -> None:
        done_or_active = self._succeeded(dag) | self._active(dag)
        for period in periods:
            if period not in done_or_active:
                self._api.trigger(dag, period)

    def _wait_until(self, reached: Callable[[], bool]) -> None:
        self._refresh()
        while not reached():
            time.sleep(SECONDS_BETWEEN_POLLS)
            self._processes.require_running()
            self._refresh()
            self._require_news()

    def _refresh(self) -> None:
        """Read the state of all runs; RequestError when one has failed."""
        runs = self._api.runs()
        if runs != self._runs:
            self._news = time.monotonic()
        self._runs = runs
        # Looking costs the API server time that the tasks need, so approvals only when due.
        if any(run.dag == DISPATCH for run in runs):
            sign = self._api.scheduler_heartbeat()
            if sign not in self._signs:
                self._signs.append(sign)
            self._questions = [q for q in self._api.questions(runs) if q.dag == DISPATCH]
            for question in self._questions:
                self._first_seen.setdefault(question, len(self._signs))
        for dag in DAGS:
            self._screen.show(dag, len(self._succeeded(dag)))
        for run in runs:
            if run.state == "failed" and run.period not in self._succeeded(run.dag):
                raise RequestError("demo.run_failed", dag=run.dag, period=run.period or "—")

    def _require_news(self) -> None:
        if time.monotonic() - self._news > SECONDS_WITHOUT_NEWS:
            raise RequestError("demo.no_news", seconds=SECONDS_WITHOUT_NEWS)

    def _succeeded(self, dag: str) -> set[str]:
        return {run.period for run in self._runs if run.dag == dag and run.succeeded}

    def _active(self, dag: str) -> set[str]:
        return {
            run.period
            for run in self._runs
            if run.dag == dag and run.state in ("queued", "running")
        }

    def _all_succeeded(self, dag: str, periods: Sequence[str] | set[str]) -> bool:
        return set(periods) <= self._succeeded(dag)


def format_half(key: str, language: str) -> str:
    return HalfYear.parse(key).label(language)
