"""Loads the KPI framework from its files, and refuses one that contradicts itself.

The files are ``include/programme/framework/<quarter>[.<part>].yaml``. A file named after a later quarter amends
the ones before it from that quarter on, entry by entry; an old quarter is always checked by the
framework in force then. Adding an indicator or changing a threshold touches no code.

``<quarter>.since-<release>[.<part>].yaml`` is what a release added: new forms and tables. A store that was
there before that release has it from a later quarter (``AdditionStarts``), which its upgrade notes.
"""

from __future__ import annotations

import copy
import hashlib
import json
import logging
import re
from collections.abc import Mapping
from functools import lru_cache
from io import StringIO
from pathlib import Path
from types import MappingProxyType
from typing import Any, Self

import yaml
from pydantic import ValidationError

from cpsa.calendar import Quarter, is_quarter_key
from cpsa.errors import RequestError
from cpsa.framework.framework_data import FrameworkData, list_in_force
from cpsa.framework.framework_faults import describe_faults
from cpsa.framework.model import Framework, read_only
from cpsa.i18n import catalogue
from cpsa.reference.yaml_reader import YAML_LOADER, StrictLoader

_log = logging.getLogger(__name__)
# Kept by closings of versions up to 1.2.0, in their archive, and in files that an installation added.
_OLD_RULE_KEYS = {"mend": "correct"}
# A top-level key under which a file keeps what it uses in several entries: ``floors: &floors …``.
_SHARED_VALUE = re.compile(r"^(\w+): *&", re.MULTILINE)


class FrameworkError(RequestError):
    """A framework that is refused; says the first of its faults."""

    faults: tuple[RequestError, ...] = ()

    @classmethod
    def from_faults(cls, faults: tuple[RequestError, ...]) -> Self:
        error = cls(faults[0].key, **faults[0].params)
        error.faults = faults
        return error


FrameworkFile = tuple[str, int, int]  # name, size and time, so that a changed file is read again
AdditionStarts = Mapping[str, str]
"""The releases whose additions hold from a later quarter than their files say, each with that quarter."""
_ADDITION = re.compile(r"\.since-(\d+\.\d+\.\d+)\.")


def load_framework(
    quarter: Quarter,
    folder: Path,
    additions: AdditionStarts | None = MappingProxyType({}),
    *,
    kept: bool = False,
) -> Framework:
    """The framework in force in a quarter; RequestError when there is none or a file is wrong.

    ``additions``: None leaves out what releases added. ``kept``: a closed quarter was closed with it,
    so that what is wrong is only a warning.
    """
    applying = tuple(
        file
        for file in list_framework_files(folder)
        if parse_start_quarter(file[0], folder) <= quarter.key
        and _is_added_by(file[0], quarter, additions)
    )
    if not applying:
        raise RequestError("framework.none_holds", quarter=quarter, folder=folder)
    return _load_merged(applying, folder, kept=kept).for_quarter_of_year(quarter.number)


def find_framework_faults(quarter: Quarter, folder: Path) -> tuple[RequestError, ...]:
    """Everything that is wrong in the files in force in a quarter, each fault once."""
    try:
        load_framework(quarter, folder)
    except FrameworkError as error:
        return error.faults
    except RequestError as error:
        return (error,)
    return ()


def parse_framework(files: Mapping[str, str]) -> Framework:
    """A framework from the contents of its files, as a closed quarter keeps them."""
    return _merge_contents(tuple(sorted(files.items())), Path(), kept=True)


def find_newest_quarter(folder: Path) -> Quarter:
    """The quarter from which the newest file applies; RequestError where there is none."""
    starts = [parse_start_quarter(name, folder) for name, _, _ in list_framework_files(folder)]
    if not starts:
        raise RequestError("framework.no_folder", folder=folder)
    return Quarter.parse(max(starts))


def list_indicator_codes(folder: Path) -> frozenset[str]:
    """The codes of every indicator of any quarter, those of quarters to come among them."""
    quarters = {parse_start_quarter(file[0], folder) for file in list_framework_files(folder)}
    codes_by_quarter = (
        load_framework(Quarter.parse(quarter), folder).by_code for quarter in quarters
    )
    return frozenset().union(*codes_by_quarter)


def list_form_starts(folder: Path, additions: AdditionStarts) -> Mapping[str, str]:
    """The forms that the oldest framework does not have, each with the quarter from which it holds."""
    named = {parse_start_quarter(name, folder) for name, _, _ in list_framework_files(folder)}
    quarters = named | {quarter for quarter in additions.values() if quarter > min(named)}
    starts: dict[str, str] = {}
    for quarter in sorted(quarters):
        for form in load_framework(Quarter.parse(quarter), folder, additions).forms:
            starts.setdefault(form, quarter)
    return {form: start for form, start in starts.items() if start > min(named)}


def list_addition_releases(folder: Path) -> tuple[str, ...]:
    """The releases that added something to the framework, the newest last."""
    found = {
        added[1] for name, _, _ in list_framework_files(folder) if (added := _ADDITION.search(name))
    }
    return tuple(sorted(found, key=lambda release: [*map(int, release.split("."))]))


def list_framework_files(folder: Path) -> tuple[FrameworkFile, ...]:
    """The files in the order in which they amend one another; RequestError without a folder."""
    if not folder.is_dir():
        raise RequestError("framework.no_folder", folder=folder)
    files = sorted(folder.glob("*.yaml"))
    return tuple((file.name, file.stat().st_size, file.stat().st_mtime_ns) for file in files)


