"""The estimated budget of Table 5: rows by purpose, stage and source, in whole paise.

What belongs here: the rows, and proof that they come to the totals the table prints. What must
not: actual spending, which agencies report (indicators B1 and B2).
"""

from __future__ import annotations

from dataclasses import dataclass

from cpsa.i18n.text import Text
from cpsa.reference.yaml_reader import YamlEntry

PAISE_PER_RUPEE = 100
PAISE_PER_LAKH = 100_000 * PAISE_PER_RUPEE


@dataclass(frozen=True, slots=True)
class FundSource:
    """Who pays, and whose reported contributions are its own.

    ``contributed_by`` is an indicator; ``departments`` those whose convergence counts, ``schemes``
    whether what came through a scheme of Annex 4 does.
    """

    code: str
    name: Text
    contributed_by: str | None
    departments: tuple[str, ...]
    schemes: bool
    source: str


@dataclass(frozen=True, slots=True)
class BudgetLine:
    """What one source gives to one purpose in one stage."""

    stage: str
    fund_source: str
    paise: int


@dataclass(frozen=True, slots=True)
class BudgetItem:
    """One purpose of the table; quantity and unit cost where it names a rate.

    ``spent_by``: the indicator by which spending on it is reported; None where it is not.
    """

    code: str
    purpose: Text
    lines: tuple[BudgetLine, ...]
    quantity: int | None
    unit_cost_paise: int | None
    spent_by: str | None
    source: str

    @property
    def total_paise(self) -> int:
        return sum(line.paise for line in self.lines)


@dataclass(frozen=True, slots=True)
class Budget:
    """The whole table."""

    fund_sources: dict[str, FundSource]
    items: dict[str, BudgetItem]

    def total(
        self, *, purpose: str | None = None, stage: str | None = None, source: str | None = None
    ) -> int:
        """The paise of the lines that fit every code given; KeyError for a code not in the table."""
        items = self.items.values() if purpose is None else (self.items[purpose],)
        if source is not None:
            _ = self.fund_sources[source]
        return sum(
            line.paise
            for item in items
            for line in item.lines
            if stage in (None, line.stage) and source in (None, line.fund_source)
        )


def parse_budget(file: YamlEntry, stages: dict, departments: dict) -> Budget:
    fund_sources = file.by_code("sources", lambda entry: _parse_fund_source(entry, departments))

    def parse_line(entry: YamlEntry) -> BudgetLine:
        entry.check_known(entry.code("stage"), stages, "rollout.yaml")
        entry.check_known(entry.code("source"), fund_sources, "sources")
        paise = entry.whole("lakh") * PAISE_PER_LAKH
        return BudgetLine(entry.code("stage"), entry.code("source"), paise)

    def parse_item(entry: YamlEntry) -> BudgetItem:
        unit = entry.whole_or_none("unit_cost_rupees")
        found = BudgetItem(
            code=entry.code(),
            purpose=entry.text("purpose"),
            lines=entry.each("lines", parse_line),
            quantity=entry.whole_or_none("quantity"),
            unit_cost_paise=None if unit is None else unit * PAISE_PER_RUPEE,
            spent_by=entry.code("spent_by") if entry.has("spent_by") else None,
            source=entry.string("source"),
        )
        if found.spent_by and len(found.lines) != 1:
            raise entry.wrong(found.spent_by, "spent_by only on an item of one line")
        _check_total(entry, found.total_paise, entry.whole("printed_lakh") * PAISE_PER_LAKH)
        if (found.quantity is None) != (found.unit_cost_paise is None):
            raise entry.wrong(found.quantity or unit, "quantity and unit_cost_rupees together")
        if found.quantity is not None and found.unit_cost_paise is not None:
            _check_total(entry, found.quantity * found.unit_cost_paise, found.total_paise)
        return found

    table = Budget(fund_sources, file.by_code("items", parse_item))
    printed = file.part("printed")
    _check_total(printed, table.total(), printed.whole("total_lakh") * PAISE_PER_LAKH)
    for key, codes in (("stages_lakh", stages), ("sources_lakh", fund_sources)):
        row = printed.part(key)
        for code in codes:
            selection = {"stage": code} if key == "stages_lakh" else {"source": code}
            _check_total(
                row, table.total(**selection), row.whole(code, minimum=0) * PAISE_PER_LAKH, code
            )
        row.finish()
    printed.finish()
    return table


def _parse_fund_source(entry: YamlEntry, departments: dict) -> FundSource:
    found = FundSource(
        code=entry.code(),
        name=entry.text("name"),
        contributed_by=entry.code("contributed_by") if entry.has("contributed_by") else None,
        departments=entry.codes("departments") if entry.has("departments") else (),
        schemes=entry.flag("schemes") if entry.has("schemes") else False,
        source=entry.string("source"),
    )
    for department in found.departments:
        entry.check_known(department, departments, "departments.yaml")
    return found


def _check_total(entry: YamlEntry, found: int, printed: int, code: str = "") -> None:
    """The control: what the rows come to is what the table prints."""
    if found == printed:
        return
    raise entry.error(
        "wrong_total",
        " ".join(filter(None, (code, f"{printed // PAISE_PER_RUPEE:,} rupees"))),
        found=f"{found // PAISE_PER_RUPEE:,} rupees",
    )
