"""The plugin that watches: pools for outside systems, deadlines by the calendar.

Registration only; the classes and functions are in ``cpsa_airflow``.
"""

from __future__ import annotations

from typing import ClassVar

from airflow.plugins_manager import AirflowPlugin

from cpsa_airflow import pools
from cpsa_airflow.deadlines import PeriodDue


class CpsaWatchingPlugin(AirflowPlugin):
    """Makes pools as the scheduler starts, and lets it read deadlines back from stored DAGs."""

    name = "cpsa_watching"
    listeners: ClassVar = [pools]
    deadline_references: ClassVar = [PeriodDue]
