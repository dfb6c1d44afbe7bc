"""The period in five lines, worked out again from the snapshot's rows alone."""

from __future__ import annotations

import re
from datetime import date
from fractions import Fraction

import pytest
from reading import blocks, section
from sample_snapshot import empty

from cpsa.calendar import IST, parse_period
from cpsa.documents.content_model import Nothing, Paragraph, Table
from cpsa.documents.document_text import DocumentText
from cpsa.provenance.snapshot import Snapshot

PERIOD = "2025-26-H2"
HALF = ("2025-26-Q3", "2025-26-Q4")
BEFORE, LAST = "2025-26-Q2", "2025-26-Q4"
FINAL = ("not_pursued", "done")


@pytest.fixture
def lines(write) -> list[str]:
    content = write("learning", PERIOD, "STATE")
    assert content.sections[0].id == "five-lines", "the first page"
    return [one.text for one in blocks(content.sections[0], Paragraph)]


def test_five_numbered_lines_each_with_tables_that_are_there(write) -> None:
    for language, nothing_left in (("en", "{"), ("hi", "{")):
        content = write("learning", PERIOD, "STATE", language)
        shown = [one.text for one in blocks(content.sections[0], Paragraph)]
        assert [text.split(".")[0] for text in shown] == ["1", "2", "3", "4", "5"]
        tables = {
            f"{block.label} ({block.code})"
            for one in content.sections
            for block in one.blocks
            if isinstance(block, Table)
        }
        for text in shown:
            named = text[text.rindex("[") + 1 : -1].split(", ")
            assert named and set(named) <= tables, text
            assert nothing_left not in text


def test_statuses_now_and_half_a_year_ago(lines: list[str], snapshot: Snapshot) -> None:
    words = DocumentText(snapshot, "en")
    now, before = lines[0].split("; at the end of ")
    for shown, quarter in ((now, LAST), (before, BEFORE)):
        rows = snapshot.scores[snapshot.scores["quarter"] == quarter]
        for code, count in rows["status"].value_counts().items():
            assert re.search(rf"\b{words.status(code)} {count}\b", shown), shown
        counted = re.findall(r"(?:[a-z]|[A-Z][a-z]+) (\d+)(?=[,;.]|$)", shown)
        assert sum(map(int, counted)) == len(rows)


def accepted_rows(snapshot: Snapshot, frame, quarters: tuple[str, ...] | None = None):
    pairs = snapshot.scores.query("state == 'accepted'")[["agency", "quarter"]]
    if quarters:
        pairs = pairs[pairs["quarter"].isin(quarters)]
    return frame.merge(pairs)


def in_doubt(snapshot: Snapshot) -> set[tuple[str, str, str]]:
    """Agency, quarter and indicator of the totals that are to be confirmed."""
    rows = snapshot.facts.loc[snapshot.unconfirmed["figure"]]
    rows = rows[rows["dimension"] == ""]
    return set(zip(rows["agency"], rows["quarter"], rows["indicator"], strict=True))


def shares(snapshot: Snapshot) -> dict[str, tuple[Fraction, Fraction]]:
    """Of each indicator with a target worth having and nothing to be confirmed: how much of what it
    aims at was reached, and the share that is printed; like for like."""
    totals = snapshot.facts[snapshot.facts["dimension"] == ""]
    given = {
        (row.agency, row.quarter, row.indicator): Fraction(int(row.hundredths))
        for row in accepted_rows(snapshot, totals, HALF).itertuples()
    }
    doubtful = in_doubt(snapshot)
    found = {}
    for one in snapshot.framework.indicators:
        own = snapshot.registry.targets.query(f"indicator == '{one.code}'")
        pairs = list(accepted_rows(snapshot, own, HALF).itertuples())
        actual = sum(given.get((row.agency, row.quarter, one.code), Fraction(0)) for row in pairs)
        aim = sum(Fraction(int(row.hundredths)) for row in pairs)
        places = [(row.agency, row.quarter, one.code) for row in pairs]
        reach = Fraction(1)
        if one.rate_of is not None:
            others = [(row.agency, row.quarter, one.rate_of) for row in pairs]
            aim = sum(given.get(place, Fraction(0)) for place in others)
            places += others
            reach = Fraction(str(one.rate_target))
        elif not one.is_flow:
            continue
        if not one.targeted or not aim or aim < (5_00 if one.unit == "count" else 1_00_000_00):
            continue
        if not doubtful & set(places):
            found[one.code] = actual / aim / reach, actual / aim
    return found


def test_best_and_worst_three_like_for_like(lines: list[str], snapshot: Snapshot) -> None:
    expected = shares(snapshot)
    highest = sorted(expected, key=lambda code: (-expected[code][0], code))
    assert len(highest) > 6
    shown = lines[1].partition("Furthest below target: ")
    for text, codes in ((shown[0], highest[:3]), (shown[2], highest[:-4:-1])):
        named = re.findall(r"\(([A-Z]+\d+P?)\)", text.partition("Only agencies")[0])
        assert {expected[code][0] for code in named} == {expected[code][0] for code in codes}
        assert len(named) == 3
        for code in named:
            share = f"{float(expected[code][1] * 100):.1f} %"
            own = text[text.index(f"({code})") :].split(";")[0]
            assert share in own, (code, own)


