"""The benchmark of documents: what it counts, and what it says where WeasyPrint cannot work."""

from __future__ import annotations

import builtins
from dataclasses import dataclass, replace
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from bench import document_rendering, weasyprint_reference
from bench.document_rendering import DocumentTimes
from bench.rounds import Times
from bench.sample_store import vary_figures

from cpsa.documents.document_key import DocumentKind
from cpsa.documents.document_registry import LEARNING, QUARTERLY_UPDATE

TYPST, WEASYPRINT = Times((0.4, 0.5)), Times((8.0, 3.0))


def test_documents_a_second_are_counted_in_each_round() -> None:
    measured = DocumentTimes({"typst": TYPST, "weasyprint": WEASYPRINT}, (9, 8))
    each_second, against = document_rendering._make_learning_lines(measured, 2)
    assert each_second.ratio is not None
    assert each_second.ratio.seconds == (5.0, 4.0)
    assert each_second.is_met is False
    assert against.ratio is not None
    assert against.ratio.seconds == (20.0, 6.0)
    assert against.is_met
    assert "9 and 8 pages" in against.stage


def test_documents_that_were_set_before_are_counted_apart_and_held_to_nothing() -> None:
    line = document_rendering._make_again_line(TYPST, 2)
    assert line.ratio is not None
    assert line.ratio.seconds == (5.0, 4.0)
    assert line.is_met is None


def test_without_weasyprint_the_line_says_what_it_needs() -> None:
    measured = DocumentTimes({"typst": TYPST}, (1, 2, 1))
    (line,) = document_rendering._make_update_lines(measured, 3)
    assert line.ratio is None
    assert line.is_met is None
    assert line.note.startswith("2 of 3 fill one page")
    assert line.note.endswith(weasyprint_reference.NOT_INSTALLED_NOTE)


def test_weasyprint_without_its_libraries_is_no_rival(monkeypatch: pytest.MonkeyPatch) -> None:
    real = builtins.__import__

    def without(name: str, *rest: object) -> object:
        if name.startswith("weasyprint"):
            raise OSError("cannot load library 'libpango-1.0-0'")
        return real(name, *rest)

    monkeypatch.setattr(builtins, "__import__", without)
    assert weasyprint_reference.make_writer() is None


def test_annexes_are_left_out_and_of_an_update_all_but_its_page() -> None:
    @dataclass(frozen=True)
    class Whole:
        sections: tuple

    def left(kind: DocumentKind, *ids: str) -> list[str]:
        whole = Whole(tuple(SimpleNamespace(id=one) for one in ids))
        return [one.id for one in document_rendering._select_sections(kind, whole).sections]

    assert left(LEARNING, "progress", "annex-figures", "quality") == [
        "progress",
        "quality",
    ]
    assert left(QUARTERLY_UPDATE, "standing", "brief", "charts") == [
        "standing",
        "brief",
    ]


def test_another_programme_has_other_figures_and_the_same_rows() -> None:
    @dataclass(frozen=True)
    class Held:
        facts: pd.DataFrame

    held = Held(pd.DataFrame({"agency": ["A", "B"], "hundredths": [100_000, 250_000]}))
    one, other = (vary_figures(held, np.random.default_rng(seed)) for seed in (1, 2))
    assert one.facts["agency"].tolist() == ["A", "B"]
    assert (one.facts["hundredths"] % 100 == 0).all()
    assert one.facts["hundredths"].tolist() != other.facts["hundredths"].tolist()
    assert replace(held).facts["hundredths"].tolist() == [100_000, 250_000]
