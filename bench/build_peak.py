"""``python -P bench/build_peak.py PERIOD DOCUMENTS``: the most memory that a process of a build used, as JSON.

It renders the documents of the whole programme and the first so many about agencies, as ``cpsa build``
does, from the store that the settings name; their bytes are counted and not kept.
"""

from __future__ import annotations

import json
import os
import resource
import sys
from collections.abc import Sequence
from pathlib import Path

from cpsa.calendar import AnyPeriod, parse_period
from cpsa.documents.document_key import DocumentKey
from cpsa.documents.document_registry import list_document_keys
from cpsa.provenance.snapshot import Snapshot
from cpsa.services.app_context import AppContext
from cpsa.services.publication.document_editions import make_render_pool
from cpsa.services.publication.take_snapshot import take_snapshot
from cpsa.settings import from_environment


def build_documents(context: AppContext, period: AnyPeriod, number: int) -> dict[str, int]:
    """Render a period's documents; how many they are, and their bytes."""
    snapshot = take_snapshot(context, period).snapshot
    keys = select_documents(snapshot, list_document_keys(snapshot, period), number)
    made = make_render_pool(context).render_all(snapshot, keys)
    return {"documents": len(keys), "bytes": sum(map(len, made))}


def select_documents(
    snapshot: Snapshot, keys: Sequence[DocumentKey], number: int
) -> list[DocumentKey]:
    """Those of the whole programme, and the first so many about agencies, in their order."""
    about_agencies = [key for key in keys if key.subject in snapshot.agencies]
    left_out = set(about_agencies[number:])
    return [key for key in keys if key not in left_out]


def read_peak_bytes() -> int:
    """The most memory that this process used, or one of those that it started and that have ended.

    Its own is that of its program (``VmHWM``): what ``getrusage`` says of a process is at least what the
    one that started it used.
    """
    status = Path("/proc/self/status").read_text().splitlines()
    (own,) = (int(line.split()[1]) for line in status if line.startswith("VmHWM:"))
    return max(own, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss) * 1024


if __name__ == "__main__":
    used = AppContext.from_settings(from_environment(os.environ), ready=False)
    built = build_documents(used, parse_period(sys.argv[1]), int(sys.argv[2]))
    used.engine.dispose()
    sys.stdout.write(json.dumps({**built, "peak": read_peak_bytes()}))
