"""Makes docs/cli.md: every command with its arguments and options, as its help has them.

What a command does is its own help; what is worth knowing beside it, with links to runbooks, comes from
cli.words.yaml. Words for a command that is not there are an error.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import typer
import yaml
from docs.markdown import format_table

from cpsa.cli.command_line import app
from cpsa.cli.permissions import COMMANDS_BY_ROLE, list_commands

_TYPES = {"str": "text", "int": "number", "float": "number", "int range": "number"}
WORDS = Path(__file__).resolve().parent / "cli.words.yaml"


def build_cli_page() -> str:
    """The whole page; ValueError when some words belong to no command."""
    commands = dict(sorted(list_commands(typer.main.get_command(app)).items()))
    words: dict[str, Any] = yaml.safe_load(WORDS.read_text("utf-8"))
    notes: dict[str, str] = words["notes"]
    if unknown := sorted(set(notes) - set(commands)):
        raise ValueError(f"{WORDS.name}: words for no command: {', '.join(unknown)}")
    roles = {path: role for role, paths in COMMANDS_BY_ROLE.items() for path in paths}
    overview = [
        (f"[`cpsa {path}`](#{_make_anchor(path)})", _get_summary(command), roles[path])
        for path, command in commands.items()
    ]
    lines = [words["head"], *format_table(("command", "what it does", "role"), overview), ""]
    for path, command in commands.items():
        lines += [f"## cpsa {path}", "", *_describe_command(path, command)]
        if path in notes:
            lines += [notes[path].strip(), ""]
    return "\n".join(lines).rstrip() + "\n"


def _make_anchor(path: str) -> str:
    return f"cpsa-{path}".replace(" ", "-")


def _get_summary(command: Any) -> str:
    return (command.help or "").strip().partition("\n\n")[0].replace("\n", " ")


def _describe_command(path: str, command: Any) -> Iterator[str]:
    context = command.make_context(path, [], resilient_parsing=True)
    parameters = [parameter for parameter in command.params if not parameter.hidden]
    usage = " ".join(_describe_use(parameter, context) for parameter in parameters)
    yield from ("```sh", f"cpsa {path} {usage}".rstrip(), "```", "")
    yield from ((command.help or "").strip(), "")
    if parameters:
        rows = [
            (f"`{_describe_name(parameter, context)}`", _describe_meaning(parameter, context))
            for parameter in parameters
        ]
        yield from (*format_table(("", "meaning"), rows), "")


def _describe_use(parameter: Any, context: Any) -> str:
    """How a parameter is given: in brackets where it may be left out."""
    name = _describe_name(parameter, context, parameter.opts[:1])
    return name if parameter.required else f"[{name}]"


def _describe_name(parameter: Any, context: Any, options: Sequence[str] = ()) -> str:
    """An argument in capitals; an option, with these or all of its names, and its value."""
    if parameter.param_type_name == "argument":
        return str(parameter.name).upper()
    value = "" if parameter.is_flag else f" {_describe_type(parameter, context)}"
    return f"{', '.join(options or parameter.opts)}{value}"


def _describe_type(parameter: Any, context: Any) -> str:
    """``table/csv/json`` of a choice, else a word in capitals."""
    named = parameter.display_type(context).strip("<>").removeprefix("list[").rstrip("]")
    return named.replace("|", "/") if "|" in named else _TYPES.get(named, named).upper()


def _describe_meaning(parameter: Any, context: Any) -> str:
    meaning = parameter.help or ""
    default = parameter.get_default(context)
    if parameter.required or default in (None, False, "", (), []):
        return meaning
    return f"{meaning} Default: `{default}`."
