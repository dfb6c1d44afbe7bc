"""One language of the site: the snapshot, its words, and what all its pages need.

What belongs here: who has a page, which district an agency is in, how a district is called. What
must not: what a page shows.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import cached_property
from typing import Any

import pandas as pd

from cpsa.calendar import Quarter
from cpsa.documents import period_sums
from cpsa.documents.document_text import DocumentText
from cpsa.online_edition.page_addresses import TO_DATE
from cpsa.provenance.snapshot import Snapshot
from cpsa.registry.agency_register import Registry
from cpsa.scoring.rollups import Sums, SumTable
from cpsa.translator import Translator


class SiteEdition:
    """The snapshot, texts, scores and sums that builders of pages use."""

    def __init__(
        self,
        snapshot: Snapshot,
        quarter: Quarter,
        language: str,
        registers: Mapping[str, Registry] = {},
        base: SiteEdition | None = None,
    ) -> None:
        """``registers``: by quarter, where it is another than the snapshot's.

        ``base``: the edition that this one shows with the register of a quarter.
        """
        self.snapshot = snapshot
        self.quarter = quarter
        self.language = language
        self._text = Translator(language, "public")
        self.words = DocumentText(snapshot, language)
        self.base = base or self
        self._registers = registers
        self._editions_by_register: dict[int, SiteEdition] = {}

    def __call__(self, key: str, **params: object) -> str:
        return self._text(key, **params)

    def with_register_of(self, quarter: Quarter) -> SiteEdition:
        """This edition with the register as it was in a quarter."""
        registry = self._registers.get(quarter.key)
        if registry is None:
            return self
        if id(registry) not in self._editions_by_register:
            self._editions_by_register[id(registry)] = SiteEdition(
                replace(self.snapshot, registry=registry),
                self.quarter,
                self.language,
                base=self,
            )
        return self._editions_by_register[id(registry)]

    @cached_property
    def quarters(self) -> tuple[Quarter, ...]:
        """Every closed quarter, the newest first."""
        return tuple(map(Quarter.parse, sorted(set(self.snapshot.closings["quarter"]))))[::-1]

    @cached_property
    def agency_codes(self) -> tuple[str, ...]:
        """The agencies that have pages: those that were active in any closed quarter."""
        if self.base is not self:
            return self.base.agency_codes
        return tuple(code for code in self.snapshot.agencies if code in self._last_quarters)

    @cached_property
    def current_agencies(self) -> frozenset[str]:
        """The agencies that were active in the newest quarter."""
        return frozenset(self.snapshot.list_agencies_due(self.quarter))

    def find_last_quarter(self, agency: str) -> Quarter:
        """The newest quarter in which an agency was active."""
        return Quarter.parse(self._last_quarters[agency])

    @cached_property
    def _last_quarters(self) -> dict[str, str]:
        result: dict[str, str] = self.snapshot.scores.groupby("agency")["quarter"].max().to_dict()
        return result

    @cached_property
    def agencies_with_pages(self) -> frozenset[str]:
        """The same as a set, to test whether an agency has pages."""
        return frozenset(self.agency_codes)

    @cached_property
    def districts(self) -> dict[str, tuple[str, ...]]:
        """The agencies with pages by district, by the district's name in the registry."""
        if self.base is not self:
            return self.base.districts
        codes_by_district: dict[str, list[str]] = {}
        for code in self.agency_codes:
            codes_by_district.setdefault(self.find_district(code), []).append(code)
        return {name: tuple(codes_by_district[name]) for name in sorted(codes_by_district)}

    def find_district(self, agency: str) -> str:
        """Blank for an agency that the registry no longer lists."""
        return self._districts_by_agency.get(agency, "")

    @cached_property
    def _districts_by_agency(self) -> dict[str, str]:
        agencies = self.snapshot.agencies
        return {code: str(row["district"] or "").strip() for code, row in agencies.items()}

    def name_district(self, name: str) -> str:
        if not name:
            return self("no_district")
        return self.snapshot.reference.districts.name_in(name, self.language)

    def find_quarter(self, period: str) -> Quarter:
        """The quarter a period's page belongs to; what is to date belongs to the newest."""
        return self.quarter if period == TO_DATE else Quarter.parse(period)

    def describe_period(self, period: str) -> str:
        """A quarter, or everything to date, in words."""
        if period == TO_DATE:
            return self.words("figures.to_date")
        return self.words.period(Quarter.parse(period))

    def find_score(self, agency: str, quarter: Quarter) -> Any | None:
        return self._find_scores(quarter).get(agency)

    def _find_scores(self, quarter: Quarter) -> dict[str, Any]:
        if quarter.key not in self._scores_by_quarter:
            rows = self.snapshot.select_rows("scores", quarter=quarter.key)
            self._scores_by_quarter[quarter.key] = {
                row.agency: row for row in rows.itertuples(index=False)
            }
        return self._scores_by_quarter[quarter.key]

    @cached_property
    def _scores_by_quarter(self) -> dict[str, dict[str, Any]]:
        return {}

    def sum_by_agency(self, last: Quarter, first: Quarter | None = None) -> SumTable:
        """Sums by agency from a quarter (the beginning) to a quarter."""
        return period_sums.sum_by_agency(self.snapshot, last, first)

    def sum_by_district_and_agency(
        self, last: Quarter, first: Quarter | None = None
    ) -> dict[str, dict[str, Sums]]:
        """The same by district and agency; blank for those that the registry no longer lists."""
        sums_by_district: dict[str, dict[str, Sums]] = {name: {} for name in self.districts}
        for agency, agency_sums in sorted(self.sum_by_agency(last, first).items()):
            sums_by_district.setdefault(self.find_district(agency), {})[agency] = agency_sums
        return sums_by_district

    def sum_by_district(self, last: Quarter, first: Quarter | None = None) -> dict[str, Sums]:
        """The same by district, of each the sum of its agencies."""
        sums = self._add_by_district(self.sum_by_agency(last, first))
        return {name: sums.get(name, {}) for name in (*self.districts, *sums)}

    def _add_by_district(self, by_agency: SumTable) -> SumTable:
        return by_agency.add_by_area({agency: self.find_district(agency) for agency in by_agency})

    @cached_property
    def district_sums_of_quarter(self) -> dict[str, Sums]:
        """Sums of districts in the newest quarter."""
        return self.sum_by_district(self.quarter, self.quarter)

    @cached_property
    def district_sums_to_date(self) -> dict[str, Sums]:
        """Sums of districts up to the newest quarter."""
        return self.sum_by_district(self.quarter)

    @cached_property
    def confirmed_district_sums(self) -> SumTable:
        """Sums of districts up to the newest quarter without figures that are to be confirmed."""
        return self._add_by_district(
            period_sums.sum_confirmed_by_agency(self.snapshot, self.quarter)
        )

    def find_targets(self, agency: str) -> dict[tuple[str, str], int]:
        """An agency's targets by quarter and indicator."""
        rows = self._targets_by_agency.get(agency)
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
    def _targets_by_agency(self) -> dict[str, pd.DataFrame]:
        return dict(iter(self.snapshot.registry.targets.groupby("agency", sort=False)))
