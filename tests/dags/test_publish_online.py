"""The task that puts the online edition up, called as Airflow calls it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from airflow.sdk.execution_time.context import set_current_context
from tests.factories import Clerk, RegistryFolder

from cpsa.calendar import Quarter
from cpsa.services.app_context import AppContext
from cpsa.services.quarter.load_registry import load_registry
from cpsa.settings import from_environment

Q1, Q2 = "2025-26-Q1", "2025-26-Q2"


def test_a_run_for_an_older_quarter_shows_the_newest(
    home: Path, dagbag, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = from_environment(os.environ)
    office = AppContext.from_settings(settings)
    registry = RegistryFolder(agencies={"IA-A": Q1}).write(tmp_path / "registry")
    load_registry(office, registry, Quarter.parse(Q1).opens_at)
    clerk = Clerk(office, tmp_path / "sent")
    for quarter in (Q1, Q2):
        clerk.send("IA-A", quarter)
        clerk.close(quarter)
    task = dagbag.dags["publish_quarter"].get_task("publish_online")
    assert task.upstream_task_ids == {"build_documents"}
    with set_current_context({"partition_key": Q1}):
        done = task.python_callable()
    assert done["quarter"] == Q2
    assert (settings.public / f"hi/quarters/{Q2}.html").is_file()
