"""The block of a letter that reads a submission's figures back to the agency that sent them."""

from __future__ import annotations

from cpsa.delivery.mail_message import one_line
from cpsa.letters.letter_layout import FigureLine, FigureTable, LetterBlock, LetterParagraph
from cpsa.submissions.figure_description import FigureDescription, FigureOverview
from cpsa.translator import Translator


def build_figure_blocks(figures: FigureOverview | None, language: str) -> list[LetterBlock]:
    """The table of figures and what to do with it; nothing where nothing could be read."""
    if figures is None or not figures.groups:
        return []

    say = Translator(language, "figure.read")

    def line(figure: FigureDescription) -> FigureLine:
        beside = []
        if figure.last:
            beside.append(say("before", last=figure.last))
        if figure.change:
            beside.append(say("change", change=figure.change))
        marks = []
        if figure.errors:
            marks.append(say("wrong", remarks=", ".join(figure.errors)))
        if figure.warnings:
            marks.append(say("unusual", remarks=", ".join(figure.warnings)))
        if figure.is_formula:
            marks.append(say("formula"))
        return FigureLine(
            name=one_line(figure.name),
            place=one_line(f"({figure.place})") if figure.place else "",
            value=one_line(figure.value),
            beside=tuple(beside),
            marks=tuple(one_line(mark) for mark in marks),
            is_part=bool(figure.part),
        )

    groups = tuple(
        (group.title, tuple(line(figure) for figure in group.figures)) for group in figures.groups
    )
    note = say("last_of", quarter=figures.last_quarter) if figures.last_quarter else ""
    return [FigureTable(say("heading"), note, groups), LetterParagraph(say("compare"))]
