"""Unconfirmed figures (domain.md, "Scores"): those that an open finding puts in doubt.

A figure is an agency's value of a quarter, indicator and dimension. It is unconfirmed while a
finding of a rule that says so (``unconfirms`` in the framework) is open on it, or on the total
that it is part of. Pure: rows in, rows out. What must not go here: how figures are summed
(``scoring.rollups``) or shown (``documents``).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Generic, Protocol, TypeVar

from cpsa.framework.model import TOTAL, Rule


class FigureRow(Protocol):
    """What says which figure a row is of, or a finding is on."""

    @property
    def agency(self) -> str: ...
    @property
    def quarter(self) -> str: ...
    @property
    def indicator(self) -> str: ...
    @property
    def dimension(self) -> str: ...


class OpenFindingRow(FigureRow, Protocol):
    """What is needed of an open finding."""

    @property
    def rule(self) -> str: ...


F = TypeVar("F", bound=OpenFindingRow)


class FigureDoubts(Generic[F]):
    """The open findings that put figures in doubt, by figure."""

    def __init__(self, open_findings: Iterable[F], rules: Mapping[str, Rule]) -> None:
        """``open_findings``: of the submissions that count, and of the newest closings."""
        self._by_subject: dict[tuple[str, str, str], list[F]] = {}
        for finding in open_findings:
            rule = rules.get(finding.rule)
            if rule is not None and rule.unconfirms:
                self._by_subject.setdefault(_subject(finding), []).append(finding)

    @property
    def agencies(self) -> frozenset[str]:
        """The agencies of which any figure is in doubt."""
        return frozenset(agency for agency, _, _ in self._by_subject)

    def iter_findings(self, figure: FigureRow) -> Iterator[F]:
        """The findings that make a figure unconfirmed."""
        for finding in self._by_subject.get(_subject(figure), ()):
            if finding.dimension in (TOTAL, figure.dimension):
                yield finding


def _subject(row: FigureRow) -> tuple[str, str, str]:
    return row.agency, row.quarter, row.indicator
