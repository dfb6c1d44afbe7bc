"""``python -P bench/uploads.py QUARTER SEED``: uploads to the portal of a country, timed, as JSON.

It runs with the package of whichever version PYTHONPATH names, in this process over the store that the
settings name, whose inbox has the files that are uploaded; it uses only what each version since 1.3.0 has.
"""

from __future__ import annotations

import json
import os
import sys
import time
from datetime import datetime, timedelta
from pathlib import Path
from random import Random

from starlette.testclient import TestClient

from cpsa.calendar import Quarter
from cpsa.services.app_context import AppContext
from cpsa.settings import from_environment
from cpsa.signed_links import AgencyLink, sign_link
from cpsa.web.portal.portal_app import make_app
from cpsa.web.portal.rate_limits import RateLimits

UPLOADS, WARM_UPS = 40, 3
HIGH_RATE = "100000 per minute"


def measure_uploads(context: AppContext, quarter: Quarter, seed: int) -> list[tuple[float, float]]:
    """Seconds on the clock and of this process's CPU, one pair for each upload of another agency."""
    files, now = draw_files(context, quarter, seed), quarter.opens_at + timedelta(days=3)
    limits = RateLimits(HIGH_RATE, HIGH_RATE, HIGH_RATE, HIGH_RATE)
    with TestClient(make_app(context, lambda: now, limits)) as client:
        taken = [_upload(client, context, quarter, now, file) for file in files]
    return taken[min(WARM_UPS, len(files) - 1) :]


def draw_files(context: AppContext, quarter: Quarter, seed: int) -> list[Path]:
    """Updates of some agencies, of those that wait in the inbox."""
    files = sorted((Path(context.settings.inbox) / quarter.key).iterdir())
    return Random(seed).sample(files, min(UPLOADS + WARM_UPS, len(files)))


def _upload(
    client: TestClient, context: AppContext, quarter: Quarter, now: datetime, file: Path
) -> tuple[float, float]:
    """RuntimeError where the answer is not the page's."""
    holder = AgencyLink(file.stem, quarter.key, now + timedelta(days=30))
    home = f"/u/{sign_link(context.seal_key, holder)}"
    token = client.get(home).text.partition('name="form_token" value="')[2].partition('"')[0]
    content = file.read_bytes()
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
    used = AppContext.from_settings(from_environment(os.environ), ready=False)
    taken = measure_uploads(used, Quarter.parse(sys.argv[1]), int(sys.argv[2]))
    used.engine.dispose()
    sys.stdout.write(json.dumps(taken))
