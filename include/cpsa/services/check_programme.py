"""Checks a programme's folder as a whole: its own file, framework, reference data, texts and letters.

What belongs here: which parts are checked, and what one part names of another. What must not: what an entry of
one part must be (``framework``, ``reference``).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import lru_cache
from pathlib import Path

from cpsa.calendar import Quarter
from cpsa.errors import RequestError
from cpsa.framework.loader import find_framework_faults, list_indicator_codes, load_framework
from cpsa.framework.rule_guide import RULE_TEXTS, find_rules_without_own_texts
from cpsa.i18n.catalogue import read_texts
from cpsa.letters.letter_policy import POLICY_FILE, LetterPolicy
from cpsa.letters.letter_trial import find_letter_faults
from cpsa.reference.file_marks import FileMark, mark_files
from cpsa.reference.programme import FILE as PROGRAMME_FILE
from cpsa.reference.programme import Programme
from cpsa.reference.programme_in_use import use_programme
from cpsa.reference.programme_texts import find_text_faults
from cpsa.reference.reference_data import Reference
from cpsa.reference.reference_faults import find_file_faults, find_reference_faults
from cpsa.reference.yaml_reader import ReferenceDataError
from cpsa.services.retention_rules import FILE as RETENTION_FILE
from cpsa.services.retention_rules import RetentionRules

_LAST = Quarter.parse("2199-00-Q4")  # every file of the framework is in force by then


def check_programme(programme: Path, framework: Path, reference: Path) -> tuple[RequestError, ...]:
    """Every fault of a programme, each once; of what parts name of each other only where each part is good."""
    if not programme.is_dir():
        return (RequestError("reference.no_folder", folder=programme),)
    faults = (
        *find_file_faults(programme, PROGRAMME_FILE, Programme, {}),
        *find_framework_faults(_LAST, framework),
        *find_reference_faults(
            reference, {POLICY_FILE: LetterPolicy, RETENTION_FILE: RetentionRules}
        ),
        *find_text_faults(programme),
    )
    return faults or tuple(_find_unknown_codes(Reference.load(reference), framework))


def check_letters(programme: Path, framework: Path, templates: Path) -> tuple[RequestError, ...]:
    """Every place where the letter templates that an office has of its own cannot be filled any more.

    For a programme without a fault; it is then the one that the process uses. ``templates``: of the settings.
    """
    use_programme(programme)
    return find_letter_faults(
        [programme / "templates", templates], load_framework(_LAST, framework)
    )


def list_programme_notices(programme: Path, framework: Path) -> tuple[RequestError, ...]:
    """What is no fault and yet should be known of a good programme: rules whose texts are missing."""
    texts = programme / "texts" / RULE_TEXTS
    own = read_texts(texts) if texts.is_file() else {}
    return tuple(
        RequestError("programme.rule_texts", rule=rule.id, kind=rule.kind, shipped=kind)
        for rule, kind in find_rules_without_own_texts(load_framework(_LAST, framework), own)
    )


def require_good_programme(programme: Path, framework: Path, reference: Path) -> None:
    """RequestError that says how many faults a programme has, and the first."""
    marks = mark_files(programme, programme / "texts", framework, reference)
    if faults := _check_once(programme, framework, reference, marks):
        raise RequestError("framework.programme_faults", count=len(faults), first=faults[0])


@lru_cache(maxsize=16)
def _check_once(
    programme: Path, framework: Path, reference: Path, marks: tuple[FileMark, ...]
) -> tuple[RequestError, ...]:
    """The faults of a programme whose files are as ``marks`` says: each registry that is loaded needs them."""
    return check_programme(programme, framework, reference)


def _find_unknown_codes(reference: Reference, framework: Path) -> Iterator[RequestError]:
    """The codes of indicators and forms that reference data names and no quarter's framework has."""
    indicators = list_indicator_codes(framework)
    forms = load_framework(_LAST, framework).forms

    def check(
        file: str, entry: str, codes: tuple[str | None, ...], known: Callable[[str], bool]
    ) -> Iterator[RequestError]:
        for code in codes:
            if code is not None and not known(code):
                params = {"file": file, "entry": entry, "value": code, "where": "framework"}
                yield ReferenceDataError("reference.unknown_name", **params)

    for theme in reference.themes.values():
        entry = f"themes {theme.code} / evidence"
        yield from check("themes.yaml", entry, theme.evidence, indicators.__contains__)
    figures = reference.cluster_figures
    fields = (*figures.networks, *figures.members, figures.jobs, figures.output)
    yield from check("schemes.yaml", "cluster_figures", fields, indicators.__contains__)
    for item in reference.budget.values():
        entry = f"items {item.code} / spent_by"
        codes = tuple(report.indicator for report in item.reports)
        yield from check("budget.yaml", entry, codes, indicators.__contains__)
    for source in reference.fund_sources.values():
        entry = f"sources {source.code} / contributed_by"
        yield from check("budget.yaml", entry, (source.contributed_by,), indicators.__contains__)
    for outcome in reference.rollout.values():
        named = tuple(target.form for target in outcome.targets)
        entry = f"outcomes {outcome.code} / targets"
        yield from check("rollout.yaml", entry, named, forms.__contains__)
        reported = tuple(target.indicator for target in outcome.targets)
        yield from check("rollout.yaml", entry, reported, indicators.__contains__)
