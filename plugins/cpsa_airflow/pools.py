"""The pools: how many tasks may use each outside system at once. Made as the scheduler starts.

Nobody has to remember to make them, and slots that ops have changed stay as they are.
"""

from __future__ import annotations

import sys
from typing import Any

from airflow.listeners import hookimpl

MAIL_OUT = "cpsa_mail_out"
MAIL_IN = "cpsa_mail_in"
DOCUMENTS = "cpsa_documents"
POOLS = {
    MAIL_OUT: (2, "Sessions with the mail server that takes our mail"),
    MAIL_IN: (1, "Sessions with the mailbox that agencies and departments write to"),
    DOCUMENTS: (2, "Builds of documents, each of which fills a processor"),
}


@hookimpl
def on_starting(component: Any) -> None:
    """Called as any component starts, before it can tell which it is; one of them is enough.

    Of the scheduler's process only its job: its forks, the tasks, may not reach Airflow's database.
    """
    if "scheduler" in sys.argv and type(component).__name__ == "Job":
        make_pools()


def make_pools() -> None:
    """Make the pools that are missing."""
    from airflow.models.pool import Pool
    from airflow.utils.session import create_session
    from sqlalchemy import select

    with create_session() as session:
        existing = set(session.scalars(select(Pool.pool).where(Pool.pool.in_(POOLS))))
        for name, (slots, description) in POOLS.items():
            if name not in existing:
                session.add(
                    Pool(pool=name, slots=slots, description=description, include_deferred=False)
                )
