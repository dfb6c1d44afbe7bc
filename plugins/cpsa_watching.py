"""The plugin that watches: pools for outside systems, deadlines by the calendar, metrics.

Registration only; the classes and functions are in ``cpsa_airflow``.
"""

from __future__ import annotations

from typing import ClassVar

from airflow.plugins_manager import AirflowPlugin

from cpsa_airflow import metrics, pools
from cpsa_airflow.deadlines import PeriodDue


class CpsaWatchingPlugin(AirflowPlugin):
    """Makes pools as the scheduler starts, lets it read deadlines back, sends figures after tasks."""

    name = "cpsa_watching"
    listeners: ClassVar = [pools, metrics]
    deadline_references: ClassVar = [PeriodDue]
