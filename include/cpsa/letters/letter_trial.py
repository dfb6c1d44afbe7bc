"""Tries the letter templates that an office has of its own: a template of an earlier version would else fail
at the first letter that is sent.

What belongs here: finding what cannot be filled, and where. What must not: whether its words are good.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import TracebackType

from jinja2 import Environment, TemplateSyntaxError

from cpsa.errors import RequestError
from cpsa.framework.model import Framework
from cpsa.i18n.template_environment import SHIPPED_LETTERS
from cpsa.i18n.text import LANGUAGES
from cpsa.letters.letter_context import LetterContext
from cpsa.letters.letter_examples import list_letter_examples
from cpsa.letters.letter_message import FORMS, fill_template, make_environment

_Fault = tuple[str, int, str]  # file, line, and the name that is wrong
_UNNAMED = frozenset(("dict object", "list object"))  # as Jinja calls what has no name
_QUOTED = re.compile(r"'([^']+)'")


def find_letter_faults(own: Sequence[Path], framework: Framework) -> tuple[RequestError, ...]:
    """What a letter cannot be written for, each place once; none where an office has no template of its own.

    ``own``: its folders as ``templates``, the first has precedence; the shipped templates come after them.
    """
    folders = [folder / "letters" for folder in own]
    folders = [
        folder for folder in folders if folder != SHIPPED_LETTERS and [*folder.rglob("*.j2")]
    ]
    if not folders:
        return ()
    places: dict[tuple[str, str], int] = {}
    for form in FORMS:
        environment = make_environment(folders, form)
        for language in LANGUAGES:
            for letter in list_letter_examples(framework, language):
                if fault := _try_letter(environment, letter, folders):
                    file, line, value = fault
                    places[file, value] = min(line, places.get((file, value), line))
    return tuple(
        RequestError("reference.letter_template", file=file, line=line, value=value)
        for (file, value), line in places.items()
    )


def _try_letter(
    environment: Environment, letter: LetterContext, own: Sequence[Path]
) -> _Fault | None:
    try:
        fill_template(environment, letter)
    except TemplateSyntaxError as error:
        return error.filename or error.name or "", error.lineno, error.message or ""
    except Exception as error:  # what a template does is not ours: anything can be wrong in it
        message = " ".join(str(error).split())
        names = [name for name in _QUOTED.findall(message) if name not in _UNNAMED]
        places = [*_list_places(error.__traceback__)] or [(f"{letter.template}.j2", 1)]
        in_own = [place for place in places if any(map(Path(place[0]).is_relative_to, own))]
        return *(in_own or places)[-1], names[-1] if names else message
    return None


def _list_places(trace: TracebackType | None) -> Iterator[tuple[str, int]]:
    """The files of templates that were being filled, each with its line; the innermost last."""
    while trace is not None:
        # As Jinja itself tells its own frames, which have the lines of the compiled template.
        template = trace.tb_frame.f_globals.get("__jinja_template__")
        if template is not None and template.filename:
            yield template.filename, template.get_corresponding_lineno(trace.tb_lineno)
        trace = trace.tb_next
