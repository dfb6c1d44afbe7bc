"""The page of checks: every rule with its texts, its thresholds and pairs from the framework."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest
from tests.factories import INCLUDE

from cpsa.calendar import Quarter
from cpsa.framework.loader import load_framework
from cpsa.framework.model import Framework
from cpsa.framework.rule_guide import describe_rules, has_texts, rule_address
from cpsa.i18n import catalogue
from cpsa.i18n.text import LANGUAGES
from cpsa.reference.programme_in_use import use_programme
from cpsa.services.check_programme import list_programme_notices

QUARTER = Quarter.parse("2026-27-Q2")
DEVANAGARI = re.compile("[\u0900-\u097f]")


def test_every_rule_of_the_framework_has_its_texts(newest_framework: Framework) -> None:
    assert [id for id, rule in newest_framework.rules.items() if not has_texts(rule)] == []
    known = {
        key.split(".")[1].upper()
        for key in catalogue.load_catalogue()
        if re.match(r"rules\.[a-z]\d\d\.", key)
    }
    assert known == set(newest_framework.rules)


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_text_is_whole_and_in_its_language(newest_framework: Framework, language: str) -> None:
    guides = describe_rules(newest_framework, language)
    assert [guide.id for guide in guides][:2] == ["S00", "S01"]
    assert {guide.id for guide in guides} == set(newest_framework.rules_in_force)
    for guide in guides:
        for text in (guide.means, guide.example, guide.correct):
            assert text and not re.search(r"[{}]|  ", text), (guide.id, text)
            assert bool(DEVANAGARI.search(text)) == (language == "hi"), (guide.id, text)
            assert text.endswith((".", "।", "?", "”", ")")), (guide.id, text)


def test_thresholds_and_pairs_are_those_of_the_framework(tmp_path: Path) -> None:
    folder = Path(shutil.copytree(INCLUDE / "programme" / "framework", tmp_path / "framework"))
    (folder / "2017-18-Q1.zz.yaml").write_text(
        "rules: {Q02: {parameters: {times: 7, floors: {count: 33, inr: 770000}}},"
        " Q05: {parameters: {below: 0.35}}, Q10: {parameters: {pairs: [[OP3, OP4]]}}}",
        "utf-8",
    )
    guides = {guide.id: guide for guide in describe_rules(load_framework(QUARTER, folder), "en")}
    assert "7 times" in guides["Q02"].means
    assert "33 (rupees: under ₹ 7,70,000)" in guides["Q02"].means
    assert "35%" in guides["Q05"].means
    assert len(guides["Q10"].pairs) == 1
    assert guides["Q10"].pairs[0].startswith("OP3 Visits")


def test_a_rule_on_trial_is_not_on_the_page_and_one_without_texts_has_its_title(
    tmp_path: Path,
) -> None:
    folder = Path(shutil.copytree(INCLUDE / "programme" / "framework", tmp_path / "framework"))
    own = (
        "{severity: warning, kind: jump, shows: quantity,"
        " parameters: {times: 2, floors: {count: 1, inr: 1}, except: []},"
        " title: {en: Own, hi: स्वयं}, message: {en: M., hi: म।}, correct: {en: M., hi: म।}}"
    )
    (folder / "2017-18-Q1.zz.yaml").write_text(
        f"rules: {{Q07: {{severity: trial}}, Q77: {own}}}", "utf-8"
    )
    guides = {guide.id: guide for guide in describe_rules(load_framework(QUARTER, folder), "en")}
    assert "Q07" not in guides
    assert (guides["Q77"].means, guides["Q77"].example) == ("Own", "")


OF_ANOTHER_KIND = "rules: {Q07: {kind: dimension_above_total, title: {en: Part, hi: भाग}}}"


def test_a_rule_of_another_kind_has_its_title_and_no_texts_about_something_else(
    tmp_path: Path,
) -> None:
    folder = Path(shutil.copytree(INCLUDE / "programme", tmp_path / "programme"))
    (folder / "framework" / "2017-18-Q1.zz.yaml").write_text(OF_ANOTHER_KIND, "utf-8")
    framework = load_framework(QUARTER, folder / "framework")
    guides = {guide.id: guide for guide in describe_rules(framework, "hi")}
    assert (guides["Q07"].means, guides["Q07"].example, guides["Q07"].correct) == ("भाग", "", "")
    (notice,) = list_programme_notices(folder, folder / "framework")
    for language in LANGUAGES:
        text = notice.text(language)
        for word in ("Q07", "dimension_above_total", "dimension_missing", "texts/rules.yaml"):
            assert word in text

    both = "{en: Own words., hi: अपने शब्द।}"
    parts = "".join(f"rules.q07.{part}: {both}\n" for part in ("means", "example", "correct"))
    with (folder / "texts" / "rules.yaml").open("a", encoding="utf-8") as file:
        file.write(parts)
    assert list_programme_notices(folder, folder / "framework") == ()
    try:
        use_programme(folder)
        guides = {guide.id: guide for guide in describe_rules(framework, "en")}
        assert guides["Q07"].means == guides["Q07"].example == "Own words."
    finally:
        use_programme(INCLUDE / "programme")


def test_what_is_shipped_has_no_notice() -> None:
    assert list_programme_notices(INCLUDE / "programme", INCLUDE / "programme" / "framework") == ()


def test_the_address_of_a_rule() -> None:
    own = rule_address("https://updates.example.org/cpsa", "Q02", "hi")
    assert own == "https://updates.example.org/cpsa/checks?language=hi#Q02"
    assert rule_address(None, "Q02", "hi") == ""
