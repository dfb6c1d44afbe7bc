"""Robust statistics of the outlier rules: median, MAD, modified z-score (Iglewicz and Hoaglin)."""

from __future__ import annotations

import numpy as np

from cpsa.scoring.achievement import exact
from cpsa.scoring.quarter_figures import Array


def median(values: Array) -> tuple[Array, Array]:
    """The median over the last axis of what is not missing (else NaN), and how many that is."""
    known = np.count_nonzero(~np.isnan(values), axis=-1)
    if values.shape[-1] == 0:
        return np.full(known.shape, np.nan), known
    ordered = np.sort(values, axis=-1)  # missing ones come last
    lower, upper = (
        np.take_along_axis(ordered, place[..., None], axis=-1)[..., 0]
        for place in (np.maximum(known - 1, 0) // 2, known // 2)
    )
    return (lower + upper) / 2, known


def median_deviation(values: Array, middle: Array) -> Array:
    """The median absolute deviation (MAD) from the median, over the last axis."""
    deviation, _ = median(np.abs(values - np.expand_dims(middle, -1)))
    return deviation


def modified_z(values: Array, middle: Array, spread: Array, factor: float) -> Array:
    """factor · (value − median) / MAD; NaN where the MAD is 0 or missing."""
    away = factor * (values - middle)
    z = np.divide(away, spread, out=np.full(np.shape(away), np.nan), where=spread > 0)
    return exact(z)
