"""``python -P bench/uploads.py AGENCIES QUARTERS SEED``: uploads to the portal of a country, timed, as JSON.

It runs with the package and the bench of whichever version PYTHONPATH names, in this process over
PostgreSQL, and uses only what each version since 1.3.0 has.
"""

from __future__ import annotations

import json
import sys
import tempfile
import time
from datetime import datetime, timedelta
from random import Random

from starlette.testclient import TestClient

from bench import national_store
from bench.lines import Size
from bench.programme import make_programme
from bench.server_store import open_context_on_server
from cpsa import signed_links
from cpsa.calendar import Quarter
from cpsa.checks.structure_rules import StructureResult
from cpsa.services.app_context import AppContext
from cpsa.web.portal.portal_app import make_app
from cpsa.web.portal.rate_limits import RateLimits

UPLOADS, WARM_UPS = 40, 3
HIGH_RATE = "100000 per minute"


def measure_uploads(agencies: int, quarters: int, seed: int) -> list[tuple[float, float]]:
    """Seconds on the clock and of this process's CPU, one pair for each upload of another agency."""
    programme = make_programme(Size(agencies).forms, quarters, seed)
    quarter = Quarter.parse(programme.quarter)
    updates = [update for data in programme.forms for update in data.judged]
    number = min(UPLOADS + WARM_UPS, len(updates))
    drawn = Random(seed).sample(updates, number)
    with (
        tempfile.TemporaryDirectory(prefix="cpsa-bench-") as folder,
        open_context_on_server(folder) as context,
    ):
        national_store.load_programme(context.engine, programme)
        return _upload_all(context, quarter, drawn)[min(WARM_UPS, number - 1) :]


def _upload_all(
    context: AppContext, quarter: Quarter, updates: list[StructureResult]
) -> list[tuple[float, float]]:
    now = quarter.opens_at + timedelta(days=3)
    limits = RateLimits(HIGH_RATE, HIGH_RATE, HIGH_RATE, HIGH_RATE)
    with TestClient(make_app(context, lambda: now, limits)) as client:
        return [_upload(client, context, now, update) for update in updates]


def _upload(
    client: TestClient, context: AppContext, now: datetime, update: StructureResult
) -> tuple[float, float]:
    """RuntimeError where the answer is not the page's."""
    holder = signed_links.AgencyLink(update.agency, update.quarter, now + timedelta(days=30))
    home = f"/u/{signed_links.sign_link(context.seal_key, holder)}"
    token = client.get(home).text.partition('name="form_token" value="')[2].partition('"')[0]
    content = national_store.format_csv(update).encode()
    wall, cpu = time.perf_counter(), time.process_time()
    answer = client.post(
        f"{home}/send",
        data={"form_token": token},
        files={"file": ("update.csv", content)},
        follow_redirects=False,
    )
    taken = time.perf_counter() - wall, time.process_time() - cpu
    if answer.status_code != 303:
        raise RuntimeError(f"the portal answered {answer.status_code} to an upload")
    return taken


if __name__ == "__main__":
    sys.stdout.write(json.dumps(measure_uploads(*map(int, sys.argv[1:]))))
