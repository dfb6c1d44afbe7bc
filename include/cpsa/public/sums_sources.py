"""What the sums of a district and of the state are made of: each part, leading to its own source."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from cpsa.documents.linked import Anchored, link
from cpsa.documents.model import Cell, Table
from cpsa.documents.parts import UNCONFIRMED, column, number, plain, table
from cpsa.documents.sums import NONE as NO_SUM
from cpsa.documents.words import Words
from cpsa.framework import TOTAL
from cpsa.public import addresses
from cpsa.public.edition import Edition
from cpsa.public.view import Page
from cpsa.score.rollups import Sum, Sums, together


@dataclass(frozen=True)
class Part:
    """One of what was summed; ``source`` is the page of its own figures, blank where none is."""

    code: str
    name: str
    sums: Sums
    source: Callable[[str], str]
    """From a group to the page of its figures; blank where there is none."""


def page(
    edition: Edition,
    path: str,
    title: str,
    trail: tuple[tuple[str, str], ...],
    parts: Iterable[Part],
    groups: Iterable[str],
) -> Page:
    held = tuple(parts)
    return Page(
        path, "sums_source.html.j2", title, trail, {"table": _table(edition, held, tuple(groups))}
    )


def agencies(edition: Edition, held: Mapping[str, Sums], period: str) -> tuple[Part, ...]:
    """Agencies as parts of a sum; one without a page is named without a link."""
    pages = edition.pages

    def source(agency: str) -> Callable[[str], str]:
        path = addresses.agency_source(agency, period) if agency in pages else ""
        return lambda group: path

    return tuple(
        Part(agency, edition.words.agency(agency), one, source(agency))
        for agency, one in held.items()
    )


def districts(edition: Edition, held: Mapping[str, Sums], period: str) -> tuple[Part, ...]:
    def source(name: str) -> Callable[[str], str]:
        path = addresses.district_source(name, period)
        return lambda group: path

    return tuple(Part("", edition.district(name), one, source(name)) for name, one in held.items())


def _table(edition: Edition, parts: tuple[Part, ...], groups: tuple[str, ...]) -> Table | None:
    words, framework = edition.words, edition.snapshot.framework
    sums = together(part.sums for part in parts)
    bodies = []
    for group in groups:
        for one in framework.group_indicators(group):
            place = (one.code, TOTAL)
            if sums.get(place, NO_SUM) == NO_SUM:
                continue
            at = addresses.anchor(one.code)
            rows = [
                _row(edition, part, part.sums[place], one.unit, group, at)
                for part in parts
                if part.sums.get(place, NO_SUM) != NO_SUM
            ]
            total = sums[place]
            rows.append(
                (
                    plain(edition("sums.sum")),
                    *_amounts(words, total, one.unit),
                )
            )
            title = f"{one.code} {words.indicator(one.code)}"
            bodies.append(Anchored(tuple(rows), title, id=at))
    if not bodies:
        return None
    columns = (
        column(edition("sums.part")),
        column(words("progress.actual"), figure=True),
        column(words("share.with_target"), figure=True),
        column(words("progress.target"), figure=True),
    )
    return table(edition("sums.caption"), columns, bodies=bodies, dense=True)


def _row(edition: Edition, part: Part, one, unit: str, group: str, at: str) -> tuple[Cell, ...]:
    words = edition.words
    name = f"{part.name} ({part.code})" if part.code and part.code != part.name else part.name
    actual, *others = _amounts(words, one, unit)
    source = part.source(group)
    if source:
        actual = link(actual, f"{source}#{at}")
    return plain(name), actual, *others


def _amounts(words: Words, figure: Sum, unit: str) -> tuple[Cell, Cell, Cell]:
    """All that was given, what was given where a target is set, and the targets."""
    compared = None if figure.target is None else figure.actual_with_target or 0
    mark = UNCONFIRMED if figure.unconfirmed else ""
    return (
        number(words.in_full(figure.actual, unit), mark=mark),
        number(words.in_full(compared, unit)),
        number(words.in_full(figure.target, unit)),
    )
