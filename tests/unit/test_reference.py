"""The road map's reference data: what it holds, that it holds together, and how it says no."""

from __future__ import annotations

import csv
import dataclasses
import re
import shutil
import unicodedata
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from pydantic import BaseModel

from cpsa.calendar import Quarter
from cpsa.framework.loader import load_framework
from cpsa.i18n.text import Text
from cpsa.reference.reference_data import Reference
from cpsa.reference.schemes import Applicant, CeilingOn
from cpsa.reference.yaml_reader import ReferenceDataError

INCLUDE = Path(__file__).parents[2] / "include"
FOLDER = INCLUDE / "programme" / "reference"
ENTRIES = INCLUDE / "sample" / "entries"
DEVANAGARI = re.compile(r"[\u0904-\u0939]")

CRORE = 10_000_000 * 100  # in paise
LAKH = 100_000 * 100

ANNEX_4 = {
    "MSE-CDP": "Micro and Small Enterprises Cluster Development Programme (MSE-CDP)",
    "LMCS": "Lean Manufacturing Competitiveness Scheme for MSMEs",
    "MTR-PPP": "New Mini Tool Rooms under Public Private Partnership",
    "SFURTI": "SFURTI",
    "CPCDS": "Comprehensive Powerloom Cluster Development Scheme",
    "SITP": "Scheme for Integrated Textile Parks",
    "DSY": "Dastkar Shasktikaran Yojana",
    "CHCDS": "Comprehensive Handloom Cluster Development Scheme",
    "AYUSH": "Scheme for Development of AYUSH Clusters",
    "PLASTIC-PARK": "Scheme for Setting up Plastic Parks",
    "FOOD-PARK": "Food Processing Park",
    "IIUS": "Industrial Infrastructure Upgradation Scheme (IIUS)",
    "MLC": "Mega Leather Cluster Scheme (MLC)",
    "CDP-PS": "Cluster Development Programme for the Pharma Sector",
}


@pytest.fixture(scope="module")
def reference() -> Reference:
    return Reference.load(FOLDER)


def objects(value: object) -> Iterator[object]:
    """Every entry and text within the reference, however deep."""
    if isinstance(value, dict):
        value = tuple(value.values())
    if isinstance(value, tuple):
        for item in value:
            yield from objects(item)
    elif isinstance(value, BaseModel):
        yield value
        for name in type(value).model_fields:
            yield from objects(getattr(value, name))
    elif dataclasses.is_dataclass(value):
        yield value
        for field in dataclasses.fields(value):
            yield from objects(getattr(value, field.name))


# What it holds


def test_every_text_is_there_in_both_languages(reference: Reference) -> None:
    texts = [thing for thing in objects(reference) if isinstance(thing, Text)]
    assert len(texts) > 200
    for text in texts:
        assert re.search("[A-Za-z]", text.en), text
        assert DEVANAGARI.search(text.hi), text
        assert not DEVANAGARI.search(text.en), text
        assert unicodedata.is_normalized("NFC", text.en + text.hi), text
        assert text.hi == text.hi.strip() and text.en == text.en.strip(), text


def test_every_coded_entry_says_where_it_comes_from(reference: Reference) -> None:
    sources = [thing for thing in objects(reference) if hasattr(thing, "source")]
    assert len(sources) > 100
    for thing in sources:
        assert re.match(r"(Annex|Chapter|Section|Table) \d", thing.source), thing


def test_departments_are_those_of_table_3(reference: Reference) -> None:
    assert ", ".join(reference.departments) == (
        "DOMSME, DOIC, MSMEDI, SNT, AIGGPA, BANKS, MPPCB, UDH, SDC, SLM, TECH, REV"
    )
    regulators = [d.code for d in reference.departments.values() if d.role == "regulatory"]
    advisory = [d.code for d in reference.departments.values() if d.membership == "advisory"]
    assert regulators == ["MPPCB", "REV"]
    assert advisory == ["UDH", "SDC", "SLM", "TECH", "REV"]


