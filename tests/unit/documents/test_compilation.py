"""The policy-action compilation: order, evidence, systemic issues, pendency, convergence."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pandas as pd
import pytest
from reading import blocks, rows, section
from sample_snapshot import empty, with_entry

from cpsa import figures
from cpsa.actions.status import count_pendency
from cpsa.calendar import IST, Quarter, parse_period
from cpsa.documents.action_statuses import list_action_statuses
from cpsa.documents.content_model import Case, Fact, Nothing, Paragraph, Subheading, Table, Tiles
from cpsa.documents.document_registry import POLICY_ACTIONS, list_document_keys
from cpsa.documents.document_text import DocumentText
from cpsa.documents.parameters import DocumentParameters
from cpsa.documents.policy_actions.cover_letter import _describe_addressee
from cpsa.documents.policy_actions.systemic_issues import find_systemic_issues
from cpsa.i18n import catalogue
from cpsa.i18n.text import Text
from cpsa.provenance.snapshot import COLUMNS, Snapshot

PERIOD = "2025-26-H2"
LAST = Quarter.parse("2025-26-Q4")


def actions(*asked: tuple[str, str, str, str]) -> pd.DataFrame:
    """Actions given as quarter, agency, department and theme."""
    held = [
        (f"PA-{quarter}-{place:03d}", quarter, agency, department, theme, "T", "R", "low", "", None)
        for place, (quarter, agency, department, theme) in enumerate(asked, 1)
    ]
    return pd.DataFrame(held, columns=COLUMNS["actions"])


def again(snapshot: Snapshot, department: str | None = None) -> set[str]:
    """Numbers of earlier actions whose reply was not accepted."""
    return {
        one.action.number
        for one in list_action_statuses(snapshot, LAST)
        if one.decision == "reply_not_accepted" and department in (None, one.action.department)
    }


def counting(snapshot: Snapshot) -> set[str]:
    """Numbers of the actions whose agency's update was accepted, or that were decided on."""
    accepted = {number_of(row) for row in snapshot.scores.query("state == 'accepted'").itertuples()}
    decided = set(snapshot.decisions["number"])
    return {
        row.number
        for row in snapshot.actions.itertuples()
        if number_of(row) in accepted or row.number in decided
    }


def number_of(row) -> tuple[str, str]:
    return row.agency, row.quarter


def fact(case: Case, label: str) -> Fact:
    return next(one for one in case.facts if one.label == label)


def test_the_most_urgent_comes_first(write) -> None:
    cases = blocks(section(write("policy_actions", PERIOD, "MSMEDI"), "asked"), Case)
    assert any(case.badge.endswith(", systemic") for case in cases)
    badges = [case.badge.removesuffix(", systemic") for case in cases]
    assert badges[0] == "Urgency: High"
    order = ["Urgency: High", "Urgency: Medium", "Urgency: Low"]
    assert badges == sorted(badges, key=order.index)


def test_the_covering_letter_says_what_waits_and_by_when_to_answer(
    write, snapshot: Snapshot
) -> None:
    printed = [
        block.text for block in section(write("policy_actions", PERIOD, "DOIC"), "letter").blocks
    ]
    pendency = count_pendency(list_action_statuses(snapshot, LAST), "DOIC")
    letter = "\n".join(printed)
    assert printed[0].startswith("No. CPSA/") and printed[1].startswith("Date: ")
    assert printed[2] == "To: the head of Department of Industry and Commerce"
    assert "our earlier letters, sent by email on " in printed[4]
    assert pendency.late and pendency.not_sent
    assert f"Reply overdue: {pendency.late} actions" in letter
    assert f"New, sent to you for the first time: {pendency.not_sent} actions" in letter
    assert "within 90 days from the day on which this letter was sent" in letter
    assert f"was not accepted: {len(again(snapshot, 'DOIC'))} action." in letter
    assert letter.splitlines()[-4] == (
        "Enclosures: 1. Policy-action compilation; 2. Learning document; 3. Action taken report form; "
        "4. Policy-action compilation, to edit (Word); "
        "5. Learning document of the year Apr 2025–Mar 2026 (2025-26)."
    )
    assert "Copy to: Department of MSME" in letter
    assert printed.index("Yours faithfully,") == len(printed) - 2