def parse_start_quarter(name: str, folder: Path) -> str:
    """The quarter from which a file applies, from its name."""
    since = name.partition(".")[0]
    if not is_quarter_key(since):
        raise RequestError("framework.no_quarter", file=folder / name)
    return since


def _is_added_by(name: str, quarter: Quarter, additions: AdditionStarts | None) -> bool:
    """Whether a file holds in a quarter of this store, if a release added it."""
    addition = _ADDITION.search(name)
    if addition is None:
        return True
    return additions is not None and additions.get(addition[1], "") <= quarter.key


@lru_cache(maxsize=64)
def _load_merged(files: tuple[FrameworkFile, ...], folder: Path, *, kept: bool) -> Framework:
    contents = tuple((name, read_framework_file(folder / name)) for name, _, _ in files)
    return _merge_contents(contents, folder, kept=kept)


def read_framework_file(file: Path) -> str:
    """The text of a framework file; RequestError when it is no text."""
    try:
        return file.read_text("utf-8")
    except UnicodeDecodeError as error:
        raise RequestError("framework.no_yaml", file=file, detail=error) from error


@lru_cache(maxsize=64)
def _merge_contents(
    contents: tuple[tuple[str, str], ...], folder: Path, *, kept: bool
) -> Framework:
    """The framework of these files, each later one amending the earlier ones.

    The digest is of the files as they were written, with the names of keys that they use: a
    closing names its framework by it.
    """
    merged: dict[str, Any] = {}
    written: dict[str, Any] = {}
    for name, content in contents:
        part = parse_framework_file(folder / name, content, YAML_LOADER if kept else StrictLoader)
        amend_entries(written, part)
        amend_entries(merged, _rename_old_keys(part))
        for shared in set(_SHARED_VALUE.findall(content)) - FrameworkData.model_fields.keys():
            merged.pop(shared, None)
    newest = max(parse_start_quarter(name, folder) for name, _ in contents)
    faults: tuple[RequestError, ...] = ()
    try:
        data = _validate(merged)
    except ValidationError as error:
        faults = describe_faults(error, merged, dict(contents), folder)
        if not kept:
            raise FrameworkError.from_faults(faults) from None
        data = _read_as_written(merged, newest)
    framework = Framework(
        holds_from=newest,
        digest=_make_digest(written, newest),
        indicators=tuple(data.indicators.values()),
        forms=data.forms,
        groups=data.groups,
        rules=data.rules,
        statuses=data.statuses,
        dimension_labels=data.dimensions,
        state_labels=data.states,
        coverage_floor=data.coverage_floor.coverage,
        status_below_coverage=data.coverage_floor.at_best,
        tables=data.tables,
        files=read_only(dict(contents)),
    )
    if faults:
        shown = {"version": framework.version, "faults": len(faults), "first": faults[0]}
        _log.warning(catalogue.text("framework.kept_with_faults", "en", **shown))
    return framework


def parse_framework_file(file: Path, content: str, loader: Any) -> dict[str, Any]:
    """What a file says, by table; RequestError for what is no YAML."""
    stream = StringIO(content)
    stream.name = str(file)  # named in errors
    try:
        part = yaml.load(stream, loader) or {}
    except yaml.YAMLError as error:
        detail = " ".join(str(error).split())
        raise RequestError("framework.no_yaml", file=file, detail=detail) from error
    if not isinstance(part, dict):
        raise RequestError("framework.no_yaml", file=file, detail="no mapping")
    return part


def _make_digest(written: Mapping[str, Any], newest: str) -> str:
    try:
        return hashlib.sha256(json.dumps(written, sort_keys=True).encode()).hexdigest()
    except TypeError as error:  # a date in what several entries share, say
        raise RequestError("framework.invalid", quarter=newest, detail=error) from error


def _validate(merged: Mapping[str, Any]) -> FrameworkData:
    """The data, with every code that it names; ValidationError with all that is wrong."""
    known = {
        table: {code for code, _ in list_in_force(merged[table])}
        for table in FrameworkData.model_fields
        if isinstance(merged.get(table), dict)
    }
    return FrameworkData.model_validate(merged, context=known)


def _read_as_written(merged: Mapping[str, Any], newest: str) -> FrameworkData:
    """The data as earlier versions read it, without the checks that they did not have."""
    try:
        return FrameworkData.model_validate(merged, strict=False, extra="ignore")
    except (ValidationError, TypeError, ValueError) as error:
        detail = " ".join(str(error).split())
        raise RequestError("framework.invalid", quarter=newest, detail=detail) from error


def amend_entries(base: dict[str, Any], change: Mapping[str, Any]) -> None:
    """Amend the earlier files by a later one: mappings entry by entry, everything else whole."""
    for key, value in change.items():
        if isinstance(value, Mapping) and isinstance(base.get(key), dict):
            amend_entries(base[key], value)
        else:
            base[key] = copy.deepcopy(value)


def _rename_old_keys(part: Mapping[str, Any]) -> Mapping[str, Any]:
    """Give a rule's correction its present name, which files of versions up to 1.2.0 do not use."""
    rules = part.get("rules")
    if not isinstance(rules, Mapping):
        return part
    renamed = {
        id_: {_OLD_RULE_KEYS.get(key, key): value for key, value in entry.items()}
        if isinstance(entry, Mapping)
        else entry
        for id_, entry in rules.items()
    }
    return {**part, "rules": renamed}
