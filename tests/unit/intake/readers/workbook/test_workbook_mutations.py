"""Templates spoiled at random: whatever they are, the reader states an outcome and never raises."""

from __future__ import annotations

import random
from collections.abc import Mapping

import pytest
from tests.unit.intake.readers.workbook.samples import blank, packed, parts_of

from cpsa.i18n.catalogue import text
from cpsa.i18n.text import LANGUAGES
from cpsa.intake.readers.workbook.workbook_reader import read_workbook
from cpsa.intake.readers.workbook.workbook_update import WorkbookUpdate
from cpsa.submissions.update import Unreadable

XLSX_MUTATIONS, OTHER_MUTATIONS = 150, 12
_WORDS = (
    b"-1",
    b"1e400",
    b"nan",
    b"",
    b"A1",
    b"XFD1048576",
    b"\xff\xfe",
    b"&",
    b"<",
    b"]]>",
    b"9" * 5000,
)


def spoiled(content: bytes, chance: random.Random) -> bytes:
    """One of the ways in which a file goes wrong, as bytes."""
    raw = bytearray(content)
    match chance.randrange(4):
        case 0:
            return bytes(raw[: chance.randrange(len(raw))])
        case 1:
            for _ in range(chance.randint(1, 20)):
                raw[chance.randrange(len(raw))] = chance.randrange(256)
        case 2:
            start = chance.randrange(len(raw))
            del raw[start : start + chance.randint(1, 400)]
        case _:
            start = chance.randrange(len(raw))
            raw[start:start] = raw[chance.randrange(len(raw)) :][: chance.randint(1, 400)]
    return bytes(raw)


def spoiled_within(content: bytes, chance: random.Random) -> bytes:
    """The same within one part, or with parts lost or changed for one another."""
    parts: dict[str, bytes] = parts_of(content)
    names = [name for name in parts if parts[name]]
    one, other = chance.choice(names), chance.choice(names)
    match chance.randrange(5):
        case 0:
            del parts[one]
        case 1:
            parts[one], parts[other] = parts[other], parts[one]
        case 2:
            parts[one] = _reworded(parts[one], chance)
        case _:
            parts[one] = spoiled(parts[one], chance)
    return packed(parts)


def _reworded(part: bytes, chance: random.Random) -> bytes:
    """Attribute values and contents replaced by what nobody would write."""
    quotes = [place for place, byte in enumerate(part) if byte == ord('"')]
    for _ in range(min(5, len(quotes) // 2)):
        start = chance.choice(quotes)
        end = part.find(b'"', start + 1)
        if end > start:
            part = part[: start + 1] + chance.choice(_WORDS) + part[end:]
            quotes = [place for place, byte in enumerate(part) if byte == ord('"')]
    return part


def state_of(content: bytes, suffix: str) -> str:
    outcome = read_workbook(content)
    if isinstance(outcome, Unreadable):
        for language in LANGUAGES:
            assert text(outcome.cause, language, detail=outcome.detail)
        return outcome.cause
    assert isinstance(outcome, WorkbookUpdate)
    return "read"


def test_every_spoiled_template_has_a_stated_outcome():
    chance = random.Random(20260731)
    contents = [blank(form, language) for form in ("IA", "FC") for language in ("en", "hi")]
    outcomes: dict[str, int] = {}
    for turn in range(XLSX_MUTATIONS):
        spoil = spoiled if turn % 2 else spoiled_within
        outcome = state_of(spoil(chance.choice(contents), chance), ".xlsx")
        outcomes[outcome] = outcomes.get(outcome, 0) + 1
    assert sum(outcomes.values()) == XLSX_MUTATIONS
    assert {"read", "door.truncated", "door.damaged", "workbook.damaged"} <= set(outcomes)


@pytest.mark.slow
@pytest.mark.parametrize("suffix", [".xls", ".ods"])
def test_the_other_formats_too(suffix: str, office_files: Mapping[str, bytes]):
    chance = random.Random(7)
    content = office_files[f"filled{suffix}"]
    files = [spoiled(content, chance) for _ in range(OTHER_MUTATIONS)]
    if suffix == ".ods":
        sheets = parts_of(content)["content.xml"]
        files += [
            packed({**parts_of(content), "content.xml": _reworded(sheets, chance)})
            for _ in range(OTHER_MUTATIONS)
        ]
    outcomes = {state_of(one, suffix) for one in files}
    assert len(outcomes) > 1
