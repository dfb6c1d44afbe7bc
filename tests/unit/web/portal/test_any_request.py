"""Whatever a machine asks of the portal, as a stranger or with a good link, is never its fault."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import Any

import pytest
from tests.random_requests import require_no_fault

from cpsa.web.portal.rate_limits import RateLimits

pytestmark = pytest.mark.nightly

MANY = "1000000 per minute"
UNLIMITED = RateLimits(MANY, MANY, MANY, MANY)


def test_a_stranger_finds_no_fault(site) -> None:
    site = replace(site, limits=UNLIMITED)
    assert require_no_fault(site.app, lambda case: None, 25) > 250


def test_a_holder_of_a_link_finds_no_fault(site) -> None:
    site = replace(site, limits=UNLIMITED)
    visitor = site.visitor()
    visitor.send(b"agency,quarter,indicator,dimension,value,note\n")
    token = visitor.get().xpath("string(//input[@name='form_token']/@value)")
    answers: Counter[int] = Counter()

    def adjust(case: Any) -> None:
        if "link" in (case.path_parameters or {}):
            case.path_parameters["link"] = visitor.link
        if isinstance(case.body, dict):  # as a browser sends it that has opened the page
            case.body["form_token"] = token
            case.cookies = dict(visitor.client.cookies)

    assert require_no_fault(site.app, adjust, 30, answers) > 250
    assert answers[303], "some of what was posted was received"
