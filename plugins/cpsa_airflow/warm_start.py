"""What the scheduler imports before it forks its workers. Imports only; nothing is opened or run.

A connection or a document compiler that is open at the fork would be shared by all tasks, and the
compiler would hang.
"""

from __future__ import annotations

import sys
from importlib import import_module
from typing import Any

from airflow.listeners import hookimpl

MODULES = (
    "cpsa.services.quarter.check_updates",
    "cpsa.services.dispatch.build_documents",
    "cpsa.services.agency_letters.send_letters",
    "cpsa.framework.framework_archive",  # the context imports these two when it loads a framework
    "sqlalchemy.dialects.postgresql",
    "airflow.providers.standard.operators.hitl",
    "cpsa_airflow.task_context",
)


@hookimpl
def on_starting(component: Any) -> None:
    """Called as any component starts, before it can tell which it is; only one of them forks."""
    if "scheduler" in sys.argv:
        for module in MODULES:
            import_module(module)
