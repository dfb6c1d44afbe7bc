"""Progress for a person who waits; silent when nobody watches."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from cpsa.cli import session
from cpsa.i18n.catalogue import text


@contextmanager
def show_spinner(key: str) -> Iterator[None]:
    """A turning sign beside a text of the catalogue."""
    from rich.console import Console

    screen = Console(stderr=True)
    if not screen.is_terminal:
        yield
        return
    with screen.status(text(key, session.language())):
        yield


@contextmanager
def show_progress_bar(key: str) -> Iterator[Callable[[int, int], None]]:
    """A bar; call what is given with how much is done and how much there is."""
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeElapsedColumn,
    )

    screen = Console(stderr=True)
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=screen, disable=not screen.is_terminal) as progress:
        task = progress.add_task(text(key, session.language()), total=None)
        yield lambda done, total: progress.update(task, completed=done, total=total)
