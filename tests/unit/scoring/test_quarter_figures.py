"""Figures of quarters as arrays: what is packed comes back, cell by cell."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from cpsa.figures import HUNDRED, LARGEST
from cpsa.scoring.quarter_figures import (
    list_cells,
    make_layout,
    pack_figures,
    spread_figures,
    unpack_figures,
)

LIMIT = int(LARGEST) * HUNDRED
tables = st.integers(1, 20).flatmap(
    lambda width: st.lists(
        st.lists(st.none() | st.integers(-LIMIT, LIMIT), min_size=width, max_size=width), max_size=9
    ).map(lambda rows: (width, rows))
)


@given(tables)
def test_what_is_packed_comes_back_exactly(table) -> None:
    width, rows = table
    values = np.array(rows, dtype=float).reshape(len(rows), width)
    packed = pack_figures(values)
    assert np.array_equal(unpack_figures(packed, width), values, equal_nan=True)
    for row, kept in zip(rows, packed, strict=True):
        numbers = [kept.hundredths[at : at + 8] for at in range(0, 8 * width, 8)]
        assert [int.from_bytes(n, "little", signed=True) for n in numbers] == [n or 0 for n in row]


def test_a_missing_figure_is_no_zero() -> None:
    (nothing, zero) = pack_figures(np.array([[np.nan], [0.0]]))
    assert nothing.present != zero.present


def test_the_layout_is_that_of_the_cells_whatever_the_version(framework) -> None:
    same = replace(framework, digest="another")
    assert make_layout(same, "IA") == make_layout(framework, "IA")
    assert make_layout(framework, "IA") != make_layout(framework, "FC")
    fewer = replace(framework, indicators=framework.indicators[1:])
    assert make_layout(fewer, framework.indicators[0].form) != make_layout(
        framework, framework.indicators[0].form
    )
    turned = replace(framework, indicators=framework.indicators[::-1])
    assert make_layout(turned, "IA") != make_layout(framework, "IA")


def test_figures_of_other_rows_and_cells_are_left_out(framework) -> None:
    cells = list_cells(framework.form_indicators("IA"))
    facts = pd.DataFrame(
        [("OP1", "", 100), ("OP2", "women", 200), ("FA1", "", 300), ("OP1", "men", 400)],
        columns=["indicator", "dimension", "hundredths"],
    )
    values = spread_figures(cells, facts, np.array([-1, 1, 1, 1]), 2)
    assert np.isnan(values[0]).all()
    assert values[1, cells.index(("OP2", "women"))] == 200
    assert np.nansum(values) == 200