def test_no_line_names_an_indicator_that_is_to_be_confirmed(
    lines: list[str], snapshot: Snapshot
) -> None:
    accepted = snapshot.scores.query("state == 'accepted'")
    pairs = set(zip(accepted["agency"], accepted["quarter"], strict=True))
    targets = snapshot.registry.targets
    with_target = set(zip(targets["agency"], targets["quarter"], targets["indicator"], strict=True))
    doubtful = {
        code
        for agency, quarter, code in in_doubt(snapshot)
        if quarter in HALF and (agency, quarter) in pairs and (agency, quarter, code) in with_target
    }
    assert doubtful, "the sample has some"
    assert not doubtful & set(re.findall(r"\(([A-Z]+\d+P?)\)", lines[1]))


def test_the_largest_changes_with_both_scores(lines: list[str], snapshot: Snapshot) -> None:
    scores = snapshot.scores.set_index(["agency", "quarter"])
    moved = []
    for agency in scores.index.get_level_values(0).unique():
        was, now = (
            scores["composite"].get((agency, BEFORE)),
            scores["composite"].get((agency, LAST)),
        )
        states = [scores["state"].get((agency, quarter)) for quarter in HALF]
        if was == was and now == now and was is not None and "accepted" in states:
            moved.append((abs(now - was), agency, was, now))
    moved.sort(reverse=True)
    for _, agency, was, now in moved[:3]:
        assert f"({agency}) from {was:.4f} to {now:.4f}" in lines[2]
    assert lines[2].count(" from ") == 3


def test_budget_against_activity_without_what_is_to_be_confirmed(
    lines: list[str], snapshot: Snapshot
) -> None:
    (rule,) = snapshot.framework.rules_of_kind("spending_against_activity")
    spent, done, planned = (rule.parameters[name] for name in ("spent", "done", "planned"))
    doubtful = in_doubt(snapshot)
    totals = accepted_rows(snapshot, snapshot.facts[snapshot.facts["dimension"] == ""])
    aimed = accepted_rows(snapshot, snapshot.registry.targets)
    named = any(
        (row.agency, row.quarter, row.indicator) in doubtful
        for row in totals.itertuples()
        if row.indicator in (spent, done, planned)
    )
    assert ("to be confirmed are left out" in lines[3]) == named

    def add(rows, code: str, only: set | None = None) -> int:
        return sum(
            int(row.hundredths)
            for row in rows.itertuples()
            if row.indicator == code
            and (row.agency, row.quarter, code) not in doubtful
            and (only is None or (row.agency, row.quarter) in only)
        )

    with_target = {
        (row.agency, row.quarter) for row in aimed.itertuples() if row.indicator == spent
    }
    used = add(totals, spent, with_target) / add(aimed, spent)
    worked = add(totals, done) / add(totals, planned)
    assert f"To date {used * 100:.1f} % of" in lines[3]
    assert f"and {worked * 100:.1f} % of" in lines[3]


def test_decisions_and_how_many_are_overdue(lines: list[str], snapshot: Snapshot) -> None:
    start, today = date(2025, 11, 1), snapshot.as_of.astimezone(IST).date()
    accepted = snapshot.scores.query("state == 'accepted'")
    pairs = set(zip(accepted["agency"], accepted["quarter"], strict=True))
    counts = dict.fromkeys(("done", "not_pursued", "accepted", "open", "late"), 0)
    for row in snapshot.actions.itertuples():
        given = snapshot.decisions[snapshot.decisions["number"] == row.number]
        if (row.agency, row.quarter) not in pairs and given.empty:
            continue
        newest = given["decision"].iloc[-1] if len(given) else ""
        after = len(given) and given["decided_at"].iloc[-1].astimezone(IST).date() > start
        if after and newest in ("done", "not_pursued", "accepted"):
            counts[newest] += 1
        if newest not in FINAL:
            counts["open"] += 1
            sent = row.sent_at
            counts["late"] += bool(sent == sent and sent) and (
                (today - sent.astimezone(IST).date()).days > 90
            )
    shown = re.search(
        r"since 1 November 2025: (\d+) done, (\d+) not pursued, (\d+) accepted; (\d+) still open, "
        r"(\d+) of them overdue",
        lines[4],
    )
    assert shown and list(map(int, shown.groups())) == list(counts.values())


def test_a_programme_that_has_nothing_yet_says_so_in_one_sentence(
    write, snapshot: Snapshot
) -> None:
    bare = empty(snapshot, "scores", "group_scores", "facts", "reporting", "closings")
    for language in ("en", "hi"):
        shown = section(write("learning", PERIOD, "STATE", language, of=bare), "five-lines")
        assert isinstance(shown.blocks[0], Nothing)
    only_scores = empty(snapshot, "actions", "decisions", "entries", "facts")
    lines = blocks(
        section(write("learning", PERIOD, "STATE", of=only_scores), "five-lines"), Paragraph
    )
    assert len(lines) == 5
    assert parse_period(PERIOD).key == PERIOD
