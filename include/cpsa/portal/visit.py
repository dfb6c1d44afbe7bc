"""A visit: who holds the link, what their account is, and in which language they read.

What belongs here: what every page of an agency needs before it does anything. What must not: what
any page shows.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable, Container
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Annotated
from urllib.parse import urlencode

from fastapi import Depends, Request
from starlette.responses import RedirectResponse, Response

from cpsa import cycle, links
from cpsa.bilingual import LANGUAGES
from cpsa.calendar import Quarter
from cpsa.cycle import Account, Office
from cpsa.cycle.accounts import Received
from cpsa.cycle.version_answers import describe_counting
from cpsa.framework import Framework
from cpsa.portal.body import Sent
from cpsa.portal.form_token import COOKIE, FIELD, FormTokens
from cpsa.portal.pages import Pages, Words
from cpsa.portal.rates import Rates
from cpsa.portal.refusals import PageError
from cpsa.submissions.current import version_state
from cpsa.submissions.due_date import DueDate
from cpsa.submissions.state import SubmissionState


@dataclass(frozen=True)
class Portal:
    """What the process has once: the office, the clock, the limits, the pages."""

    office: Office
    now: Callable[[], datetime]
    rates: Rates
    pages: Pages
    tokens: FormTokens
    root: str
    secure: bool  # whether browsers reach us by https
    proxies: Container[str] = frozenset()  # addresses of the front server


@dataclass(frozen=True)
class Visit:
    """One request of the holder of a link, at one instant."""

    portal: Portal
    request: Request
    link: str
    account: Account
    language: str
    now: datetime

    @property
    def office(self) -> Office:
        return self.portal.office

    @property
    def agency(self) -> str:
        return self.account.agency

    @property
    def quarter(self) -> Quarter:
        return self.account.quarter

    @cached_property
    def framework(self) -> Framework:
        return self.office.framework(self.quarter)

    @property
    def words(self) -> Words:
        return Words(self.language)

    @property
    def state(self) -> str:
        """What the page says first: the agency's state, or that its newest file is locked out."""
        account = self.account
        if account.locked_out and account.state != SubmissionState.ACCEPTED:
            return SubmissionState.LOCKED_OUT.value
        return account.state

    @property
    def state_in_words(self) -> str:
        return self.words(f"portal.state.{self.state}")

    @property
    def examined(self) -> Received | None:
        """The version whose findings the account holds."""
        unseen = (SubmissionState.RECEIVED, SubmissionState.LOCKED_OUT)
        seen = [one for one in self.account.submissions if one.state not in unseen]
        return seen[-1] if seen else None

    def state_of(self, received: Received) -> str:
        """A version's state; accepted, it is superseded once a later one was."""
        return version_state(received, self.account.submissions).value

    def became(self, received: Received) -> str:
        """What became of a version, as a heading."""
        return self.words(f"portal.sent.{self.state_of(received)}")

    @property
    def counting(self) -> str:
        """Which version of the update counts, in one sentence."""
        return describe_counting(self.account.submissions, self.language)

    @property
    def is_late(self) -> bool:
        return self.due_date.is_late(self.now)

    @property
    def due_date(self) -> DueDate:
        """The agency's own due date."""
        return self.account.due_date or DueDate(self.quarter.due_by)

    @property
    def contact(self) -> str:
        return self.office.settings.mail_from

    @property
    def form_token(self) -> str:
        return self.portal.tokens.field(self.link)

    @property
    def draft(self) -> str:
        """Under which name a browser keeps the draft of the form: one for an agency and quarter, so
        that it is found again by the link of a later letter. It tells neither them nor a link."""
        subject = f"cpsa draft {self.agency} {self.quarter.key}".encode()
        return hmac.new(self.office.seal_key, subject, hashlib.sha256).hexdigest()[:16]

    def again(self) -> Visit:
        """The same visit after something was done: its account as it is now."""
        account = cycle.account(self.office, self.agency, self.quarter)
        return Visit(self.portal, self.request, self.link, account, self.language, self.now)

    def address(self, *steps: object, language: str = "", again: bool = False) -> str:
        """The address of a page of this link, in the language of the visit or another."""
        language = language or self.language
        query = {"lang": language} if language != self.account.language else {}
        if again:
            query["again"] = "1"
        path = "/".join([f"{self.portal.root}/u/{self.link}", *map(str, steps)])
        return f"{path}?{urlencode(query)}" if query else path

    def version(self, number: int) -> Received:
        for one in self.account.submissions:
            if one.version == number:
                return one
        raise PageError(404, "not_found")

    def page(self, name: str, status: int = 200, **content: object) -> Response:
        """A page of this visit, with the cookie that its forms need."""
        answer = self.portal.pages.page(name, self.language, status, visit=self, **content)
        answer.set_cookie(
            COOKIE,
            self.portal.tokens.cookie(self.link),
            path=f"{self.portal.root}/u/{self.link}",
            httponly=True,
            samesite="strict",
            secure=self.portal.secure,
        )
        return answer

    def on_to(self, *steps: object, anchor: str = "", again: bool = False) -> Response:
        """Look at another page: what was done is not done again by loading it anew."""
        address = self.address(*steps, again=again)
        return RedirectResponse(f"{address}#{anchor}" if anchor else address, 303)

    def is_ours(self, sent: Sent) -> bool:
        """Whether a form came from a page of this link."""
        cookie = self.request.cookies.get(COOKIE, "")
        return self.portal.tokens.hold(self.link, sent.fields.get(FIELD, ""), cookie)


def enter(request: Request, link: str) -> Visit:
    """Let the holder of a link in; PageError or RequestError when there is no way."""
    portal: Portal = request.app.state.portal
    writes = request.method == "POST"
    address = request.client.host if request.client else ""
    _wait(portal.rates.of_address(address, writes))
    now = portal.now()
    holder = links.read(portal.office.seal_key, links.Pass, link, now)
    account = cycle.account(portal.office, holder.agency, Quarter.parse(holder.quarter))
    asked = request.query_params.get("lang", "")
    language = asked if asked in LANGUAGES else account.language
    visit = Visit(portal, request, link, account, language, now)
    request.state.visit = visit
    _wait(portal.rates.of_link(holder, writes))
    return visit


def _wait(seconds: int) -> None:
    if seconds:
        raise PageError(429, "too_often", {"Retry-After": str(seconds)}, seconds=seconds)


Entered = Annotated[Visit, Depends(enter)]
