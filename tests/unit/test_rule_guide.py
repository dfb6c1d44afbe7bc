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

QUARTER = Quarter.parse("2026-27-Q2")
DEVANAGARI = re.compile("[\u0900-\u097f]")


def test_every_rule_of_the_framework_has_its_texts(newest_framework: Framework) -> None:
    assert [rule for rule in newest_framework.rules if not has_texts(rule)] == []
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


def test_the_address_of_a_rule() -> None:
    own = rule_address("https://updates.example.org/cpsa", "Q02", "hi")
    assert own == "https://updates.example.org/cpsa/checks?language=hi#Q02"
    assert rule_address(None, "Q02", "hi") == ""
