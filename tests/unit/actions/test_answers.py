"""Which answers of a department are recorded, and what is told of the others."""

from __future__ import annotations

import unicodedata
from datetime import date

import pytest

from cpsa.actions.answer_faults import describe_fault
from cpsa.actions.answers import Answer, AnswerJudgement, KnownAction, judge_answers
from cpsa.actions.decision import Decision, parse_decision
from cpsa.calendar import parse_day
from cpsa.i18n.catalogue import load_catalogue
from cpsa.i18n.text import LANGUAGES

NUMBER, OTHER = "PA-2025-26-Q3-001", "PA-2025-26-Q4-002"
RECEIVED = date(2026, 6, 20)
PLACES = {"number": "S!A9", "decision": "S!H9", "day": "S!I9", "remarks": "S!J9"}


def answer(
    decision: str = "done", day: str = "", remarks: str = "", number: str = NUMBER
) -> Answer:
    return Answer(number, decision, day, remarks, PLACES)


def judged(*answers: Answer, **known: object) -> AnswerJudgement:
    held = {
        NUMBER: KnownAction("DOIC", "2025-26-Q3", **known),  # type: ignore[arg-type]
        OTHER: KnownAction("BANKS", "2025-26-Q4"),
    }
    return judge_answers(answers, held, "DOIC", RECEIVED)


def fault(*answers: Answer, **known: object) -> tuple[str, str]:
    result = judged(*answers, **known)
    assert not result.accepted
    return result.faults[0].key.removeprefix("actions.fault."), result.faults[0].place


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    ("key", "quoted"),
    [
        ("actions.form.promised_hint", "documents.decision.accepted"),
        ("actions.fault.promised_without_acceptance", "documents.decision.accepted"),
        ("actions.to_do.promised_without_acceptance", "documents.decision.accepted"),
        ("actions.to_do.future", "actions.form.column.promised"),
    ],
)
def test_a_text_quotes_a_decision_or_a_column_as_the_form_has_it(
    key: str, quoted: str, language: str
) -> None:
    texts = load_catalogue()
    assert f"“{texts[quoted][language]}”" in texts[key][language]


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("done", Decision.DONE),
        ("Done ", Decision.DONE),
        ("पूर्ण", Decision.DONE),
        (unicodedata.normalize("NFD", "आगे कार्रवाई नहीं"), Decision.NOT_PURSUED),
        ("NOT PURSUED", Decision.NOT_PURSUED),
        ("not_pursued", Decision.NOT_PURSUED),
        ("Reply not accepted,  reiterated", Decision.REPLY_NOT_ACCEPTED),
        ("Reply awaited", Decision.REPLY_AWAITED),
        # The lists of forms that departments have: their words are read for good.
        ("Accepted", Decision.ACCEPTED),
        ("स्वीकार", Decision.ACCEPTED),
        ("उत्तर स्वीकार नहीं, पुनः आग्रह", Decision.REPLY_NOT_ACCEPTED),
        ("उत्तर प्रतीक्षित", Decision.REPLY_AWAITED),
        ("yes", None),
        ("done?", None),
    ],
)
def test_a_decision_is_read_in_both_languages(said: str, meant: Decision | None) -> None:
    assert parse_decision(said) is meant


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("20-11-2026", date(2026, 11, 20)),
        ("5/6/2026", date(2026, 6, 5)),
        ("०५.०६.२०२६", date(2026, 6, 5)),
        ("2026-06-05", date(2026, 6, 5)),
        ("2026-06-05T00:00:00", date(2026, 6, 5)),
        ("31-02-2026", None),
        ("June 2026", None),
        ("05-06-26", None),
        ("46178", None),
    ],
)
def test_a_day_is_understood_never_guessed(said: str, meant: date | None) -> None:
    assert parse_day(said) == meant


