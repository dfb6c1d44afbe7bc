"""Beside each figure far below its target: what the agency says of it, and what it requested."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd
import pytest
import yaml
from reading import blocks, rows, section
from sample_snapshot import INCLUDE, sample, with_entry

from cpsa.documents.content_model import CellKind, Table
from cpsa.documents.document_text import DocumentText
from cpsa.provenance.snapshot import Snapshot

PERIOD = "2025-26-H2"
HALF = ("2025-26-Q3", "2025-26-Q4")
AGENCY, INDICATOR = "FC-SHA", "FA3"  # one of the figures far below their targets
NONE_GIVEN = {"en": "no reason given", "hi": "कारण नहीं बताया गया"}
NONE_REQUESTED = {"en": "none requested", "hi": "कोई अपेक्षित नहीं"}


def reasons_table(write, of: Snapshot, language: str = "en") -> Table:
    return blocks(
        section(write("learning", PERIOD, "STATE", language, of=of), "constraints"), Table
    )[-1]


def rows_of(write, of: Snapshot, language: str = "en") -> list[list[str]]:
    """What is beside the one figure."""
    name = DocumentText(of, language).agency(AGENCY)
    return [row for row in rows(reasons_table(write, of, language)) if row[:2] == [name, INDICATOR]]


def with_finding(of: Snapshot, **values: object) -> Snapshot:
    finding = {
        "quarter": "2025-26-Q3", "agency": AGENCY, "version": 1, "rule": "Q04", "severity": "warning",
        "indicator": INDICATOR, "dimension": "", "observed": "1", "expected": "2", "place": "line 3",
        "waived": False, "explanation": "Two officers were on election duty.",
    }  # fmt: skip
    return replace(
        of, findings=pd.concat([of.findings, pd.DataFrame([finding | values])], ignore_index=True)
    )


def with_challenge(of: Snapshot, **values: object) -> Snapshot:
    entry = {
        "agency": AGENCY, "quarter": "2025-26-Q3", "kind": "challenge", "theme": "CREDIT",
        "text": "Banks return applications without a reason.",
    }  # fmt: skip
    return with_entry(of, **(entry | values))


@pytest.mark.parametrize("language", ["en", "hi"])
def test_each_figure_has_what_its_agency_wrote_recomputed_from_the_rows(
    write, snapshot: Snapshot, language: str
) -> None:
    """The sample's entries and the mapping of themes, read apart from the package."""
    themes = yaml.safe_load((INCLUDE / "programme/reference/themes.yaml").read_text("utf-8"))[
        "themes"
    ]
    section_shown = section(write("learning", PERIOD, "STATE", language), "constraints")
    figures, reasons = blocks(section_shown, Table)[-2:]
    words = DocumentText(snapshot, language)
    codes = {words.agency(code): code for code in snapshot.agencies}
    final = set(snapshot.decisions.query("decision in ('done', 'not_pursued')")["number"])
    expected = []
    for figure in rows(figures):
        agency, indicator = codes[figure[0]], figure[1]
        about = [theme["code"] for theme in themes if indicator in theme["evidence"]]
        own, requested = (
            frame[(frame["agency"] == agency) & frame["theme"].isin(about)]
            for frame in (snapshot.entries, snapshot.actions)
        )
        requested = requested[requested["quarter"].isin(HALF) | ~requested["number"].isin(final)]
        requested = requested[requested["quarter"] <= HALF[-1]].sort_values("number")
        said = own[(own["kind"] == "challenge") & own["quarter"].isin(HALF)]
        said = said.sort_values("quarter", ascending=False, kind="stable")
        if said.empty:
            said = requested[::-1]
        expected += [
            (figure[0], indicator, figure[5], text, quarter, tuple(requested["number"]))
            for text, quarter in zip(said["text"], said["quarter"], strict=True)
        ] or [
            (figure[0], indicator, figure[5], NONE_GIVEN[language], "–", tuple(requested["number"]))
        ]
    shown = rows(reasons)
    assert len(shown) == len(expected) > 3
    assert any(row[3] != NONE_GIVEN[language] for row in shown)
    for row, (*figure, text, quarter, numbers) in zip(shown, expected, strict=True):
        assert row[:4] == [*figure, " ".join(text.split())]
        assert quarter in row[4]
        assert [part.partition(": ")[0] for part in row[5].split("; ")] == (
            list(numbers) or [NONE_REQUESTED[language]]
        )


