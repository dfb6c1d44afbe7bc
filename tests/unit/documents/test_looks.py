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
from cpsa.documents.document_key import DocumentKind
from cpsa.documents.document_registry import (
    DOCUMENT_KINDS,
    LEARNING,
    POLICY_ACTIONS,
    QUARTERLY_UPDATE,
    RESTATEMENT_NOTE,
)
from cpsa.documents.render.renderer import Renderer

pytestmark = pytest.mark.skipif(not shutil.which("pdftoppm"), reason="poppler is not installed")

LAST = Quarter.parse(QUARTERS["hardest"])
EVERY_TIME = (
    Shown("hardest", QUARTERLY_UPDATE, LAST, "STATE", "hi"),
    Shown("hardest", POLICY_ACTIONS, LAST, "REV", "hi"),
    Shown("nobody", LEARNING, Quarter.parse(QUARTERS["nobody"]).half, "STATE", "en"),
    Shown("sample", QUARTERLY_UPDATE, LAST, "IA-INDPH", "hi"),
    Shown("sample", POLICY_ACTIONS, LAST.half, "DOIC", "en"),
)
KINDS = [kind for kind in DOCUMENT_KINDS.values() if "pdf" in kind.formats]


def faults(one: Shown, renderer: Renderer) -> Iterator[str]:
    content = one.content
    pdf = renderer.write(content, "pdf")
    yield from tagged.faults(pdf)
    yield from page_faults.of(content, paper.read(pdf), tagged.Tagged(pdf).ends())
    yield from word_faults.of(content, paper.text(pdf), one.snapshot)


@pytest.mark.parametrize("one", EVERY_TIME, ids=str)
def test_a_document_has_no_fault(one: Shown, renderer: Renderer) -> None:
    assert list(faults(one, renderer)) == []


def shown_of(kind: DocumentKind) -> list[Shown]:
    return [one for programme in PROGRAMMES for one in shown(programme) if one.kind is kind]


@pytest.mark.nightly
@pytest.mark.parametrize("kind", KINDS)
def test_no_document_has_a_fault(kind: DocumentKind, renderer: Renderer) -> None:
    found = {str(one): list(faults(one, renderer)) for one in shown_of(kind)}
    assert {one: held for one, held in found.items() if held} == {}
    programmes = {one.programme for one in shown_of(kind)}
    assert programmes == {"hardest"} if kind is RESTATEMENT_NOTE else set(PROGRAMMES)
    assert {one.language for one in shown_of(kind)} == {"en", "hi"}


@pytest.mark.nightly
@pytest.mark.parametrize("kind", KINDS)
def test_hindi_comes_back_whole(kind: DocumentKind, renderer: Renderer) -> None:
    """Of the different Hindi words of each document of a kind; and none is lost, only parted."""
    for one in shown_of(kind):
        if one.language == "hi":
            told = paper.text(renderer.write(one.content, "pdf"))
            expected = word_faults.hindi_words(one.content)
            missing = expected - word_faults.words_of(told)
            joined = told.replace(" ", "").replace("-", "")  # which may stand at a line's end
            assert not [word for word in missing if word.replace("-", "") not in joined], str(one)
            assert len(expected) > 100
            assert len(missing) <= len(expected) * (1 - word_faults.WHOLE), f"{one}: {missing}"
