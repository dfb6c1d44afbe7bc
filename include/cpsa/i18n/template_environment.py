"""The templates of mails and of pages in a browser, strict and escaping what is HTML.

What belongs here: how a template is found and filled. What must not: words, which are handed in.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape


def render_mail(templates: Path, name: str, words: Mapping[str, object]) -> tuple[str, str]:
    """A mail's HTML and plain text by the templates ``<name>.html`` and ``<name>.txt``."""
    mail_templates = make_mail_environment(templates)
    html, text = (
        mail_templates.get_template(f"{name}.{kind}").render(words) for kind in ("html", "txt")
    )
    return html, text


@cache
def make_mail_environment(templates: Path) -> Environment:
    """The templates of mails: an undefined name is an error, agencies' text never becomes markup."""
    return Environment(
        loader=FileSystemLoader(templates / "mail"),
        undefined=StrictUndefined,
        autoescape=select_autoescape(["html"], default=False),
        trim_blocks=True,
        lstrip_blocks=True,
    )


def make_page_environment(*folders: Path) -> Environment:
    """The templates of pages in these folders: everything is escaped, and a name nobody defined raises."""
    return Environment(
        loader=FileSystemLoader(folders),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
