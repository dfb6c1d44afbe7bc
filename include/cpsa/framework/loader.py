"""Loads the KPI framework from its files, and refuses one that contradicts itself.

The files are ``include/framework/<quarter>[.<part>].yaml``. A file named after a later quarter amends
the ones before it from that quarter on, entry by entry; an old quarter is always checked by the
framework in force then. Adding an indicator or changing a threshold touches no code.
"""

from __future__ import annotations

import copy
import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import lru_cache, wraps
from pathlib import Path
from typing import Any, TypeVar

import yaml

from cpsa.calendar import Quarter, is_quarter_key
from cpsa.errors import RequestError
from cpsa.framework.model import (
    ADDRESSEES,
    AGENCY,
    CPSA,
    QUERY_RULE_KIND,
    TRIAL,
    AgencyForm,
    Framework,
    Indicator,
    IndicatorGroup,
    Rule,
    ScoreStatus,
    read_only,
)
from cpsa.i18n.text import Text

T = TypeVar("T")
# What no agency can correct or explain, unless a rule's own ``addressee`` says otherwise.
_KINDS_FOR_CPSA = frozenset(("acceptance_low", "baseline_missing"))
# What decides whether a value or file is used at all, or is a person's question.
_KINDS_NEVER_ON_TRIAL = frozenset(
    (
        *("unreadable_file", "other_agency_or_quarter", "broken_seal", "not_a_number"),
        *("negative", "too_fine", "not_in_form", "said_twice", QUERY_RULE_KIND),
    )
)
# Kept by closings of versions up to 1.2.0, in their archive, and in files that an installation added.
_OLD_RULE_KEYS = {"mend": "correct"}
_LOADER = getattr(
    yaml, "CSafeLoader", yaml.SafeLoader
)  # the same, written in C, where there is one


FrameworkFile = tuple[str, int, int]  # name, size and time, so that a changed file is read again


def load_framework(quarter: Quarter, folder: Path) -> Framework:
    """The framework in force in a quarter; RequestError when there is none or a file is wrong."""
    applying = tuple(
        file for file in _list_files(folder) if _parse_start_quarter(file[0], folder) <= quarter.key
    )
    if not applying:
        raise RequestError("framework.none_holds", quarter=quarter, folder=folder)
    return _load_merged(applying, folder)


def parse_framework(files: Mapping[str, str]) -> Framework:
    """A framework from the contents of its files, as a closed quarter keeps them."""
    return _merge_contents(tuple(sorted(files.items())), Path())


def list_indicator_codes(folder: Path) -> frozenset[str]:
    """The codes of every indicator of any quarter, those of quarters to come among them."""
    quarters = {_parse_start_quarter(file[0], folder) for file in _list_files(folder)}
    codes_by_quarter = (
        load_framework(Quarter.parse(quarter), folder).by_code for quarter in quarters
    )
    return frozenset().union(*codes_by_quarter)


def _list_files(folder: Path) -> tuple[FrameworkFile, ...]:
    if not folder.is_dir():
        raise RequestError("framework.no_folder", folder=folder)
    files = sorted(folder.glob("*.yaml"))
    return tuple((file.name, file.stat().st_size, file.stat().st_mtime_ns) for file in files)


def _parse_start_quarter(name: str, folder: Path) -> str:
    """The quarter from which a file applies, from its name."""
    since = name.partition(".")[0]
    if not is_quarter_key(since):
        raise RequestError("framework.no_quarter", file=folder / name)
    return since


@lru_cache(maxsize=64)
def _load_merged(files: tuple[FrameworkFile, ...], folder: Path) -> Framework:
    return _merge_contents(
        tuple((name, read_framework_file(folder / name)) for name, _, _ in files), folder
    )


def read_framework_file(file: Path) -> str:
    """The text of a framework file; RequestError when it is no text."""
    try:
        return file.read_text("utf-8")
    except UnicodeDecodeError as error:
        raise RequestError("framework.no_yaml", file=file, detail=error) from error


