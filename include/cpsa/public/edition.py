"""One language of the site: the snapshot, its words, and what all its pages ask for.

What belongs here: who has a page, which district an agency is in, how a district is called. What
must not: what a page shows.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import cached_property
from typing import Any

import pandas as pd

from cpsa import messages
from cpsa.calendar import Quarter
from cpsa.documents import Snapshot, sums
from cpsa.documents.words import Words
from cpsa.public.addresses import TO_DATE
from cpsa.registry import Registry
from cpsa.score.rollups import Sums, together


class Edition:
    """What page builders speak with."""

    def __init__(
        self,
        snapshot: Snapshot,
        quarter: Quarter,
        language: str,
        districts: Mapping[str, str],
        registers: Mapping[str, Registry] = {},
        base: Edition | None = None,
    ) -> None:
        """``registers``: by quarter, where it is another than the snapshot's.

        ``base``: the edition that this one shows with the register of a quarter.
        """
        self.snapshot = snapshot
        self.quarter = quarter
        self.language = language
        self.words = Words(snapshot, language)
        self.base = base or self
        self._hindi = districts
        self._registers = registers
        self._with_register: dict[int, Edition] = {}

    def __call__(self, key: str, **params: object) -> str:
        return messages.text(f"public.{key}", self.language, **params)

    def at(self, quarter: Quarter) -> Edition:
        """This edition with the register as it was in a quarter."""
        registry = self._registers.get(quarter.key)
        if registry is None:
            return self
        if id(registry) not in self._with_register:
            self._with_register[id(registry)] = Edition(
                replace(self.snapshot, registry=registry),
                self.quarter,
                self.language,
                self._hindi,
                base=self,
            )
        return self._with_register[id(registry)]

    @cached_property
    def quarters(self) -> tuple[Quarter, ...]:
        """Every closed quarter, the newest first."""
        return tuple(map(Quarter.parse, sorted(set(self.snapshot.closings["quarter"]))))[::-1]

    @cached_property
    def codes(self) -> tuple[str, ...]:
        """The agencies that have pages: those that were active in any closed quarter."""
        if self.base is not self:
            return self.base.codes
        return tuple(code for code in self.snapshot.agencies if code in self._last_quarters)

    @cached_property
    def current(self) -> frozenset[str]:
        """The agencies that were active in the newest quarter."""
        return frozenset(self.snapshot.owing(self.quarter))

    def last_quarter_of(self, agency: str) -> Quarter:
        """The newest quarter in which an agency was active."""
        return Quarter.parse(self._last_quarters[agency])

    @cached_property
    def _last_quarters(self) -> dict[str, str]:
        return self.snapshot.scores.groupby("agency")["quarter"].max().to_dict()

    @cached_property
    def pages(self) -> frozenset[str]:
        """The same, to ask whether one of them is."""
        return frozenset(self.codes)

    @cached_property
    def districts(self) -> dict[str, tuple[str, ...]]:
        """The agencies with pages by district, by the district's name in the registry."""
        if self.base is not self:
            return self.base.districts
        held: dict[str, list[str]] = {}
        for code in self.codes:
            held.setdefault(self.district_of(code), []).append(code)
        return {name: tuple(held[name]) for name in sorted(held)}

    def district_of(self, agency: str) -> str:
        """Blank for an agency that the registry no longer lists."""
        return self._district_of.get(agency, "")

    @cached_property
    def _district_of(self) -> dict[str, str]:
        agencies = self.snapshot.agencies
        return {code: str(row["district"] or "").strip() for code, row in agencies.items()}

    def district(self, name: str) -> str:
        if not name:
            return self("no_district")
        return self._hindi.get(name, name) if self.language == "hi" else name

    def quarter_of(self, period: str) -> Quarter:
        """The quarter a period's page belongs to; what is to date belongs to the newest."""
        return self.quarter if period == TO_DATE else Quarter.parse(period)

    def period_of(self, period: str) -> str:
        """A quarter, or everything to date, in words."""
        if period == TO_DATE:
            return self.words("figures.to_date")
        return self.words.period(Quarter.parse(period))

    def score(self, agency: str, quarter: Quarter) -> Any | None:
        return self._scores(quarter).get(agency)

    def _scores(self, quarter: Quarter) -> dict[str, Any]:
        if quarter.key not in self._known_scores:
            rows = self.snapshot.of("scores", quarter=quarter.key)
            self._known_scores[quarter.key] = {
                row.agency: row for row in rows.itertuples(index=False)
            }
        return self._known_scores[quarter.key]

    @cached_property
    def _known_scores(self) -> dict[str, dict[str, Any]]:
        return {}

    def sums(self, last: Quarter, first: Quarter | None = None) -> dict[str, Sums]:
        """Sums by agency from a quarter (the beginning) to a quarter."""
        return sums.of_agencies(self.snapshot, last, first)

    def in_districts(
        self, last: Quarter, first: Quarter | None = None
    ) -> dict[str, dict[str, Sums]]:
        """The same by district and agency; blank for those that the registry no longer lists."""
        held: dict[str, dict[str, Sums]] = {name: {} for name in self.districts}
        for agency, one in sorted(self.sums(last, first).items()):
            held.setdefault(self.district_of(agency), {})[agency] = one
        return held

    @cached_property
    def of_quarter(self) -> dict[str, Sums]:
        """Sums of districts in the newest quarter."""
        return _together(self.in_districts(self.quarter, self.quarter))

    @cached_property
    def to_date(self) -> dict[str, Sums]:
        """Sums of districts up to the newest quarter."""
        return _together(self.in_districts(self.quarter))

    @cached_property
    def confirmed(self) -> dict[str, Sums]:
        """Sums of districts up to the newest quarter without figures that are to be confirmed."""
        held: dict[str, list[Sums]] = {}
        for agency, one in sums.confirmed_of_agencies(self.snapshot, self.quarter).items():
            held.setdefault(self.district_of(agency), []).append(one)
        return {name: together(parts) for name, parts in held.items()}

    def targets(self, agency: str) -> dict[tuple[str, str], int]:
        """An agency's targets by quarter and indicator."""
        rows = self._targets.get(agency)
        if rows is None:
            return {}
        return dict(
            zip(
                zip(rows["quarter"], rows["indicator"], strict=True),
                rows["hundredths"],
                strict=True,
            )
        )

    @cached_property
    def _targets(self) -> dict[str, pd.DataFrame]:
        return dict(iter(self.snapshot.registry.targets.groupby("agency", sort=False)))


def _together(held: dict[str, dict[str, Sums]]) -> dict[str, Sums]:
    return {name: together(sums.values()) for name, sums in held.items()}
