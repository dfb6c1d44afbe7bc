"""Airflow's own web server refuses an operator's answer to a backfill, before it looks for it."""

from __future__ import annotations

import pytest
from tests.e2e.people import site_of

from cpsa_demo.place import Place
from cpsa_demo.processes import Processes

pytestmark = [pytest.mark.e2e, pytest.mark.nightly]

RUN = "dagRuns/manual__1/taskInstances/approve/-1/hitlDetails"
ANSWER = {"chosen_options": ["Leave it"], "params_input": {}}


def web_server_alone(_place: Place, processes: Processes) -> None:
    processes.run("migrate", ["airflow", "db", "migrate"])
    processes.start("api-server", ["airflow", "api-server"])


def test_an_operator_is_refused_and_an_admin_is_heard(new_programme) -> None:
    backfill, dispatch = (
        f"/api/v2/dags/{dag}/{RUN}" for dag in ("backfill_quarters", "dispatch_half_year")
    )
    place = new_programme("admins").place
    place.home.mkdir()
    with site_of(place, web_server_alone) as site:
        with site.client("omar") as ops:
            refused = ops.patch(backfill, json=ANSWER)
            assert refused.status_code == 403
            assert "Only an admin can answer this question" in refused.json()["detail"]
            assert ops.patch(dispatch, json=ANSWER).status_code == 404, "there is no such run"
        with site.client("asha") as admin:
            assert admin.patch(backfill, json=ANSWER).status_code == 404
        with site.client() as stranger:
            assert stranger.patch(backfill, json=ANSWER).status_code == 401
