"""Robust statistics of the outlier rules: median, MAD, modified z-score (Iglewicz and Hoaglin)."""

from __future__ import annotations

import warnings

import numpy as np

from cpsa.score.achievement import EXACT_PLACES
from cpsa.score.panel import Array


def median_and_mad(values: Array, axis: int) -> tuple[Array, Array]:
    """Median and median absolute deviation of what is not missing; NaN where nothing is."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "All-NaN slice|Mean of empty slice", RuntimeWarning)
        middle = np.nanmedian(values, axis=axis)
        spread = np.nanmedian(np.abs(values - np.expand_dims(middle, axis)), axis=axis)
    return middle, spread


def modified_z(values: Array, middle: Array, spread: Array, factor: float) -> Array:
    """factor · (value − median) / MAD; NaN where the MAD is 0 or missing."""
    away = factor * (values - middle)
    z = np.divide(away, spread, out=np.full(np.shape(away), np.nan), where=spread > 0)
    return exact(z)


def exact(values: Array) -> Array:
    """Ratios freed of float noise, so that a figure exactly at a limit does not pass it."""
    return np.round(values, EXACT_PLACES)
