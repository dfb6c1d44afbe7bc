"""Tables in the markdown that Airflow shows on its forms."""

from __future__ import annotations

from collections.abc import Iterable, Sequence


def escape_cell(value: object) -> str:
    """Text that cannot end its cell or become markup."""
    return str(value).replace("|", "\\|").replace("<", "&lt;").replace("\n", " ")


def format_table(headings: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table; the cells are markdown, so text of others is escaped by the caller."""
    lines = (f"| {' | '.join(cells)} |" for cells in (headings, *rows))
    heading, *body = lines
    return "\n".join((heading, "|---" * len(headings) + "|", *body))
