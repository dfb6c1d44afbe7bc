"""The log of what was done: counts and durations, and never what a person wrote or is called."""

from __future__ import annotations

import logging
import re
from dataclasses import dataclass
from pathlib import Path

import pytest
from tests.factories import Clerk, RegistryFolder

from cpsa.calendar import HalfYear, Quarter
from cpsa.errors import RequestError
from cpsa.services import run_log
from cpsa.services.quarter.load_registry import load_registry
from cpsa.services.run_log import log_progress, log_use_case
from cpsa.services.service_results import CollectSummary, IntakeResult

Q1 = Quarter.parse("2025-26-Q1")


@dataclass(frozen=True)
class Done:
    quarter: str
    expected: int
    letters: tuple[str, ...]
    person: str = "Asha Verma"
    is_open: bool = True


@pytest.fixture
def lines(caplog: pytest.LogCaptureFixture) -> pytest.LogCaptureFixture:
    caplog.set_level(logging.INFO)
    caplog.set_level(logging.INFO, "cpsa")  # the command line sets it for its process
    return caplog


def test_a_line_has_the_period_the_counts_and_the_duration_and_nothing_else(lines) -> None:
    @log_use_case
    def close_everything(agency: str, quarter: Quarter, half: HalfYear) -> Done:
        return Done(quarter.key, 20, ("to asha@example.org", "b"))

    close_everything("IA-A, Asha Verma", Q1, half=HalfYear.parse("2025-26-H1"))
    (line,) = lines.messages
    assert re.fullmatch(
        r"close_everything 2025-26-Q1 2025-26-H1, expected 20, letters 2, \d+\.\d s", line
    )


def test_a_failure_is_one_line_with_its_kind_and_is_raised_on(lines) -> None:
    @log_use_case
    def fail(quarter: Quarter) -> None:
        raise RequestError("cli.no_such_role", value="asha@example.org", roles="")

    with pytest.raises(RequestError):
        fail(Q1)
    (line,) = lines.messages
    assert re.fullmatch(r"fail 2025-26-Q1: RequestError, \d+\.\d s", line)


def test_received_files_are_counted_by_outcome(lines) -> None:
    @log_use_case
    def collect() -> CollectSummary:
        return CollectSummary(tuple(IntakeResult("f", kind) for kind in ("new", "new", "refused")))

    collect()
    assert lines.messages[0].startswith("collect, new 2, refused 1, ")


def test_long_work_says_how_far_it_is(lines, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run_log, "PROGRESS_SECONDS", 0)
    log = logging.getLogger("cpsa.trial")
    assert list(log_progress(log, "ab", "documents", total=5, start=3)) == ["a", "b"]
    assert [re.sub(r", .*", "", line) for line in lines.messages] == [
        "documents: 3 of 5",
        "documents: 4 of 5",
    ]


def test_a_quarter_leaves_a_line_for_each_step_and_no_agency_in_it(
    clerk: Clerk, tmp_path: Path, lines: pytest.LogCaptureFixture
) -> None:
    registry = RegistryFolder(agencies={"IA-A": Q1.key, "IA-B": Q1.key})
    load_registry(clerk.office, registry.write(tmp_path / "registry"), Q1.opens_at)
    for agency in ("IA-A", "IA-B"):
        clerk.send(agency, Q1.key)
    clerk.check(Q1.key)
    clerk.close(Q1.key)
    steps = [line.split(" ", 1)[0].rstrip(",") for line in lines.messages]
    assert {"load_registry", "check_quarter", "close_quarter"} <= set(steps)
    assert not [line for line in lines.messages if "IA-" in line or "FC-" in line or "@" in line]
