"""What every DAG's tasks have in common."""

from __future__ import annotations

from datetime import timedelta

# Retries are for a database or a mail server that is away for a while; a request that is wrong
# in itself is not tried again (context.at_desk).
TASKS = {"owner": "cpsa-ops", "retries": 2, "retry_delay": timedelta(minutes=1)}
