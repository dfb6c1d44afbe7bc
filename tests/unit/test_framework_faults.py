"""Typing errors in framework files, made from what is shipped: each is one fault, and no false one follows."""

from __future__ import annotations

import copy
import hashlib
import json
import logging
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml
from tests import typing_errors
from tests.factories import INCLUDE
from tests.typing_errors import Place, change_type, misspell, walk

from cpsa.calendar import Quarter
from cpsa.errors import RequestError
from cpsa.framework.framework_archive import find_framework_version
from cpsa.framework.loader import find_framework_faults, load_framework, parse_framework
from cpsa.framework.model import PLACEHOLDERS, Framework
from cpsa.i18n.text import Text
from cpsa.submissions.finding import Finding, describe_finding

SHIPPED = INCLUDE / "programme" / "framework"
FIRST = "2017-18-Q1"
QUARTER = Quarter.parse("2026-27-Q1")
NOWHERE = "ZZ9"
TABLES = ("forms", "groups", "indicators", "rules", "statuses", "dimensions", "states")


def load_shipped() -> dict[str, Any]:
    """What the shipped files say together, without the values that they share by an anchor.

    Typing errors in tables are made in ``tests.unit.tables``.
    """
    data: dict[str, Any] = {}
    for file in sorted(SHIPPED.glob("*.yaml")):
        if file.name.endswith(".tables.yaml"):
            continue
        for table, entries in yaml.safe_load(file.read_text("utf-8")).items():
            data[table] = data.get(table, {}) | entries if isinstance(entries, dict) else entries
    shared = {"floors", "goes_with"}
    return json.loads(json.dumps({key: data[key] for key in data if key not in shared}))


SHIPPED_DATA = load_shipped()


def list_places() -> dict[Place, Place]:
    """One place for each thing that the schema has: the first entry that has it, a kind's parameters each."""
    places: dict[Place, Place] = {}
    for path in walk(SHIPPED_DATA):
        shape = tuple("*" if isinstance(step, int) else step for step in path)
        if path[0] in TABLES and len(path) > 1:
            entry = SHIPPED_DATA[path[0]][path[1]]
            kind = entry["kind"] if "parameters" in path else "*"
            shape = (path[0], kind, *shape[2:])
        places.setdefault(shape, path)
    return places


PLACES = list(list_places().values())


def change(path: Place, change_in: Callable[[Any, Any], None]) -> dict[str, Any]:
    """The shipped data with a change in what contains the last step of a path."""
    return typing_errors.change(SHIPPED_DATA, path, change_in)


def require_one_fault(folder: Path, data: dict[str, Any], entry: Place) -> None:
    """Exactly one fault is reported, by its file and entry, in both languages."""
    (folder / f"{FIRST}.yaml").write_text(json.dumps(data, indent=1), "utf-8")
    faults = find_framework_faults(QUARTER, folder)
    typing_errors.require_one_fault(faults, f"{FIRST}.yaml", *entry[:2])


def is_key(path: Place) -> bool:
    """Whether the last step is a key of the schema: no position, and no code of a table."""
    return isinstance(path[-1], str) and (len(path) != 2 or path[0] not in TABLES)


def test_what_is_shipped_has_no_fault(tmp_path: Path) -> None:
    assert find_framework_faults(QUARTER, SHIPPED) == ()
    (tmp_path / f"{FIRST}.yaml").write_text(json.dumps(SHIPPED_DATA), "utf-8")
    assert find_framework_faults(QUARTER, tmp_path) == ()
    assert len(PLACES) > 100


@pytest.mark.parametrize("path", [path for path in PLACES if is_key(path)], ids=str)
def test_a_misspelt_key_is_one_fault(tmp_path: Path, path: Place) -> None:
    require_one_fault(tmp_path, change(path, misspell), (*path[:-1], f"{path[-1]}x"))


@pytest.mark.parametrize("path", PLACES, ids=str)
def test_a_value_of_another_type_is_one_fault(tmp_path: Path, path: Place) -> None:
    require_one_fault(tmp_path, change(path, change_type), path[:2])


REFERENCES = {
    *("of.form", "of.group", "of.dimensions.*", "rate.of", "form", "coverage_floor.at_best"),
    *("limits.*.indicator", "indicators.*", "except.*", "never_required.*", "pairs.*.*"),
    *("planned", "done", "spent", "over", "under"),
}


def is_reference(path: Place) -> bool:
    ends = ".".join("*" if isinstance(step, int) else step for step in path)
    return any(ends.endswith(f".{end}") or ends == end for end in REFERENCES)


@pytest.mark.parametrize("path", [path for path in PLACES if is_reference(path)], ids=str)
def test_a_code_that_is_nowhere_is_one_fault(tmp_path: Path, path: Place) -> None:
    def dangle(parent: Any, key: Any) -> None:
        if isinstance(parent[key], str):
            parent[key] = NOWHERE

    require_one_fault(tmp_path, change(path, dangle), (*path[:1], NOWHERE))


