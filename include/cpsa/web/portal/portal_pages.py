"""Renders the portal's pages as HTML: everything is escaped, and an undefined name raises.

What belongs here: the templates and what every page of the portal needs. What must not:
what is on any one page.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from starlette.responses import HTMLResponse

from cpsa.framework import rule_guide
from cpsa.i18n import catalogue
from cpsa.i18n.text import LANGUAGES
from cpsa.translator import Translator
from cpsa.web.page_templates import PageTemplates


@dataclass(frozen=True)
class FormFault:
    """One line of the summary over a form: what to correct, and the id of its field."""

    text: str
    anchor: str = ""


class PortalText(Translator):
    """The texts of the portal's templates in one language."""

    def moment(self, instant: datetime) -> str:
        """India's date and time, and whose they are."""
        return self("portal.moment", at=f"{self.date(instant)}, {self.time(instant)}")


class PortalPages(PageTemplates):
    """The portal's templates, each filled in one language."""

    text_class = PortalText

    def __init__(self, templates: Path, root: str) -> None:
        super().__init__(templates, "portal")
        self.stylesheet = self.load_file("portal.css", "style", f"{root}/")
        self.script = self.load_file("portal.js", "script", f"{root}/")
        self._environment.globals["checks"] = f"{root}/{rule_guide.PAGE}"

    def page(self, name: str, language: str, status: int = 200, **content: object) -> HTMLResponse:
        return HTMLResponse(self.render(name, language, **content), status)

    def problem(
        self,
        status: int,
        title: str,
        lines: Sequence[tuple[str, Mapping[str, object]]],
        language: str | None,
        back: str = "",
    ) -> HTMLResponse:
        """A page that says what went wrong: in the reader's language, in both where it is not known."""
        languages = [language] if language else list(LANGUAGES)
        translations = [
            {
                "language": code,
                "title": catalogue.text(title, code),
                "lines": [catalogue.text(key, code, **params) for key, params in lines],
            }
            for code in languages
        ]
        return self.page("problem", languages[0], status, translations=translations, back=back)