@pytest.mark.parametrize("language", ["en", "hi"])
def test_none_given_is_said(write, snapshot: Snapshot, language: str) -> None:
    ((*_, text, source, actions),) = rows_of(write, snapshot, language)
    assert (text, source, actions) == (NONE_GIVEN[language], "–", NONE_REQUESTED[language])


def test_an_explanation_of_the_figure_comes_before_challenges(write, snapshot: Snapshot) -> None:
    of = with_finding(with_challenge(snapshot))
    ((*_, text, source, _),) = rows_of(write, of)
    assert text == "Two officers were on election duty."
    assert source == "Explanation of Q04, 2025-26-Q3"
    quoted = [
        cell
        for body in reasons_table(write, of).bodies
        for row in body.rows
        for cell in row
        if cell.text == text
    ]
    assert [cell.kind for cell in quoted] == [CellKind.OWN_WORDS]


@pytest.mark.parametrize(
    "values",
    [
        {"waived": True},
        {"explanation": " "},
        {"indicator": "FA2"},
        {"agency": "FC-REW"},
        {"quarter": "2025-26-Q2"},
        {"quarter": "2025-26-Q4"},  # its update was not accepted
        {"version": 7},  # of a version that is not the current one
    ],
)
def test_what_does_not_explain_the_figure_is_not_shown(
    write, snapshot: Snapshot, values: dict[str, object]
) -> None:
    ((*_, text, _, _),) = rows_of(write, with_finding(snapshot, **values))
    assert text == NONE_GIVEN["en"]


def test_challenges_of_its_themes_newest_first_each_with_its_quarter(
    write, snapshot: Snapshot
) -> None:
    of = with_challenge(snapshot)
    of = with_challenge(of, quarter="2025-26-Q4", text="The branch manager's post is vacant.")
    of = with_challenge(of, quarter="2025-26-Q4", text="Of another theme.", theme="SPV")
    of = with_challenge(of, quarter="2025-26-Q2", text="Before the period.")
    found = [(row[3], row[4].partition(":")[0]) for row in rows_of(write, of)]
    assert found == [
        ("The branch manager's post is vacant.", "Challenge, 2025-26-Q4"),
        ("Banks return applications without a reason.", "Challenge, 2025-26-Q3"),
    ]


@pytest.mark.parametrize(
    ("decision", "state"),
    [
        (None, "not yet sent"),
        ("accepted", "Accepted"),
        ("done", "Done"),
        ("not_pursued", "Not pursued"),
    ],
)
def test_an_action_is_shown_with_its_number_and_state(
    write, snapshot: Snapshot, decision: str | None, state: str
) -> None:
    of = with_challenge(
        snapshot, kind="policy_support", department="BANKS", request="Give reasons."
    )
    own = of.actions.query("agency == @AGENCY and theme == 'CREDIT'")
    (number,) = own["number"]
    if decision:
        newest = dict(of.decisions.iloc[-1]) | {"number": number, "decision": decision}
        of = replace(
            of, decisions=pd.concat([of.decisions, pd.DataFrame([newest])], ignore_index=True)
        )
    ((*_, text, source, actions),) = rows_of(write, of)
    assert text == "Banks return applications without a reason."
    assert source.startswith("Request, 2025-26-Q3: ")
    assert actions == f"{number}: {state}"


def test_the_share_is_traced_as_in_the_table_before(write) -> None:
    section_shown = section(write("learning", PERIOD, "STATE", of=sample()), "constraints")
    figures, reasons = blocks(section_shown, Table)[-2:]
    origins = {(row[0].text, row[1].text): row[5].origin for row in figures.bodies[0].rows}
    for row in reasons.bodies[0].rows:
        assert row[2].origin == origins[row[0].text, row[1].text] is not None
