"""The plugin that teaches Airflow the fiscal calendar: timetables, partition mappers, windows.

Registration only. The classes are in ``cpsa_airflow``; what a quarter is stays in
``cpsa.calendar``. Business rules do not belong in plugins. The programme's folder, which has the
days of its quarters, is read here, once in each of Airflow's processes.
"""

from __future__ import annotations

import os
from typing import ClassVar

from airflow.plugins_manager import AirflowPlugin

from cpsa.reference.programme_in_use import use_programme
from cpsa.settings import from_environment
from cpsa_airflow import partitions, timetables

use_programme(from_environment(os.environ).programme)


class CpsaCalendarPlugin(AirflowPlugin):
    """Makes the classes known, so that the scheduler can read them back from stored DAGs."""

    name = "cpsa_calendar"
    timetables: ClassVar = [
        timetables.QuarterOpeningTimetable,
        timetables.QuarterClosingTimetable,
        timetables.RuntimePartitionsTimetable,
    ]
    partition_mappers: ClassVar = [
        partitions.QuarterToHalf,
        partitions.QuarterToYear,
        partitions.HalfToYear,
    ]
    windows: ClassVar = [
        partitions.HalfYearWindow,
        partitions.FiscalYearWindow,
        partitions.FiscalYearHalvesWindow,
    ]