def test_themes_name_departments_and_modules(reference: Reference) -> None:
    assert len(reference.themes) == 17
    assert reference.themes["ENVIRONMENT"].default_department == "MPPCB"
    assert reference.themes["SPV"].training_module == "L3-G1-M6"
    for theme in reference.themes.values():
        assert theme.default_department in reference.departments
        assert theme.training_module in reference.training_modules


def test_training_modules_are_those_of_annex_3(reference: Reference) -> None:
    expected = [f"L1-M{n}" for n in range(1, 11)] + [f"L2-M{n}" for n in range(1, 7)]
    expected += [f"L3-G1-M{n}" for n in range(1, 8)] + [f"L3-G2-M{n}" for n in range(1, 9)]
    assert list(reference.training_modules) == expected
    skill = reference.training_modules["L3-G2-M8"]
    assert (skill.lot, skill.group, skill.title.hi) == ("L3", "L3-G2", "कौशल विकास")
    titles = {module.title for module in reference.training_modules.values()}
    assert len(titles) == 30  # global value chains are taught in lot 1 and in lot 3


def test_schemes_are_those_of_annex_4(reference: Reference) -> None:
    of_annex = [scheme for scheme in reference.schemes.values() if scheme.source == "Annex 4"]
    assert {scheme.code: scheme.name.en for scheme in of_annex} == ANNEX_4


def test_schemes_for_single_units_and_of_the_state_are_there(reference: Reference) -> None:
    single = [
        scheme.code
        for scheme in reference.schemes.values()
        if scheme.conditions.applicants == (Applicant.UNIT,)
    ]
    assert single == ["CGS", "CLCSS", "ISO", "INTEREST-SUBSIDY", "EMPLOYMENT-SUBSIDY"]
    of_state = [scheme.code for scheme in reference.schemes.values() if scheme.ministry == "MP"]
    assert of_state == ["SMCDS", "CIS", "INTEREST-SUBSIDY", "EMPLOYMENT-SUBSIDY"]


@pytest.mark.parametrize(
    ("scheme", "grant", "share", "ceiling"),
    [
        ("MSE-CDP", "DSR", None, 2.5 * LAKH),
        ("MSE-CDP", "DSR-FIELD", None, 1 * LAKH),
        ("MSE-CDP", "SOFT", 75, 25 * LAKH),
        ("MSE-CDP", "DPR", None, 5 * LAKH),
        ("MSE-CDP", "HARD", 70, 15 * CRORE),
        ("MSE-CDP", "INFRA", 60, 10 * CRORE),
        ("LMCS", "CONSULTANT", 80, None),
        ("MTR-PPP", "CENTRE-PPP", 40, 9 * CRORE),
        ("MTR-PPP", "STATE-PPP", 90, 9 * CRORE),
        ("MTR-PPP", "CENTRE-STATE", 90, 9 * CRORE),
        ("SFURTI", "SOFT", 100, 25 * LAKH),
        ("SFURTI", "HARD", 75, None),
        ("SFURTI", "THEMATIC", 5, None),
        ("SFURTI", "TECHNICAL", 8, None),
        ("SFURTI", "AGENCY", 100, 20 * LAKH),
        ("SFURTI", "MINOR", None, 1.5 * CRORE),
        ("SFURTI", "MAJOR", None, 3 * CRORE),
        ("SFURTI", "HERITAGE", None, 8 * CRORE),
        ("CPCDS", "PROJECT", 60, 50 * CRORE),
        ("SITP", "PARK", 40, 40 * CRORE),
        ("DSY", "GROUPS", None, 300 * 100),
        ("DSY", "FEDERATION", None, 1 * LAKH),
        ("DSY", "REPORTS", None, 2 * LAKH),
        ("DSY", "MANAGEMENT", None, 5 * LAKH),
        ("AYUSH", "PROJECT", 60, 15 * CRORE),
        ("PLASTIC-PARK", "PARK", 50, 40 * CRORE),
        ("FOOD-PARK", "PROJECT", 50, 50 * CRORE),
        ("FOOD-PARK", "BASIC", None, 10 * CRORE),
        ("FOOD-PARK", "NON-CORE", None, None),
        ("IIUS", "PROJECT", 50, 50 * CRORE),
        ("MLC", "PROJECT", 50, None),
        ("CDP-PS", "DPR", 50, 5 * LAKH),
        ("CDP-PS", "CFC", 70, 20 * CRORE),
    ],
)
def test_grants_are_those_of_annex_4(
    reference: Reference, scheme: str, grant: str, share: int | None, ceiling: int | None
) -> None:
    found = reference.schemes[scheme].grants[grant]
    assert (found.share_percent, found.ceiling_paise) == (share, ceiling)
    assert found.ceiling_paise is None or type(found.ceiling_paise) is int


