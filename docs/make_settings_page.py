"""Makes docs/settings.md: every variable of the environment that is read, with its default.

The program's own variables and their defaults come from the model ``cpsa.settings.Settings``; what
they mean, and the variables of commands, demo, containers and tests, from settings.words.yaml. A variable
without words is an error, and so are words for one that is no longer read.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml
from docs.markdown import format_table

from cpsa.settings import RENAMED, VARIABLES, Settings, from_environment

DOCS = Path(__file__).resolve().parent
WORDS = DOCS / "settings.words.yaml"
_HOME = "/<home>"


def build_settings_page() -> str:
    """The whole page; ValueError where variables and words differ."""
    words: dict[str, Any] = yaml.safe_load(WORDS.read_text("utf-8"))
    sections: list[dict[str, Any]] = words["sections"]
    described = {name for section in sections for name in section["settings"] if section["program"]}
    if described != VARIABLES.keys():
        different = sorted(described ^ VARIABLES.keys())
        raise ValueError(f"{WORDS.name}: words missing or left over: {different}")
    defaults = from_environment({"CPSA_HOME": _HOME})
    lines = [words["head"]]
    for section in sections:
        lines += [f"## {section['title']}", "", section["about"], ""]
        rows = list(_list_rows(section, defaults))
        lines += [*format_table(("variable", "default", "what it is"), rows), ""]
    lines += ["## Former names", "", words["renamed"], ""]
    rows = ((f"`{old}`", f"`CPSA_{name.upper()}`") for old, name in RENAMED.items())
    lines += format_table(("variable", "is called now"), rows)
    return "\n".join(lines).rstrip() + "\n"


def _list_rows(section: dict[str, Any], defaults: Settings) -> Iterator[tuple[str, str, str]]:
    for name, about in section["settings"].items():
        default = about.get("default")
        if default is None and section["program"]:
            default = _describe_default(name, defaults)
        yield f"`{name}`", default or "", " ".join(about["is"].split())


def _describe_default(name: str, defaults: Settings) -> str:
    """The default of the field that is called as its variable."""
    value = getattr(defaults, VARIABLES[name])
    if value is None or value == "" or value == frozenset():
        return "none"
    text = f"{value:g}" if isinstance(value, float) else str(value)
    for prefix, shown in ((_HOME, "<home>"), (f"{DOCS.parent}/", "")):
        text = text.replace(prefix, shown)
    return f"`{text}`"
