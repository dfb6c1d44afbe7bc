"""What a template is made from, and the words it uses in both languages."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from cpsa import messages
from cpsa.bilingual import LANGUAGES, Text
from cpsa.calendar import Quarter
from cpsa.collect.template.filled import Filled
from cpsa.framework import TOTAL, Framework, Group, Indicator
from cpsa.reference import Reference


@dataclass(frozen=True)
class Agency:
    """Whom a template is for; its language comes first in every cell."""

    code: str
    form: str
    name: Text
    language: str


@dataclass(frozen=True)
class Context:
    """All a template depends on: the same context, the same bytes.

    ``last``: the hundredths of the latest accepted quarter (``last_quarter``), by indicator and
    dimension. ``targets``: the hundredths of this quarter's targets. ``key``: signs the seal.
    ``filled``: what stands in the inputs already.
    """

    agency: Agency
    quarter: Quarter
    framework: Framework
    reference: Reference
    key: bytes = field(repr=False)
    last: Mapping[tuple[str, str], int] = field(default_factory=dict)
    last_quarter: Quarter | None = None
    targets: Mapping[str, int] = field(default_factory=dict)
    filled: Filled = field(default_factory=Filled)

    @property
    def language(self) -> str:
        return self.agency.language

    @property
    def other_language(self) -> str:
        return next(one for one in LANGUAGES if one != self.language)

    def groups(self) -> list[tuple[Group, tuple[Indicator, ...]]]:
        """The form's groups in the order in which its indicators are listed."""
        listed = self.framework.form_indicators(self.agency.form)
        order = dict.fromkeys(one.group for one in listed)
        return [
            (self.framework.groups[code], self.framework.group_indicators(code)) for code in order
        ]

    def said(self, key: str, **params: object) -> Text:
        """A text of the template's catalogue in both languages."""
        return Text(*(messages.text(f"template.{key}", one, **params) for one in LANGUAGES))

    def first(self, text: Text) -> str:
        """A text in the agency's language."""
        return text.in_(self.language)

    def second(self, text: Text) -> str:
        """The same in the other language; "" where it is the same word."""
        other = text.in_(self.other_language)
        return "" if other == self.first(text) else other

    def both(self, text: Text, between: str = "\n") -> str:
        """Both in one cell, the agency's language first."""
        return between.join(filter(None, (self.first(text), self.second(text))))

    def part(self, dimension: str) -> Text:
        """What a dimension is called; the total's name for the total."""
        if dimension == TOTAL:
            return self.said("total")
        return self.framework.dimension_labels[dimension]
