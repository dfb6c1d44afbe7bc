"""The framework: what is shipped, and how later files amend earlier ones."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from tests.factories import INCLUDE, indicators
from tests.oracle import framework as by_hand

from cpsa.calendar import Quarter
from cpsa.checks.rule_kinds import RULE_KINDS
from cpsa.errors import RequestError
from cpsa.framework.loader import find_framework_faults, load_framework, parse_framework
from cpsa.framework.model import Framework
from cpsa.framework.rule_parameters import PARAMETERS
from cpsa.i18n.text import LANGUAGES
from cpsa.services.app_context import AppContext

SHIPPED = INCLUDE / "programme" / "framework"
EARLY, LATE = Quarter.parse("2026-27-Q1"), Quarter.parse("2026-27-Q2")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """What is shipped for the quarters of these tests, to be amended; later files would hold later."""
    later = [file.name for file in SHIPPED.glob("*.yaml") if file.name[:10] > LATE.key]
    return Path(shutil.copytree(SHIPPED, tmp_path / "framework", ignore=lambda *_: later))


def amend(folder: Path, text: str, name: str = "2026-27-Q2.yaml") -> None:
    (folder / name).write_text(text, encoding="utf-8")


# What is shipped


def test_all_indicators_are_those_of_the_table(framework: Framework) -> None:
    scored = [*indicators("IA"), *indicators("FC")]
    assert len(scored) == 63
    table = scored + indicators("CPSA")
    assert len(table) == 63 + 16 + 9
    ours = [
        {
            "code": one.code,
            "form": one.form,
            "group": one.group,
            "unit": one.unit,
            "kind": one.kind,
            "dimensions": "|".join(one.dimensions),
            **{
                name: "yes" if getattr(one, name) else "no"
                for name in ("targeted", "baseline", "signed")
            },
            "rate_of": one.rate_of or "",
            "rate_target": f"{one.rate_target:.2f}" if one.rate_target else "",
        }
        for one in framework.indicators
    ]
    assert ours == table


def test_weights_are_the_decided_ones(framework: Framework) -> None:
    for form, weights in by_hand.COMPOSITE.items():
        ours = {one.code: one.weight for one in framework.form_groups(form) if one.weight}
        assert ours == {code: float(weight) for code, weight in weights.items()}


def test_thresholds_are_the_decided_ones(framework: Framework) -> None:
    rules = {id_: dict(rule.parameters) for id_, rule in framework.rules.items()}
    floors = {"count": 20, "inr": 500_000}
    assert rules["Q02"] == {"times": 5, "floors": floors, "except": ["B1"]}
    assert rules["Q03"] == {
        "limit": 3.5,
        "factor": 0.6745,
        "window": 12,
        "at_least": 6,
        "floors": floors,
    }
    assert rules["Q04"]["apart"] == 0.25
    assert rules["Q05"] == {"below": 0.5}
    assert (rules["Q06"]["times"], rules["Q06"]["at_least"]) == (1.25, 2)
    assert rules["Q09"] == {"at_least": 5}
    assert (rules["M01"]["limit"], rules["M01"]["at_least"]) == (3.5, 5)
    assert rules["M02"] == {"below": 0.80}
    for rule in ("V04", "Q01"):
        assert [tuple(pair) for pair in rules[rule]["pairs"]] == list(by_hand.PAIRS_OF_A_QUARTER)
    assert [tuple(pair) for pair in rules["Q10"]["pairs"]] == list(by_hand.PAIRS_OF_PERSONS)
    assert [tuple(pair) for pair in rules["V05"]["pairs"]] == list(by_hand.PAIRS_TO_DATE)
    assert framework.coverage_floor == 0.75
    steps = {one.code: one.at_least for one in framework.statuses.values()}
    assert steps == {"on_track": 0.80, "lagging": 0.50, "critical": 0.0, "no_data": None}


def test_severities_and_waivers_are_the_decided_ones(framework: Framework) -> None:
    for id_, rule in framework.rules.items():
        assert rule.is_error == (
            id_[0] in "SV" or id_ in {"P02", "P03", "P06", "P07", "P09", "P14", "P16"}
        )
    waivable = {id_ for id_, rule in framework.rules.items() if rule.waivable}
    assert waivable == {"V03", "V05", "V06", "P03", "P06", "P07"}
    lasting = {id_: rule.explanation_quarters for id_, rule in framework.rules.items()}
    assert {id_ for id_, quarters in lasting.items() if quarters == 4} == {"Q04", "Q05"}


def test_every_kind_of_rule_is_one_that_code_knows(newest_framework: Framework) -> None:
    used = {rule.kind for rule in newest_framework.rules.values()}
    assert used == set(RULE_KINDS) - {"table_dates_by_column"}
    assert set(PARAMETERS) == set(RULE_KINDS)


def test_a_rule_of_an_unknown_kind_is_refused_by_its_file_and_nearest_kind(
    office: AppContext, folder: Path
) -> None:
    amend(folder, "rules: {V06: {kind: fel}}")
    amend(folder, "rules: {V06: {waivable: true}}", "2026-27-Q2.texts.yaml")
    settings = replace(office.settings, framework=folder)
    context = AppContext(settings, office.engine)
    with pytest.raises(RequestError) as refused:
        context.load_framework(LATE)
    assert refused.value.key == "reference.wrong_value"
    file = str(folder / "2026-27-Q2.yaml")
    for language in LANGUAGES:
        said = refused.value.text(language)
        assert all(part in said for part in (file, "V06", '"fel"', " fell"))
    assert context.load_framework(EARLY).rules["V06"].kind == "fell", "what held before still does"


def test_every_kind_of_the_archived_frameworks_is_still_known() -> None:
    (release,) = (SHIPPED / "archive").iterdir()
    archived = load_framework(EARLY, release)
    assert {rule.kind for rule in archived.rules.values()} <= set(RULE_KINDS)


# Files of earlier versions


def test_a_file_that_was_shipped_keeps_its_version_and_its_corrections() -> None:
    """A closing names its framework by the version, which is a digest of the files as written."""
    release = SHIPPED / "archive" / "1.0.0"
    files = {file.name: file.read_text("utf-8") for file in release.glob("*.yaml")}
    assert "mend:" in files["2017-18-Q1.rules.yaml"]
    framework = parse_framework(files)
    assert framework.version == "2017-18-Q1+f7757f88b094"
    assert framework.rules["V02"].correction.en == "Mend the part or the total."


def test_a_correction_under_its_old_key_amends_the_one_under_the_new_key(folder: Path) -> None:
    amend(folder, "rules: {V02: {mend: {en: Correct both., hi: दोनों सुधारें।}}}")
    assert load_framework(EARLY, folder).rules["V02"].correction.en != "Correct both."
    assert load_framework(LATE, folder).rules["V02"].correction.en == "Correct both."
    amend(folder, "rules: {V02: {correct: {en: Write both., hi: दोनों लिखें।}}}", "2026-27-Q3.yaml")
    assert load_framework(LATE + 1, folder).rules["V02"].correction.en == "Write both."


# Later files


def test_a_later_file_holds_from_its_quarter_on(folder: Path) -> None:
    amend(folder, "rules: {M02: {parameters: {below: 0.9}}}")
    early, late = load_framework(EARLY, folder), load_framework(LATE, folder)
    assert early.rules["M02"].parameters["below"] == 0.80
    assert late.rules["M02"].parameters["below"] == 0.9
    assert late.rules["M02"].message == early.rules["M02"].message, "the rest stays"
    assert (early.holds_from, late.holds_from) == ("2017-18-Q1", "2026-27-Q2")
    assert early.version != late.version
    assert load_framework(LATE + 8, folder) == late


def test_an_indicator_is_added_and_another_retired_without_code(folder: Path) -> None:
    amend(
        folder,
        """
        indicators:
          NEW1:
            label: {en: Something new, hi: कुछ नया}
            of: {form: FC, group: bds, unit: count, kind: flow, dimensions: [women]}
            source: a circular
          FW6: {retired: true}
        rules: {Q09: {retired: true}}
        """,
    )
    late = load_framework(LATE, folder)
    assert [one.code for one in late.form_indicators("FC")][-2:] == ["FW5", "NEW1"]
    assert late.indicator("NEW1").label.in_("hi") == "कुछ नया"
    assert "Q09" not in late.rules
    assert "FW6" in load_framework(EARLY, folder).by_code


def test_a_changed_file_is_read_again(folder: Path) -> None:
    amend(folder, "rules: {M02: {parameters: {below: 0.9}}}")
    before = load_framework(LATE, folder)
    amend(folder, "rules: {M02: {parameters: {below: 0.95}}}")
    after = load_framework(LATE, folder)
    assert after.rules["M02"].parameters["below"] == 0.95
    assert after.version != before.version


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("rules: {M02: {severity: mild}}", "severity"),
        ("rules: {V03: {parameters: {pairs: [[B1, B9]]}}}", "B9"),
        ("coverage_floor: {at_best: lagg}", "lagg"),
        ("statuses: {critical: {at_least: 0.1}}", "lowest"),
        ("statuses: {critical: {at_least: 0.5}}", "lowest"),
        ("statuses: {on_track: {at_least: 0.5}}", "once"),
        ("statuses: {on_track: {tone: green}}", "green"),
        ("statuses: {no_data: {at_least: 0.2}}", "without"),
        ("indicators: {FA2: {rate: {of: FA9}}}", "FA9"),
        ("indicators: {FA2: {rate: {of: OP1}}}", "same form"),
        ("indicators: {FA2: {rate: {of: FB1}}}", "kind flow"),
        ("indicators: {FA2: {rate: {target: 0}}}", "more than 0"),
        ("indicators: {FA1: {rate: {of: FA2, target: 0.5}}}", "targeted"),
        ("indicators: {B1: {of: {unit: kg}}}", "B1"),
        ("indicators: {B1: {of: {group: bds}}}", "B1"),
        ("indicators: {OP2: {of: {dimensions: [aliens]}}}", "aliens"),
        ("indicators: {NEW1: {label: {en: a, hi: b}}}", "NEW1"),
        ("rules: {V03: {severity: error, title: {en: a, hi: b, fr: c}}}", "V03 / title"),
        ("groups: {new: {form: IA, label: {en: a}}}", '"hi" is missing'),
    ],
)
def test_a_framework_that_makes_no_sense_is_one_clear_line(folder, text, says) -> None:
    amend(folder, text)
    (fault,) = find_framework_faults(LATE, folder)
    assert says in fault.text("en")
    assert f"{folder}/2026-27-Q2.yaml:1" in fault.text("hi")
    with pytest.raises(RequestError) as refused:
        load_framework(LATE, folder)
    assert refused.value.text("en") == fault.text("en")
    load_framework(EARLY, folder)  # what holds before is not touched by it


@pytest.mark.parametrize(
    ("name", "text", "key"),
    [
        ("2026-27-Q2.yaml", "rules: {", "framework.no_yaml"),
        ("2026-27-Q2.yaml", "- rules", "framework.no_yaml"),
        ("newest.yaml", "rules: {}", "framework.no_quarter"),
        ("2026-27-Q7.yaml", "rules: {}", "framework.no_quarter"),
    ],
)
def test_a_file_that_is_none_is_named(folder, name, text, key) -> None:
    amend(folder, text, name)
    with pytest.raises(RequestError) as refused:
        load_framework(LATE, folder)
    assert refused.value.key == key
    assert name in refused.value.text("hi")
    assert "\n" not in refused.value.text("en")


def test_a_file_that_holds_nothing_changes_nothing(folder: Path) -> None:
    amend(folder, "# nothing decided yet\n")
    assert load_framework(LATE, folder).rules == load_framework(EARLY, folder).rules


def test_no_folder_and_no_framework_are_told_apart(tmp_path: Path) -> None:
    with pytest.raises(RequestError) as refused:
        load_framework(LATE, tmp_path / "none")
    assert refused.value.key == "framework.no_folder"
    with pytest.raises(RequestError) as refused:
        load_framework(Quarter.parse("2016-17-Q4"), SHIPPED)
    assert refused.value.key == "framework.none_holds"
