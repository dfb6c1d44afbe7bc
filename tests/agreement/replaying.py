"""Replays a programme folder through the verbs, and reads both answers as sets of rows."""

from __future__ import annotations

import re
import shutil
from datetime import timedelta
from pathlib import Path

import pandas as pd
from tests.oracle.programme import load_queries

from cpsa.calendar import Quarter
from cpsa.services.app_context import AppContext
from cpsa.services.collection.collect_updates import collect_updates
from cpsa.services.quarter.check_updates import check_updates
from cpsa.services.quarter.close_quarter import close_quarter
from cpsa.services.quarter.load_registry import load_registry
from cpsa.services.quarter.query_figure import query_figure
from cpsa.services.quarter.withdraw_query import withdraw_query
from cpsa.services.reports.list_findings import list_findings
from cpsa.services.reports.list_reporting import list_reporting
from cpsa.services.reports.list_scores import list_scores

Rows = set[tuple[str, ...]]
_FOLDER = re.compile(r"(?P<quarter>\d{4}-\d{2}-Q[1-4])(?:\.round(?P<round>\d+))?")


def rounds(updates: Path) -> dict[str, list[Path]]:
    """The folders of each quarter in the order in which their files arrived."""
    found: dict[str, list[tuple[int, Path]]] = {}
    for folder in updates.iterdir():
        match = _FOLDER.fullmatch(folder.name)
        assert match, folder
        found.setdefault(match["quarter"], []).append((int(match["round"] or 1), folder))
    return {key: [folder for _, folder in sorted(found[key])] for key in sorted(found)}


def load_programme_registry(office: AppContext, programme: Path) -> None:
    first = Quarter.parse(min(rounds(programme / "updates")))
    load_registry(office, programme / "registry", first.opens_at)


def send(office: AppContext, folder: Path, quarter: str, round_: int, desk: Path) -> None:
    """Collect a folder's files as ones of the quarter, whatever the folder is called."""
    laid_out = desk / f"{folder.name}" / quarter
    shutil.copytree(folder, laid_out)
    at = Quarter.parse(quarter).opens_at + timedelta(days=round_)
    collected = collect_updates(office, laid_out, at)
    assert not collected.count("refused")


def replay(office: AppContext, programme: Path, desk: Path) -> None:
    """Quarter by quarter: what arrived in the order in which it did, then closing.

    What comes in a further round meets a first one that is checked already; closing checks the rest.
    """
    load_programme_registry(office, programme)
    for quarter, folders in rounds(programme / "updates").items():
        for round_, folder in enumerate(folders, 1):
            if round_ > 1:
                check_updates(office, Quarter.parse(quarter).due_by)
            send(office, folder, quarter, round_, desk)
            ask(office, programme, quarter, folders, round_)
        close_quarter(office, Quarter.parse(quarter), Quarter.parse(quarter).closes_at)
        ask(office, programme, quarter, folders, len(folders) + 1)


def ask(
    office: AppContext, programme: Path, quarter: str, folders: list[Path], round_: int
) -> None:
    """Ask what CPSA asks: of an agency's last file after closing, of others once they are checked."""
    closed = round_ > len(folders)
    now = Quarter.parse(quarter).closes_at if closed else Quarter.parse(quarter).due_by
    for query in load_queries(programme):
        agency, about, version = query.version
        sent = [at for at, one in enumerate(folders, 1) if (one / f"{agency}.csv").exists()]
        when = sent[version - 1] if version < len(sent) else len(folders) + 1
        if (about, when) != (quarter, round_):
            continue
        check_updates(office, now)
        figure = Quarter.parse(quarter), query.indicator, query.dimension
        asked = query_figure(office, agency, *figure, "How so?", "", "ops", now)
        if query.withdrawn:
            withdraw_query(office, asked.id, "It is clear now.", "ops", now)


def answers(office: AppContext) -> dict[str, pd.DataFrame]:
    return {
        "findings": list_findings(office),
        "scores": list_scores(office),
        "reporting": list_reporting(office),
    }


def rows_of(frame: pd.DataFrame, columns: tuple[str, ...]) -> list[tuple[str, ...]]:
    assert tuple(frame.columns[: len(columns)]) == columns, "the columns that are a contract"
    return [tuple(map(str, row)) for row in frame[list(columns)].itertuples(index=False, name=None)]


def differences(ours: list[tuple[str, ...]], theirs: list[tuple[str, ...]]) -> str:
    """What only one side says, fit to be read; blank when both say the same.

    As sets of rows: two versions of an update may say the same.
    """
    lines = [f"only ours:   {row}" for row in sorted(set(ours) - set(theirs))]
    lines += [f"only theirs: {row}" for row in sorted(set(theirs) - set(ours))]
    return "\n".join(lines)
