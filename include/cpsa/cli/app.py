"""The application: its commands by subject, and how errors leave it."""

from __future__ import annotations

import os
import sys

import typer

from cpsa.cli import decide, intake, output, setup, tables
from cpsa.cli.session import SOMETHING_LEFT, WRONG_REQUEST, language
from cpsa.errors import RequestError

app = typer.Typer(
    name="cpsa",
    help="Quarterly reporting of the Cluster Programme Support Agency.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
for module in (setup, intake, decide, tables, output):
    module.add_to(app)


def main() -> None:
    """Run the command line; a wrong request is one clear line, never a traceback."""
    try:
        app()
    except RequestError as error:
        print(f"cpsa: {error.text(language())}", file=sys.stderr)
        raise SystemExit(WRONG_REQUEST) from None
    except KeyboardInterrupt:
        raise SystemExit(130) from None
    except BrokenPipeError:
        # The reader of our output has gone (``cpsa findings | head``): nothing is wrong.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise SystemExit(SOMETHING_LEFT) from None
