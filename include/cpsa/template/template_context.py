"""What a template is made from, and the words it uses in both languages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from cpsa.calendar import Quarter
from cpsa.framework.model import TOTAL, Framework, Indicator, IndicatorGroup
from cpsa.i18n.text import Text
from cpsa.reference.reference_data import Reference
from cpsa.submissions.table_rows import TableRow
from cpsa.template.filled_values import FilledValues
from cpsa.template.workbook_language import WorkbookLanguage


@dataclass(frozen=True)
class TemplateAgency:
    """Whom a template is for; its language comes first in every cell."""

    code: str
    form: str
    name: Text
    language: str


@dataclass(frozen=True)
class TemplateContext(WorkbookLanguage):
    """All a template depends on: the same context, the same bytes.

    ``last``: the hundredths of the latest accepted quarter (``last_quarter``), by indicator and
    dimension. ``targets``: the hundredths of this quarter's targets. ``key``: signs the seal.
    ``due_day``: the last day on which this agency's update is in time, that of the quarter for None.
    ``filled``: what is in the inputs already. ``last_tables``: the rows accepted last, by table.
    """

    agency: TemplateAgency
    quarter: Quarter
    framework: Framework
    reference: Reference
    key: bytes = field(repr=False)
    last: Mapping[tuple[str, str], int] = field(default_factory=dict)
    last_quarter: Quarter | None = None
    targets: Mapping[str, int] = field(default_factory=dict)
    filled: FilledValues = field(default_factory=FilledValues)
    last_tables: Mapping[str, Sequence[TableRow]] = field(default_factory=dict)
    due_day: date | None = None

    @staticmethod
    def text_key(name: str) -> str:
        return f"template.{name}"

    @property
    def language(self) -> str:
        return self.agency.language

    @property
    def footer(self) -> str:
        return f"{self.agency.code} · {self.quarter.key}"

    def list_groups(self) -> list[tuple[IndicatorGroup, tuple[Indicator, ...]]]:
        """The form's groups in the order in which its indicators are listed."""
        listed = self.framework.form_indicators(self.agency.form)
        order = dict.fromkeys(indicator.group for indicator in listed)
        return [
            (self.framework.groups[code], self.framework.group_indicators(code)) for code in order
        ]

    def get_part_name(self, dimension: str) -> Text:
        """Return the name of a dimension; the total's name for the total."""
        if dimension == TOTAL:
            return self.get_text("total")
        return self.framework.dimension_labels[dimension]
