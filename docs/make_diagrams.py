"""Makes the diagrams of docs/pictures/ as SVG, from the text in diagrams.yaml.

Drawn here, so that they look the same in the site, on a repository's page and in print, without a network.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from html import escape
from pathlib import Path
from typing import Any

import yaml

SPEC = Path(__file__).resolve().parent / "diagrams.yaml"
BOX_WIDTH, GAP_X, GAP_Y = 214, 36, 36
LINE, PADDING, MARGIN = 17, 12, 16
TEXT_WIDTH = 30  # characters of a line within a box
BLUE, GREY, INK = "#e8f0f8", "#f3f3f0", "#1a1a1a"

Point = tuple[float, float]


def load_spec() -> dict[str, Any]:
    """The text of the diagrams."""
    spec: dict[str, Any] = yaml.safe_load(SPEC.read_text("utf-8"))
    return spec


def build_quarter_diagram() -> str:
    """The flow of a quarter: a box for each DAG, with the tables it writes."""
    spec = load_spec()["quarter"]
    boxes: dict[str, dict[str, Any]] = spec["boxes"]
    heights = PADDING * 2 + LINE * 4
    corners = {
        name: (
            MARGIN + box["at"][0] * (BOX_WIDTH + GAP_X),
            MARGIN + box["at"][1] * (heights + GAP_Y),
        )
        for name, box in boxes.items()
    }
    parts: list[str] = []
    for name, box in boxes.items():
        tables = [(line, "table") for line in _wrap(", ".join(box["tables"]))]
        lines = [(name, "name"), *((line, "note") for line in _wrap(box["text"])), *tables]
        fill = GREY if box.get("beside") else BLUE
        parts += _draw_box(corners[name], (BOX_WIDTH, heights), lines, fill)
    for start, end in spec["arrows"]:
        parts.append(
            _draw_arrow(corners[start], corners[end], heights, boxes[start].get("beside", False))
        )
    width = max(x for x, _ in corners.values()) + BOX_WIDTH + MARGIN
    height = max(y for _, y in corners.values()) + heights + MARGIN
    return _draw_picture(spec, width, height, parts)


def build_parts_diagram() -> str:
    """The parts of the package, a row for each floor, with the direction of imports."""
    spec = load_spec()["parts"]
    rows = [{"parts": spec["above"], "text": "the only ones that import Airflow"}, *spec["rows"]]
    height, step, left = 34, 48, 40
    parts: list[str] = []
    for number, row in enumerate(rows):
        x, y = float(MARGIN + left), MARGIN + number * step
        for part in row["parts"]:
            width = 24 + 8.6 * len(part)
            fill = GREY if number == 0 else BLUE
            parts += _draw_box((x, y), (width, height), [(part, "name")], fill)
            x += width + 8
        parts.append(_draw_text((x + 6, y + 22), row["text"], "note"))
    bottom = MARGIN + len(rows) * step - (step - height)
    middle = MARGIN + left / 2 - 6
    parts.append(_draw_line([(middle, MARGIN), (middle, bottom)], dashed=False))
    parts.append(
        f'<text transform="translate({middle - 6:g},{(MARGIN + bottom) / 2:g}) rotate(-90)"'
        ' text-anchor="middle" class="note">imports</text>'
    )
    return _draw_picture(spec, 920, bottom + MARGIN, parts)


def _draw_picture(spec: dict[str, Any], width: float, height: float, parts: Iterable[str]) -> str:
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:g} {height:g}"'
        f' width="{width:g}" height="{height:g}" role="img">',
        f"<title>{escape(spec['title'])}</title>",
        f"<desc>{escape(spec['description'])}</desc>",
        "<style>text { font: 13px 'DejaVu Sans', Verdana, Arial, sans-serif; fill: #1a1a1a }"
        " .name { font-weight: bold } .note { fill: #444 } .table { font-style: italic }</style>",
        '<defs><marker id="tip" viewBox="0 0 10 10" refX="9" refY="5" markerWidth="7"'
        f' markerHeight="7" orient="auto"><path d="M0,0 L10,5 L0,10 z" fill="{INK}"/></marker></defs>',
        f'<rect width="{width:g}" height="{height:g}" fill="#fff"/>',
        *parts,
        "</svg>",
    ]
    return "\n".join(lines) + "\n"


def _draw_box(
    corner: Point, size: Point, lines: Iterable[tuple[str, str]], fill: str
) -> Iterator[str]:
    (x, y), (width, height) = corner, size
    yield (
        f'<rect x="{x:g}" y="{y:g}" width="{width:g}" height="{height:g}" rx="4"'
        f' fill="{fill}" stroke="{INK}"/>'
    )
    for number, (line, style) in enumerate(lines):
        yield _draw_text((x + 11, y + 22 + number * LINE), line, style)


def _draw_text(at: Point, text: str, style: str) -> str:
    return f'<text x="{at[0]:g}" y="{at[1]:g}" class="{style}">{escape(text)}</text>'


def _draw_arrow(start: Point, end: Point, height: float, dashed: bool) -> str:
    """From the side of one box to the side of another that is beside or above it or below it."""
    (x1, y1), (x2, y2) = start, end
    if y1 == y2:
        edge, to = (x1 + BOX_WIDTH, x2) if x1 < x2 else (x1, x2 + BOX_WIDTH)
        return _draw_line([(edge, y1 + height / 2), (to, y1 + height / 2)], dashed)
    edge, to = (y1 + height, y2) if y1 < y2 else (y1, y2 + height)
    return _draw_line([(x1 + BOX_WIDTH / 2, edge), (x2 + BOX_WIDTH / 2, to)], dashed)


def _draw_line(points: Iterable[Point], dashed: bool) -> str:
    way = " ".join(f"{x:g},{y:g}" for x, y in points)
    dashes = ' stroke-dasharray="5 4"' if dashed else ""
    return f'<polyline points="{way}" fill="none" stroke="{INK}"{dashes} marker-end="url(#tip)"/>'


def _wrap(text: str) -> list[str]:
    """The text in lines that fit into a box."""
    lines = [""]
    for word in text.split():
        longer = f"{lines[-1]} {word}".strip()
        if len(longer) <= TEXT_WIDTH:
            lines[-1] = longer
        else:
            lines.append(word)
    return lines
