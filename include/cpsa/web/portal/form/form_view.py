"""The form as it is shown: groups of indicators, each figure with its last value and target."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from cpsa import figures
from cpsa.framework.model import TOTAL, Indicator
from cpsa.intake.readers.workbook import defined_names
from cpsa.services.workbooks.typed_values import EntryRemark
from cpsa.submissions.finding import Finding
from cpsa.submissions.signing_officer import SigningOfficer
from cpsa.template.filled_values import FilledValues
from cpsa.template.template_context import TemplateContext
from cpsa.web.portal.finding_view import FindingView
from cpsa.web.portal.form.entry_fields import EntryGroup, make_entry_groups
from cpsa.web.portal.form.posted_values import name_note_field
from cpsa.web.portal.form.table_fields import (
    TableGroup,
    make_table_anchor_finder,
    make_table_groups,
)
from cpsa.web.portal.portal_pages import FormFault, PortalText


@dataclass(frozen=True)
class FormField:
    """One input: its value, the last quarter's value, and the findings about it."""

    name: str
    label: str
    value: str
    last: str
    findings: Sequence[FindingView]

    @property
    def wrong(self) -> bool:
        return any(finding.kind == "error" for finding in self.findings)


@dataclass(frozen=True)
class ExplanationBox:
    """A box for an explanation; ``open`` where there is something to explain or it is explained."""

    name: str
    value: str
    open: bool


@dataclass(frozen=True)
class IndicatorRow:
    """One indicator: its total, the parts of it, and its explanation."""

    code: str
    label: str
    unit: str
    target: str
    how: str
    fields: Sequence[FormField]
    note: ExplanationBox


@dataclass(frozen=True)
class FormSection:
    """One group of indicators; findings about the group itself are shown at its note.

    ``open``: whether it is shown unfolded. ``filled``: how many of its lines have a total.
    """

    code: str
    title: str
    lines: Sequence[IndicatorRow]
    note: ExplanationBox
    findings: Sequence[FindingView]
    open: bool
    filled: int


@dataclass(frozen=True)
class FormView:
    """The whole form. ``faults`` is the summary over the form, errors first."""

    sections: Sequence[FormSection]
    kinds: Sequence[EntryGroup]
    tables: Sequence[TableGroup]
    nil: bool
    general: ExplanationBox
    officer: SigningOfficer
    findings: Sequence[FindingView]
    last: str
    faults: Sequence[FormFault]


def make_anchor_finder(context: TemplateContext, filled: FilledValues) -> Callable[[Finding], str]:
    """Where each finding is shown in the form: the id of a field, "" where it has none."""
    find_table_anchor = make_table_anchor_finder(context, filled)
    known = {
        (indicator.code, part): defined_names.input_name(indicator.code, part)
        for _, members in context.list_groups()
        for indicator in members
        for part in (TOTAL, *indicator.dimensions)
    }
    known |= {
        (group.code, TOTAL): name_note_field(group.code) for group, _ in context.list_groups()
    }
    known[TOTAL, TOTAL] = name_note_field("")

    about_nil = {rule.id for rule in context.framework.rules_of_kind("nil_with_figures")}

    def anchor(finding: Finding) -> str:
        if finding.rule in about_nil:
            return defined_names.NIL
        in_table = find_table_anchor(finding)
        return in_table or known.get((finding.indicator, finding.dimension), "")

    return anchor


def build_form_view(
    context: TemplateContext,
    words: PortalText,
    filled: FilledValues,
    findings: Sequence[FindingView] = (),
    problems: Sequence[EntryRemark] = (),
    more: str = "",
) -> FormView:
    """The form with the typed values and their findings."""
    maker = _FormBuilder(context, words, filled, findings)
    entries = make_entry_groups(context, words, filled, problems, more)
    last = context.last_quarter
    return FormView(
        sections=[maker.make_section(group.code) for group, _ in context.list_groups()],
        kinds=entries,
        tables=make_table_groups(context, words, filled, findings, more),
        nil=filled.nil,
        general=maker.make_note("", is_open=bool(maker.list_findings_at(name_note_field("")))),
        officer=filled.officer,
        findings=maker.list_findings_at(defined_names.NIL)
        + maker.list_findings_at(name_note_field(""))
        + maker.list_findings_at(""),
        last=(
            words("template.last_none")
            if last is None
            else words("template.last_of", quarter=words.period(last))
        ),
        faults=[
            *(
                FormFault(finding.message, finding.anchor)
                for finding in findings
                if finding.kind == "error"
            ),
            *(fault for kind in entries for fault in kind.faults),
        ],
    )


@dataclass(frozen=True)
class _FormBuilder:
    context: TemplateContext
    words: PortalText
    filled: FilledValues
    findings: Sequence[FindingView]

    def list_findings_at(self, anchor: str) -> list[FindingView]:
        return [finding for finding in self.findings if finding.anchor == anchor]

    def make_section(self, code: str) -> FormSection:
        group = self.context.framework.groups[code]
        members = self.context.framework.group_indicators(code)
        findings = self.list_findings_at(name_note_field(code))
        lines = [self._make_row(indicator) for indicator in members]
        is_first = code == self.context.list_groups()[0][0].code
        found = bool(findings) or any(field.findings for line in lines for field in line.fields)
        return FormSection(
            code=code,
            title=self.words.label(group.label),
            lines=lines,
            note=self.make_note(code, is_open=bool(findings)),
            findings=findings,
            open=found or (is_first and not self.findings),
            filled=sum(bool(line.fields[0].value) for line in lines),
        )

    def make_note(self, subject: str, *, is_open: bool) -> ExplanationBox:
        value = self.filled.explanations.get(subject, "")
        return ExplanationBox(name_note_field(subject), value, is_open or bool(value))

    def _make_row(self, indicator: Indicator) -> IndicatorRow:
        fields = [self._make_field(indicator, part) for part in (TOTAL, *indicator.dimensions)]
        has_warning = any(
            finding.kind == "warning" for field in fields for finding in field.findings
        )
        signed = "_signed" if indicator.signed else ""
        return IndicatorRow(
            code=indicator.code,
            label=self.words.label(indicator.label),
            unit=self.words(f"template.unit.{indicator.unit}"),
            target=self._format_value(self.context.targets.get(indicator.code), indicator),
            how=self.words(f"template.input.{indicator.unit}{signed}"),
            fields=fields,
            note=self.make_note(indicator.code, is_open=has_warning),
        )

    def _make_field(self, indicator: Indicator, part: str) -> FormField:
        name = defined_names.input_name(indicator.code, part)
        return FormField(
            name=name,
            label=self.words.label(self.context.get_part_name(part)),
            value=self.filled.values.get((indicator.code, part), ""),
            last=self._format_value(self.context.last.get((indicator.code, part)), indicator),
            findings=self.list_findings_at(name),
        )

    def _format_value(self, hundredths: int | None, indicator: Indicator) -> str:
        if hundredths is None:
            return ""
        return figures.quantity(hundredths, indicator.unit, self.words.language)