def test_the_letter_names_the_post_and_address_that_the_programme_gives(
    snapshot: Snapshot,
) -> None:
    post, address = Text("Commissioner", "आयुक्त"), Text("1 Example Road", "1 उदाहरण मार्ग")
    known = snapshot.reference.departments
    named = known["DOIC"].model_copy(update={"post": post, "address": address})
    reference = replace(snapshot.reference, departments={**known, "DOIC": named})
    words = DocumentText(replace(snapshot, reference=reference), "hi")
    assert _describe_addressee(words, "DOIC") == [
        "प्रति: आयुक्त, उद्योग एवं वाणिज्य विभाग",
        "1 उदाहरण मार्ग",
    ]


def test_each_action_carries_number_words_and_evidence(write, snapshot: Snapshot) -> None:
    cases = blocks(section(write("policy_actions", PERIOD, "DOIC"), "asked"), Case)
    held = snapshot.actions.query("department == 'DOIC' and quarter >= '2025-26-Q3'")
    expected = set(held["number"]) & counting(snapshot) | again(snapshot, "DOIC")
    assert {case.number.split(" · ")[0] for case in cases} == expected
    first = next(case for case in cases if case.number.startswith("PA-2025-26-Q3-001"))
    assert first.quote.text == (
        "The approach road to the pharma units is under water for days after rain and refrigerated"
        " vans refuse the route. Thirteen consignments missed their slots in the last monsoon"
        " quarter and penalties came to Rs 9 lakh."
    )
    assert fact(first, "The agency's score").value == "0.9770 (On track)"
    printed = "(OP9): 13 in total; 10 of 10 (100.0 %) in the quarters that have a target"
    assert printed in fact(first, "Figures to date").value


def test_a_scheme_the_agency_names_is_shown_by_its_name(write, snapshot: Snapshot) -> None:
    named = snapshot.actions.query("scheme == 'MSE-CDP' and quarter >= '2025-26-Q3'")
    number = next(one for one in named["number"] if one in counting(snapshot))
    department = named.set_index("number").at[number, "department"]
    cases = blocks(section(write("policy_actions", PERIOD, department), "asked"), Case)
    case = next(one for one in cases if one.number.startswith(number))
    printed = fact(case, "Scheme (Annex 4)").value
    assert printed.startswith(snapshot.reference.schemes["MSE-CDP"].name.en)
    assert "(70 %, at most ₹ 15.00 crore, needs an SPV" in printed


@pytest.mark.parametrize(
    ("amount", "printed"),
    [
        (None, None),
        (4_00_00_000_00, "has received ₹ 4.00 crore from it: ₹ 11.00 crore remain up to"),
        (15_00_00_000_00, "has received ₹ 15.00 crore from it: the ceiling is reached"),
    ],
)
def test_a_ceiling_is_held_against_what_the_cluster_has_received(
    write, snapshot: Snapshot, amount: int | None, printed: str | None
) -> None:
    named = snapshot.actions.query("scheme == 'MSE-CDP' and quarter >= '2025-26-Q3'")
    agency = named[named["number"].isin(counting(snapshot))]["agency"]
    own = snapshot.scores.query(f"agency == '{agency.iloc[0]}' and state == 'accepted'")
    of = with_entry(
        snapshot, agency=agency.iloc[0], quarter=own["quarter"].iloc[-1], kind="convergence", theme="SPV",
        department="DOIC", scheme="mse-cdp", amount=amount, people=9, text="Given",
    )  # fmt: skip
    shown = [
        fact(case, "Scheme (Annex 4)").value
        for department in ("DOMSME", "DOIC", "SDC")
        for case in blocks(
            section(write("policy_actions", PERIOD, department, of=of), "asked"), Case
        )
        if agency.iloc[0] in case.number
    ]
    assert (
        any(printed in one for one in shown) if printed else "has received" not in " ".join(shown)
    )


def test_a_centre_of_all_sectors_is_offered_no_scheme_of_one(write, snapshot: Snapshot) -> None:
    special = [one.name.en for one in snapshot.reference.schemes.values() if one.conditions.sectors]
    shown = 0
    for department in snapshot.reference.departments:
        for case in blocks(section(write("policy_actions", PERIOD, department), "asked"), Case):
            if "(FC-" in case.number:
                printed = fact(case, "Scheme (Annex 4)").value
                shown += "may be suitable" in printed
                assert not [name for name in special if name in printed], case.number
    assert shown


