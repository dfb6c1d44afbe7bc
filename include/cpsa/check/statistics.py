"""Robust statistics of the outlier rules: median, MAD, modified z-score (Iglewicz and Hoaglin)."""

from __future__ import annotations

import numpy as np

from cpsa.score.achievement import exact
from cpsa.score.panel import Array


def median(values: Array) -> Array:
    """The median over the last axis of what is not missing; NaN where everything is."""
    if values.shape[-1] == 0:
        return np.full(values.shape[:-1], np.nan)
    ordered, known = np.sort(values, axis=-1), count(values)  # missing ones stand last
    lower, upper = (
        np.take_along_axis(ordered, place[..., None], axis=-1)[..., 0]
        for place in (np.maximum(known - 1, 0) // 2, known // 2)
    )
    return (lower + upper) / 2


def median_deviation(values: Array, middle: Array) -> Array:
    """The median absolute deviation (MAD) from the median, over the last axis."""
    return median(np.abs(values - np.expand_dims(middle, -1)))


def count(values: Array) -> Array:
    """How many are not missing, over the last axis."""
    return np.count_nonzero(~np.isnan(values), axis=-1)


def modified_z(values: Array, middle: Array, spread: Array, factor: float) -> Array:
    """factor · (value − median) / MAD; NaN where the MAD is 0 or missing."""
    away = factor * (values - middle)
    z = np.divide(away, spread, out=np.full(np.shape(away), np.nan), where=spread > 0)
    return exact(z)
