"""What figures rest on: every one says it, and what it says adds up to what is printed."""

from __future__ import annotations

import csv
import random
from collections.abc import Iterator
from functools import cache

import pytest
from sample_snapshot import EXPECTED, SAMPLE
from tests.oracle.programme import load_programme
from tests.oracle.replay import Replay
from tests.oracle.unconfirmed import Figure, unconfirmed_figures

from cpsa import figures
from cpsa.calendar import parse_period
from cpsa.documents.blocks import UNCONFIRMED
from cpsa.documents.content_model import Bars, Cell, CellKind, Column, Content, Table, Tiles
from cpsa.documents.document_key import DocumentKey
from cpsa.documents.document_registry import (
    LEARNING,
    QUARTERLY_UPDATE,
    build_content,
    list_document_keys,
)
from cpsa.documents.document_text import DocumentText
from cpsa.documents.edition_differences import is_same_content
from cpsa.figures import NO_FIGURE
from cpsa.provenance import table_codes
from cpsa.provenance.derivation import DerivationResolver
from cpsa.provenance.origin import AmountKind, AmountOrigin
from cpsa.provenance.snapshot import Snapshot
from cpsa.translator import Translator

PERIODS = ("2024-25-Q3", "2025-26-Q4", "2025-26-H2", "2025-26")
EXEMPT = {
    # Kind and section whose figures need not say it, and why.
    ("rollout", "summary"): "counts of the rows of the table of outcomes in the same document",
    ("rollout", "outcomes"): "planned by the road map, or counted as the table beside it says",
    ("rollout", "budget"): "Table 5 of the road map, and shares of it",
}
BLANK = ("", NO_FIGURE)


def cells(said: Content) -> Iterator[tuple[str, Table, Column, Cell]]:
    """Every figure of a document's tables that is not blank, with its section and column."""
    for section in said.sections:
        for block in section.blocks:
            if isinstance(block, Table):
                rows = [*(row for body in block.bodies for row in body.rows), block.total]
                for row in rows:
                    for column, cell in zip(block.columns, row, strict=bool(row)):
                        if cell.kind is CellKind.FIGURE and cell.text not in BLANK:
                            yield section.id, block, column, cell


def documents(snapshot: Snapshot, *periods: str, language: str = "en") -> Iterator[DocumentKey]:
    for period in periods:
        for key in list_document_keys(snapshot, parse_period(period)):
            if key.format == "html" and key.language == language:
                yield key


@pytest.mark.parametrize(
    "period", [pytest.param(one, marks=pytest.mark.slow if "Q" in one else ()) for one in PERIODS]
)
def test_every_figure_says_what_it_rests_on_and_adds_up(snapshot: Snapshot, period: str) -> None:
    resting, seen = DerivationResolver(snapshot, Translator("en")), 0
    for key in documents(snapshot, period):
        for section, _, column, cell in cells(build_content(key, snapshot)):
            where = f"{key.path}, {section}, {column.title}: {cell.text}"
            if cell.origin is None:
                assert (str(key.kind), section) in EXEMPT, where
                continue
            rests = resting.resolve(cell.origin)
            assert rests.has_text(cell.text), f"{where} is not {set(rests.texts)}"
            seen += 1
    assert seen > 150


@pytest.mark.slow
def test_what_is_said_beside_tables_rests_on_something_too(snapshot: Snapshot) -> None:
    resting, seen = DerivationResolver(snapshot, Translator("hi")), 0
    for key in documents(snapshot, "2025-26-Q4", "2025-26-H2", language="hi"):
        for section in build_content(key, snapshot).sections:
            for block in section.blocks:
                told = block.tiles if isinstance(block, Tiles) else ()
                told += block.bars if isinstance(block, Bars) else ()
                for one in told:
                    text = getattr(one, "value", "") or getattr(one, "text", "")
                    text = text.removesuffix(UNCONFIRMED)
                    number = text.split(" ")[0]
                    if one.origin is not None and number[:1].isdigit():
                        texts = resting.resolve(one.origin).texts
                        assert text in texts or number in texts, (key.path, one)
                        seen += 1
    assert seen > 100


def test_a_figure_that_does_not_follow_is_noticed(snapshot: Snapshot) -> None:
    resting = DerivationResolver(snapshot, Translator("en"))
    of = AmountOrigin(AmountKind.ACTUAL, "OP2", agency="IA-BPENG", until="2025-26-Q4")
    (text,) = resting.resolve(of).texts
    assert resting.resolve(of).has_text(text)
    assert not resting.resolve(of).has_text(f"{text}1")
    assert not resting.resolve(of.with_kind(AmountKind.TARGET)).has_text(text)


# By hand, from the files agencies sent


@cache
def sent(agency: str, quarter: str) -> dict[tuple[str, str], tuple[int, bool]]:
    """Figures of an update file in hundredths, and whether a NIL tick was there."""
    held, nil = {}, False
    file = SAMPLE / "updates" / quarter / f"{agency}.csv"
    for row in csv.DictReader(file.open(encoding="utf-8-sig", newline="")):
        nil = nil or row["indicator"].strip().upper() == "NIL"
        value = figures.parse_figure(row["value"]).hundredths
        if value is not None:
            dimension = (row["dimension"] or "").strip().lower().replace("total", "")
            held[row["indicator"], dimension] = value
    return {place: (value, nil) for place, value in held.items()}