def test_who_else_is_asked_on_the_theme(write, snapshot: Snapshot) -> None:
    asked = with_entry(
        snapshot, agency="FC-BHO", quarter="2025-26-Q4", kind="policy_support", theme="INFRA",
        department="SDC", text="Roads.", request="Repair.", urgency="high", scheme="",
    )  # fmt: skip
    cases = blocks(section(write("policy_actions", PERIOD, "DOIC", of=asked), "asked"), Case)
    infra = [case for case in cases if case.title.startswith("Power, water")]
    assert {fact(case, "Other departments").value for case in infra} == {
        "Sector Development Corporations"
    }


def test_a_department_nobody_asks_gets_a_short_document(write) -> None:
    content = write("policy_actions", PERIOD, "TECH")
    ids = [one.id for one in content.sections]
    assert ids == ["letter", "summary", "asked", "convergence", "earlier", "annex-guide"]
    letter = "\n".join(block.text for block in section(content, "letter").blocks)
    assert "No action is requested from your department" in letter
    assert "Action taken report" not in letter and "earlier letters" not in letter
    assert (
        "no agency requested an action from this department"
        in section(content, "summary").blocks[0].text
    )
    assert isinstance(section(content, "asked").blocks[0], Nothing)
    assert "no reply is pending" in content.cover.note


def test_the_reply_sheet_has_a_line_for_every_open_action(write, snapshot: Snapshot) -> None:
    (table,) = blocks(section(write("policy_actions", PERIOD, "DOIC"), "reply"), Table)
    held = list_action_statuses(snapshot, LAST)
    expected = {
        one.action.number
        for one in held
        if one.action.department == "DOIC"
        and one.counts
        and (one.pending or one.action.quarter in ("2025-26-Q3", "2025-26-Q4"))
    }
    assert {row[0] for row in rows(table)} == expected
    assert table.to_fill


@pytest.mark.parametrize(
    ("asked", "systemic"),
    [
        ([("2025-26-Q4", "A", "DOIC", "LAND"), ("2025-26-Q4", "B", "DOIC", "LAND")], False),
        ([("2025-26-Q4", agency, "DOIC", "LAND") for agency in "ABC"], True),
        ([("2025-26-Q4", "A", "DOIC", "LAND"), ("2025-26-Q3", "A", "DOIC", "LAND")], True),
        ([("2025-26-Q4", "A", "DOIC", "LAND"), ("2025-26-Q4", "A", "DOIC", "LAND")], False),
        ([("2025-26-Q4", agency, agency, "LAND") for agency in ("DOIC", "REV", "SDC")], False),
        ([("2025-26-Q1", agency, "DOIC", "LAND") for agency in "ABC"], False),
    ],
)
def test_systemic_is_three_agencies_or_two_quarters(
    asked: list[tuple[str, str, str, str]], systemic: bool
) -> None:
    held = list(actions(*asked).itertuples(index=False))
    found = find_systemic_issues(held, {"2025-26-Q3", "2025-26-Q4"}, (), DocumentParameters())
    assert bool(found.raised) == systemic
    assert not found.pending


@pytest.mark.parametrize(("pending", "listed"), [((), 0), (("PA-2025-26-Q1-002",), 1)])
def test_what_nobody_raised_in_the_period_is_systemic_while_an_action_is_pending(
    pending: tuple[str, ...], listed: int
) -> None:
    held = actions(*(("2025-26-Q1", agency, "DOIC", "LAND") for agency in "ABC"))
    rows_ = list(held.itertuples(index=False))
    found = find_systemic_issues(rows_, {"2025-26-Q3", "2025-26-Q4"}, pending, DocumentParameters())
    assert not found.raised
    assert len(found.pending) == len(found.all_issues) == listed
    assert len(found.select_department("DOIC").pending) == listed
    assert not found.select_department("REV").all_issues


