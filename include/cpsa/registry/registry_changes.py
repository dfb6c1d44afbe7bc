"""What a registry changes against the one before it, row by row.

What belongs here: comparing two registries. What must not: whether a change may be made
(``load_registry``), and what needs attention in a registry by itself (``registry_notices``).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

import pandas as pd

from cpsa.figures import HUNDRED, count
from cpsa.registry.agency_register import Registry
from cpsa.registry.cluster_register import FIGURE_COLUMNS, MONEY_COLUMNS

_CHANGE_OF_COLUMN = {"email": "readdressed", "active_to": "ends"}
_NAMES = ("name", "name_en", "name_hi", "cluster_en", "cluster_hi")


class RegistryChangeKind(StrEnum):
    """How a row changed. Figures are added, changed and removed; agencies and recipients join."""

    JOINED = "joined"
    DROPPED = "dropped"
    RENAMED = "renamed"
    READDRESSED = "readdressed"
    ENDS = "ends"
    CHANGED = "changed"
    ADDED = "added"
    REMOVED = "removed"


@dataclass(frozen=True)
class RegistryChange:
    """One row of the preview. ``item``: the column, or the indicator and quarter of a figure."""

    file: str
    subject: str  # an agency, or a department with the kind and number of its recipient
    change: RegistryChangeKind
    item: str = ""
    before: str = ""
    after: str = ""


def list_registry_changes(
    before: Registry | None, after: Registry, departments: Mapping[str, str]
) -> tuple[RegistryChange, ...]:
    """List every change, file by file, in the order of the registry before and then of the new one.

    Of agencies that join or are dropped, targets, baselines and weights are only counted.
    """
    if before is None:
        before = Registry(**{name: frame.iloc[:0] for name, frame in after.frames().items()})
    agencies = [frame.agencies.set_index("code") for frame in (before, after)]
    found = list(_compare_rows("agencies", *agencies))
    counted_agencies = set(agencies[0].index) ^ set(agencies[1].index)
    for name in ("targets", "baselines", "weights"):
        found += _compare_figures(
            name, before.frames()[name], after.frames()[name], counted_agencies
        )
    recipients = [_index_by_seat(registry.recipients, departments) for registry in (before, after)]
    found += _compare_rows("recipients", *recipients)
    return (*found, *list_cluster_changes(before, after))


def list_cluster_changes(before: Registry, after: Registry) -> Iterator[RegistryChange]:
    """List what changed in the register of clusters, and in who serves each."""
    frames = [registry.clusters.set_index("code") for registry in (before, after)]
    yield from _compare_rows("clusters", *(_write_cluster_figures(frame) for frame in frames))
    pairs = [
        frame.set_axis(frame["cluster"] + ":" + frame["agency"] + ":" + frame["active_from"])
        for frame in (before.cluster_agencies, after.cluster_agencies)
    ]
    yield from _compare_rows("cluster_agencies", *pairs)


def _write_cluster_figures(frame: pd.DataFrame) -> pd.DataFrame:
    """The frame with figures as people read them, and blanks where there is none."""
    written = frame.astype(object).where(frame.notna(), "")
    for name in FIGURE_COLUMNS:
        factor = 1 if name in MONEY_COLUMNS else HUNDRED
        written[name] = [count(value * factor) if value != "" else "" for value in written[name]]
    return written


def _compare_rows(file: str, before: pd.DataFrame, after: pd.DataFrame) -> Iterator[RegistryChange]:
    old, new = before.to_dict("index"), after.to_dict("index")
    for subject, row in old.items():
        if subject not in new:
            yield RegistryChange(
                file, str(subject), RegistryChangeKind.DROPPED, before=_label_row(row)
            )
            continue
        for column, value in row.items():
            if (now := new[subject][column]) != value:
                change = RegistryChangeKind(_CHANGE_OF_COLUMN.get(column, "changed"))
                if column in _NAMES:
                    change = RegistryChangeKind.RENAMED
                yield RegistryChange(file, str(subject), change, column, str(value), str(now))
    for subject, row in new.items():
        if subject not in old:
            yield RegistryChange(
                file, str(subject), RegistryChangeKind.JOINED, after=_label_row(row)
            )


def _label_row(row: Mapping[str, str]) -> str:
    """Return the label by which people know a row: an agency's name, a recipient's address."""
    return str(row.get("name_en") or row.get("email") or "")


def _index_by_seat(recipients: pd.DataFrame, departments: Mapping[str, str]) -> pd.DataFrame:
    """Index recipients by department, kind and number, as mail is addressed to them."""
    taken: Counter[tuple[str, str]] = Counter()
    seats = []
    for department, kind in zip(recipients["department"], recipients["kind"], strict=True):
        place = departments.get(department, department), kind
        taken[place] += 1
        seats.append(":".join((*place, str(taken[place]))))
    return recipients[["name", "email", "language"]].set_axis(seats)


def _compare_figures(
    file: str, before: pd.DataFrame, after: pd.DataFrame, counted_agencies: set[str]
) -> Iterator[RegistryChange]:
    """Compare figures: added, changed or removed; those of ``counted_agencies`` are only counted."""
    value = "weight" if file == "weights" else "hundredths"
    keys = [name for name in before.columns if name not in (value, "as_of")]
    both = before.merge(after, on=keys, how="outer", suffixes=("_before", "_after"), sort=True)
    old, new = both[f"{value}_before"], both[f"{value}_after"]
    differ = both[(old != new) & ~(old.isna() & new.isna())]
    for agency, rows in differ[differ["agency"].isin(counted_agencies)].groupby("agency"):
        change = (
            RegistryChangeKind.ADDED
            if rows[f"{value}_before"].isna().all()
            else RegistryChangeKind.REMOVED
        )
        number = str(len(rows))
        sides = ("", number) if change is RegistryChangeKind.ADDED else (number, "")
        yield RegistryChange(file, str(agency), change, "", *sides)
    for row in differ[~differ["agency"].isin(counted_agencies)].to_dict("records"):
        then, now = row[f"{value}_before"], row[f"{value}_after"]
        change = (
            RegistryChangeKind.ADDED
            if pd.isna(then)
            else RegistryChangeKind.REMOVED
            if pd.isna(now)
            else RegistryChangeKind.CHANGED
        )
        item = " ".join(str(row[name]) for name in keys if name != "agency")
        yield RegistryChange(
            file,
            row["agency"],
            change,
            item,
            _format_figure(then, value),
            _format_figure(now, value),
        )


def _format_figure(number: float, value: str) -> str:
    if pd.isna(number):
        return ""
    return f"{number:g}" if value == "weight" else count(int(number))
