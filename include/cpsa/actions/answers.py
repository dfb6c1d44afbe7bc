"""Judges what a department answered, row by row: a decision to record, nothing new, or a fault.

What belongs here: which answer can be recorded and which fault is told. What must not: where the
answers come from (``collect.atr``, the command line), or recording them (``cycle.decisions``).
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from cpsa.actions.decision import FINAL, Decision, read
from cpsa.calendar import Quarter

_DAY_FIRST = re.compile(r"(\d{1,2})[-/. ](\d{1,2})[-/. ](\d{4})")
_YEAR_FIRST = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})(?:[T ]00:00:00(?:\.0+)?)?")


@dataclass(frozen=True, slots=True)
class Answer:
    """One answered row as it was typed; ``places``: where each of its cells stands."""

    number: str
    decision: str
    day: str
    remarks: str
    places: Mapping[str, str]
    promised: str = ""


@dataclass(frozen=True, slots=True)
class Known:
    """An action as it is known before the answer: whose, when it was asked, and how it stands."""

    department: str
    quarter: str
    decision: str = Decision.REPLY_AWAITED.value
    day: date | None = None
    remarks: str = ""
    promised: date | None = None


@dataclass(frozen=True, slots=True)
class Answered:
    """A decision that can be recorded."""

    number: str
    decision: Decision
    day: date
    remarks: str
    place: str
    promised: date | None = None  # the date named for completion


@dataclass(frozen=True, slots=True)
class Fault:
    """Why a row cannot be recorded; ``key`` names a text of the catalogue, ``column`` its cell's."""

    key: str
    place: str
    number: str
    value: str = ""
    column: str = ""


@dataclass(frozen=True, slots=True)
class Judged:
    """What became of the rows; ``unchanged`` says how many answers stood already."""

    answered: tuple[Answered, ...]
    faults: tuple[Fault, ...]
    unchanged: int


def judge(
    answers: Sequence[Answer], known: Mapping[str, Known], department: str, received_at: date
) -> Judged:
    """Judge the answers of one department.

    Rows do not depend on one another: a faulty row leaves its action as it was, the others count.
    Two rows on one action that say different things are both faulty.
    """
    said = [one for one in answers if one.decision or one.day or one.remarks or one.promised]
    of_number: dict[str, set[tuple[str, ...]]] = defaultdict(set)
    for one in said:
        of_number[one.number].add((one.decision, one.day, one.remarks, one.promised))
    recorded: dict[str, Answered] = {}
    faults: list[Fault] = []
    unchanged = 0
    for one in said:
        twice = bool(one.number) and len(of_number[one.number]) > 1
        found = _fault(one, known, department, received_at, twice)
        if found is not None:
            faults.append(found)
            continue
        answered = _answered(one, received_at)
        before = known[one.number]
        if (answered.decision, answered.remarks) == (before.decision, before.remarks) and (
            (not one.day or answered.day == before.day)
            and (not one.promised or answered.promised == before.promised)
        ):
            unchanged += 1
        else:
            recorded[one.number] = answered
    return Judged(tuple(recorded.values()), tuple(faults), unchanged)


def _fault(
    one: Answer, known: Mapping[str, Known], department: str, received_at: date, twice: bool
) -> Fault | None:
    def fault(key: str, column: str, value: str = "") -> Fault:
        return Fault(f"actions.fault.{key}", one.places.get(column, ""), one.number, value, column)

    if not one.number:
        return fault("no_number", "number")
    action = known.get(one.number)
    if action is None:
        return fault("unknown_number", "number", one.number)
    if action.department != department:
        return fault("other_department", "number", one.number)
    if twice:
        return fault("twice", "number", one.number)
    if not one.decision:
        return fault("no_decision", "decision")
    decision = read(one.decision)
    if decision is None:
        return fault("unknown_decision", "decision", one.decision)
    if one.day:
        day = day_of(one.day)
        if day is None:
            return fault("no_date", "day", one.day)
        if day > received_at:
            return fault("future", "day", one.day)
        if day < Quarter.parse(action.quarter).first_day:
            return fault("before_asked", "day", one.day)
    if one.promised:
        promised = day_of(one.promised)
        if promised is None:
            return fault("no_promised_date", "promised", one.promised)
        if decision is not Decision.ACCEPTED:
            return fault("promised_without_acceptance", "promised", one.promised)
        if promised < ((day_of(one.day) if one.day else None) or received_at):
            return fault("promised_in_the_past", "promised", one.promised)
    if not one.remarks:
        if decision is Decision.NOT_PURSUED:
            return fault("no_reason", "remarks")
        if action.decision in FINAL and decision != action.decision:
            return fault("taken_back", "remarks")
    return None


def _answered(one: Answer, received_at: date) -> Answered:
    decision = read(one.decision)
    assert decision is not None, "judged before"
    day = day_of(one.day) if one.day else received_at
    assert day is not None, "judged before"
    promised = day_of(one.promised) if one.promised else None
    place = one.places.get("decision", "")
    return Answered(one.number, decision, day, one.remarks, place, promised)


def day_of(said: str) -> date | None:
    """A day as people in India write it (20-11-2026, 20/11/2026, २०.११.२०२६), or as 2026-11-20."""
    plain = "".join(str(int(one)) if one.isdecimal() else one for one in said.strip())
    if found := _DAY_FIRST.fullmatch(plain):
        day, month, year = map(int, found.groups())
    elif found := _YEAR_FIRST.fullmatch(plain):
        year, month, day = map(int, found.groups())
    else:
        return None
    try:
        return date(year, month, day)
    except ValueError:
        return None