@lru_cache(maxsize=64)
def _merge_contents(contents: tuple[tuple[str, str], ...], folder: Path) -> Framework:
    """The framework of these files, each later one amending the earlier ones.

    The digest is of the files as they were written, with the names of keys that they use: a
    closing names its framework by it.
    """
    merged: dict[str, object] = {}
    written: dict[str, object] = {}
    for name, content in contents:
        try:
            part = yaml.load(content, Loader=_LOADER)
        except yaml.YAMLError as error:
            detail = " ".join(str(error).split())
            raise RequestError("framework.no_yaml", file=folder / name, detail=detail) from error
        if not isinstance(part or {}, Mapping):
            raise RequestError("framework.no_yaml", file=folder / name, detail="no mapping")
        _amend(written, part or {})
        _amend(merged, _rename_old_keys(part or {}))
    newest = max(_parse_start_quarter(name, folder) for name, _ in contents)
    try:
        digest = hashlib.sha256(json.dumps(written, sort_keys=True).encode()).hexdigest()
        built = _build_framework(newest, digest, merged)
        return replace(built, files=read_only(dict(contents)))
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise RequestError("framework.invalid", quarter=newest, detail=error) from error


def _amend(base: dict[str, Any], change: Mapping[str, Any]) -> None:
    """Amend the earlier files by a later one: mappings entry by entry, everything else whole."""
    for key, value in change.items():
        if isinstance(value, Mapping) and isinstance(base.get(key), dict):
            _amend(base[key], value)
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


def _build_framework(holds_from: str, digest: str, data: Mapping[str, Any]) -> Framework:
    groups = {
        code: IndicatorGroup(code, entry["form"], Text(**entry["label"]), entry.get("weight"))
        for code, entry in data["groups"].items()
    }
    indicators = tuple(
        _parse_indicator(code, entry, groups)
        for code, entry in data["indicators"].items()
        if not entry.get("retired")
    )
    rules = {
        id_: _parse_rule(id_, rank, entry)
        for rank, (id_, entry) in enumerate(data["rules"].items())
        if not entry.get("retired")
    }
    framework = Framework(
        holds_from=holds_from,
        digest=digest,
        indicators=indicators,
        forms={
            code: AgencyForm(code, Text(**entry["label"]), Text(**entry["plural"]))
            for code, entry in data["forms"].items()
        },
        groups=groups,
        rules=rules,
        statuses=_parse_statuses(data["statuses"]),
        dimension_labels={code: Text(**label) for code, label in data["dimensions"].items()},
        state_labels={code: Text(**label) for code, label in data["states"].items()},
        coverage_floor=data["coverage_floor"]["coverage"],
        status_below_coverage=data["coverage_floor"]["at_best"],
    )
    _check_codes(framework)
    return framework


TONES = ("good", "watch", "bad", "muted")


def _parse_statuses(entries: Mapping[str, Mapping[str, Any]]) -> dict[str, ScoreStatus]:
    """By their bound, the highest first, wherever in the files they were added.

    One without a tone of its own has that of the next lower one, so that an added level looks like
    the one it was split from.
    """
    bounded: list[ScoreStatus] = []
    unbounded: list[ScoreStatus] = []
    for code, entry in entries.items():
        status = _parse_status(code, entry)
        (unbounded if status.at_least is None else bounded).append(status)
    if not bounded or not unbounded:
        raise ValueError("statuses: one with at_least and one without (no composite) are needed")
    bounded.sort(key=lambda status: status.at_least or 0.0)
    if (bounded[0].at_least or 0.0) > 0:
        raise ValueError("statuses: the lowest at_least is 0")
    bounds = {status.at_least for status in bounded}
    if len(bounds) < len(bounded):
        raise ValueError("statuses: each at_least once")
    given = [entries[status.code].get("tone") for status in bounded]
    for place, status in enumerate(bounded):
        below = [tone for tone in given[: place + 1] if tone]
        position = "bad" if place == 0 else "good" if place == len(bounded) - 1 else "watch"
        bounded[place] = replace(status, tone=below[-1] if below else position)
    return {status.code: status for status in (*reversed(bounded), *unbounded)}


def _check_statuses(framework: Framework) -> None:
    lowered = framework.status_below_coverage
    if lowered not in (status.code for status in framework.bounded_statuses):
        raise ValueError(f"coverage_floor: at_best is no status with at_least: {lowered!r}")


def _name_entry_in_errors(read: Callable[..., T]) -> Callable[..., T]:
    """Name in errors the entry in which a word is missing or unknown; there are hundreds."""

    @wraps(read)
    def named(code: str, *arguments: Any) -> T:
        try:
            return read(code, *arguments)
        except KeyError as error:
            raise ValueError(f"{code}: {error} is missing") from error
        except (TypeError, AttributeError) as error:
            raise ValueError(f"{code}: {error}") from error

    return named