def test_conditions_can_be_tested_by_a_program(reference: Reference) -> None:
    conditions = {code: scheme.conditions for code, scheme in reference.schemes.items()}
    least = {code: c.min_enterprises for code, c in conditions.items() if c.min_enterprises}
    assert least == {"MSE-CDP": 20, "LMCS": 8, "AYUSH": 15, "CDP-PS": 10}
    assert conditions["MSE-CDP"].min_enterprises_relaxed == 10
    assert conditions["LMCS"].max_enterprises == 12
    assert conditions["CPCDS"].min_powerlooms == 5000
    assert conditions["FOOD-PARK"].min_land_acres == 50
    assert Applicant.COOPERATIVE in conditions["FOOD-PARK"].spv_exempt
    annex_4 = {
        code for code, c in conditions.items() if reference.schemes[code].source == "Annex 4"
    }
    assert {code for code in annex_4 if not conditions[code].spv_required} == {
        "MTR-PPP",
        "DSY",
        "IIUS",
    }


def test_a_grant_changes_only_the_conditions_it_names(reference: Reference) -> None:
    scheme = reference.schemes["MSE-CDP"]
    grants = scheme.grants
    assert grants["HARD"].conditions == scheme.conditions
    infra = grants["INFRA"]
    assert infra.conditions.applicants == (Applicant.STATE_GOVERNMENT, Applicant.STATE_AGENCY)
    assert infra.conditions.min_enterprises is None
    assert infra.conditions.spv_required is False
    assert infra.ceiling_on is CeilingOn.PROJECT_COST
    assert infra.concession is not None and infra.concession.share_percent == 80


@pytest.mark.parametrize(
    ("day", "crore"), [("2006-03-01", 8), ("2010-02-09", 8), ("2010-02-10", 15), ("2026-09-30", 15)]
)
def test_a_ceiling_is_that_of_its_day(reference: Reference, day: str, crore: int) -> None:
    scheme = reference.schemes["MSE-CDP"]
    terms = scheme.find_terms(date.fromisoformat(day))
    assert terms.grants["HARD"].ceiling_paise == crore * CRORE
    assert terms.grants["SOFT"] == scheme.grants["SOFT"], "what is not named was as it is now"
    assert terms.grants["HARD"].conditions == scheme.conditions
    assert scheme.find_terms().grants == scheme.grants


def test_every_size_of_artisans_falls_to_one_sfurti_budget(reference: Reference) -> None:
    sizes = [reference.schemes["SFURTI"].grants[code] for code in ("MINOR", "MAJOR", "HERITAGE")]
    expected = {1: "MINOR", 500: "MINOR", 501: "MAJOR", 1000: "MAJOR"}
    for artisans, size in (expected | {1001: "HERITAGE", 2500: "HERITAGE"}).items():
        fits = [
            g.code
            for g in sizes
            if (g.conditions.min_artisans or 0) <= artisans <= (g.conditions.max_artisans or 0)
        ]
        assert fits == [size], artisans


# The roll-out and the budget