@pytest.mark.parametrize("language", ["en", "hi"])
def test_systemic_issues_that_nobody_raised_again_are_listed_apart(
    write, snapshot: Snapshot, language: str
) -> None:
    """A department with overdue requests of many agencies does not read that nothing is systemic."""
    asked = actions(
        *((one.quarter, one.agency, "MSMEDI", "BDS") for one in _accepted_early(snapshot))
    )
    of = replace(snapshot, actions=asked, decisions=snapshot.decisions.iloc[:0])
    for subject in ("MSMEDI", "ALL"):
        content = write("policy_actions", PERIOD, subject, language, of=of)
        printed = section(content, "systemic")
        assert not [one for one in printed.blocks if isinstance(one, Nothing)]
        (heading,) = blocks(printed, Subheading)
        assert heading.text == catalogue.text("documents.systemic.pending", language)
        (table,) = blocks(printed, Table)
        assert len(rows(table)) == 1
        none = catalogue.text("documents.systemic.none_raised", language)
        assert none in [one.text for one in blocks(printed, Paragraph)]
    (tiles,) = blocks(section(write("policy_actions", PERIOD, "ALL", of=of), "summary"), Tiles)
    assert next(one.value for one in tiles.tiles if one.label == "Systemic issues") == "1"


def _accepted_early(snapshot: Snapshot) -> list:
    """Accepted updates of four agencies from before the period."""
    early = snapshot.scores.query("state == 'accepted' and quarter < '2025-26-Q3'")
    return list(early.drop_duplicates("agency").head(4).itertuples())


def pending(snapshot: Snapshot, as_of: datetime, *decided: tuple[str, datetime]):
    one = actions(("2025-26-Q2", "FC-BHO", "DOIC", "LAND")).assign(sent_at=[DISPATCH])
    held = [(one["number"][0], decision, at, "", None) for decision, at in decided]
    decisions = pd.DataFrame(held, columns=COLUMNS["decisions"])
    return count_pendency(
        list_action_statuses(replace(snapshot, actions=one, decisions=decisions, as_of=as_of), LAST)
    )


DISPATCH = parse_period("2025-26-H1").dispatch_at


@pytest.mark.parametrize(
    ("after", "in_time", "late"),
    [
        (timedelta(days=0), 1, 0),
        (timedelta(days=90, hours=17), 1, 0),
        (timedelta(days=90, hours=18), 0, 1),
    ],
)
def test_a_reply_is_late_after_its_term(
    snapshot: Snapshot, after: timedelta, in_time: int, late: int
) -> None:
    found = pending(snapshot, DISPATCH + after)
    assert (found.in_time, found.late, found.total) == (in_time, late, 1)


@pytest.mark.parametrize(
    ("decision", "pending_then"),
    [
        ("not_pursued", 0),
        ("done", 0),
        ("accepted", 1),
        ("reply_not_accepted", 1),
        ("reply_awaited", 1),
    ],
)
def test_only_a_final_decision_ends_the_pendency(
    snapshot: Snapshot, decision: str, pending_then: int
) -> None:
    at = datetime(2026, 1, 5, tzinfo=IST)
    found = pending(snapshot, datetime(2027, 1, 1, tzinfo=IST), (decision, at))
    assert (found.total, found.late) == (pending_then, pending_then)


def test_nothing_but_the_first_asking_starts_the_term(snapshot: Snapshot) -> None:
    at = DISPATCH + timedelta(days=80)
    for decision in ("reply_not_accepted", "accepted"):
        assert pending(snapshot, DISPATCH + timedelta(days=90), (decision, at)).late == 0
        assert pending(snapshot, DISPATCH + timedelta(days=91), (decision, at)).late == 1


def test_what_was_recorded_last_counts_whatever_day_it_names(snapshot: Snapshot) -> None:
    at = DISPATCH + timedelta(days=80)
    done, reiterated = ("done", at + timedelta(days=10)), ("reply_not_accepted", at)
    assert pending(snapshot, at, done, reiterated).total == 1
    assert pending(snapshot, at, reiterated, done).total == 0


def test_an_action_whose_reply_was_not_accepted_is_asked_again_under_its_number(
    write, snapshot: Snapshot
) -> None:
    reiterated = again(snapshot)
    assert reiterated
    asked, earlier = set(), set()
    for department in snapshot.reference.departments:
        content = write("policy_actions", PERIOD, department)
        cases = blocks(section(content, "asked"), Case)
        asked |= {case.number.split(" · ")[0] for case in cases}
        for table in blocks(section(content, "earlier"), Table):
            earlier |= {row[0] for row in rows(table)}
    assert reiterated <= asked
    assert reiterated <= earlier, "its status stands among the earlier ones all the same"


