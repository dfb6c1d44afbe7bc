"""The templates of one set of pages in a browser, each filled in one language.

What belongs here: what the board and the portal do alike. What must not: a page, or the texts and
files of one of the two.
"""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

from cpsa.i18n.template_environment import (
    make_page_environment,
    make_versioned_address,
)
from cpsa.i18n.template_files import find_template_file
from cpsa.translator import Translator


class PageTemplates:
    """Templates that find their texts as ``t``, their language, and the addresses of their files."""

    text_class: ClassVar[type[Translator]]

    def __init__(self, templates: Path, pages: str) -> None:
        """``pages``: the folder of these pages and their files; ``web`` has what several sets share."""
        self._folder = templates / pages
        self._environment = make_page_environment(self._folder, templates / "web")

    def load_file(self, name: str, variable: str, root: str = "") -> bytes:
        """A file of the pages; ``variable`` is the template's name for its address below ``root``."""
        content = find_template_file(self._folder, name).read_bytes()
        address = f"{root}{name}"
        self._environment.globals[variable] = make_versioned_address(address, content)
        return content

    def render(self, name: str, language: str, **content: object) -> str:
        template = self._environment.get_template(f"{name}.html.j2")
        return template.render(t=self.text_class(language), language=language, **content)
