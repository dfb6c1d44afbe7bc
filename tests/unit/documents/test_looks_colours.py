"""The colours of the documents: legible, told apart by everybody, the same on paper and in a browser.

Contrast as WCAG 2 reckons it. Colour blindness as simulated by Machado, Oliveira and Fernandes
(2009), severity 1.0; distances are CIE 1976 in L*a*b*, where about 2 is just seen.
"""

from __future__ import annotations

import re
from itertools import combinations

import numpy as np
import numpy.typing as npt
import pytest
from sample_snapshot import TEMPLATES

BLOCKS = (TEMPLATES / "typst" / "blocks.typ").read_text("utf-8")
CSS = (TEMPLATES / "web" / "document.css").read_text("utf-8")
LEGIBLE = 4.5
TOLD_APART = 15.0
SEES = {
    "all colours": np.eye(3),
    "no red": np.array(
        [
            [0.152286, 1.052583, -0.204868],
            [0.114503, 0.786281, 0.099216],
            [-0.003882, -0.048116, 1.051998],
        ]
    ),
    "no green": np.array(
        [
            [0.367322, 0.860646, -0.227968],
            [0.280085, 0.672501, 0.047413],
            [-0.011820, 0.042940, 0.968881],
        ]
    ),
    "no blue": np.array(
        [
            [1.255528, -0.076749, -0.178779],
            [-0.078411, 0.930809, 0.147602],
            [0.004733, 0.691367, 0.303900],
        ]
    ),
}
WHITE = "#ffffff"
Light = npt.NDArray[np.float64]


def named(name: str) -> str:
    """A colour of the PDF by the name it has there."""
    found = re.search(rf'\b{name}[:=] *rgb\("(#\w{{6}})"\)', BLOCKS.replace(" = ", "="))
    assert found, f"{name} is no colour of blocks.typ"
    return found[1]


def series() -> list[str]:
    line = re.search(r"#let series-colours = (.*)", BLOCKS)
    assert line
    return re.findall(r"#\w{6}", line[1])


TONES = {name: named(name) for name in ("good", "watch", "bad")}
INKS = TONES | {name: named(name) for name in ("ink", "accent", "soft")}


def light(colour: str) -> Light:
    parts = np.array([int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)])
    return np.where(parts <= 0.04045, parts / 12.92, ((parts + 0.055) / 1.055) ** 2.4)


def contrast(one: str, other: str) -> float:
    darker, lighter = sorted(float(light(it) @ [0.2126, 0.7152, 0.0722]) for it in (one, other))
    return (lighter + 0.05) / (darker + 0.05)


def perceived(of: Light) -> Light:
    """L*, a* and b* under daylight."""
    to_xyz = np.array(
        [[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]]
    )
    xyz = to_xyz @ np.clip(of, 0, 1) / np.array([0.9505, 1, 1.089])
    x, y, z = np.where(xyz > 0.008856, np.cbrt(xyz), 7.787 * xyz + 16 / 116)
    return np.array([116 * y - 16, 500 * (x - y), 200 * (y - z)])


def distance(one: str, other: str, sees: Light) -> float:
    return float(np.linalg.norm(perceived(sees @ light(one)) - perceived(sees @ light(other))))


def paler(colour: str, share: float) -> str:
    """As Typst's ``lighten``: towards white."""
    parts = [int(colour[at : at + 2], 16) for at in (1, 3, 5)]
    return "#" + "".join(f"{round(255 - (255 - part) * (1 - share)):02x}" for part in parts)


def test_the_reckoning_itself() -> None:
    assert contrast("#000000", WHITE) == pytest.approx(21)
    assert contrast("#767676", WHITE) == pytest.approx(4.54, abs=0.01)
    red, green = "#a3241b", "#5c5a1e"
    assert distance(red, green, SEES["all colours"]) > 3 * distance(red, green, SEES["no green"])


@pytest.mark.parametrize("name", INKS)
def test_words_are_legible_on_white_and_on_their_ground(name: str) -> None:
    grounds = [WHITE, "#f3f6f8", "#e9f0f3"]
    if name in TONES or name == "soft":
        grounds.append(paler(INKS[name], 0.88))
    assert all(contrast(INKS[name], ground) >= LEGIBLE for ground in grounds)
    assert contrast(WHITE, INKS["accent"]) >= LEGIBLE, "the cover's words are white"


@pytest.mark.parametrize("sees", SEES)
def test_states_and_lines_are_told_apart(sees: str) -> None:
    for one, other in (*combinations(TONES.values(), 2), *combinations(series(), 2)):
        assert distance(one, other, SEES[sees]) >= TOLD_APART, f"{one} and {other}"


def lightness(colour: str) -> float:
    return float(perceived(light(colour))[0])


def grounds() -> dict[str, str]:
    """The colours of bars by tone."""
    line = re.search(r"#let grounds = \((.*?)\n\)", BLOCKS, re.DOTALL)
    assert line
    return dict(re.findall(r'(\w+): rgb\("(#\w{6})"\)', line[1]))


def test_bars_beside_each_other_are_told_apart_in_a_grey_print() -> None:
    """By their lightness: a print has no colour; lines have dashes and marks besides."""
    assert set(grounds()) == set(TONES)
    for one, other in (*combinations(grounds().values(), 2), tuple(series()[:2])):
        assert abs(lightness(one) - lightness(other)) >= TOLD_APART, f"{one} and {other}"
    for tone, colour in grounds().items():
        assert f".meter.{tone} .fill {{ fill: {colour}; }}" in CSS


def test_lines_are_told_apart_without_colour() -> None:
    """In a grey print each line of a chart has its own dash or mark."""
    line = re.search(r"#let dashes = \((.*)\)", BLOCKS)
    assert line
    dashes = re.findall(r'"[\w-]+"|\([^)]*\)', line[1])
    assert len(set(dashes)) == len(dashes) == len(series())


def test_paper_and_browser_have_the_same_colours() -> None:
    for name in ("accent", "ink", "soft", *TONES):
        assert re.search(rf"--{name}: {INKS[name]};", CSS), name
    for place, colour in enumerate(series(), 1):
        assert f".series-{place} {{ color: {colour}; }}" in CSS


@pytest.mark.parametrize("tone", ["good", "watch", "bad"])
def test_badges_in_a_browser_are_legible(tone: str) -> None:
    ground = re.search(rf"\.badge\.{tone} {{ background: (#\w{{6}}); }}", CSS)
    assert ground
    assert contrast(TONES[tone], ground[1]) >= LEGIBLE
