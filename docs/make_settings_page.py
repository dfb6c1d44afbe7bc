"""Makes docs/settings.md: every variable of the environment that is read, with its default.

The program's own variables and their defaults come from ``cpsa.settings``; what they mean, and the
variables of commands, demo, containers and tests, from settings.words.yaml. A variable without words is
an error, and so are words for one that is no longer read.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml
from docs.markdown import format_table

from cpsa.settings import RENAMED, Settings, from_environment

DOCS = Path(__file__).resolve().parent
WORDS = DOCS / "settings.words.yaml"
_HOME = "/<home>"


class _RecordingEnvironment(dict[str, str]):
    """An environment that records which variables were read."""

    def __init__(self, values: Mapping[str, str]) -> None:
        super().__init__(values)
        self.names: set[str] = set()

    def get(self, name: str, default: Any = None) -> Any:
        self.names.add(name)
        return super().get(name, default)


def build_settings_page() -> str:
    """The whole page; ValueError where variables and words differ."""
    words: dict[str, Any] = yaml.safe_load(WORDS.read_text("utf-8"))
    sections: list[dict[str, Any]] = words["sections"]
    described = {name for section in sections for name in section["settings"] if section["program"]}
    read = list_program_settings()
    if described != read:
        raise ValueError(f"{WORDS.name}: words missing or left over: {sorted(described ^ read)}")
    defaults = from_environment({"CPSA_HOME": _HOME})
    lines = [words["head"]]
    for section in sections:
        lines += [f"## {section['title']}", "", section["about"], ""]
        rows = list(_list_rows(section, defaults))
        lines += [*format_table(("variable", "default", "what it is"), rows), ""]
    lines += ["## Former names", "", words["renamed"], ""]
    lines += format_table(
        ("variable", "is called now"), [(f"`{old}`", f"`{new}`") for old, new in RENAMED.items()]
    )
    return "\n".join(lines).rstrip() + "\n"


def list_program_settings() -> set[str]:
    """The variables that ``from_environment`` reads, without former names."""
    environment = _RecordingEnvironment({"CPSA_HOME": _HOME})
    from_environment(environment)
    return environment.names - set(RENAMED)


def _list_rows(section: dict[str, Any], defaults: Settings) -> Iterator[tuple[str, str, str]]:
    for name, about in section["settings"].items():
        default = about.get("default")
        if default is None and section["program"]:
            default = _describe_default(name, defaults)
        yield f"`{name}`", default or "", " ".join(about["is"].split())


def _describe_default(name: str, defaults: Settings) -> str:
    """The default of the field that is called as its variable."""
    value = getattr(defaults, name.removeprefix("CPSA_").lower())
    if value is None or value == "" or value == frozenset():
        return "none"
    text = f"{value:g}" if isinstance(value, float) else str(value)
    for prefix, shown in ((_HOME, "<home>"), (f"{DOCS.parent}/", "")):
        text = text.replace(prefix, shown)
    return f"`{text}`"
