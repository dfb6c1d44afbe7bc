"""Every test is in exactly one of the lists that CI runs, by its markers."""

from __future__ import annotations

import re
import tomllib
from itertools import product

from tests.house.sources import ROOT

SCRIPTS = (".ci/run", ".ci/nightly")
_RECIPE = re.compile(r"^([a-z0-9-]+):.*\n((?:\t.*\n)*)", re.MULTILINE)


def settings() -> dict:
    return tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["pytest"][
        "ini_options"
    ]


def lists() -> dict[str, str]:
    """Which markers each target of the Makefile runs; a target that names files runs no list."""
    (default,) = re.findall(r"-m '(.+)'", settings()["addopts"])
    makefile = (ROOT / "Makefile").read_text("utf-8")
    found = {}
    for target, recipe in _RECIPE.findall(makefile):
        if "-m pytest" in recipe and "tests/" not in recipe:
            chosen = re.findall(r'-m "(.+)"', recipe)
            found[target] = chosen[0] if chosen else default
    return found


def test_any_combination_of_markers_is_in_one_list() -> None:
    markers = [line.partition(":")[0] for line in settings()["markers"]]
    for values in product((False, True), repeat=len(markers)):
        marked = dict(zip(markers, values, strict=True))
        chosen = [target for target, expression in lists().items() if eval(expression, {}, marked)]
        assert len(chosen) == 1, (marked, chosen)


def test_ci_runs_each_list_once() -> None:
    run = [target for script in SCRIPTS for target in sorted(words(script) & set(lists()))]
    assert sorted(run) == sorted(lists())


def words(script: str) -> set[str]:
    lines = (ROOT / script).read_text("utf-8").splitlines()
    code = [line for line in lines if not line.startswith("#")]
    return {word.strip(";") for line in code for word in line.split()}
