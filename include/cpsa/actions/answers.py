"""Judges the answers of a department, row by row: a decision to record, nothing new, or a fault.

What belongs here: which answer can be recorded and which fault a row has. What must not: where
the answers come from (``template.report_form``, the command line), or recording them (``services``).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from cpsa.actions.decision import FINAL, Decision, parse_decision
from cpsa.calendar import Quarter, parse_day


@dataclass(frozen=True, slots=True)
class Answer:
    """One answered row as it was typed; ``places``: where each of its cells is."""

    number: str
    decision: str
    day: str
    remarks: str
    places: Mapping[str, str]
    promised: str = ""


@dataclass(frozen=True, slots=True)
class KnownAction:
    """An action as it is known before the answer: its department, quarter and newest decision."""

    department: str
    quarter: str
    decision: str = Decision.REPLY_AWAITED.value
    day: date | None = None
    remarks: str = ""
    promised: date | None = None


@dataclass(frozen=True, slots=True)
class AcceptedAnswer:
    """A decision that can be recorded."""

    number: str
    decision: Decision
    day: date
    remarks: str
    place: str
    promised: date | None = None  # the date named for completion


@dataclass(frozen=True, slots=True)
class AnswerFault:
    """Why a row cannot be recorded; ``key`` names a text of the catalogue, ``column`` its cell's."""

    key: str
    place: str
    number: str
    value: str = ""
    column: str = ""


@dataclass(frozen=True, slots=True)
class AnswerJudgement:
    """The outcome of the rows; ``unchanged``: how many answers were recorded already."""

    accepted: tuple[AcceptedAnswer, ...]
    faults: tuple[AnswerFault, ...]
    unchanged: int


def judge_answers(
    answers: Sequence[Answer], known: Mapping[str, KnownAction], department: str, received_at: date
) -> AnswerJudgement:
    """Judge the answers of one department.

    Rows do not depend on one another: a faulty row does not change its action, the others count.
    Two rows on one action that say different things are both faulty.
    """
    filled = [
        answer
        for answer in answers
        if answer.decision or answer.day or answer.remarks or answer.promised
    ]
    of_number: dict[str, set[tuple[str, ...]]] = defaultdict(set)
    for answer in filled:
        of_number[answer.number].add((answer.decision, answer.day, answer.remarks, answer.promised))
    recorded: dict[str, AcceptedAnswer] = {}
    faults: list[AnswerFault] = []
    unchanged = 0
    for answer in filled:
        twice = bool(answer.number) and len(of_number[answer.number]) > 1
        found = _find_fault(answer, known, department, received_at, twice=twice)
        if found is not None:
            faults.append(found)
            continue
        accepted = _accept_answer(answer, received_at)
        before = known[answer.number]
        if (accepted.decision, accepted.remarks) == (before.decision, before.remarks) and (
            (not answer.day or accepted.day == before.day)
            and (not answer.promised or accepted.promised == before.promised)
        ):
            unchanged += 1
        else:
            recorded[answer.number] = accepted
    return AnswerJudgement(tuple(recorded.values()), tuple(faults), unchanged)


def _find_fault(
    answer: Answer,
    known: Mapping[str, KnownAction],
    department: str,
    received_at: date,
    *,
    twice: bool,
) -> AnswerFault | None:
    """The first thing wrong with a row: its action, its decision, its dates, its remarks."""
    action = known.get(answer.number)
    if not answer.number:
        return _make_fault(answer, "no_number", "number")
    if action is None:
        return _make_fault(answer, "unknown_number", "number", answer.number)
    if action.department != department:
        return _make_fault(answer, "other_department", "number", answer.number)
    if twice:
        return _make_fault(answer, "twice", "number", answer.number)
    if not answer.decision:
        return _make_fault(answer, "no_decision", "decision")
    decision = parse_decision(answer.decision)
    if decision is None:
        return _make_fault(answer, "unknown_decision", "decision", answer.decision)
    return (
        _find_day_fault(answer, action, received_at)
        or _find_promise_fault(answer, decision, action, received_at)
        or _find_remarks_fault(answer, decision, action)
    )


def _find_day_fault(answer: Answer, action: KnownAction, received_at: date) -> AnswerFault | None:
    if not answer.day:
        return None
    day = parse_day(answer.day)
    if day is None:
        return _make_fault(answer, "no_date", "day", answer.day)
    if day > received_at:
        return _make_fault(answer, "future", "day", answer.day)
    if day < Quarter.parse(action.quarter).first_day:
        return _make_fault(answer, "before_asked", "day", answer.day)
    return None


def _find_promise_fault(
    answer: Answer, decision: Decision, action: KnownAction, received_at: date
) -> AnswerFault | None:
    if not answer.promised:
        return None
    promised = parse_day(answer.promised)
    if promised is None:
        return _make_fault(answer, "no_promised_date", "promised", answer.promised)
    if decision is not Decision.ACCEPTED:
        return _make_fault(answer, "promised_without_acceptance", "promised", answer.promised)
    if promised < ((parse_day(answer.day) if answer.day else None) or received_at):
        return _make_fault(answer, "promised_in_the_past", "promised", answer.promised)
    if action.promised and promised > action.promised and not answer.remarks:
        return _make_fault(answer, "no_reason_for_later_date", "remarks", answer.promised)
    return None


def _find_remarks_fault(
    answer: Answer, decision: Decision, action: KnownAction
) -> AnswerFault | None:
    if answer.remarks:
        return None
    if decision is Decision.NOT_PURSUED:
        return _make_fault(answer, "no_reason", "remarks")
    if action.decision in FINAL and decision != action.decision:
        return _make_fault(answer, "taken_back", "remarks")
    return None


def _make_fault(answer: Answer, key: str, column: str, value: str = "") -> AnswerFault:
    return AnswerFault(
        f"actions.fault.{key}", answer.places.get(column, ""), answer.number, value, column
    )


def _accept_answer(answer: Answer, received_at: date) -> AcceptedAnswer:
    decision = parse_decision(answer.decision)
    assert decision is not None, "judged before"
    day = parse_day(answer.day) if answer.day else received_at
    assert day is not None, "judged before"
    promised = parse_day(answer.promised) if answer.promised else None
    place = answer.places.get("decision", "")
    return AcceptedAnswer(answer.number, decision, day, answer.remarks, place, promised)
