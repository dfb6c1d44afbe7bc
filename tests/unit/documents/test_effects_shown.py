"""The learning document follows what was decided to the figures that had been its evidence."""

from __future__ import annotations

from reading import blocks, rows, section
from sample_snapshot import empty

from cpsa.documents.content_model import Nothing, Table
from cpsa.provenance.snapshot import Snapshot

PERIOD = "2025-26-H2"


def test_effects_are_shown_per_action_and_indicator(write, snapshot: Snapshot) -> None:
    (table,) = blocks(section(write("learning", PERIOD, "STATE"), "effects"), Table)
    shown = rows(table)
    decided = snapshot.decisions[snapshot.decisions["decision"].isin(["accepted", "done"])]
    assert {row[0] for row in shown} <= set(decided["number"])
    for row in shown:
        agency = snapshot.actions.set_index("number").at[row[0], "agency"]
        indicator = row[3].rpartition("(")[2].rstrip(")")
        totals = snapshot.facts[snapshot.facts["dimension"] == ""]
        facts = totals.set_index(["agency", "indicator", "quarter"])["hundredths"].sort_index()
        facts = facts.loc[agency, indicator]
        known = snapshot.framework.by_code[indicator]
        if known.is_flow and known.unit == "count":
            before = facts[facts.index.isin(["2025-26-Q1", "2025-26-Q2"])].mean()
            assert row[4] == f"{round(before) / 100:,.2f}".rstrip("0").rstrip("."), row
    assert shown


def test_without_a_decision_the_section_says_so(write, snapshot: Snapshot) -> None:
    bare = empty(snapshot, "decisions")
    (nothing,) = section(write("learning", PERIOD, "STATE", of=bare), "effects").blocks
    assert isinstance(nothing, Nothing)
