"""The block of a letter that reads a submission's figures back to the agency that sent them."""

from __future__ import annotations

from cpsa import messages
from cpsa.deliver.message import one_line
from cpsa.letters.layout import Block, FigureLine, FigureTable, Paragraph
from cpsa.submissions.figures_read import FigureRead, FiguresRead


def figure_blocks(read: FiguresRead | None, language: str) -> list[Block]:
    """The table of figures and what to do with it; nothing where nothing could be read."""
    if read is None or not read.groups:
        return []

    def say(name: str, **params: object) -> str:
        return messages.text(f"figure.read.{name}", language, **params)

    def line(figure: FigureRead) -> FigureLine:
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
        (group.title, tuple(line(figure) for figure in group.figures)) for group in read.groups
    )
    note = say("last_of", quarter=read.last_quarter) if read.last_quarter else ""
    return [FigureTable(say("heading"), note, groups), Paragraph(say("compare"))]
