"""From the code at a table back to the files: what is found, after restatements too, and errors."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest
from tests.factories import Clerk, RegistryFolder, day_after_quarter, put, update

from cpsa.calendar import Quarter
from cpsa.cli.command_line import main
from cpsa.documents.render.renderer import Renderer
from cpsa.errors import RequestError
from cpsa.provenance import table_codes
from cpsa.services.app_context import AppContext
from cpsa.services.collection.collect_updates import collect_updates
from cpsa.services.dispatch.build_documents import build_documents
from cpsa.services.examination.explain_warnings import WarningAnswer, explain_warnings
from cpsa.services.publication.trace_figure import TracedTable, trace_figure
from cpsa.services.quarter.close_quarter import close_quarter
from cpsa.services.quarter.reopen_quarter import reopen_quarter

pytestmark = pytest.mark.slow

Q1 = Quarter.parse("2025-26-Q1")
LATER = Quarter.parse("2026-27-Q1").opens_at
REFERENCE = f"CPSA/{Q1.key}/QU/IA-A"
SENT = {"A1": 4, "A2": 20, "OP1": 5, "OP2": 31}


@pytest.fixture
def built(clerk: Clerk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AppContext:
    """A quarter closed and its documents on the shelf; how they look is for other tests."""
    monkeypatch.setattr(Renderer, "render", lambda self, key, snapshot: key.path.encode())
    office = clerk.office
    registry = RegistryFolder(
        agencies={"IA-A": Q1.key, "FC-B": Q1.key}, targets={("IA-A", "OP2", Q1.key): 40}
    )
    registry.load(office, tmp_path / "registry", day_after_quarter(Q1.key))
    clerk.send("IA-A", Q1.key, SENT)
    clerk.close(Q1.key)
    build_documents(office, Q1, LATER)
    return office


def restate(office: AppContext, tmp_path: Path) -> None:
    late = put(tmp_path / "late", "IA-A", Q1.key, update("IA-A", Q1.key, {**SENT, "OP2": 44}))
    collect_updates(office, late, LATER)
    reopen_quarter(office, "IA-A", Q1, "A register was found", "admin", LATER)
    close_quarter(office, Q1, LATER)


def figures_of(office: AppContext, text: str, **options) -> list[TracedTable]:
    """The first table of the agency's update in which a figure is printed, if there is one."""
    for number in range(1, 9):
        try:
            return [trace_figure(office, f"{REFERENCE}-{number:02d}", "en", text, **options)]
        except RequestError as error:
            assert error.key in ("trace.no_figure", "trace.no_table")
    return []


def test_a_figure_leads_to_file_version_line_receipt_and_checks(built: AppContext) -> None:
    explain_warnings(
        built, "IA-A", Q1, [WarningAnswer("Q06", "A2", "", "Two years at once")], "portal", LATER
    )
    build_documents(built, Q1, LATER)
    (traced,) = figures_of(built, "31")
    assert traced.reference == REFERENCE and traced.current and traced.adds_up
    assert traced.code.startswith(table_codes.make_document_code(REFERENCE))
    assert traced.figures
    for figure in traced.figures:
        (source,) = figure.sources
        assert (source.what, source.agency, source.quarter) == ("actual", "IA-A", Q1.key)
        assert (source.value, source.version) == ("31", 1)
        assert source.place.startswith("line ")
    (one,) = traced.updates
    assert one.received_at == day_after_quarter(Q1.key)
    assert one.file.endswith(".csv") and one.passed < one.rules
    assert any(told.endswith("– Two years at once") for told in one.findings)


def test_the_share_of_a_target_names_both(built: AppContext) -> None:
    (figure, *_) = figures_of(built, "77.5 %")[0].figures
    assert [(one.what, one.value) for one in figure.sources] == [("actual", "31"), ("target", "40")]
    assert figure.adds_up


def test_each_edition_is_traced_as_it_was_printed(built: AppContext, tmp_path: Path) -> None:
    restate(built, tmp_path)
    assert not figures_of(built, "31")[0].current
    build_documents(built, Q1, LATER)
    new = figures_of(built, "44")[0]
    assert (new.edition, new.editions, new.current) == (2, 2, True)
    assert [one.version for one in new.updates] == [2]
    old = figures_of(built, "31", edition=1)[0]
    assert (old.edition, old.editions) == (1, 2)
    assert [one.version for one in old.updates] == [1]
    assert old.figures[0].adds_up
    assert not figures_of(built, "31")


