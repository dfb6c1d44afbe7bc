"""What the tests of the online edition share: the site of the sample's first two quarters."""

from __future__ import annotations

from pathlib import Path

import pytest
from lxml import html
from lxml.html import HtmlElement
from tests.factories import INCLUDE
from tests.unit.documents.sample_snapshot import sample

from cpsa.calendar import Quarter
from cpsa.online_edition.site_files import make_site_files
from cpsa.provenance.snapshot import Snapshot

LAST = "2024-25-Q4"
Site = dict[str, bytes]


def site_of(snapshot: Snapshot, quarter: str = LAST) -> Site:
    made = list(
        make_site_files(
            snapshot,
            Quarter.parse(quarter),
            INCLUDE / "templates",
        )
    )
    assert len(made) == len({path for path, _ in made}), "a page was written twice"
    return dict(made)


def pages_of(site: Site) -> dict[str, HtmlElement]:
    return {
        path: html.fromstring(content.decode())
        for path, content in site.items()
        if Path(path).suffix == ".html"
    }


@pytest.fixture(scope="session")
def programme() -> Snapshot:
    return sample(LAST)


@pytest.fixture(scope="session")
def site(programme: Snapshot) -> Site:
    return site_of(programme)


@pytest.fixture(scope="session")
def pages(site: Site) -> dict[str, HtmlElement]:
    return pages_of(site)
