"""Every kind of document, in both languages, for three programmes: printed, and looked at by machine.

A few documents are looked at in every run, all of them among the slow tests.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator

import page_faults
import paper
import pytest
import tagged
import word_faults
from programmes_shown import PROGRAMMES, QUARTERS, Shown, shown

from cpsa.calendar import Quarter
from cpsa.documents import Kind, Renderer

pytestmark = pytest.mark.skipif(not shutil.which("pdftoppm"), reason="poppler is not installed")

LAST = Quarter.parse(QUARTERS["hardest"])
EVERY_TIME = (
    Shown("hardest", Kind.QUARTERLY_UPDATE, LAST, "STATE", "hi"),
    Shown("hardest", Kind.POLICY_ACTIONS, LAST, "REV", "hi"),
    Shown("nobody", Kind.LEARNING, Quarter.parse(QUARTERS["nobody"]).half, "STATE", "en"),
    Shown("sample", Kind.QUARTERLY_UPDATE, LAST, "IA-INDPH", "hi"),
    Shown("sample", Kind.POLICY_ACTIONS, LAST.half, "DIC", "en"),
)
ALL = [one for programme in PROGRAMMES for one in shown(programme)]
KINDS = sorted({one.kind for one in ALL})


def faults(one: Shown, renderer: Renderer) -> Iterator[str]:
    content = one.content
    pdf = renderer.write(content, "pdf")
    yield from tagged.faults(pdf)
    yield from page_faults.of(content, paper.read(pdf), tagged.Tagged(pdf).ends())
    yield from word_faults.of(content, paper.text(pdf), one.snapshot)


@pytest.mark.parametrize("one", EVERY_TIME, ids=str)
def test_a_document_has_no_fault(one: Shown, renderer: Renderer) -> None:
    assert list(faults(one, renderer)) == []


@pytest.mark.slow
@pytest.mark.parametrize("one", ALL, ids=str)
def test_no_document_has_a_fault(one: Shown, renderer: Renderer) -> None:
    assert list(faults(one, renderer)) == []


def test_all_kinds_are_shown_in_all_programmes() -> None:
    """But for forms, which are workbooks, and the note, which tells of two editions."""
    for programme in PROGRAMMES:
        kinds = {one.kind for one in ALL if one.programme == programme}
        assert kinds >= set(Kind) - {Kind.ATR, Kind.RESTATEMENT_NOTE}
    assert Kind.RESTATEMENT_NOTE in KINDS


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
def test_hindi_comes_back_whole(kind: Kind, renderer: Renderer) -> None:
    """Of the different Hindi words of all documents of a kind; and none is lost, only parted."""
    words, broken = set(), set()
    for one in ALL:
        if one.kind is kind and one.language == "hi":
            content = one.content
            told = paper.text(renderer.write(content, "pdf"))
            expected = word_faults.hindi_words(content)
            missing = expected - word_faults.words_of(told)
            words |= expected
            broken |= missing
            joined = told.replace(" ", "")
            assert not [word for word in missing if word not in joined], str(one)
    assert len(broken) <= len(words) * (1 - word_faults.WHOLE), sorted(broken)
