"""Frameworks of earlier releases, for quarters that were closed before closings kept their own.

Release 1.0.0 recorded only the version of the framework a quarter was closed with. Its files are
shipped in ``include/programme/framework/archive/1.0.0``; what an installation had added to them is still in
its own folder. Nothing that a later release added was in force then. What must not go here:
frameworks that the store keeps (``store.frameworks``).
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from cpsa.calendar import Quarter
from cpsa.errors import RequestError
from cpsa.framework.loader import load_framework, parse_framework, read_framework_file
from cpsa.framework.model import QUERY_RULE_KIND, Framework

SHIPPED_FOLDER = Path(__file__).resolve().parents[2] / "programme" / "framework"


def find_framework_version(version: str, quarter: Quarter, folder: Path) -> Framework:
    """The framework of a version, from the folder as it is now or with the files of a release.

    Where none has exactly this version, because files were changed in place since: the files of the
    oldest release that the folder was made from, else the folder as it is.
    """
    present = load_framework(quarter, folder, additions=None, kept=True)
    if present.version == version:
        return present
    earlier = [parse_framework(files) for files in _list_candidates(quarter, present)]
    exact = (framework for framework in earlier if framework.version == version)
    return next(exact, earlier[0] if earlier else present)


def add_unconfirming_rules(framework: Framework, folder: Path) -> Framework:
    """A framework that knows which of its rules put a figure in doubt.

    Those of release 1.0.0 did not say so, and no figure depends on it: it is taken from the folder
    as it is now, so that documents of quarters closed then list what is to be confirmed as well.
    """
    if any(rule.unconfirms for rule in framework.rules.values()):
        return framework
    with suppress(RequestError):
        present = load_framework(Quarter.parse(framework.holds_from), folder, kept=True).rules
        rules = {
            id_: rule.model_copy(update={"unconfirms": id_ in present and present[id_].unconfirms})
            for id_, rule in framework.rules.items()
        }
        return replace(framework, rules=rules)
    return framework


def add_query_rules(framework: Framework, folder: Path) -> Framework:
    """A framework under whose rules CPSA can ask about figures (C01), as the folder has them now.

    Frameworks of releases before 1.2.0 had no such rule; no figure, state or score depends on it.
    """
    with suppress(RequestError):
        present = load_framework(Quarter.parse(framework.holds_from), folder, kept=True)
        missing = {
            rule.id: rule
            for rule in present.rules_of_kind(QUERY_RULE_KIND)
            if rule.id not in framework.rules
        }
        if missing:
            return replace(framework, rules={**framework.rules, **missing})
    return framework


def add_main_indicators(framework: Framework, folder: Path) -> Framework:
    """A framework that knows which indicators are on the first page of updates.

    Those of releases before 1.5.0 did not say so, since it was in the program; no figure depends on it.
    """
    if any(indicator.main for indicator in framework.indicators):
        return framework
    with suppress(RequestError):
        present = load_framework(Quarter.parse(framework.holds_from), folder, kept=True).by_code
        indicators = tuple(
            indicator.model_copy(
                update={"main": indicator.code in present and present[indicator.code].main}
            )
            for indicator in framework.indicators
        )
        return replace(framework, indicators=indicators)
    return framework


def _list_candidates(quarter: Quarter, present: Framework) -> Iterator[dict[str, str]]:
    """With each release's files in place of those of the same name, and each release alone."""
    for release in sorted((SHIPPED_FOLDER / "archive").iterdir()):
        files = {
            file.name: read_framework_file(file)
            for file in sorted(release.glob("*.yaml"))
            if file.name.partition(".")[0] <= quarter.key
        }
        if files and files.keys() <= present.files.keys():
            yield dict(present.files) | files
            yield files
