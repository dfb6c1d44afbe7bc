"""The learning document of a half-year, and of a year as its final one.

Source: domain.md, "Documents" 3. Assembles its parts; what they say is in ``learning_*``.
"""

from __future__ import annotations

from cpsa.documents import (
    learning_annex,
    learning_effects,
    learning_progress,
    learning_quality,
    learning_voices,
    unconfirmed,
)
from cpsa.documents.keys import DocumentKey
from cpsa.documents.model import Content
from cpsa.documents.parameters import Parameters
from cpsa.documents.parts import document
from cpsa.documents.words import Words


def content(key: DocumentKey, words: Words, parameters: Parameters) -> Content:
    period = key.period
    return document(
        words,
        key,
        words("state.subject"),
        (
            learning_progress.overview(words, period, parameters),
            learning_progress.progress(words, period),
            unconfirmed.to_confirm(words, period),
            learning_voices.what_worked(words, period, parameters),
            learning_voices.constraints(words, period, parameters),
            learning_voices.quoted(words, period, "lesson"),
            learning_voices.quoted(words, period, "suggestion"),
            learning_voices.training(words, period),
            learning_progress.twinning(words, period, parameters),
            learning_effects.followed(words, period),
            learning_quality.quality(words, period),
            learning_quality.restatements(words, period),
            learning_annex.scores(words, period),
            learning_annex.figures(words, period),
        ),
        note=words("learning.note"),
    )
