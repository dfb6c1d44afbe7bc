"""Writes docs/data-dictionary.md: ``PYTHONPATH=include python docs/make_data_dictionary.py``.

What there is comes from the code and the framework; what it means from data-dictionary.words.yaml.
A table, column or file without words is an error, and so are words for what is no longer there.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml
from sqlalchemy import Column
from sqlalchemy.dialects import postgresql

import cpsa.store.tables  # noqa: F401  (fills the metadata)
from cpsa.calendar import Quarter
from cpsa.framework.model import Framework
from cpsa.intake import entries_reader, update
from cpsa.registry import registry_files
from cpsa.services import reports
from cpsa.store.schema import Instant, metadata

DOCS = Path(__file__).resolve().parent
TARGET = DOCS / "data-dictionary.md"
WORDS = DOCS / "data-dictionary.words.yaml"
FRAMEWORK = DOCS.parent / "include" / "framework"
NEWEST = Quarter.parse("2199-00-Q4")  # whatever the newest framework file holds
SCORE_COLUMNS = ("agency", "quarter", "state", "composite", "status", "coverage")


@dataclass
class Words:
    """What things mean, and which of the words were used."""

    words: dict[str, dict[str, str]]
    used: set[tuple[str, str]] = field(default_factory=set)

    @classmethod
    def read(cls) -> Words:
        return cls(yaml.safe_load(WORDS.read_text("utf-8")))

    def of(self, section: str, *names: str) -> str:
        """The words for the first of these names that has some; KeyError when none has."""
        for name in names:
            if name in self.words[section]:
                self.used.add((section, name))
                return self.words[section][name]
        raise KeyError(f"{WORDS.name}: no words for {section} {' or '.join(names)}")

    def of_column(self, place: str, name: str) -> str:
        """Of a column: the words for it in this place, else those for its name anywhere."""
        for section in ("file_columns", "columns"):
            if f"{place}.{name}" in self.words[section]:
                return self.of(section, f"{place}.{name}")
        return self.of("columns", name)

    def unused(self) -> list[str]:
        every = {(section, name) for section, words in self.words.items() for name in words}
        return sorted(f"{section} {name}" for section, name in every - self.used)


def written() -> str:
    """The whole page; ValueError when some words belong to nothing."""
    words, framework = Words.read(), Framework.holding(NEWEST, FRAMEWORK)
    parts = [_HEAD, _tables(words), _files(words, framework), _framework(framework)]
    if unused := words.unused():
        raise ValueError(f"{WORDS.name}: words for what is not there: {', '.join(unused)}")
    return "\n".join(parts).rstrip() + "\n"


_HEAD = """\
# Data dictionary

Written by `docs/make_data_dictionary.py`; a test holds it to the code. Instants are ISO 8601 text in
UTC, figures are whole hundredths (paise for rupees), keys of periods sort as text. Unless a table says
otherwise its rows are never changed and never deleted.
"""


def _tables(words: Words) -> str:
    lines = ["## Tables of the store", ""]
    for table in sorted(metadata.tables.values(), key=lambda one: one.name):
        lines += [f"### {table.name}", "", words.of("tables", table.name)]
        if table.name in words.words["changes"]:
            lines[-1] += " " + words.of("changes", table.name)
        rows = [(f"`{c.name}`", _type(c), words.of_column(table.name, c.name)) for c in table.c]
        lines += ["", *_table(("column", "type", "meaning"), rows), ""]
        lines += [f"Key: {_names(table.primary_key.columns)}.", ""]
    return "\n".join(lines)


def _files(words: Words, framework: Framework) -> str:
    files: dict[str, Sequence[str]] = {
        "update": update.HEADER,
        "entries": entries_reader.HEADER,
        "agencies.csv": registry_files.AGENCY_COLUMNS,
        "targets.csv": ("agency", "indicator", "quarter", "target"),
        "baselines.csv": ("agency", "indicator", "value", "as_of"),
        "weights.csv": registry_files.WEIGHT_COLUMNS,
        "recipients.csv": registry_files.RECIPIENT_COLUMNS,
        "findings": reports.LISTED_FINDING_COLUMNS,
        "scores": SCORE_COLUMNS,
        "reporting": reports.REPORTING_COLUMNS,
    }
    lines = ["## Files", ""]
    for name, columns in files.items():
        # A file's column means what the table's of the same content does, unless said otherwise.
        table = {"entries": "entry", "recipients.csv": "recipient", "agencies.csv": "agency"}
        rows = [
            (f"`{column}`", _of_file(words, name, table.get(name, name), column))
            for column in columns
        ]
        lines += [f"### {name}", "", words.of("files", name), ""]
        lines += [*_table(("column", "meaning"), rows), ""]
        if name == "scores":
            groups = ", ".join(f"`{group}`" for group in framework.groups)
            lines += [f"Then one column for the score of each group: {groups}.", ""]
    return "\n".join(lines)


def _of_file(words: Words, file: str, table: str, column: str) -> str:
    if f"{file}.{column}" in words.words["file_columns"]:
        return words.of("file_columns", f"{file}.{column}")
    return words.of_column(table, column)


def _framework(framework: Framework) -> str:
    indicators = [
        (
            f"`{one.code}`",
            one.form,
            one.group,
            one.unit,
            one.kind,
            ", ".join(one.dimensions),
            _marks(one),
            one.label.in_("en"),
            one.label.in_("hi"),
        )
        for one in framework.indicators
    ]
    rules = [
        (f"`{one.id}`", one.severity, one.kind, one.title.in_("en"), one.title.in_("hi"))
        for one in framework.rules.values()
    ]
    heads = ("code", "form", "group", "unit", "kind", "dimensions", "", "English", "Hindi")
    return "\n".join(
        [
            "## Indicators",
            "",
            f"As the framework holds from {framework.holds_from}; it is data, see `include/framework`.",
            "",
            *_table(heads, indicators),
            "",
            "## Rules",
            "",
            "In the order in which an agency is told. Thresholds stand in the framework's files.",
            "",
            *_table(("rule", "severity", "kind", "English", "Hindi"), rules),
        ]
    )


def _marks(indicator: Any) -> str:
    marks = [name for name in ("targeted", "baseline", "signed") if getattr(indicator, name)]
    if indicator.rate_of:
        marks.append(f"rate of {indicator.rate_of} against {indicator.rate_target:.2f}")
    return ", ".join(marks)


def _type(column: Column) -> str:
    kind = (
        "instant"
        if isinstance(column.type, Instant)
        else column.type.compile(postgresql.dialect()).lower()
    )
    return kind + (", may be none" if column.nullable else "")


def _names(columns: Iterable[Column]) -> str:
    return ", ".join(f"`{column.name}`" for column in columns)


def _table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    return [
        f"| {' | '.join(heads)} |",
        "|---" * len(heads) + "|",
        *(f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in row)} |" for row in rows),
    ]


if __name__ == "__main__":
    TARGET.write_text(written(), "utf-8")