@pytest.mark.parametrize(
    ("path", "value", "says"),
    [
        (("groups", "outcome", "weight"), 0.5, "1.1"),
        (("rules", "V03", "kind"), "to_date_abov", "to_date_above"),
        (("rules", "S05", "retired"), True, "decides what is read"),
        (("rules", "S05", "severity"), "trial", "decides what is read"),
        (("rules", "V03", "message", "hi"), "{lable}", "{lable}"),
        (("rules", "V03", "correct", "en"), "{label", "{label"),
        (("rules", "V03", "message", "en"), "{}", "{observed}"),
        (("rules", "V03", "parameters", "pairs", 0), ["B1"], "two codes"),
        (("rules", "V02", "parameters"), {"below": 0.5}, "below"),
        (("rules", "M02", "parameters", "below"), 1.5, "at most 1"),
        (("rules", "Q03", "explanation_quarters"), 0, "1 or more"),
        (("rule",), {}, "rule"),
    ],
    ids=str,
)
def test_what_the_types_cannot_say_is_one_fault(
    tmp_path: Path, path: Place, value: object, says: str
) -> None:
    data = change(path, lambda parent, key: parent.__setitem__(key, value))
    require_one_fault(tmp_path, data, path[:2] if len(path) > 2 and "groups" not in path else ())
    assert says in find_framework_faults(QUARTER, tmp_path)[0].text("en")


def test_every_fault_is_reported_once_in_the_newest_file_that_has_it(tmp_path: Path) -> None:
    (tmp_path / f"{FIRST}.yaml").write_text(yaml.safe_dump(SHIPPED_DATA), "utf-8")
    (tmp_path / "2018-19-Q1.yaml").write_text("rules:\n  V03: {severity: mild}\n", "utf-8")
    newest = "rules:\n  V03:\n    waivable: yes please\nindicators:\n  B1: {sorce: x}\n"
    (tmp_path / "2018-19-Q2.yaml").write_text(newest, "utf-8")
    said = [
        fault.text("en").removeprefix(f"{tmp_path}/")
        for fault in find_framework_faults(QUARTER, tmp_path)
    ]
    assert [line.partition(": ")[0] for line in said] == [
        "2018-19-Q2.yaml:5, indicators / B1",
        "2018-19-Q1.yaml:2, rules / V03 / severity",
        "2018-19-Q2.yaml:3, rules / V03 / waivable",
    ]


def test_an_entry_given_twice_in_a_file_is_refused(tmp_path: Path) -> None:
    text = yaml.safe_dump(SHIPPED_DATA) + "\nstates: {}\n"
    (tmp_path / f"{FIRST}.yaml").write_text(text, "utf-8")
    with pytest.raises(RequestError) as refused:
        load_framework(QUARTER, tmp_path)
    assert refused.value.key == "reference.repeated_key"
    assert f"{FIRST}.yaml" in refused.value.text("en")
    assert parse_framework({f"{FIRST}.yaml": text}).state_labels == {}


def test_every_placeholder_can_be_filled_in(framework: Framework) -> None:
    finding = Finding("V03", "error", "IA-A", "2026-27-Q1", "B2", observed="5", expected="4")
    every = Text.untranslated(" ".join(f"{{{name}}}" for name in PLACEHOLDERS))
    rule = framework.rules["V03"].model_copy(update={"message": every})
    changed = replace(framework, rules={"V03": rule})
    assert "{" not in describe_finding(finding, changed, "en")


# What closed quarters keep


def test_a_closed_quarter_keeps_what_would_be_refused_now(caplog: pytest.LogCaptureFixture) -> None:
    """One warning, the values as earlier versions read them, and the version as it was."""
    data = copy.deepcopy(SHIPPED_DATA)
    rules, groups = data["rules"], data["groups"]
    rules["V02"] |= {"kind": "no_such_kind", "note": "ours", "waivable": "yes", "correction": "x"}
    rules["V03"]["parameters"] = {"pairs": [["B1", NOWHERE]], "more": 1}
    rules["V05"]["message"]["en"] = "{nobody}"
    rules["V06"] |= {"addressee": "nobody", "explanation_quarters": 0}
    rules["V06"]["mend"] = rules["V06"].pop("correct")
    rules["S05"]["retired"] = True
    groups["outcome"] |= {"weight": 0.5, "short": "OC"}
    data["indicators"]["B1"]["source"] = 7
    data["indicators"]["B2"]["of"]["dimensions"] = [NOWHERE]
    data["forms"]["IA"]["label"]["en"] = " "
    data["statuses"]["on_track"]["note"] = data["coverage_floor"]["note"] = data["note"] = "ours"
    with caplog.at_level(logging.WARNING):
        kept = parse_framework({f"{FIRST}.yaml": json.dumps(data)})
    assert len(caplog.records) == 1 and kept.version in caplog.text
    digest = hashlib.sha256(json.dumps(data, sort_keys=True).encode()).hexdigest()
    assert kept.version == f"{FIRST}+{digest[:12]}"
    assert (kept.rules["V02"].kind, kept.rules["V02"].waivable) == ("no_such_kind", True)
    assert kept.rules["V03"].parameters["pairs"] == [["B1", NOWHERE]]
    assert kept.rules["V05"].message.en == "{nobody}"
    assert kept.rules["V06"].correction == Text(**SHIPPED_DATA["rules"]["V06"]["correct"])
    assert (kept.rules["V06"].addressee, kept.rules["V06"].explanation_quarters) == ("nobody", 0)
    assert "S05" not in kept.rules and "S04" in kept.rules
    assert kept.groups["outcome"].weight == 0.5
    assert (kept.by_code["B1"].source, kept.by_code["B2"].dimensions) == (7, (NOWHERE,))
    assert kept.forms["IA"].label.en == " "


def test_the_folder_of_a_closed_quarter_may_have_faults(tmp_path: Path) -> None:
    """A closing of 1.0.0 names a version alone: it is looked for in the folder as it is."""
    (tmp_path / f"{FIRST}.yaml").write_text(json.dumps({**SHIPPED_DATA, "note": 1}), "utf-8")
    with pytest.raises(RequestError):
        load_framework(QUARTER, tmp_path)
    kept = load_framework(QUARTER, tmp_path, kept=True)
    assert find_framework_version(kept.version, QUARTER, tmp_path).version == kept.version