@cache
def accepted() -> frozenset[tuple[str, str]]:
    rows = csv.DictReader((EXPECTED / "scores.csv").open(encoding="utf-8", newline=""))
    return frozenset((row["agency"], row["quarter"]) for row in rows if row["state"] == "accepted")


@cache
def targets() -> dict[tuple[str, str, str], int]:
    file = SAMPLE / "registry" / "targets.csv"
    return {
        (row["agency"], row["indicator"], row["quarter"]): round(float(row["target"]) * 100)
        for row in csv.DictReader(file.open(encoding="utf-8", newline=""))
    }


@cache
def in_doubt() -> frozenset[Figure]:
    """Figures to be confirmed, as the second reading of the files finds them; none is explained."""
    replay = Replay(load_programme(SAMPLE))
    replay.run()
    return frozenset(unconfirmed_figures(replay, []))


def by_hand(of: AmountOrigin, snapshot: Snapshot) -> int | None:
    """An actual or target, added up from the files alone; none where nothing was given.

    One of what is confirmed leaves out quarters in which the figure is in doubt, and a target also
    those in which the figure is that it answers.
    """
    one = snapshot.framework.by_code[of.indicator]
    of_agencies = []
    for agency in (of.agency,) if of.agency else sorted({agency for agency, _ in accepted()}):
        quarters = sorted(
            quarter
            for whose, quarter in accepted()
            if whose == agency and of.since <= quarter <= of.until
        )
        if of.confirmed:
            answered = one.rate_of if of.kind is AmountKind.TARGET else None
            places = [(one.code, of.dimension), *([(answered, "")] if answered else [])]
            quarters = [
                quarter
                for quarter in quarters
                if not any((agency, quarter, *place) in in_doubt() for place in places)
            ]
        if of.kind is AmountKind.TARGET:
            held = [targets().get((agency, one.code, quarter)) for quarter in quarters]
        else:
            held = [_given(agency, quarter, of, one.is_flow) for quarter in quarters]
        known = [value for value in held if value is not None]
        if known:
            flows = one.is_flow or of.kind is AmountKind.TARGET
            of_agencies.append(sum(known) if flows else known[-1])
    return sum(of_agencies) if of_agencies else None


def _given(agency: str, quarter: str, of: AmountOrigin, flow: bool) -> int | None:
    file = sent(agency, quarter)
    if (of.indicator, of.dimension) in file:
        return file[of.indicator, of.dimension][0]
    nil = flow and any(nil for _, nil in file.values())
    return 0 if nil and agency.startswith(_form_of(of.indicator)) else None


def _form_of(indicator: str) -> str:
    return "FC" if indicator[0] == "F" else "IA"


@pytest.mark.slow
def test_150_figures_taken_at_random_are_those_of_the_files(snapshot: Snapshot) -> None:
    words, found = DocumentText(snapshot, "en"), {}
    for key in documents(snapshot, "2025-26-Q4", "2025-26-H2", "2025-26"):
        if key.kind in (LEARNING, QUARTERLY_UPDATE):
            for *_, cell in cells(build_content(key, snapshot)):
                if isinstance(cell.origin, AmountOrigin) and cell.origin.kind in (
                    AmountKind.ACTUAL,
                    AmountKind.TARGET,
                ):
                    found[cell.origin] = cell.text
    taken = random.Random(2026).sample(sorted(found, key=repr), 150)
    resting = DerivationResolver(words.snapshot, words)
    for of in taken:
        unit = snapshot.framework.by_code[of.indicator].unit
        value = by_hand(of, snapshot)
        assert value is not None, of
        assert found[of] in (words.quantity(value, unit), words.in_full(value, unit)), of
        parts = resting.resolve(of).parts
        assert sum(part.value or 0 for part in parts) == value
        assert {part.quarter for part in parts} <= {quarter for _, quarter in accepted()}
    assert len({of.agency for of in taken}) > 10
    assert {of.kind for of in taken} == {AmountKind.ACTUAL, AmountKind.TARGET}
    assert any(not of.agency for of in taken)
    assert any(of.confirmed for of in taken)


def test_what_a_figure_rests_on_is_not_part_of_what_a_reader_sees(snapshot: Snapshot) -> None:
    key = DocumentKey(LEARNING, parse_period("2025-26-H2"), "STATE", "en", "html")
    said = build_content(key, snapshot)
    assert is_same_content(said, build_content(key, snapshot))
    first = next(cell for *_, cell in cells(said))
    assert first == Cell(first.text, first.kind, first.tone, first.ratio)
    assert first.origin is not None


@pytest.mark.slow
def test_every_table_has_a_code_of_its_own_the_same_in_both_languages(snapshot: Snapshot) -> None:
    seen: dict[str, str] = {}
    for key in documents(snapshot, "2025-26-Q4", "2025-26-H2"):
        told = {
            language: [
                block.code
                for section in build_content(key.with_language(language), snapshot).sections
                for block in section.blocks
                if isinstance(block, Table) and section.id != "annex-guide"  # words, no figures
            ]
            for language in ("en", "hi")
        }
        assert told["en"] == told["hi"]
        assert told["en"] == [
            table_codes.make_table_code(key.reference, place)
            for place in range(1, len(told["en"]) + 1)
        ]
        for one in told["en"]:
            assert seen.setdefault(one, key.path) == key.path
    assert len(seen) > 100