@pytest.mark.parametrize(
    ("given", "key", "place"),
    [
        (answer(number=""), "no_number", "S!A9"),
        (answer(number="PA-2025-26-Q3-999"), "unknown_number", "S!A9"),
        (answer(number=OTHER), "other_department", "S!A9"),
        (answer("", remarks="Talks are on"), "no_decision", "S!H9"),
        (answer("perhaps"), "unknown_decision", "S!H9"),
        (answer(day="soon"), "no_date", "S!I9"),
        (answer(day="21-06-2026"), "future", "S!I9"),
        (answer(day="30-09-2025"), "before_asked", "S!I9"),
        (answer("not_pursued"), "no_reason", "S!J9"),
    ],
)
def test_each_fault_is_told_at_its_cell(given: Answer, key: str, place: str) -> None:
    assert fault(given) == (key, place)
    for language in ("en", "hi"):
        assert "{" not in describe_fault(judged(given).faults[0], language)


@pytest.mark.parametrize("before", ["done", "not_pursued"])
def test_a_final_decision_is_not_taken_back_without_a_word(before: str) -> None:
    back = answer("accepted")
    assert fault(back, decision=before) == ("taken_back", "S!J9")
    with_words = answer("accepted", remarks="The contractor left")
    assert judged(with_words, decision=before).accepted[0].decision is Decision.ACCEPTED
    assert judged(back, decision="accepted", remarks="x").accepted, "not final: no word is needed"


def test_two_rows_on_one_action_count_only_when_they_say_the_same() -> None:
    result = judged(answer("done"), answer("accepted"))
    assert [one.key for one in result.faults] == ["actions.fault.twice"] * 2
    assert not result.accepted
    assert len(judged(answer("done"), answer("done")).accepted) == 1


def test_a_faulty_row_leaves_the_others_alone() -> None:
    result = judged(answer("done"), answer("done", number=OTHER))
    assert [one.number for one in result.accepted] == [NUMBER]
    assert [one.number for one in result.faults] == [OTHER]


def test_without_a_day_it_was_decided_when_the_report_came() -> None:
    assert judged(answer("done")).accepted[0].day == RECEIVED
    assert judged(answer("done", day="19-06-2026")).accepted[0].day == date(2026, 6, 19)
    assert judged(answer("done", day="20-06-2026")).accepted, "the day of receipt is no future"
    assert judged(answer("done", day="01-10-2025")).accepted, "the first day of the quarter"


def test_what_stands_already_is_not_recorded_again() -> None:
    stands = {"decision": "done", "day": date(2026, 6, 1), "remarks": "Feeder replaced"}
    same = answer("done", remarks="Feeder replaced")
    assert judged(same, **stands).unchanged == 1
    assert judged(answer("done", day="01-06-2026", remarks="Feeder replaced"), **stands).unchanged
    assert judged(answer("done", day="02-06-2026", remarks="Feeder replaced"), **stands).accepted
    assert judged(answer("done", remarks="Two feeders"), **stands).accepted
    assert judged(answer("reply_awaited")).unchanged == 1, "nobody has decided anything yet"


@pytest.mark.parametrize(
    ("day", "remarks", "key"),
    [
        ("30-06-2027", "", "no_reason_for_later_date"),
        ("30-06-2027", "Tender was called again", None),
        ("28-02-2027", "", None),
        ("31-03-2027", "", None),
    ],
)
def test_a_later_date_than_was_promised_needs_a_reason(
    day: str, remarks: str, key: str | None
) -> None:
    again = Answer(NUMBER, "accepted", "", remarks, PLACES, day)
    result = judged(again, decision="accepted", promised=date(2027, 3, 31))
    keys = [one.key.removeprefix("actions.fault.") for one in result.faults]
    assert keys == ([key] if key else [])
    if key:
        assert result.faults[0].place == "S!J9", "the cell in which the reason is missing"
        for language in LANGUAGES:
            assert "30-06-2027" in describe_fault(result.faults[0], language)