@_name_entry_in_errors
def _parse_status(code: str, entry: Mapping[str, Any]) -> ScoreStatus:
    at_least = entry.get("at_least")
    tone = entry.get("tone", "muted")
    if tone not in TONES:
        raise ValueError(f"{code}: tone is {', '.join(TONES)}, not {tone!r}")
    bound = None if at_least is None else float(at_least)
    return ScoreStatus(code, Text(**entry["label"]), bound, tone)


@_name_entry_in_errors
def _parse_indicator(
    code: str, entry: Mapping[str, Any], groups: Mapping[str, IndicatorGroup]
) -> Indicator:
    attributes = dict(entry["of"])
    if attributes["group"] not in groups or groups[attributes["group"]].form != attributes["form"]:
        raise ValueError(f"{code}: no group {attributes['group']!r} in form {attributes['form']!r}")
    if attributes["unit"] not in ("inr", "count") or attributes["kind"] not in ("flow", "stock"):
        raise ValueError(f"{code}: unit is inr or count, kind is flow or stock")
    attributes["dimensions"] = tuple(attributes.get("dimensions", ()))
    if rate := entry.get("rate"):
        attributes["rate_of"], attributes["rate_target"] = rate["of"], float(rate["target"])
        if not attributes["rate_target"] > 0:
            raise ValueError(f"{code}: the target of a rate is above 0, not {rate['target']!r}")
    return Indicator(code=code, label=Text(**entry["label"]), source=entry["source"], **attributes)


@_name_entry_in_errors
def _parse_rule(id_: str, rank: int, entry: Mapping[str, Any]) -> Rule:
    if entry["severity"] not in ("error", "warning", TRIAL):
        raise ValueError(
            f"rule {id_}: severity is error, warning or trial, not {entry['severity']!r}"
        )
    if entry["severity"] == TRIAL and entry["kind"] in _KINDS_NEVER_ON_TRIAL:
        raise ValueError(f"rule {id_}: it decides what is read, so it cannot be on trial")
    addressee = entry.get("addressee", CPSA if entry["kind"] in _KINDS_FOR_CPSA else AGENCY)
    if addressee not in ADDRESSEES:
        raise ValueError(f"rule {id_}: addressee is agency or cpsa, not {addressee!r}")
    return Rule(
        id=id_,
        severity=entry["severity"],
        kind=entry["kind"],
        rank=rank,
        title=Text(**entry["title"]),
        message=Text(**entry["message"]),
        correction=Text(**entry["correct"]),
        shows=entry["shows"],
        expects=entry.get("expects", entry["shows"]),
        waivable=entry.get("waivable", False),
        unconfirms=entry.get("unconfirms", False),
        explanation_quarters=entry.get("explanation_quarters"),
        addressee=addressee,
        parameters=read_only(entry.get("parameters", {})),
    )


def _check_codes(framework: Framework) -> None:
    """Every code a rule or dimension names is there, so that a typing error is reported at once."""
    _check_statuses(framework)
    for indicator in framework.indicators:
        if indicator.form not in framework.forms:
            raise ValueError(f"{indicator.code}: no form {indicator.form!r}")
        for dimension in indicator.dimensions:
            if dimension not in framework.dimension_labels:
                raise ValueError(f"{indicator.code}: no dimension {dimension!r}")
        _check_rate(indicator, framework)
    for rule in framework.rules.values():
        indicator_codes = [
            code
            for name, value in rule.parameters.items()
            if name in _PARAMETERS_THAT_NAME_INDICATORS
            for code in _flatten_codes(value)
        ]
        for code in indicator_codes:
            if code not in framework.by_code:
                raise ValueError(f"rule {rule.id}: no indicator {code!r}")


def _check_rate(indicator: Indicator, framework: Framework) -> None:
    """A rate divides two flows of one form, and only a targeted indicator is scored."""
    if indicator.rate_of is None:
        return
    base_indicator = framework.by_code.get(indicator.rate_of)
    if base_indicator is None:
        raise ValueError(f"{indicator.code}: no indicator {indicator.rate_of!r} (rate)")
    if base_indicator.form != indicator.form or not (base_indicator.is_flow and indicator.is_flow):
        raise ValueError(f"{indicator.code}: a rate is of two flows of one form")
    if not indicator.targeted:
        raise ValueError(f"{indicator.code}: a rate needs targeted: true")


_PARAMETERS_THAT_NAME_INDICATORS = frozenset(
    ("pairs", "indicators", "except", "planned", "done", "spent", "over", "under")
)


def _flatten_codes(value: object) -> list[str]:
    if isinstance(value, str):
        return [value]
    return [code for item in value for code in _flatten_codes(item)]  # type: ignore[attr-defined]
