"""The corpus: families of spoiled files, each file from the seed, its family and its number alone."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from random import Random

from tests.soak.hostile import (
    biff,
    bombs,
    disguises,
    ods,
    packages,
    texts,
    values,
    xlsx_books,
    xlsx_sheets,
)
from tests.soak.hostile.damage import at_random
from tests.soak.hostile.originals import Original, Originals
from tests.soak.hostile.spoiled_parts import spoiled as spoiled_part
from tests.unit.intake.file_guard import hostile as by_hand


@dataclass(frozen=True)
class Hostile:
    """One file of the corpus, and whose update it pretends to be."""

    family: str
    number: int
    suffix: str
    agency: str
    content: bytes


_STRINGS = b"xl/sharedStrings.xml"
Maker = Callable[[Originals, Random, int], tuple[str, str, bytes]]  # suffix, agency, bytes


@dataclass(frozen=True)
class Family:
    """A kind of spoiling; ``share`` is how many of a thousand files, ``needs`` which originals."""

    name: str
    share: int
    needs: str
    make: Maker


def _of(suffix: str, spoil: Callable[[bytes, Random, int], bytes]) -> Maker:
    def make(originals: Originals, chance: Random, turn: int) -> tuple[str, str, bytes]:
        original: Original = chance.choice(originals[suffix])
        return suffix, original.agency, spoil(original.content, chance, turn)

    return make


def _with_strings(spoil: Callable[[bytes, Random, int], bytes]) -> Maker:
    """Of those workbooks that keep their texts in a part of their own, as Excel does."""

    def make(originals: Originals, chance: Random, turn: int) -> tuple[str, str, bytes]:
        original = chance.choice([one for one in originals[".xlsx"] if _STRINGS in one.content])
        return ".xlsx", original.agency, spoil(original.content, chance, turn)

    return make


def _damaged(content: bytes, chance: Random, _: int) -> bytes:
    return at_random(content, chance)


def _spoiled_part(content: bytes, chance: Random, _: int) -> bytes:
    return spoiled_part(content, chance)


def _typed(content: bytes, chance: Random, _: int) -> bytes:
    return values.typed(content, chance)


def _disguised(originals: Originals, chance: Random, turn: int) -> tuple[str, str, bytes]:
    suffix, content = disguises.made(originals, chance, turn)
    return suffix, originals[".csv"][0].agency, content


@cache
def _handmade() -> list[bytes]:
    return [content for _, content, _ in [*by_hand.heavy_for_a_reader(), *by_hand.refused()]]


def _by_hand(originals: Originals, _: Random, turn: int) -> tuple[str, str, bytes]:
    files = _handmade()
    return ".xlsx", originals[".xlsx"][0].agency, files[turn % len(files)]


FAMILIES = (
    Family("made by hand", 140, ".xlsx", _by_hand),
    Family(".xlsx: bytes", 90, ".xlsx", _of(".xlsx", _damaged)),
    Family(".xlsx: one part spoiled", 90, ".xlsx", _of(".xlsx", _spoiled_part)),
    Family(".xlsx: sheets, strings, styles", 85, ".xlsx", _with_strings(xlsx_sheets.spoiled)),
    Family(".xlsx: names, relations, DTDs", 75, ".xlsx", _of(".xlsx", xlsx_books.spoiled)),
    Family(".xlsx: what is typed", 70, ".xlsx", _of(".xlsx", _typed)),
    Family(".xlsx: the zip lies", 70, ".xlsx", _of(".xlsx", packages.spoiled)),
    Family(".xlsx: bombs", 40, ".xlsx", _with_strings(bombs.made)),
    Family(".xls: bytes", 50, ".xls", _of(".xls", _damaged)),
    Family(".xls: records and sectors", 60, ".xls", _of(".xls", biff.spoiled)),
    Family(".ods: bytes", 30, ".ods", _of(".ods", _damaged)),
    Family(".ods: one part spoiled", 40, ".ods", _of(".ods", _spoiled_part)),
    Family(".ods: repeats, names, values", 50, ".ods", _of(".ods", ods.spoiled)),
    Family("CSV: bytes", 30, ".csv", _of(".csv", _damaged)),
    Family("CSV: encodings, lines, values", 50, ".csv", _of(".csv", texts.spoiled)),
    Family("wrong suffix, two at once", 30, ".csv", _disguised),
)


def counts(number: int, originals: Originals) -> dict[Family, int]:
    """How many files of each family; the shares of families that cannot be made go to the rest."""
    families = [family for family in FAMILIES if family.needs in originals]
    whole = sum(family.share for family in families)
    told = {family: number * family.share // whole for family in families}
    for family in families[: number - sum(told.values())]:
        told[family] += 1
    return told


def corpus(originals: Originals, number: int, seed: int) -> Iterator[Hostile]:
    """So many files, one after the other: the largest is never held beside another."""
    for family, many in counts(number, originals).items():
        for turn in range(many):
            chance = Random(f"{seed}/{family.name}/{turn}")
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # names twice in a zip, which is what is meant
                suffix, agency, content = family.make(originals, chance, turn)
            yield Hostile(family.name, turn, suffix, agency, content)