def test_every_document_shows_one_pendency_per_department(write, snapshot: Snapshot) -> None:
    consolidated = write("policy_actions", PERIOD, "ALL")
    (table,) = blocks(section(consolidated, "summary"), Table)
    ages = blocks(section(consolidated, "movement"), Table)[-1]
    names = {entry.name.en: code for code, entry in snapshot.reference.departments.items()}
    total = 0
    for row in rows(table):
        (tiles,) = blocks(section(write("policy_actions", PERIOD, names[row[0]]), "summary"), Tiles)
        shown = next(one for one in tiles.tiles if one.label == "Actions without a final reply")
        assert shown.note == f"in time {row[5]}, late {row[6]}, not yet sent {row[7]}"
        assert int(shown.value) == int(row[5]) + int(row[6]) + int(row[7])
        by_age = [own[1:] for own in rows(ages) if own[0] == row[0]]
        assert sum(map(int, *by_age or ([],))) == int(row[5]) + int(row[6])
        total += int(shown.value)
    (tiles,) = blocks(section(consolidated, "summary"), Tiles)
    shown = next(one for one in tiles.tiles if one.label == "Actions without a final reply")
    assert int(shown.value) == total > 0


def test_every_earlier_action_has_its_status(write, snapshot: Snapshot) -> None:
    printed = section(write("policy_actions", PERIOD, "ALL"), "earlier")
    earlier = snapshot.actions.query("quarter < '2025-26-Q3'").set_index("number")
    newest = snapshot.decisions.groupby("number")["decision"].last()
    chapters = list(zip(blocks(printed, Subheading), blocks(printed, Table), strict=True))
    shown = [row for _, table in chapters for row in rows(table)]
    whole = set(earlier.index) & counting(snapshot)
    assert {row[0] for row in shown} == whole and len(shown) == len(whole)
    assert [heading.text.partition(":")[0] for heading, _ in chapters] == [
        "Accepted", "Done", "Not pursued", "Reply not accepted, reiterated", "Reply awaited",
    ]  # fmt: skip
    kinds = ("accepted", "done", "not_pursued", "reply_not_accepted", "reply_awaited")
    for (heading, table), kind in zip(chapters, kinds, strict=True):
        count = len(rows(table))
        assert heading.text.endswith(
            f": {count} of {len(whole)} ({count / len(whole):.1%})".replace("%", " %")
        )
        for row in rows(table):
            assert newest.get(row[0], "reply_awaited") == kind
            assert row[3] == earlier.at[row[0], "request"]


def test_convergence_is_summed_over_the_period(write, snapshot: Snapshot) -> None:
    (table,) = blocks(section(write("policy_actions", PERIOD, "MPPCB"), "convergence"), Table)
    given = snapshot.entries.query("kind == 'convergence' and department == 'MPPCB'")
    given = given[given["quarter"].isin(["2025-26-Q3", "2025-26-Q4"])]
    assert given["amount"].sum() == 5_00_000_00
    given = given[snapshot.is_accepted(given)]
    assert given["amount"].sum() == 2_50_000_00
    assert [cell.text for cell in table.total][3:] == ["₹ 2.50 lakh", str(given["people"].sum())]
    printed = blocks(section(write("policy_actions", PERIOD, "MPPCB"), "convergence"), Paragraph)
    assert "not accepted: ₹ 2.50 lakh at 1 agency" in printed[-1].text


def test_convergence_from_the_beginning_is_told_beside_that_of_the_period(
    write, snapshot: Snapshot
) -> None:
    (printed,) = blocks(section(write("policy_actions", PERIOD, "UDH"), "convergence"), Paragraph)
    given = snapshot.entries.query("kind == 'convergence' and department == 'UDH'")
    amount, people = given["amount"].sum(), given["people"].sum()
    assert figures.rupees_short(int(amount)) in printed.text
    assert f"reached: {people}" in printed.text
    first = write("policy_actions", "2024-25-Q3", "UDH")
    assert not blocks(section(first, "convergence"), Paragraph)


