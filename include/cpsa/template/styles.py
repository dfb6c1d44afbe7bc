"""How the template's cells look: one format for each role, made once per workbook."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

INK, _GREY, LINE = "#1F2A36", "#6B7280", "#B8C0CA"
HEAD, INPUT, _SHOWN, _NONE = "#DCE6F1", "#FFF7CC", "#F3F4F6", "#E5E7EB"

# Grouped as lakh and crore are; below a lakh, and below zero, as it was typed, so that 11.8 typed for
# 11.8 lakh shows. It only groups: what is read is the same (domain.md, "A submission").
INDIAN_GROUPING = r"[>=10000000]##\,##\,##\,##0;[>=100000]##\,##\,##0;General"
DAY_FIRST = "dd.mm.yyyy"  # a date shows which number was taken for its month


@dataclass(frozen=True)
class Styles:
    """The formats of one workbook."""

    title: Any
    subtitle: Any
    plain: Any
    bold: Any
    second: Any  # the other language, within a cell
    head: Any
    code: Any
    label: Any
    shown: Any  # a figure shown beside an input
    shown_words: Any  # a text beside an input that a formula writes
    unit: Any
    figure: Any  # an input for a number
    rupees: Any  # an input for rupees
    date: Any  # an input for a date
    words: Any  # an input for text
    below: Any  # the rows below a frame, where one may go on
    closed: Any  # an input that the indicator does not have

    @classmethod
    def for_workbook(cls, book: Any) -> Styles:
        def style(**properties: object) -> Any:
            whole = {"font_color": INK, "valign": "top", **properties}
            return book.add_format(whole)

        framed = {"border": 1, "border_color": LINE, "text_wrap": True, "valign": "vcenter"}
        return cls(
            title=style(bold=True, font_size=16),
            subtitle=style(font_color=_GREY, text_wrap=True),
            plain=style(text_wrap=True),
            bold=style(bold=True, text_wrap=True),
            second=style(font_color=_GREY),
            head=style(bold=True, bg_color=HEAD, align="center", **framed),
            code=style(bold=True, **framed),
            label=style(**framed),
            shown=style(bg_color=_SHOWN, align="right", **framed),
            shown_words=style(bg_color=_SHOWN, **framed),
            unit=style(align="center", **framed),
            figure=style(bg_color=INPUT, align="right", locked=False, **framed),
            rupees=style(
                bg_color=INPUT, align="right", locked=False, num_format=INDIAN_GROUPING, **framed
            ),
            date=style(
                bg_color=INPUT, align="center", locked=False, num_format=DAY_FIRST, **framed
            ),
            words=style(bg_color=INPUT, locked=False, **framed),
            below=style(locked=False, text_wrap=True),
            closed=style(bg_color=_NONE, **framed),
        )
