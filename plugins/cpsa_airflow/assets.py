"""The assets that carry a period's key from one DAG to the next.

Named here once because producer and consumer are two DAGs, and a DAG never imports another.
An asset is a promise about our own store, not a file, so its URI is only a name.
"""

from __future__ import annotations

from airflow.sdk import Asset

UPDATES = Asset("cpsa_updates")
CHECKED = Asset("cpsa_checked")
CLOSED = Asset("cpsa_closed")
PUBLISHED = Asset("cpsa_published")
# Keyed by the half-year: it is whole and stale, so it is to be compiled.
HALF_DUE = Asset("cpsa_half_due")
COMPILED = Asset("cpsa_compiled")
DISPATCHED = Asset("cpsa_dispatched")
