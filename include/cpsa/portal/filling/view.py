"""The form as it is shown: groups of indicators, each figure with what it is compared with."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from cpsa import figures
from cpsa.collect.template import Context, Filled
from cpsa.collect.workbook import names
from cpsa.framework import TOTAL, Indicator
from cpsa.portal.filling.entries import Kind, Problem, kinds
from cpsa.portal.filling.posted import note_field
from cpsa.portal.pages import Fault, Words
from cpsa.portal.telling import Told
from cpsa.submissions.finding import Finding
from cpsa.submissions.signing_officer import SigningOfficer


@dataclass(frozen=True)
class Field:
    """One input: what stands in it, what stood there last, and what was found in it."""

    name: str
    label: str
    value: str
    last: str
    told: Sequence[Told]

    @property
    def wrong(self) -> bool:
        return any(one.kind == "error" for one in self.told)


@dataclass(frozen=True)
class Note:
    """A box for an explanation; ``open`` where there is something to explain or it is explained."""

    name: str
    value: str
    open: bool


@dataclass(frozen=True)
class Line:
    """One indicator: its total, the parts of it, and its explanation."""

    code: str
    label: str
    unit: str
    target: str
    how: str
    fields: Sequence[Field]
    note: Note


@dataclass(frozen=True)
class Section:
    """One group of indicators; what was found in the group itself stands at its note.

    ``open``: whether it is shown unfolded. ``filled``: how many of its lines have a total.
    """

    code: str
    title: str
    lines: Sequence[Line]
    note: Note
    told: Sequence[Told]
    open: bool
    filled: int


@dataclass(frozen=True)
class Form:
    """All of it. ``faults`` is the summary over the form, errors first."""

    sections: Sequence[Section]
    kinds: Sequence[Kind]
    nil: bool
    general: Note
    officer: SigningOfficer
    told: Sequence[Told]
    last: str
    faults: Sequence[Fault]


def anchors(context: Context) -> Callable[[Finding], str]:
    """Where each finding stands in the form: the id of a field, "" where it has none."""
    known = {
        (one.code, part): names.input_name(one.code, part)
        for _, members in context.groups()
        for one in members
        for part in (TOTAL, *one.dimensions)
    }
    known |= {(group.code, TOTAL): note_field(group.code) for group, _ in context.groups()}
    known[TOTAL, TOTAL] = note_field("")

    def anchor(finding: Finding) -> str:
        nil = finding.rule == "V07"
        return names.NIL if nil else known.get((finding.indicator, finding.dimension), "")

    return anchor


def build(
    context: Context,
    words: Words,
    filled: Filled,
    told: Sequence[Told] = (),
    problems: Sequence[Problem] = (),
    more: str = "",
) -> Form:
    """The form with what was typed and what was found in it."""
    maker = _Maker(context, words, filled, told)
    entries = kinds(context, words, filled, problems, more)
    last = context.last_quarter
    return Form(
        sections=[maker.section(group.code) for group, _ in context.groups()],
        kinds=entries,
        nil=filled.nil,
        general=maker.note("", bool(maker.about(note_field("")))),
        officer=filled.officer,
        told=maker.about(names.NIL) + maker.about(note_field("")) + maker.about(""),
        last=(
            words("template.last_none")
            if last is None
            else words("template.last_of", quarter=words.period(last))
        ),
        faults=[
            *(Fault(one.message, one.anchor) for one in told if one.kind == "error"),
            *(fault for kind in entries for fault in kind.faults),
        ],
    )


@dataclass(frozen=True)
class _Maker:
    context: Context
    words: Words
    filled: Filled
    told: Sequence[Told]

    def about(self, anchor: str) -> list[Told]:
        return [one for one in self.told if one.anchor == anchor]

    def section(self, code: str) -> Section:
        group = self.context.framework.groups[code]
        members = self.context.framework.group_indicators(code)
        told = self.about(note_field(code))
        lines = [self._line(one) for one in members]
        is_first = code == self.context.groups()[0][0].code
        found = bool(told) or any(field.told for line in lines for field in line.fields)
        return Section(
            code=code,
            title=self.words.label(group.label),
            lines=lines,
            note=self.note(code, bool(told)),
            told=told,
            open=found or (is_first and not self.told),
            filled=sum(bool(line.fields[0].value) for line in lines),
        )

    def note(self, subject: str, asked: bool) -> Note:
        value = self.filled.explanations.get(subject, "")
        return Note(note_field(subject), value, asked or bool(value))

    def _line(self, indicator: Indicator) -> Line:
        fields = [self._field(indicator, part) for part in (TOTAL, *indicator.dimensions)]
        asked = any(one.kind == "warning" for field in fields for one in field.told)
        signed = "_signed" if indicator.signed else ""
        return Line(
            code=indicator.code,
            label=self.words.label(indicator.label),
            unit=self.words(f"template.unit.{indicator.unit}"),
            target=self._shown(self.context.targets.get(indicator.code), indicator),
            how=self.words(f"template.input.{indicator.unit}{signed}"),
            fields=fields,
            note=self.note(indicator.code, asked),
        )

    def _field(self, indicator: Indicator, part: str) -> Field:
        name = names.input_name(indicator.code, part)
        return Field(
            name=name,
            label=self.words.label(self.context.part(part)),
            value=self.filled.values.get((indicator.code, part), ""),
            last=self._shown(self.context.last.get((indicator.code, part)), indicator),
            told=self.about(name),
        )

    def _shown(self, hundredths: int | None, indicator: Indicator) -> str:
        if hundredths is None:
            return ""
        return figures.quantity(hundredths, indicator.unit, self.words.language)