def test_a_figure_is_named_by_place_text_or_row(built: AppContext) -> None:
    code = figures_of(built, "31")[0].code
    whole = trace_figure(built, code, "en")
    one = next(figure for figure in whole.figures if figure.text == "31")
    by_place = trace_figure(built, code, "en", f"{one.row},{one.column}")
    assert by_place.figures == (one,)
    assert set(trace_figure(built, code.lower(), "en", "OP2").figures) < set(whole.figures)
    hindi = trace_figure(built, code, "hi", f"{one.row},{one.column}")
    assert hindi.figures[0].text == "31" and hindi.figures[0].of != one.of


def wrong(
    office: AppContext, code: str, figure: str | None = None, edition: int | None = None
) -> str:
    with pytest.raises(RequestError) as error:
        trace_figure(office, code, "en", figure, edition)
    assert error.value.text("hi") != error.value.text("en")
    return error.value.text("en")


def test_what_cannot_be_found_is_said_in_one_line(built: AppContext) -> None:
    code = table_codes.make_table_code(REFERENCE, 1)
    last = "Z" if code[5] != "Z" else "Y"
    mistyped = f"{code[:5]}{last}-01"
    assert f"The nearest code is {code}" in wrong(built, mistyped)
    assert "'hello' is not the code" in wrong(built, "hello")
    assert "is not the code" in wrong(built, code[:-2] + "00")
    assert f"{REFERENCE} has no table 99 in edition 1" in wrong(built, code[:-2] + "99")
    assert "has no figure '9,99'" in wrong(built, code, "9,99")
    assert "has no edition 5. There are 1" in wrong(built, code, edition=5)


def test_one_code_of_two_documents_asks_for_the_reference(
    built: AppContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(table_codes, "make_document_code", lambda reference: "3F7KQ2")
    told = wrong(built, "3F7KQ2-01")
    assert REFERENCE in told and "such as CPSA/" in told
    assert trace_figure(built, f"{REFERENCE}-01", "en").reference == REFERENCE


def run(monkeypatch, capfd, office: AppContext, *arguments: str) -> tuple[int, str, str]:
    monkeypatch.setenv("CPSA_HOME", str(office.settings.home))
    monkeypatch.setenv("CPSA_DATABASE_URL", office.settings.database_url)
    monkeypatch.setenv("COLUMNS", "240")
    monkeypatch.setattr(sys, "argv", ["cpsa", "trace", *arguments])
    with pytest.raises(SystemExit) as ended:
        main()
        raise SystemExit(0)
    out, err = capfd.readouterr()
    return int(ended.value.code or 0), out, err


def test_the_command_tells_people_and_programs(built: AppContext, monkeypatch, capfd) -> None:
    code = figures_of(built, "31")[0].code
    status, out, _ = run(monkeypatch, capfd, built, code, "--figure", "31")
    assert status == 0
    for word in (REFERENCE, code, "reported", "line ", "checks passed", "give the printed figure"):
        assert word in out
    status, out, _ = run(monkeypatch, capfd, built, code, "--figure", "31", "--language", "hi")
    assert status == 0 and "स्रोतों से वही आँकड़ा बनता है" in out and "पंक्ति" in out
    status, out, _ = run(monkeypatch, capfd, built, code, "--json")
    told = json.loads(out)
    assert told["code"] == code and all(one["adds_up"] for one in told["figures"])
    assert told["updates"][0]["sha256"]
    status, out, err = run(monkeypatch, capfd, built, "nonsense")
    assert (status, out) == (2, "") and "'nonsense'" in err and "Traceback" not in err
    status, _, err = run(monkeypatch, capfd, built, code, "--language", "fr")
    assert status == 2 and "'fr'" in err


def test_a_figure_that_does_not_follow_ends_with_status_one(
    built: AppContext, monkeypatch, capfd
) -> None:
    monkeypatch.setattr("cpsa.provenance.derivation.Derivation.has_text", lambda self, text: False)
    code = figures_of(built, "31")[0].code
    status, out, _ = run(monkeypatch, capfd, built, code, "--figure", "31")
    assert status == 1 and "DO NOT GIVE" in out
