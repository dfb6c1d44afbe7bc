"""From content to one HTML page that needs nothing else: its stylesheet is inside it.

Everything is escaped, undefined names raise, and the page asks no server for anything.
"""

from __future__ import annotations

from pathlib import Path

from markupsafe import Markup

from cpsa.documents.content_model import Content, get_block_kind
from cpsa.i18n.template_environment import make_page_environment
from cpsa.i18n.template_files import find_template_file


class HtmlWriter:
    """Fills ``templates/web/document.html.j2``."""

    def __init__(self, templates: Path) -> None:
        self._stylesheet = find_template_file(Path(templates), "document.css").read_text("utf-8")
        environment = make_page_environment(Path(templates))
        environment.filters["kind"] = get_block_kind
        self._template = environment.get_template("document.html.j2")

    def write(self, content: Content) -> bytes:
        page = self._template.render(document=content, stylesheet=Markup(self._stylesheet))
        return page.encode("utf-8")
