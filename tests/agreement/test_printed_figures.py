"""200 figures printed in documents, found by text, equal a second reckoning from the updates.

The sample programme is replayed and its documents rendered; an independent reading of domain.md
replays the same files. Figures are drawn with a seed, evenly over kinds, languages and sections.
"""

from __future__ import annotations

import random
import shutil
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from tests.agreement import printed
from tests.agreement.printed import Row
from tests.agreement.recomputing import (
    NONE,
    RATES,
    TARGETED,
    Accounts,
    full,
    number,
    percent,
    share,
    short,
)
from tests.agreement.replaying import load_programme_registry, rounds, send
from tests.factories import SAMPLE

from cpsa.calendar import Quarter, parse_period
from cpsa.documents.document_key import STATE, DocumentKey, DocumentKind
from cpsa.documents.document_registry import (
    LEARNING,
    POLICY_ACTIONS,
    QUARTERLY_UPDATE,
    list_document_keys,
)
from cpsa.documents.render.renderer import Renderer
from cpsa.services.app_context import AppContext
from cpsa.services.collection.load_entries import load_entries
from cpsa.services.publication.take_snapshot import take_snapshot
from cpsa.services.quarter.close_quarter import close_quarter

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not shutil.which("pdftotext"), reason="poppler is not installed"),
]
FIGURES, SEED = 200, 4
PERIODS = ("2024-25-Q4", "2025-26-Q4", "2025-26-H1", "2025-26-H2", "2025-26")
UPDATES, COMPILATIONS = 3, 3  # subjects of each period that are drawn
LANGUAGES = ("en", "hi")


@dataclass(frozen=True)
class Pick:
    """One figure of a row."""

    row: Row
    at: int

    @property
    def kind(self) -> tuple[str, ...]:
        document = self.row.document
        place = document.kind, document.period.key, document.language, self.row.section
        return *place, "confirmed" if self.row.confirmed else ""


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_two_hundred_printed_figures_are_right(office: AppContext, tmp_path: Path) -> None:
    _replay(office, tmp_path / "desk")
    accounts, draw = Accounts(SAMPLE), random.Random(SEED)
    picks: list[Pick] = []
    texts: dict[DocumentKey, str] = {}
    for key, page, pdf in _rendered(office, draw):
        found = printed.rows(key, page, office.load_framework(key.period.last_quarter))
        picks += [Pick(row, at) for row in found for at, head in enumerate(row.heads) if head]
        texts[key] = printed.text_of(pdf)
    drawn = _evenly(picks, draw)
    assert len(drawn) == FIGURES
    assert {pick.row.document.kind for pick in drawn} == {
        QUARTERLY_UPDATE,
        POLICY_ACTIONS,
        LEARNING,
    }
    assert any(pick.row.confirmed for pick in drawn)
    wrong = [line for pick in drawn if (line := _difference(accounts, texts, pick))]
    assert wrong == []


def _difference(accounts: Accounts, texts: dict[DocumentKey, str], pick: Pick) -> str:
    """What is wrong about a figure, in either format; blank where nothing is."""
    row = pick.row
    expected = tuple(reckoned(accounts, row, head) if head else None for head in row.heads)
    place = f"{row.document.path} {row.section} {row.owner} {row.code} {row.heads[pick.at]}"
    if row.texts[pick.at] != expected[pick.at]:
        return f"{place}: {row.texts[pick.at]!r} is printed, {expected[pick.at]!r} is right"
    if not printed.in_pdf(texts[row.document], row, expected):
        return f"{place}: the PDF has no row with {expected}"
    return ""


def reckoned(accounts: Accounts, row: Row, head: str) -> str:
    """What the figure under a head must be."""
    period, language = row.document.period, row.document.language
    first, last = period.first_quarter.key, period.last_quarter.key
    code, agency = row.code, row.owner or row.document.subject
    match row.section:
        case "case":
            return _evidence(accounts, row, last)
        case "figures":
            since = last if head == "figures.quarter" else ""
            actual = accounts.actual(agency, code, since, last)
            compared, target = accounts.with_target(agency, code, since, last)
            other = accounts.with_target(agency, code, since, last, RATES.get(code, ("",))[0])[0]
            partly = accounts.is_partly_without(agency, code, since, last)
            held = {
                "figures.quarter": short(actual, code, language),
                "figures.to_date": short(actual, code, language),
                "figures.target": of_target(compared, target, code, language)
                if partly
                else short(target, code, language),
                "figures.share": in_table(compared, target, other, code, language),
                "figures.baseline": short(accounts.baseline(agency, code), code, language),
            }
            return held[head]
        case "progress":
            since = "" if head in ("share.to_date", "progress.share_to_date") else first
            actual = accounts.all_actual(code, since, last)
            compared, target = accounts.all_with_target(code, since, last)
            other = accounts.all_with_target(code, since, last, RATES.get(code, ("",))[0])[0]
            if row.confirmed:
                sure = accounts.all_confirmed(code, since, last)
                actual, compared, target = sure.actual, sure.with_target, sure.target
                other = sure.answered
            held = {
                "share.in_all_head": short(actual, code, language),
                "share.with_target": short(compared, code, language),
                "progress.target": short(target, code, language),
                "progress.share": in_table(compared, target, other, code, language),
                "share.without_target": without(accounts, code, since, last, language),
                "share.to_date": short(actual, code, language),
                "progress.share_to_date": in_table(compared, target, other, code, language),
            }
            return held[head]
        case "annex-figures":
            kind, _, quarter = head.partition(":")
            if kind == "quarter":
                return full(accounts.actual(agency, code, quarter, quarter), code)
            if head == "annex.target":
                return full(accounts.with_target(agency, code, first, last)[1], code)
            return full(accounts.actual(agency, code, first, last), code)
        case "annex-scores" | "agencies-ia" | "agencies-fc":
            if head == "coverage":
                return percent(accounts.coverage(code, last))
            quarter = (period.last_quarter - 1).key if head == "previous" else last
            name = head.partition(":")[2] or "composite"
            return accounts.score(code, quarter, name)
    return _reporting(accounts, row, head)