def test_the_consolidated_compilation_has_every_action_of_the_period(
    write, snapshot: Snapshot
) -> None:
    content = write("policy_actions", PERIOD, "ALL")
    shown = {row[0] for table in blocks(section(content, "asked"), Table) for row in rows(table)}
    held = snapshot.actions.query("quarter >= '2025-26-Q3'")
    assert shown == set(held["number"]) & counting(snapshot) | again(snapshot)


def test_the_consolidated_compilation_names_members_and_the_chair(
    write, snapshot: Snapshot
) -> None:
    printed = [
        each.text
        for each in blocks(section(write("policy_actions", PERIOD, "ALL"), "summary"), Paragraph)
    ]
    lines = dict(zip(("core", "advisory", "chair"), printed[-3:], strict=True))
    reference = snapshot.reference
    members = (*reference.departments.values(), *reference.informed.values())
    for member in members:
        named = [membership for membership, line in lines.items() if member.name.en in line]
        assert named == [member.membership], member.code
    assert len(reference.informed) == 5


def test_what_was_not_accepted_is_in_no_list_sum_or_count(write, snapshot: Snapshot) -> None:
    quarter = "2025-26-Q4"
    rows_ = snapshot.scores.query(f"quarter == '{quarter}' and state != 'accepted'")
    agency = rows_["agency"].iloc[0]
    of = with_entry(
        snapshot, agency=agency, quarter=quarter, kind="policy_support", theme="INFRA",
        department="TECH", text="Roads.", request="Repair.", urgency="high", scheme="",
    )  # fmt: skip
    of = with_entry(
        of, agency=agency, quarter=quarter, kind="convergence", theme="INFRA",
        department="TECH", text="Given.", amount=23_40_000_00, people=7,
    )  # fmt: skip
    content = write("policy_actions", PERIOD, "TECH", of=of)
    assert isinstance(section(content, "asked").blocks[0], Nothing)
    assert "reply" not in [one.id for one in content.sections]
    (table,) = blocks(section(content, "not-accepted"), Table)
    assert [row[3] for row in rows(table)] == ["Roads."]
    convergence = section(content, "convergence")
    assert not blocks(convergence, Table)
    printed = "Not in the sums, because the updates were not accepted: ₹ 23.40 lakh at 1 agency"
    assert printed in blocks(convergence, Paragraph)[0].text
    rollout = write("rollout", PERIOD, "STATE", of=of)
    given = section(rollout, "convergence")
    assert "TECH" not in snapshot.entries.query("kind == 'convergence'")["department"].to_list()
    tech = snapshot.reference.departments["TECH"].name.en
    assert tech not in {row[0] for table in blocks(given, Table) for row in rows(table)}
    assert any("Not in the sums" in one.text for one in blocks(given, Paragraph))
    hindi = section(write("policy_actions", PERIOD, "TECH", "hi", of=of), "not-accepted")
    assert "स्वीकृत नहीं हुए" in hindi.title


def test_an_action_that_was_decided_on_counts_whatever_the_update(snapshot: Snapshot) -> None:
    rows_ = snapshot.scores.query("state != 'accepted'").iloc[0]
    one = actions((rows_["quarter"], rows_["agency"], "DOIC", "LAND"))
    undecided = replace(snapshot, actions=one, decisions=snapshot.decisions.iloc[:0])
    assert count_pendency(list_action_statuses(undecided, LAST)).total == 0
    said = pd.DataFrame(
        [(one["number"][0], "accepted", datetime(2026, 1, 5, tzinfo=IST), "", None)],
        columns=COLUMNS["decisions"],
    )
    assert count_pendency(list_action_statuses(replace(undecided, decisions=said), LAST)).total == 1


@pytest.mark.parametrize("language", ["en", "hi"])
def test_no_section_is_ever_empty(write, snapshot: Snapshot, language: str) -> None:
    bare = empty(snapshot, "entries", "actions", "decisions", "scores", "facts")
    for key in list_document_keys(bare, parse_period(PERIOD)):
        if key.kind is POLICY_ACTIONS and (key.language, key.format) == (
            language,
            "pdf",
        ):
            content = write("policy_actions", PERIOD, key.subject, language, of=bare)
            for one in content.sections:
                assert any(isinstance(block, Nothing | Paragraph) for block in one.blocks), one.id
