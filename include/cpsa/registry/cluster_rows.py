"""Clusters of the register as rows of a table that a centre answers, and what such a row proposes to change.

What must not go here: the store, or who confirms a proposal (``services.clusters``).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from cpsa.figures import HUNDRED, count
from cpsa.framework.agency_table import ClusterAnswer
from cpsa.registry.cluster_files import CLUSTER_FILE_COLUMNS
from cpsa.registry.cluster_register import (
    CLUSTER_COLUMNS,
    COUNT_COLUMNS,
    FIGURE_COLUMNS,
    MONEY_COLUMNS,
    Cluster,
)
from cpsa.submissions.table_rows import TableRow, TableValue

RegisterValue = str | int | None
"""A value of the register: a text, a whole number or paise; None for a figure that is not known."""
_BY_FILE_NAME = dict(zip(CLUSTER_FILE_COLUMNS, CLUSTER_COLUMNS, strict=True))
# What no row of a centre says: where the cluster is, and when it ended.
_OWN_TO_CPSA = ("code", "district", "active_to")


@dataclass(frozen=True)
class ClusterProposal:
    """What a row of a centre's accepted update says of a cluster. ``row``: its key, the code of the cluster
    or the name that the centre gave a new one; ``values``: what the row has, by column of the register."""

    agency: str
    quarter: str
    row: str
    answer: str
    district: str
    values: Mapping[str, RegisterValue]

    @property
    def digest(self) -> str:
        """Names what is proposed, so that a row that is sent again unchanged is not decided again."""
        content = json.dumps([self.answer, sorted(self.values.items())], ensure_ascii=False)
        return hashlib.sha256(content.encode()).hexdigest()[:32]

    def list_changes(
        self, cluster: Cluster | None
    ) -> dict[str, tuple[RegisterValue, RegisterValue]]:
        """The columns of the register that would change, each with its value before and after.

        ``cluster``: as the register has it. A value that the row does not have stays. Empty where nothing would
        change: nothing was answered, the register says the same, or has no such cluster.
        """
        if self.answer == ClusterAnswer.CLOSED:
            ended = cluster is not None and cluster.active_to == self.quarter
            return (
                {} if cluster is None or ended else {"active_to": (cluster.active_to, self.quarter)}
            )
        if self.answer == ClusterAnswer.NEW or (self.answer == ClusterAnswer.CHANGED and cluster):
            given = [name for name in CLUSTER_COLUMNS if name in self.values]
            before = {name: getattr(cluster, name) if cluster else "" for name in given}
            return {
                name: (before[name], self.values[name])
                for name in given
                if _get_plain(before[name]) != _get_plain(self.values[name])
            }
        return {}


def make_offered_row(cluster: Cluster) -> TableRow:
    """The row with which a centre's sheet begins, by the columns' names in ``clusters.csv``."""
    values: dict[str, TableValue] = {}
    for file_name, name in _BY_FILE_NAME.items():
        if name in FIGURE_COLUMNS:
            if (hundredths := cluster.get_hundredths(name)) is not None:
                values[file_name] = TableValue(hundredths, "", "")
        elif text := _get_plain(getattr(cluster, name)):
            values[file_name] = TableValue(None, str(text), "")
    return TableRow(cluster.code, "", values)


def read_values(given: Mapping[str, tuple[int | None, str]]) -> dict[str, RegisterValue]:
    """The values of a row by column of the register. ``given``: hundredths or text, by the file's column."""
    values: dict[str, RegisterValue] = {}
    for file_name, (hundredths, text) in given.items():
        name = _BY_FILE_NAME.get(file_name)
        if name is None or name in _OWN_TO_CPSA:
            continue
        if name in COUNT_COLUMNS and hundredths is not None:
            values[name] = hundredths // HUNDRED
        elif name in MONEY_COLUMNS:
            values[name] = hundredths
        else:
            values[name] = text
    return values


def describe_changes(
    changes: Mapping[str, tuple[RegisterValue, RegisterValue]],
) -> Iterator[tuple[str, str, str]]:
    """Column of ``clusters.csv``, value before and after, as people read them."""
    file_names = {name: file_name for file_name, name in _BY_FILE_NAME.items()}
    for name, (before, after) in changes.items():
        yield file_names[name], _write(name, before), _write(name, after)


def _write(name: str, value: RegisterValue) -> str:
    if isinstance(value, int):
        return count(value if name in MONEY_COLUMNS else value * HUNDRED)
    return value or ""


def _get_plain(value: RegisterValue) -> RegisterValue:
    """A text as a file gives it back: with single blanks."""
    return " ".join(value.split()) if isinstance(value, str) else value