def _evidence(accounts: Accounts, row: Row, last: str) -> str:
    code, language = row.code.split(" ")[1], row.document.language
    actual = accounts.actual(row.owner, code, "", last)
    compared, target = accounts.with_target(row.owner, code, "", last)
    other = accounts.with_target(row.owner, code, "", last, RATES.get(code, ("",))[0])[0]
    told = reached(compared, target, other, code, language)
    if told == NONE:
        return short(actual, code, language)
    if code not in RATES:
        told = f"{of_target(compared, target, code, language)} ({told})"
    if not accounts.is_partly_without(row.owner, code, "", last):
        return told
    done = short(actual, code, language)
    if language == "hi":
        return f"कुल {done}; लक्ष्य वाली तिमाहियों में {told}"
    return f"{done} in all; {told} in the quarters that have a target"


def of_target(compared: Fraction | None, target: Fraction | None, code: str, language: str) -> str:
    done, aim = short(compared, code, language), short(target, code, language)
    return f"लक्ष्य {aim} में से {done}" if language == "hi" else f"{done} of {aim}"


def reached(
    compared: Fraction | None,
    target: Fraction | None,
    other: Fraction | None,
    code: str,
    language: str,
) -> str:
    """The share of the target; of a rate its two figures, the rate and its aim."""
    if code not in RATES:
        return percent(share(compared, target))
    rate = share(compared, other)
    if rate is None:
        return NONE
    aim = percent(RATES[code][1]).replace(".0 ", " ")
    part, whole = short(compared, code, language), short(other, code, language)
    if language == "hi":
        return f"{whole} में से {part} ({percent(rate)}), लक्ष्य {aim}"
    return f"{part} of {whole} ({percent(rate)}), aim {aim}"


def in_table(*args: Any) -> str:
    """The same with the figures of a rate below one another."""
    return reached(*args).replace("(", "").replace("),", "")


def without(accounts: Accounts, code: str, first: str, last: str, language: str) -> str:
    """How many agencies have no target, of those that gave a figure."""
    if code not in TARGETED:
        return NONE
    given, none, partly = accounts.without_target(code, first, last)
    if language == "hi":
        return f"{given} में से {none}" + (f"; आंशिक {partly}" if partly else "")
    return f"{none} of {given}" + (f"; partly {partly}" if partly else "")


def _reporting(accounts: Accounts, row: Row, head: str) -> str:
    """Every file of the replay comes in time, so the on-time rate is the reporting rate."""
    held = {
        name: accounts.reporting(row.code, row.owner, name)
        for name in ("expected", "received", "accepted")
    }
    name = head.removeprefix("reporting.")
    if name in held:
        return number(held[name])
    part = held["accepted" if name == "accepted_rate" else "received"]
    return percent(share(part, held["expected"]))


def _rendered(
    office: AppContext, draw: random.Random
) -> Iterator[tuple[DocumentKey, bytes, bytes]]:
    """Documents of every kind that has figures, in both languages, as HTML and as PDF."""
    renderer = Renderer(office.settings.templates, seal_key=office.seal_key)
    for period in map(parse_period, PERIODS):
        snapshot = take_snapshot(office, period).snapshot
        for key in _drawn(list_document_keys(snapshot, period), draw):
            for language in LANGUAGES:
                page, pdf = (
                    key.with_language(language).with_format(format) for format in ("html", "pdf")
                )
                yield page, renderer.render(page, snapshot), renderer.render(pdf, snapshot)


def _drawn(keys: tuple[DocumentKey, ...], draw: random.Random) -> list[DocumentKey]:
    """The state's documents, and some of those that there are for every agency or department."""
    found: dict[DocumentKind, list[DocumentKey]] = defaultdict(list)
    for key in keys:
        if key.language == "en" and key.format == "html":
            found[key.kind].append(key)
    some = {QUARTERLY_UPDATE: UPDATES, POLICY_ACTIONS: COMPILATIONS}
    chosen = [key for key in keys if key in found[key.kind] and key.subject == STATE]
    for kind, count in some.items():
        chosen += draw.sample(found[kind], min(count, len(found[kind])))
    return list(dict.fromkeys(chosen))


def _evenly(picks: list[Pick], draw: random.Random) -> list[Pick]:
    """One of each kind, period, language and section in turn, until there are enough."""
    by_kind: dict[tuple[str, ...], list[Pick]] = defaultdict(list)
    for pick in draw.sample(picks, len(picks)):
        by_kind[pick.kind].append(pick)
    turns = [by_kind[kind] for kind in sorted(by_kind)]
    drawn: list[Pick] = []
    while len(drawn) < FIGURES and any(turns):
        drawn += [one.pop() for one in turns if one]
    return drawn[:FIGURES]


def _replay(office: AppContext, desk: Path) -> None:
    """The sample with what agencies asked for, so that compilations have evidence to show."""
    load_programme_registry(office, SAMPLE)
    for key, folders in rounds(SAMPLE / "updates").items():
        quarter = Quarter.parse(key)
        for at, folder in enumerate(folders, 1):
            send(office, folder, key, at, desk)
        load_entries(office, SAMPLE / "entries" / f"{key}.csv", quarter.opens_at)
        close_quarter(office, quarter, quarter.closes_at)
