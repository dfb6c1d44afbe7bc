"""Renders the portal's pages as HTML: everything is escaped, and an undefined name raises.

What belongs here: the templates and what every page of the portal needs. What must not:
what is on any one page.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from starlette.responses import HTMLResponse

from cpsa import translator
from cpsa.calendar import IST
from cpsa.framework import rule_guide
from cpsa.i18n import catalogue, template_environment
from cpsa.i18n.text import LANGUAGES


@dataclass(frozen=True)
class FormFault:
    """One line of the summary over a form: what to correct, and the id of its field."""

    text: str
    anchor: str = ""


class PortalText(translator.Translator):
    """The texts of the portal's templates in one language."""

    def moment(self, instant: datetime) -> str:
        """India's date and time, and whose they are."""
        return self("portal.moment", at=f"{instant.astimezone(IST):%d-%m-%Y, %H:%M}")


class PortalPages:
    """The portal's templates, each filled in one language."""

    def __init__(self, templates: Path, root: str) -> None:
        folder = templates / "portal"
        self.stylesheet = (folder / "portal.css").read_bytes()
        self.script = (folder / "portal.js").read_bytes()
        self._style = f"{root}/portal.css?{hashlib.sha256(self.stylesheet).hexdigest()[:12]}"
        self._environment = template_environment.make_page_environment(folder, templates / "web")
        self._environment.globals["style"] = self._style
        version = hashlib.sha256(self.script).hexdigest()[:12]
        self._environment.globals["script"] = f"{root}/portal.js?{version}"
        self._environment.globals["checks"] = f"{root}/{rule_guide.PAGE}"

    def page(self, name: str, language: str, status: int = 200, **content: object) -> HTMLResponse:
        template = self._environment.get_template(f"{name}.html.j2")
        html = template.render(t=PortalText(language), language=language, **content)
        return HTMLResponse(html, status)

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
