"""From quarters to halves and years: mappers between partition keys, and the windows to wait for.

A mapper says to which longer period a key belongs, a window which keys make that period whole.
Both work on keys as text and use the arithmetic of ``cpsa.calendar``.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterable
from datetime import datetime

from airflow.partition_mappers.base import PartitionMapper
from airflow.partition_mappers.window import Window

from cpsa.calendar import FiscalYear, HalfYear, Quarter, parse_period
from cpsa_airflow.timetables import get_day_start


class PeriodMapper(PartitionMapper):
    """Maps the key of a period to the key of the longer period around it."""

    @abstractmethod
    def to_downstream(self, key: str) -> str: ...

    def to_partition_date(self, downstream_key: str) -> datetime:
        """The first day of the longer period, by which Airflow lists and filters runs."""
        return get_day_start(parse_period(downstream_key).first_quarter.first_day)


class QuarterToHalf(PeriodMapper):
    """2026-27-Q1 and 2026-27-Q2 belong to 2026-27-H1."""

    def to_downstream(self, key: str) -> str:
        return Quarter.parse(key).half.key


class QuarterToYear(PeriodMapper):
    """2026-27-Q1 to 2026-27-Q4 belong to 2026-27."""

    def to_downstream(self, key: str) -> str:
        return Quarter.parse(key).year.key


class HalfToYear(PeriodMapper):
    """2026-27-H1 and 2026-27-H2 belong to 2026-27."""

    def to_downstream(self, key: str) -> str:
        return HalfYear.parse(key).year.key


class HalfYearWindow(Window):
    """A half-year is whole with its two quarters."""

    def to_upstream(self, decoded_downstream: str) -> Iterable[str]:
        return [quarter.key for quarter in HalfYear.parse(decoded_downstream).quarters]


class FiscalYearWindow(Window):
    """A year is whole with its four quarters."""

    def to_upstream(self, decoded_downstream: str) -> Iterable[str]:
        return [quarter.key for quarter in FiscalYear.parse(decoded_downstream).quarters]


class FiscalYearHalvesWindow(Window):
    """A year is whole with its two halves."""

    def to_upstream(self, decoded_downstream: str) -> Iterable[str]:
        return [half.key for half in FiscalYear.parse(decoded_downstream).halves]