def test_rollout_has_every_outcome_of_chapter_5(reference: Reference) -> None:
    counts = {code: len(reference.list_outcomes(code)) for code in reference.stages}
    assert counts == {"S1": 4, "S2": 8, "S3": 4}
    assert [(s.first_year, s.last_year) for s in reference.stages.values()] == [
        (1, 1),
        (2, 2),
        (3, 5),
    ]
    for code, outcome in reference.rollout.items():
        assert code.startswith(f"{outcome.stage}-O")
        assert all(reference.body_name(body).hi for body in outcome.responsible)


@pytest.mark.parametrize(
    ("outcome", "counts"),
    [
        ("S1-O2", [51, 10, 3]),
        ("S2-O1", [5, 5]),
        ("S2-O2", [5, 1, 1]),
        ("S2-O3", [1, 5, 10]),
        ("S2-O4", [10]),
        ("S2-O7", [10]),
        ("S3-O1", [10, 10]),
        ("S3-O4", [1]),
    ],
)
def test_targets_carry_the_counts_of_the_text(
    reference: Reference, outcome: str, counts: list[int]
) -> None:
    assert [target.count for target in reference.rollout[outcome].targets] == counts


def test_exchange_is_due_at_least_once_each_half_year(reference: Reference) -> None:
    (target,) = reference.rollout["S3-O4"].targets
    assert (target.per, target.at_least) == ("half_year", True)


def test_budget_totals_come_out_of_the_rows(reference: Reference) -> None:
    lines = [line for item in reference.budget.values() for line in item.lines]
    assert all(type(line.paise) is int for line in lines)
    assert reference.budget_total() == sum(line.paise for line in lines) == 855 * CRORE // 10
    assert reference.budget_by_stage() == {
        "S1": 57 * CRORE // 10,
        "S2": 65 * CRORE // 10,
        "S3": 733 * CRORE // 10,
    }
    assert {code: reference.budget_total(source=code) for code in reference.fund_sources} == {
        "GOMP": 465 * CRORE // 10,
        "GOI": 30 * CRORE,
        "PRIVATE": 9 * CRORE,
    }
    assert [item.total_paise * 10 // CRORE for item in reference.budget.values()] == (
        [100, 30, 10, 10, 200, 25, 30, 450]
    )


def test_budget_by_stage_and_source_is_table_5(reference: Reference) -> None:
    assert reference.budget_total(stage="S3", source="GOMP") == 343 * CRORE // 10
    assert reference.budget_total(stage="S2", source="GOI") == 0
    assert reference.budget_total(purpose="B8", source="PRIVATE") == 9 * CRORE
    for unknown in ({"stage": "S9"}, {"purpose": "B99"}, {"source": "WORLD"}):
        with pytest.raises(KeyError):
            reference.budget_total(**unknown)


# Look-ups


@pytest.mark.parametrize(
    ("words", "code"),
    [
        ("MSE-CDP", "MSE-CDP"),
        ("mse cdp", "MSE-CDP"),
        (" MSE–CDP ", "MSE-CDP"),
        ("sfurti", "SFURTI"),
        ("स्फूर्ति", "SFURTI"),
        ("एकीकृत टेक्सटाइल पार्क योजना", "SITP"),
    ],
)
def test_a_scheme_is_found_as_people_write_it(reference: Reference, words: str, code: str) -> None:
    scheme = reference.find_scheme(words)
    assert scheme is not None and scheme.code == code


@pytest.mark.parametrize("words", ["", "-", "MSE", "no such scheme", "योजना"])
def test_a_scheme_is_never_guessed(reference: Reference, words: str) -> None:
    assert reference.find_scheme(words) is None


def test_schemes_for_a_theme_and_sector_put_the_sectors_own_first(reference: Reference) -> None:
    codes = [scheme.code for scheme in reference.find_schemes(theme="INFRA", sector="plastic")]
    assert codes == ["PLASTIC-PARK", "MSE-CDP", "IIUS", "SMCDS", "CIS"]


