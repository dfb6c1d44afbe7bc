"""Timetables whose partitions are fiscal quarters.

Airflow's own ``key_format`` is strftime, which cannot write a fiscal quarter, so a few of its
private methods are replaced (tried on 3.3.2; the version is pinned and tests/dags prove the
behaviour). Everything about dates comes from ``cpsa.calendar``.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any, ClassVar

import pendulum
from airflow.exceptions import InvalidPartitionKeyError
from airflow.timetables.base import DagRunInfo
from airflow.timetables.trigger import CronPartitionTimetable, CronTriggerTimetable

from cpsa.calendar import IST, Quarter
from cpsa.errors import RequestError

TIMEZONE = "Asia/Kolkata"


def get_day_start(day: date) -> pendulum.DateTime:
    """Midnight in India at the start of a day, in UTC as Airflow keeps instants."""
    return pendulum.instance(datetime.combine(day, datetime.min.time(), IST)).in_timezone("UTC")


class FiscalQuarterTimetable(CronPartitionTimetable):
    """Four runs a year, each for the quarter that ended before it.

    The partition date is the quarter's first day, whatever the hour of the run: so DAGs that open
    and DAGs that close a quarter agree on it, and a backfill's dates mean the quarters that begin
    between them.
    """

    cron: ClassVar[str]

    def __init__(self) -> None:
        super().__init__(self.cron, timezone=TIMEZONE, run_offset=-1)

    @staticmethod
    def runs_at(quarter: Quarter) -> datetime:
        """When the run for a quarter is due."""
        raise NotImplementedError

    def serialize(self) -> dict[str, Any]:
        return {}

    @classmethod
    def deserialize(cls, data: dict[str, Any]) -> FiscalQuarterTimetable:
        return cls()

    def _get_next(self, current: pendulum.DateTime) -> pendulum.DateTime:
        """The first run after an instant: by the programme's days, of which ``cron`` shows the usual."""
        quarter = _quarter_at(current)
        runs = (self.runs_at(each) for each in (quarter - 1, quarter))
        return pendulum.instance(min(run for run in runs if run > current)).in_timezone("UTC")

    def _get_prev(self, current: pendulum.DateTime) -> pendulum.DateTime:
        """The last run before an instant."""
        quarter = _quarter_at(current)
        runs = (self.runs_at(each) for each in (quarter - 2, quarter - 1))
        return pendulum.instance(max(run for run in runs if run < current)).in_timezone("UTC")

    def _get_partition_date(self, *, run_date: datetime) -> pendulum.DateTime:
        return get_day_start((_quarter_at(run_date) - 1).first_day)

    def _format_key(self, partition_date: datetime) -> str:
        return _quarter_at(partition_date).key

    def _decode_partition_date(self, partition_key: str) -> datetime:
        try:
            return get_day_start(Quarter.parse(partition_key).first_day)
        except RequestError as error:
            raise InvalidPartitionKeyError(error.text()) from error

    def iter_partition_dagrun_infos(
        self, *, earliest: datetime, latest: datetime
    ) -> Iterable[DagRunInfo]:
        """One run for each quarter that begins within the bounds and whose hour has come.

        A quarter that is not due yet is left to the schedule: a backfill over a whole year must
        not close a quarter while its agencies may still send.
        """
        first, last = (self.localize_partition_datetime(bound) for bound in (earliest, latest))
        for quarter in Quarter.range(_quarter_at(first), _quarter_at(last)):
            begins = get_day_start(quarter.first_day)
            if first <= begins <= last and self.runs_at(quarter) <= pendulum.now("UTC"):
                yield DagRunInfo(
                    run_after=begins,
                    data_interval=None,
                    partition_date=begins,
                    partition_key=quarter.key,
                )


class QuarterOpeningTimetable(FiscalQuarterTimetable):
    """06:00 on the first day after the quarter, when agencies get the request for their updates."""

    cron = "0 6 1 1,4,7,10 *"
    description = "06:00 IST on the first day after each fiscal quarter"

    @staticmethod
    def runs_at(quarter: Quarter) -> datetime:
        return quarter.opens_at


class QuarterClosingTimetable(FiscalQuarterTimetable):
    """06:00 on the day after the quarter's window ended; as shipped, a month later."""

    cron = "0 6 1 2,5,8,11 *"
    description = "06:00 IST on the day after each quarter's window"

    @staticmethod
    def runs_at(quarter: Quarter) -> datetime:
        return quarter.closes_at


class RuntimePartitionsTimetable(CronTriggerTimetable):
    """A plain clock whose runs learn only while they work which partitions they touched."""

    partitioned_at_runtime = True


def _quarter_at(instant: datetime) -> Quarter:
    """The quarter in which an instant falls, by India's calendar."""
    return Quarter.containing(instant.astimezone(IST).date())
