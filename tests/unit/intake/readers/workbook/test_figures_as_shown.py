"""A figure is what its sender saw, held against what LibreOffice shows of generated workbooks.

Number formats, names moved by cut and paste, formulas and invisible characters are drawn at random.
Wherever LibreOffice shows the stored number, up to rounding, that number is read; everywhere else
there is a finding. What counts as shown is worked out here, apart from the program.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from tests.unit.intake.readers.workbook.conftest import let_the_clerk
from tests.unit.intake.readers.workbook.samples import AGENCIES, QUARTER, blank, framework

from cpsa.checks.structure_rules import StructureResult, judge_structure
from cpsa.intake.readers.read_update import read_update
from cpsa.intake.readers.workbook.defined_names import input_name
from cpsa.intake.readers.workbook.workbook_update import WorkbookUpdate

CLERK = Path(__file__).with_name("display_clerk.py")
FORMATS = (".xlsx", ".xls", ".ods")
AGENCY = AGENCIES["IA"]
INPUTS = {
    input_name(one.code, dimension): (one.code, dimension)
    for one in framework().form_indicators("IA")
    for dimension in ("", *one.dimensions)
}
WORKBOOKS = 3

CODES = st.sampled_from(
    [
        *("", "", "0", "0.00", "#,##0", "#,##0.00", "##,##,##0", "0.0", "00000", "[Red]0"),
        *("#,##0;[Red]-#,##0", "0_);(0)", "[$₹-4009] #,##0.00", '"₹ "#,##0', '"Rs. "0', '0"/-"'),
        *('0.00" lakh"', '0" Cr"', '0"K"', "0%", "0.0%", "#,##0,", '0.0,,"M"', "0;0"),
        *('[<100]0.0" lakh";0', "[$$-409]#,##0.00", "dd/mm/yyyy", "[>=100000]##\\,##\\,##0;##,##0"),
        *("0.00E+00", '"लाख "0', ";;;"),
    ]
)
COUNTS = st.one_of(st.integers(0, 30), st.integers(0, 99_999_999)).map(float)
PAISE = st.integers(0, 10**11).map(lambda paise: paise / 100)
INVISIBLE = st.sampled_from(["\u200b", "\u200e", "\ufeff", "\u2060", "\u00a0"])
CELLS = st.one_of(
    st.builds(lambda value, code: {"value": value, "code": code}, st.one_of(COUNTS, PAISE), CODES),
    st.builds(
        lambda value, before, after: {"text": f"{before}{value}{after}"},
        st.integers(0, 99_999),
        INVISIBLE,
        st.one_of(st.just(""), INVISIBLE),
    ),
    st.builds(
        lambda one, other, code: {"formula": f"={one}+{other}", "code": code},
        *(st.integers(0, 9999), st.integers(0, 9999), CODES),
    ),
)
SAME_FORM = [name for name in INPUTS if re.fullmatch(r"in_OP\d+_total", name)]
PAIRS = st.lists(st.sampled_from(SAME_FORM), min_size=2, max_size=2, unique=True)
BOOKS = st.lists(
    st.fixed_dictionaries(
        {"entries": st.fixed_dictionaries(dict.fromkeys(INPUTS, CELLS)), "pairs": PAIRS}
    ),
    min_size=WORKBOOKS,
    max_size=WORKBOOKS,
)
BESIDE = re.compile(r"₹|Rs\.?|/-|[\s\u00a0\u200b\u200e\ufeff\u2060]")


def is_shown(shown: str, stored: Decimal) -> bool:
    """Whether a shown text is a number: the stored one, rounded to the digits that are shown."""
    plain = BESIDE.sub("", shown)
    if match := re.fullmatch(r"\((.+)\)", plain):
        plain = f"-{match[1]}"
    if re.fullmatch(r"-?\d+(\.\d+)?E[+-]\d+", plain):
        value = Decimal(plain)
        step = Decimal(1).scaleb(value.adjusted() - len(plain.partition("E")[0].partition(".")[2]))
        return abs(value - stored) <= step / 2 + abs(stored) * Decimal("1e-9")
    if not re.fullmatch(r"-?(\d+|\d{1,3}(,\d{2,3})+)(\.\d+)?", plain):
        return False
    value = Decimal(plain.replace(",", ""))
    decimals = len(plain.partition(".")[2])
    return abs(value - stored) <= Decimal(1).scaleb(-decimals) / 2 + Decimal("0.005")


def places(shown: Mapping[tuple[str, int, int], Any]) -> Iterator[tuple[tuple[str, str], Any]]:
    """For each figure, the cell in its own row and column of the template, as LibreOffice shows it."""
    found = read_update(blank())
    assert isinstance(found, WorkbookUpdate)
    for cell in found.update.cells:
        sheet, _, place = cell.place.rpartition("!")
        letters, row = re.fullmatch(r"([A-Z]+)(\d+)", place).groups()  # type: ignore[union-attr]
        column = sum((ord(one) - 64) * 26**at for at, one in enumerate(reversed(letters)))
        yield (cell.indicator, cell.dimension), shown.get((sheet, int(row), column))


def check(judged: StructureResult, shown: Mapping[tuple[str, int, int], Any], swapped: set) -> None:
    in_doubt = {(one.indicator, one.dimension) for one in judged.findings if one.rule == "S01"}
    too_fine = {(one.indicator, one.dimension) for one in judged.findings if one.rule == "S03"}
    for key, seen in places(shown):
        assert seen is not None, key
        text, number, is_text = seen
        stored = Decimal(BESIDE.sub("", text)) if is_text else Decimal(repr(number))
        if key in swapped or not is_shown(text, stored):
            assert key in in_doubt, (key, text, stored, judged.facts.get(key))
        elif stored != stored.to_integral_value() and key not in judged.facts:
            assert key in too_fine, (key, text, stored)
        else:
            assert key not in in_doubt, (key, text, stored)
            assert judged.facts[key].hundredths == round(stored * 100), (key, text, stored)


@pytest.mark.nightly
@settings(
    max_examples=2,  # the first that is drawn is the simplest: all zeros
    deadline=None,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)
@given(BOOKS)
def test_what_is_read_is_what_libreoffice_shows_else_there_is_a_finding(books) -> None:
    with TemporaryDirectory() as scratch:
        folder = Path(scratch)
        for number, book in enumerate(books):
            first, second = book["pairs"]
            for name in (first, second):
                book["entries"][name] = {"value": float(len(name) + number)}
            task = {"entries": book["entries"], "swapped": [[first, second]]}
            (folder / f"book{number}.json").write_text(json.dumps(task), "utf-8")
            (folder / f"book{number}.xlsx").write_bytes(blank())
        files = let_the_clerk("show", folder, CLERK)
        for number, book in enumerate(books):
            entries = book["entries"]
            texts = {INPUTS[name] for name, entry in entries.items() if "text" in entry}
            _check_book(files, f"book{number}", texts, {INPUTS[name] for name in book["pairs"]})


def _check_book(files: Mapping[str, bytes], name: str, texts: set, swapped: set) -> None:
    seen = {
        (sheet, row, column): (text, value)
        for sheet, row, column, text, value in json.loads(files[f"{name}.shown.json"])
    }
    by_place = {place: key for key, place in _own_places().items()}
    shown = {
        place: (text, value, by_place.get(place) in texts) for place, (text, value) in seen.items()
    }
    for suffix in FORMATS:
        found = read_update(files[f"{name}.saved{suffix}"])
        assert isinstance(found, WorkbookUpdate), found
        judged = judge_structure(found.update, AGENCY, QUARTER.key, "IA", framework())
        check(judged, shown, swapped)


def _own_places() -> dict[tuple[str, str], tuple[str, int, int]]:
    every: dict[tuple[str, int, int], Any] = {}

    class _Recorder(dict):
        def get(self, place, default=None):
            return place

    return dict(places(_Recorder(every)))


@pytest.mark.parametrize(
    ("text", "stored", "expected"),
    [
        ("12", "11.8", True), ("11.80", "11.8", True), ("₹ 1,25,000", "125000", True),
        ("11.80 lakh", "11.8", False), ("50%", "0.5", False), ("1,180", "1180052", False),
        ("(5)", "-5", True), ("12", "-12", False), ("1.18E+06", "1180052", True), ("", "5", False),
        ("$5.00", "5", False), ("15/03/1902", "805", False),
    ],
)  # fmt: skip
def test_the_measure_of_what_is_shown_is_right(text: str, stored: str, expected: bool) -> None:
    assert is_shown(text, Decimal(stored)) is expected
