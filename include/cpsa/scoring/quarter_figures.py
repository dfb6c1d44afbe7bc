"""Figures of accepted quarters in the cells of a form, and their packed form for the store.

What belongs here: how rows of figures become arrays, and arrays bytes. What must not: which submission
counts, and reading the store.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from cpsa.framework.model import TOTAL, Framework, Indicator

Array = np.ndarray
Cell = tuple[str, str]  # indicator and dimension

_STORED = np.dtype("<i8")


class PackedFigures(NamedTuple):
    """One submission's figures in the cells of a form.

    ``present``: a bit for each cell, the first cell in the highest bit of the first byte.
    ``hundredths``: eight bytes for each cell, little-endian with a sign, 0 where there is no figure.
    """

    present: bytes
    hundredths: bytes


@dataclass(frozen=True)
class QuarterFigures:
    """Figures of agencies' quarters that count, one row for each agency and quarter.

    Shapes: agencies (N,), quarters (N,), values (N, C) in whole hundredths, NaN where there is none; C
    runs over the cells of a form.
    """

    agencies: Sequence[str]
    quarters: Sequence[str]
    values: Array


def list_cells(indicators: Sequence[Indicator]) -> tuple[Cell, ...]:
    """The cells of a form: each indicator's total, then its dimensions."""
    return tuple(
        (indicator.code, dimension)
        for indicator in indicators
        for dimension in (TOTAL, *indicator.dimensions)
    )


def spread_figures(cells: Sequence[Cell], facts: pd.DataFrame, rows: Array, number: int) -> Array:
    """Spread figures over an array (N, C); ``number``: N.

    facts: indicator, dimension, hundredths; rows: to which row each belongs, -1 for none. Figures of other
    cells are left out.
    """
    values = np.full((number, len(cells)), np.nan)
    places = find_pair_positions(number_keys(cells), facts["indicator"], facts["dimension"])
    ours = (rows >= 0) & (places >= 0)
    values[rows[ours], places[ours]] = np.asarray(facts["hundredths"])[ours]
    return values


def make_layout(framework: Framework, form: str) -> str:
    """A short digest of a form's cells in their order: what packed figures depend on."""
    cells = list_cells(framework.form_indicators(form))
    return hashlib.sha256("\n".join(map("\t".join, cells)).encode()).hexdigest()[:16]


def pack_figures(values: Array) -> list[PackedFigures]:
    """Pack the rows of an array (N, C) of whole hundredths, NaN where there is no figure."""
    known = ~np.isnan(values)
    whole = np.where(known, values, 0.0).astype(_STORED)
    rows = zip(np.packbits(known, axis=1), whole, strict=True)
    return [PackedFigures(present.tobytes(), amounts.tobytes()) for present, amounts in rows]


def unpack_figures(packed: Sequence[PackedFigures], width: int) -> Array:
    """The array (N, C) of what ``pack_figures`` packed; ``width``: C."""
    present = np.frombuffer(b"".join([row.present for row in packed]), dtype=np.uint8)
    whole = np.frombuffer(b"".join([row.hundredths for row in packed]), dtype=_STORED)
    known = np.unpackbits(present.reshape(len(packed), -(-width // 8)), axis=1, count=width)
    values = whole.reshape(len(packed), width).astype(float)
    values[known == 0] = np.nan
    return values


def number_keys(keys: Iterable[Any]) -> dict[Any, int]:
    """The position of each key."""
    return {key: place for place, key in enumerate(keys)}


def find_positions(positions: Mapping[Any, int], keys: pd.Series) -> Array:
    """Positions of keys, -1 where a key is none of ours."""
    codes, uniques = pd.factorize(keys)
    known = np.array([positions.get(key, -1) for key in uniques], dtype=int)
    return known[codes] if len(known) else np.empty(0, dtype=int)


def find_pair_positions(positions: Mapping[Any, int], first: pd.Series, second: pd.Series) -> Array:
    """Positions of keys of two parts, -1 where a key is none of ours."""
    codes, uniques = pd.factorize(first)
    second_codes, second_uniques = pd.factorize(second)
    known = [
        [positions.get((first_key, second_key), -1) for second_key in second_uniques]
        for first_key in uniques
    ]
    shape = len(uniques), len(second_uniques)
    result: Array = np.array(known, dtype=int).reshape(shape)[codes, second_codes]
    return result