def test_a_scheme_for_a_part_of_a_sector_concerns_the_sector(reference: Reference) -> None:
    def open_to(sector: str) -> set[str]:
        own = (s for s in reference.find_schemes(sector=sector) if s.conditions.sectors)
        return {scheme.code for scheme in own}

    assert open_to("textile") == {"CPCDS", "SITP", "CHCDS", "SFURTI"}
    assert open_to("handloom") == {"SITP", "CHCDS", "SFURTI"}
    assert open_to("brick") == open_to("unheard of") == set()


def test_every_theme_but_four_has_a_scheme(reference: Reference) -> None:
    """The road map has none for these; a gap that comes with an edit should be seen."""
    bare = {code for code in reference.themes if not reference.find_schemes(theme=code)}
    assert bare == {"REGULATION", "BDS", "PROCEDURE", "MENTORING"}


# The sample programme


def test_every_code_of_the_sample_is_known(reference: Reference) -> None:
    files = sorted(ENTRIES.glob("*.csv"))
    assert files
    schemes, unlisted = set(), set()
    for file in files:
        with file.open(encoding="utf-8-sig", newline="") as stream:
            for row in csv.DictReader(stream):
                assert row["theme"] in reference.themes, (file.name, row)
                if row["kind"] == "convergence":
                    assert row["help"] in reference.kinds_of_help, (file.name, row)
                    unlisted |= {row["department"]} - reference.contributors.keys()
                else:
                    assert row["department"] in {"", *reference.departments}, (file.name, row)
                assert row["scheme"] in {"", *reference.schemes}, (file.name, row)
                schemes.add(row["scheme"])
                if row["kind"] == "training_need":
                    assert row["request"] in reference.training_modules, (file.name, row)
    assert "MSE-CDP" in schemes
    assert unlisted == {"DC-HANDICRAFTS"}, "one contributor of the sample is not in the list"


def test_every_sector_of_the_sample_is_known(reference: Reference) -> None:
    with (INCLUDE / "sample/registry/agencies.csv").open(encoding="utf-8-sig") as stream:
        sectors = {row["sector"] for row in csv.DictReader(stream)} - {""}
    assert sectors and sectors <= set(reference.sectors)


def test_the_nodal_department_is_the_marked_one_else_the_first(
    reference: Reference, tmp_path: Path
) -> None:
    assert reference.nodal_department == "DOMSME"
    banks, first = reference.departments["BANKS"], reference.departments["DOIC"]
    unmarked = dataclasses.replace(reference, departments={"DOIC": first, "BANKS": banks})
    assert unmarked.nodal_department == "DOIC"
    marked = banks.model_copy(update={"nodal": True})
    assert (
        dataclasses.replace(
            reference, departments={"DOIC": first, "BANKS": marked}
        ).nodal_department
        == "BANKS"
    )


def test_every_theme_has_evidence_that_the_framework_knows(reference: Reference) -> None:
    known = load_framework(Quarter.parse("2026-27-Q2"), INCLUDE / "programme" / "framework").by_code
    for theme in reference.themes.values():
        assert theme.evidence and set(theme.evidence) <= set(known)


# How it says no


