"""``cpsa clusters``: viewers see what waits, admins decide, and each says what was done in both languages."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from tests.unit.cli.test_command_line import Answer, cpsa  # noqa: F401
from tests.unit.clusters.cluster_office import CENTRE, ORIGIN, Q4, answer, make_row, open_office

from cpsa.services.app_context import AppContext
from cpsa.settings import from_environment

Run = Callable[..., Answer]
WHY = ("--reason", "The survey was seen.")


@pytest.fixture
def run(cpsa: Run, tmp_path: Path) -> Run:  # noqa: F811
    """Commands on an office in which a change, a closed and a new cluster wait."""
    office = AppContext.from_settings(from_environment({"CPSA_HOME": str(tmp_path / "home")}))
    clerk = open_office(office, tmp_path)
    large = make_row("CL-A", "CHANGED", jobs=1600, **ORIGIN)
    new = make_row("new", "NEW", **ORIGIN)
    answer(clerk, tmp_path, "csv", large, make_row("CL-B", "CLOSED"), new)
    clerk.close(Q4)
    office.engine.dispose()

    def call(*words: object, **variables: str) -> Answer:
        return cpsa("clusters", *words, **variables)

    return call


def test_what_waits_is_shown_against_the_register(run: Run) -> None:
    lines = run("changes", "--format", "csv", CPSA_ROLE="viewer").out.splitlines()
    assert lines[0] == "agency,quarter,row,answer,column,before,after,large"
    assert f'{CENTRE},{Q4},CL-A,CHANGED,jobs,"1,000","1,600",more than half' in lines
    assert f"{CENTRE},{Q4},CL-A,CHANGED,source,Study,Survey of the centre," in lines
    assert f"{CENTRE},{Q4},CL-B,CLOSED,active_to,,{Q4}," in lines
    assert f'{CENTRE},{Q4},new,NEW,output_rupees,,"5,00,00,000",' in lines
    assert (
        run("changes", "--agency", "FC-X").out == "No change of the register of clusters waits.\n"
    )


@pytest.mark.parametrize(
    ("language", "confirmed", "nothing"),
    [("en", "changes confirmed", "Nothing was changed"), ("hi", "पुष्टि हुई", "कुछ नहीं बदला")],
)
def test_admins_confirm_and_refuse(run: Run, language: str, confirmed: str, nothing: str) -> None:
    told = run("confirm", CENTRE, "CL-A", *WHY, CPSA_LANGUAGE=language).out
    assert confirmed in told and "CL-A" in told
    assert "CL-B" in run("refuse", CENTRE, "CL-B", *WHY).out
    assert run("confirm", CENTRE, "--all", "--code", "CL-N", *WHY).status == 0
    assert nothing in run("confirm", CENTRE, "--all", *WHY, CPSA_LANGUAGE=language).out


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ((CENTRE,), "--all"),
        ((CENTRE, "CL-A", "--all"), "--all"),
        ((CENTRE, "CL-AA"), "CL-A"),
        (("FC-X", "--all"), "FC-X"),
        ((CENTRE, "CL-A", "--code", "CL-Z"), "CL-Z"),
    ],
)
def test_a_wrong_choice_is_one_line(run: Run, words: tuple[str, ...], says: str) -> None:
    refused = run("confirm", *words, *WHY)
    assert refused.status == 2 and says in refused.err and refused.out == ""


@pytest.mark.parametrize("command", ["confirm", "refuse"])
def test_ops_may_not_decide(run: Run, command: str) -> None:
    refused = run(command, CENTRE, "--all", *WHY, CPSA_ROLE="ops")
    assert refused.status == 2 and f"clusters {command}" in refused.err


def test_the_register_is_written_as_a_file(run: Run, tmp_path: Path) -> None:
    run("confirm", CENTRE, "CL-A", *WHY)
    run("file", "-o", tmp_path / "clusters.csv")
    assert ",1600," in (tmp_path / "clusters.csv").read_text("utf-8")
