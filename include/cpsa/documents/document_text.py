"""The names that documents print, in the document's language.

The texts are in ``texts/documents.yaml`` (keys begin with ``documents.``), labels in the framework,
names in the reference data and the registry. A code nobody knows is printed as it is.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cpsa.framework.model import TOTAL
from cpsa.i18n.text import order_languages
from cpsa.provenance.snapshot import Snapshot
from cpsa.reference.programme_in_use import get_programme
from cpsa.translator import Translator


class DocumentText(Translator):
    """Texts, names and figures for builders of documents; one per snapshot and language."""

    def __init__(self, snapshot: Snapshot, language: str) -> None:
        super().__init__(language, "documents")
        self.snapshot = snapshot

    def agency(self, code: str) -> str:
        """The cluster of an agency that has one, else the agency's name."""
        row = self.snapshot.agencies.get(code)
        if row is None:
            return code
        return self._pick_language(row, "cluster") or self._pick_language(row, "name") or code

    def agency_in_full(self, code: str) -> str:
        row = self.snapshot.agencies.get(code)
        return code if row is None else self._pick_language(row, "name") or code

    def agency_with_code(self, code: str) -> str:
        name = self.agency(code)
        return name if name == code else f"{name} ({code})"

    def department(self, code: str) -> str:
        return self._find_name(self.snapshot.reference.departments, code)

    def contributor(self, code: str) -> str:
        """Its name, or what the agency wrote in place of one of the list."""
        return self._find_name(self.snapshot.reference.contributors, code)

    def help(self, code: str) -> str:
        return self._find_name(self.snapshot.reference.kinds_of_help, code)

    def theme(self, code: str) -> str:
        return self._find_name(self.snapshot.reference.themes, code) or self("no_theme")

    def scheme(self, code: str) -> str:
        return self._find_name(self.snapshot.reference.schemes, code)

    def district(self, name: str) -> str:
        return self.snapshot.reference.districts.name_in(name, self.language)

    def module(self, code: str) -> str:
        return self._find_name(self.snapshot.reference.training_modules, code)

    def sector(self, code: str) -> str:
        return self._find_name(getattr(self.snapshot.reference, "sectors", {}), code)

    def form(self, code: str) -> str:
        return self.label(self.snapshot.framework.forms[code].plural)

    def short_form(self, code: str) -> str:
        """The programme's abbreviation of a form, for narrow columns; its name where it has none."""
        for known in get_programme().abbreviations:
            if known.short.en == code:
                return known.short.in_(self.language)
        return self.form(code)

    def group(self, code: str) -> str:
        return self.label(self.snapshot.framework.groups[code].label)

    def indicator(self, code: str) -> str:
        known = self.snapshot.framework.by_code.get(code)
        return self.label(known.label) if known else code

    def dimension(self, code: str) -> str:
        labels = self.snapshot.framework.dimension_labels
        return self.label(labels[code]) if code in labels else code

    def figure(self, indicator: str, dimension: str) -> str:
        """An indicator's label, and of a part of it which."""
        label = self.indicator(indicator)
        return label if dimension == TOTAL else f"{label}: {self.dimension(dimension)}"

    def status(self, code: str) -> str:
        return self.label(self.snapshot.framework.statuses[code].label)

    def status_of(self, score: Any) -> str:
        """The status of a row of scores, with a note where coverage limits it."""
        return f"{self.status(score.status)}{self.coverage_note(score)}"

    def coverage_note(self, score: Any) -> str:
        """The note beside a status that coverage limits; blank beside any other."""
        if not self.is_limited(score):
            return ""
        return " " + self("status_limited", share=self.percent(score.coverage))

    def is_limited(self, score: Any) -> bool:
        """Whether coverage limits the status of a row of scores."""
        return self.snapshot.framework.is_limited_by_coverage(
            score.status, score.composite, score.coverage
        )

    def state(self, code: str) -> str:
        return self.label(self.snapshot.framework.state_labels[code])

    def rule(self, code: str) -> str:
        rule = self.snapshot.framework.rules.get(code)
        return self.label(rule.title) if rule else code

    def _pick_language(self, row: Mapping[str, Any], stem: str) -> str:
        for language in order_languages(self.language):
            value = row[f"{stem}_{language}"]
            if isinstance(value, str) and value:
                return value
        return ""

    def _find_name(self, entries: Mapping[str, Any], code: object) -> str:
        if not isinstance(code, str):
            return ""
        entry = entries.get(code)
        if entry is None:
            return code
        return self.label(entry.name if hasattr(entry, "name") else entry.title)