@pytest.mark.parametrize(
    ("file", "old", "new", "key", "quoted"),
    [
        pytest.param("departments.yaml", "    role: development", "    roll: development",
                     "missing_key", ("DOMSME", "role"), id="missing key"),
        pytest.param("departments.yaml", "    role: development",
                     "    role: development\n    phone: none",
                     "unknown_key", ("DOMSME", "phone"), id="unknown key"),
        pytest.param("departments.yaml", "    role: development", "    role: friendly",
                     "wrong_value", ("DOMSME", "friendly", "development | regulatory"),
                     id="unknown choice"),
        pytest.param("departments.yaml", "code: DOIC", "code: DOIC\n    nodal: true",
                     "wrong_value", ("departments", "DOMSME, DOIC"), id="two nodal departments"),
        pytest.param("departments.yaml", "code: DOIC", "code: DOMSME",
                     "duplicate_code", ("departments", "DOMSME"), id="duplicate code"),
        pytest.param("departments.yaml", "code: DOIC", "code: D I C",
                     "wrong_value", ("D I C",), id="code with spaces"),
        pytest.param("departments.yaml", "    role: development",
                     "    role: development\n    role: regulatory",
                     "repeated_key", ("line 36", "role"), id="key twice"),
        pytest.param("themes.yaml", "default_department: BANKS", "default_department: BANK",
                     "misspelt_name", ("CREDIT", "BANK", "departments.yaml", "BANKS"), id="department"),
        pytest.param("themes.yaml", "training_module: L1-M5", "training_module: L1-M55",
                     "misspelt_name", ("CREDIT", "L1-M55", "training_modules.yaml", "L1-M5"), id="module"),
        pytest.param("sectors.yaml", 'hi: "ईंट निर्माण"', 'hi: "Bricks"',
                     "missing_language", ("brick", "Bricks", "hi"), id="English for Hindi"),
        pytest.param("sectors.yaml", 'en: "Bricks", hi: "ईंट निर्माण"', 'en: "Bricks"',
                     "missing_language", ("brick", "hi"), id="no Hindi"),
        pytest.param("sectors.yaml", 'en: "Bricks"', 'en: ""',
                     "missing_language", ("brick", "en"), id="no English"),
        pytest.param("sectors.yaml", "चमड़ा", "चम\u095cा",
                     "not_nfc", ("leather", "चम\u095cा"), id="not NFC"),
        pytest.param("training_modules.yaml", "code: L2-M3", "code: L1-M30",
                     "wrong_value", ("L1-M30", "L2-M"), id="module under another lot"),
        pytest.param("schemes.yaml", "sectors: [plastic]", "sectors: [plastics]",
                     "misspelt_name", ("PLASTIC-PARK", "plastics", "sectors.yaml", "plastic"), id="sector"),
        pytest.param("schemes.yaml", "themes: [TECH, SKILL]", "themes: [TECH, SKILLS]",
                     "misspelt_name", ("MTR-PPP", "SKILLS", "themes.yaml", "SKILL"), id="theme"),
        pytest.param("schemes.yaml", "ceiling_rupees: 15_000_000", "ceiling_rupees: 1.5e+7",
                     "wrong_value", ("MINOR", "15000000.0", "ceiling_rupees"), id="rupees as a float"),
        pytest.param("schemes.yaml", "share_percent: 80\n        share_of: consultant_fee",
                     "share_percent: 180\n        share_of: consultant_fee",
                     "wrong_value", ("CONSULTANT", "180"), id="share over 100"),
        pytest.param("schemes.yaml", "min_enterprises: 15", "min_enterprise: 15",
                     "unknown_key", ("AYUSH / conditions", "min_enterprise"), id="condition"),
        pytest.param("schemes.yaml", "max_enterprises: 12", "max_enterprises: 7",
                     "wrong_value", ("LMCS", "8", "7"), id="least over most"),
        pytest.param("rollout.yaml", "responsible: [DOMSME]", "responsible: [NOBODY]",
                     "unknown_name", ("S1-O1", "NOBODY"), id="body"),
        pytest.param("rollout.yaml", "count: 51", "count: many",
                     "wrong_value", ("S1-O2", "many"), id="count"),
        pytest.param("budget.yaml", "source: GOI, lakh: 3000", "source: GOI, lakh: 2999",
                     "wrong_total", ("B8", "449,900,000", "450,000,000"), id="row"),
        pytest.param("budget.yaml", "total_lakh: 8550", "total_lakh: 8560",
                     "wrong_total", ("printed", "855,000,000", "856,000,000"), id="total"),
        pytest.param("budget.yaml", "S2: 650", "S2: 640",
                     "wrong_total", ("stages_lakh", "S2", "65,000,000"), id="stage total"),
        pytest.param("budget.yaml", "quantity: 5\n", "quantity: 6\n",
                     "wrong_total", ("B4", "12,000,000"), id="rate"),
        pytest.param("budget.yaml", "lakh: 50}", "lakh: 0.5}",
                     "wrong_value", ("B3", "0.5"), id="budget as a float"),
        pytest.param("budget.yaml", "items:", "items: [",
                     "not_yaml", ("budget.yaml",), id="no YAML"),
    ],
)  # fmt: skip
def test_broken_data_is_refused_in_one_line(
    tmp_path: Path, file: str, old: str, new: str, key: str, quoted: tuple[str, ...]
) -> None:
    folder = shutil.copytree(FOLDER, tmp_path / "reference")
    whole = (folder / file).read_text("utf-8")
    assert old in whole
    (folder / file).write_text(whole.replace(old, new, 1), "utf-8")
    with pytest.raises(ReferenceDataError) as caught:
        Reference.load(folder)
    assert caught.value.key == f"reference.{key}"
    for language in ("en", "hi"):
        line = caught.value.text(language)
        assert "\n" not in line
        assert line.startswith(file)
        for part in quoted:
            assert part in line or (language == "hi" and part.startswith("line ")), line
    assert DEVANAGARI.search(caught.value.text("hi"))


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("begins: 2017-18", "begins: 2017", ("a fiscal year such as 2017-18", "वित्तीय वर्ष")),
        ("count: 51", "count: 51.0", ("a whole number", "पूर्ण संख्या")),
        ("count: 51", "count: 0", ("1 or more", "1 या अधिक")),
        ("at_least: true", "at_least: 'yes'", ("true or false", "true या false")),
        ("responsible: [DOMSME]", "responsible: DOMSME", ("a list", "सूची")),
        ("responsible: [DOMSME]", "responsible: []", ("at least one", "कम से कम एक")),
        ("responsible: [DOMSME]", "responsible: [DOIC, DOIC]", ("each code once", "एक बार")),
        ("last_year: 5", "last_year: 2", ("3 or more", "3 या अधिक")),
    ],
)
def test_what_is_expected_is_said_in_both_languages(
    tmp_path: Path, old: str, new: str, expected: tuple[str, str]
) -> None:
    folder = shutil.copytree(FOLDER, tmp_path / "reference")
    whole = (folder / "rollout.yaml").read_text("utf-8")
    assert old in whole
    (folder / "rollout.yaml").write_text(whole.replace(old, new, 1), "utf-8")
    with pytest.raises(ReferenceDataError) as caught:
        Reference.load(folder)
    for language, words in zip(("en", "hi"), expected, strict=True):
        assert words in caught.value.text(language)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    folder = shutil.copytree(FOLDER, tmp_path / "reference")
    (folder / "themes.yaml").unlink()
    with pytest.raises(ReferenceDataError, match=r"themes\.yaml"):
        Reference.load(folder)


# The bilingual text


def test_text_answers_in_the_language_asked_for() -> None:
    text = Text("Bank", "बैंक")
    assert (text.in_("en"), text.in_("hi")) == ("Bank", "बैंक")


@pytest.mark.parametrize("language", ["", "EN", "mr"])
def test_text_knows_no_other_language(language: str) -> None:
    with pytest.raises(ValueError, match=repr(language)):
        Text("Bank", "बैंक").in_(language)


def test_a_folder_is_read_again_once_a_file_of_it_changed(tmp_path: Path) -> None:
    folder = Path(shutil.copytree(FOLDER, tmp_path / "reference"))
    first = Reference.load(folder)
    assert Reference.load(folder) is first
    file = folder / "themes.yaml"
    text = file.read_text("utf-8")
    file.write_text(text.replace(first.themes["CREDIT"].name.en, "Another name", 1), "utf-8")
    assert Reference.load(folder).themes["CREDIT"].name.en == "Another name"
    file.unlink()
    with pytest.raises(ReferenceDataError, match=r"themes\.yaml"):
        Reference.load(folder)
