"""What the person at the terminal sees: one bar for each step, and where to look at the end."""

from __future__ import annotations

from types import TracebackType

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    SpinnerColumn,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
)

from cpsa.i18n.catalogue import text


class Screen:
    """Progress while the demo runs. Where nobody watches a terminal, one line for each step."""

    def __init__(self, language: str) -> None:
        self.console = Console()
        self.language = language
        self._progress = Progress(
            SpinnerColumn(),
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            console=self.console,
        )
        self._bars: dict[str, TaskID] = {}
        self._totals: dict[str, int] = {}

    def __enter__(self) -> Screen:
        if self.console.is_terminal:
            self._progress.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._progress.stop()

    def say(self, message: str, **params: object) -> None:
        """A line of its own, above the bars."""
        self.console.print(text(f"demo.{message}", self.language, **params), highlight=False)

    def expect(self, totals: dict[str, int]) -> None:
        """A bar for each step, and how much makes it full."""
        for step, total in totals.items():
            label = text(f"demo.step.{step}", self.language)
            self._totals[step] = total
            self._bars[step] = self._progress.add_task(label, total=total)

    def finish(self, step: str) -> None:
        """A step has no more to do, whatever it was expected to."""
        self.show(step, self._totals[step])
        del self._bars[step]

    def show(self, step: str, done: int) -> None:
        """How far a step is."""
        if step not in self._bars:
            return
        before = self._progress.tasks[self._bars[step]].completed
        total = self._totals[step]
        self._progress.update(self._bars[step], completed=min(done, total))
        if not self.console.is_terminal and before < total <= done:
            label = text(f"demo.step.{step}", self.language)
            self.console.print(f"{label}: {total}/{total}", highlight=False)
