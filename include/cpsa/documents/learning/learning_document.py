"""The learning document of a half-year, and of a year as its final one.

Source: domain.md, "Documents" 3. Assembles its parts; what they say is in ``learning_*``.
"""

from __future__ import annotations

from cpsa.calendar import AnyPeriod
from cpsa.documents import steps_section, unconfirmed_section
from cpsa.documents.blocks import build_document
from cpsa.documents.content_model import Content, Section
from cpsa.documents.document_key import DocumentKey
from cpsa.documents.document_text import DocumentText
from cpsa.documents.learning import (
    learning_annex,
    learning_convergence,
    learning_effects,
    learning_progress,
    learning_quality,
    learning_quotes,
    main_findings,
)
from cpsa.documents.parameters import DocumentParameters
from cpsa.documents.policy_actions.action_selection import ActionSelection
from cpsa.documents.policy_actions.movement_section import build_movement_section


def build_learning_document(
    key: DocumentKey, words: DocumentText, parameters: DocumentParameters
) -> Content:
    period = key.period
    return build_document(
        words,
        key,
        words("state.subject"),
        (
            main_findings.build_main_findings(words, period, parameters),
            learning_progress.build_overview(words, period, parameters),
            learning_progress.build_progress(words, period),
            unconfirmed_section.build_unconfirmed_section(words, period),
            *steps_section.build_steps_sections(words, period),
            learning_quotes.build_what_worked(words, period, parameters),
            learning_quotes.build_constraints(words, period, parameters),
            learning_quotes.build_quotes(words, period, "lesson"),
            learning_quotes.build_quotes(words, period, "suggestion"),
            learning_quotes.build_training_needs(words, period),
            learning_progress.build_twin_suggestions(words, period, parameters),
            learning_convergence.build_convergence_section(words, period),
            *_build_movement(words, period, parameters),
            learning_effects.build_effects_section(words, period),
            learning_quality.build_data_quality(words, period),
            learning_quality.build_restatements(words, period),
            learning_annex.build_score_annex(words, period),
            learning_annex.build_figure_annex(words, period),
        ),
        note=words("learning.note"),
    )


def _build_movement(
    words: DocumentText, period: AnyPeriod, parameters: DocumentParameters
) -> tuple[Section, ...]:
    """How the actions requested of departments moved; nothing where none was requested."""
    selection = ActionSelection(words, period, parameters)
    found = build_movement_section(selection, words.snapshot.reference.departments)
    return (found,) if found else ()
