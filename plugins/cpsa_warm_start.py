"""The plugin that loads the domain's libraries once, in the scheduler.

The local executor's tasks are forks of the scheduler. Without this each of them imports pandas and
the rest again, which takes longer than most tasks do.
"""

from __future__ import annotations

from typing import ClassVar

from airflow.plugins_manager import AirflowPlugin

from cpsa_airflow import warm_start


class CpsaWarmStartPlugin(AirflowPlugin):
    """Listens for the scheduler's start."""

    name = "cpsa_warm_start"
    listeners: ClassVar = [warm_start]
