"""Makes docs/data-dictionary.md: the tables of the store, the files, and the framework.

What there is comes from the code and the framework; what it means from data-dictionary.words.yaml.
A table, column or file without words is an error, and so are words for what is no longer there.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml
from docs.markdown import format_table
from sqlalchemy import Column
from sqlalchemy.dialects import postgresql

import cpsa.store.tables  # noqa: F401  (fills the metadata)
from cpsa.calendar import Quarter
from cpsa.framework.loader import load_framework
from cpsa.framework.model import Framework
from cpsa.intake.readers import entries_reader
from cpsa.registry import cluster_files, registry_files
from cpsa.services.reports import list_findings, list_reporting
from cpsa.store.schema import Instant, metadata
from cpsa.submissions import update

DOCS = Path(__file__).resolve().parent
WORDS = DOCS / "data-dictionary.words.yaml"
FRAMEWORK = DOCS.parent / "include" / "programme" / "framework"
NEWEST = Quarter.parse("2199-00-Q4")  # whatever the newest framework file holds
SCORE_COLUMNS = ("agency", "quarter", "state", "composite", "status", "coverage")


@dataclass
class Descriptions:
    """What things mean, and which of the words were used."""

    words: dict[str, dict[str, str]]
    used: set[tuple[str, str]] = field(default_factory=set)

    @classmethod
    def load(cls) -> Descriptions:
        return cls(yaml.safe_load(WORDS.read_text("utf-8")))

    def describe(self, section: str, *names: str) -> str:
        """The words for the first of these names that has some; KeyError when none has."""
        for name in names:
            if name in self.words[section]:
                self.used.add((section, name))
                return self.words[section][name]
        raise KeyError(f"{WORDS.name}: no words for {section} {' or '.join(names)}")

    def describe_column(self, place: str, name: str) -> str:
        """Of a column: the words for it in this place, else those for its name anywhere."""
        for section in ("file_columns", "columns"):
            if f"{place}.{name}" in self.words[section]:
                return self.describe(section, f"{place}.{name}")
        return self.describe("columns", name)

    def list_unused(self) -> list[str]:
        every = {(section, name) for section, words in self.words.items() for name in words}
        return sorted(f"{section} {name}" for section, name in every - self.used)


def build_dictionary() -> str:
    """The whole page; ValueError when some words belong to nothing."""
    descriptions, framework = Descriptions.load(), load_framework(NEWEST, FRAMEWORK)
    parts = [
        _HEAD,
        _list_tables(descriptions),
        _list_files(descriptions, framework),
        _list_framework(framework),
    ]
    if unused := descriptions.list_unused():
        raise ValueError(f"{WORDS.name}: words for what is not there: {', '.join(unused)}")
    return "\n".join(parts).rstrip() + "\n"


_HEAD = """\
# Data dictionary

Written by `make reference` from the code; a test compares the two. Instants are ISO 8601 text in
UTC, figures are whole hundredths (paise for rupees), keys of periods sort as text. Unless a table says
otherwise its rows are never changed and never deleted. In the place of a name, an address or a mail's
words, `[—]` says that it was blanked after the person had left, see [personal data](runbooks/personal-data.md).
"""


def _list_tables(descriptions: Descriptions) -> str:
    lines = ["## Tables of the store", ""]
    for table in sorted(metadata.tables.values(), key=lambda table: table.name):
        lines += [f"### {table.name}", "", descriptions.describe("tables", table.name)]
        if table.name in descriptions.words["changes"]:
            lines[-1] += " " + descriptions.describe("changes", table.name)
        rows = [
            (f"`{c.name}`", _describe_type(c), descriptions.describe_column(table.name, c.name))
            for c in table.c
        ]
        lines += ["", *format_table(("column", "type", "meaning"), rows), ""]
        lines += [f"Key: {_list_names(table.primary_key.columns)}.", ""]
    return "\n".join(lines)


def _list_files(descriptions: Descriptions, framework: Framework) -> str:
    files: dict[str, Sequence[str]] = {
        "update": update.HEADER,
        "entries": [*entries_reader.COLUMNS],
        "agencies.csv": registry_files.AGENCY_COLUMNS,
        "targets.csv": ("agency", "indicator", "quarter", "target"),
        "baselines.csv": ("agency", "indicator", "value", "as_of"),
        "weights.csv": registry_files.WEIGHT_COLUMNS,
        "recipients.csv": registry_files.RECIPIENT_COLUMNS,
        "clusters.csv": cluster_files.CLUSTER_FILE_COLUMNS,
        "cluster_agencies.csv": cluster_files.CLUSTER_AGENCY_FILE_COLUMNS,
        "findings": list_findings.LISTED_FINDING_COLUMNS,
        "scores": SCORE_COLUMNS,
        "reporting": list_reporting.REPORTING_COLUMNS,
    }
    lines = ["## Files", ""]
    for name, columns in files.items():
        # A file's column means what the table's of the same content does, unless said otherwise.
        table = {
            "entries": "entry",
            "recipients.csv": "recipient",
            "agencies.csv": "agency",
            "clusters.csv": "cluster",
            "cluster_agencies.csv": "cluster_agency",
        }
        rows = [
            (
                f"`{column}`",
                _describe_file_column(descriptions, name, table.get(name, name), column),
            )
            for column in columns
        ]
        lines += [f"### {name}", "", descriptions.describe("files", name), ""]
        lines += [*format_table(("column", "meaning"), rows), ""]
        if name == "scores":
            groups = ", ".join(f"`{group.code}`" for group in framework.scored_groups)
            lines += [f"Then one column for the score of each group: {groups}.", ""]
    return "\n".join(lines)


def _describe_file_column(descriptions: Descriptions, file: str, table: str, column: str) -> str:
    if f"{file}.{column}" in descriptions.words["file_columns"]:
        return descriptions.describe("file_columns", f"{file}.{column}")
    return descriptions.describe_column(table, column)


def _list_framework(framework: Framework) -> str:
    indicators = [
        (
            f"`{indicator.code}`",
            indicator.form,
            indicator.group,
            indicator.unit,
            indicator.kind,
            ", ".join(indicator.dimensions),
            _list_marks(indicator),
            indicator.label.in_("en"),
            indicator.label.in_("hi"),
        )
        for indicator in framework.indicators
    ]
    rules = [
        (f"`{rule.id}`", rule.severity, rule.kind, rule.title.in_("en"), rule.title.in_("hi"))
        for rule in framework.rules.values()
    ]
    heads = ("code", "form", "group", "unit", "kind", "dimensions", "", "English", "Hindi")
    return "\n".join(
        [
            "## Indicators",
            "",
            f"As the framework holds from {framework.holds_from}; it is data, see `include/programme/framework`.",
            "",
            *format_table(heads, indicators),
            "",
            "## Rules",
            "",
            "In the order in which an agency reads them. Thresholds are in the framework's files.",
            "",
            *format_table(("rule", "severity", "kind", "English", "Hindi"), rules),
        ]
    )


def _list_marks(indicator: Any) -> str:
    marks = [name for name in ("targeted", "baseline", "signed") if getattr(indicator, name)]
    if indicator.rate_of:
        marks.append(f"rate of {indicator.rate_of} against {indicator.rate_target:.2f}")
    return ", ".join(marks)


def _describe_type(column: Column) -> str:
    kind = (
        "instant"
        if isinstance(column.type, Instant)
        else column.type.compile(postgresql.dialect()).lower()
    )
    return kind + (", may be none" if column.nullable else "")


def _list_names(columns: Iterable[Column]) -> str:
    return ", ".join(f"`{column.name}`" for column in columns)
