"""One agency's update sent through the portal of a country: the whole request, in this process.

The store is PostgreSQL with every agency's history. Each request is another agency's: it takes the
file in, checks it against the agency's history, keeps what it found and answers.
"""

from __future__ import annotations

import tempfile
from datetime import datetime, timedelta
from random import Random

from starlette.testclient import TestClient

from bench import national_store
from bench.lines import Line, Progress, Size
from bench.programme import make_programme
from bench.rounds import CLOCKS, Times
from bench.server_store import open_context_on_server
from cpsa import signed_links
from cpsa.calendar import Quarter
from cpsa.checks.structure_rules import StructureResult
from cpsa.services.app_context import AppContext
from cpsa.web.portal.portal_app import make_app
from cpsa.web.portal.rate_limits import RateLimits

MAX_MILLISECONDS = 150
UPLOADS, WARM_UPS = 40, 3
HIGH_RATE = "100000 per minute"


def lines(size: Size, progress: Progress) -> list[Line]:
    """Wall time and CPU time of this process, one figure for each upload."""
    progress("making a programme up")
    programme = make_programme(size.forms, size.quarters, size.seed)
    quarter = Quarter.parse(programme.quarter)
    updates = [update for data in programme.forms for update in data.judged]
    number = min(UPLOADS + WARM_UPS, len(updates))
    drawn = Random(size.seed).sample(updates, number)
    with (
        tempfile.TemporaryDirectory(prefix="cpsa-bench-") as folder,
        open_context_on_server(folder) as context,
    ):
        progress("loading history")
        national_store.load_programme(context.engine, programme)
        progress("uploading")
        taken = _upload_all(context, quarter, drawn)[min(WARM_UPS, number - 1) :]
    wall, cpu = (Times(seconds) for seconds in zip(*taken, strict=True))
    stage = (
        f"one agency's check on upload, {size.quarters} quarters of history, "
        f"among {size.agencies:,} (wall)"
    )
    milliseconds = Times(tuple(seconds * 1000 for seconds in wall.seconds))
    note = f"{len(taken)} uploads; CPU of the portal {cpu.median * 1000:.0f} ms, median"
    return [Line(stage, wall, "", milliseconds, "ms", MAX_MILLISECONDS, at_least=False, note=note)]


def _upload_all(
    context: AppContext, quarter: Quarter, updates: list[StructureResult]
) -> list[tuple[float, float]]:
    """Seconds on the wall and of this process's CPU for each; every answer must be the page's."""
    now = quarter.opens_at + timedelta(days=3)
    limits = RateLimits(HIGH_RATE, HIGH_RATE, HIGH_RATE, HIGH_RATE)
    with TestClient(make_app(context, lambda: now, limits)) as client:
        return [_upload(client, context, now, update) for update in updates]


def _upload(
    client: TestClient, context: AppContext, now: datetime, update: StructureResult
) -> tuple[float, float]:
    holder = signed_links.AgencyLink(update.agency, update.quarter, now + timedelta(days=30))
    home = f"/u/{signed_links.sign_link(context.seal_key, holder)}"
    token = client.get(home).text.partition('name="form_token" value="')[2].partition('"')[0]
    content = national_store.format_csv(update).encode()
    clocks = CLOCKS["cpu"], CLOCKS["wall"]
    before = [clock() for clock in clocks]
    answer = client.post(
        f"{home}/send",
        data={"form_token": token},
        files={"file": ("update.csv", content)},
        follow_redirects=False,
    )
    cpu, wall = (clock() - then for clock, then in zip(clocks, before, strict=True))
    if answer.status_code != 303:
        raise RuntimeError(f"the portal answered {answer.status_code} to an upload")
    return wall, cpu
