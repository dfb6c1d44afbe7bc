"""The application: its commands by subject, and how it reports errors."""

from __future__ import annotations

import atexit
import gc
import os
import sys
from typing import NoReturn

import typer

from cpsa.cli import (
    action_commands,
    audit_commands,
    backfill_commands,
    cluster_commands,
    document_commands,
    installation_commands,
    intake_commands,
    letter_commands,
    outbox_commands,
    portal_commands,
    programme_commands,
    quarter_commands,
    report_commands,
    store_commands,
    trace_commands,
)
from cpsa.cli.permissions import require_roles
from cpsa.cli.session import (
    DEFECT,
    INCOMPLETE,
    WRONG_REQUEST,
    close_stores,
    configure_logging,
    language,
)
from cpsa.errors import RequestError

OBJECTS_BETWEEN_COLLECTIONS = 10_000

app = typer.Typer(
    name="cpsa",
    help="CPSA Reporting: quarterly updates, documents and mails of a programme.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
for module in (
    intake_commands,
    quarter_commands,
    backfill_commands,
    action_commands,
    letter_commands,
    report_commands,
    document_commands,
    outbox_commands,
    portal_commands,
    store_commands,
    cluster_commands,
    programme_commands,
    installation_commands,
    audit_commands,
    trace_commands,
):
    module.add_to(app)


def main() -> None:
    """Run the command line; a wrong request is one clear line, never a traceback."""
    # A short command hardly makes garbage, but Python looks for it after every 700 new objects, and
    # as the process ends among all that was ever imported: together a quarter of ``cpsa status``.
    # The operating system takes all of it back; what must be closed is closed.
    gc.set_threshold(OBJECTS_BETWEEN_COLLECTIONS)
    atexit.register(gc.freeze)
    try:
        configure_logging()
        require_roles(app)()
    except RequestError as error:
        _end_with(error)
    except BrokenPipeError:
        # The reader of our output has gone (``cpsa findings | head``): nothing is wrong.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise SystemExit(INCOMPLETE) from None
    except OSError as error:
        _end_with(RequestError("cli.os_error", detail=f"{error.strerror}: {error.filename}"))
    except KeyboardInterrupt:
        raise SystemExit(130) from None
    except Exception:  # a defect of ours: its traceback is for us, not for the user
        _end_with(RequestError("cli.defect", file=_write_defect_file()), DEFECT)
    finally:
        close_stores()


def _end_with(error: RequestError, status: int = WRONG_REQUEST) -> NoReturn:
    print(f"cpsa: {error.text(language())}", file=sys.stderr)
    raise SystemExit(status) from None


def _write_defect_file() -> str:
    """Keep the traceback of the defect that is being handled in a file of its own; its name."""
    import tempfile
    import traceback

    with tempfile.NamedTemporaryFile(
        "w", prefix="cpsa-defect-", suffix=".txt", delete=False, encoding="utf-8"
    ) as file:
        traceback.print_exc(file=file)
    return file.name
