"""A visit: who holds the link, what their account is, and in which language they read.

What belongs here: what every page of an agency needs before it does anything. What must not: what
any page shows.
"""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Annotated, ClassVar

from fastapi import Depends, Request

from cpsa import cycle, links
from cpsa.calendar import Quarter
from cpsa.cycle import Account
from cpsa.cycle.accounts import Received
from cpsa.cycle.version_answers import describe_counting
from cpsa.framework import Framework
from cpsa.portal.link_visit import LinkVisit, Portal, chosen_language, read_link, require_patience
from cpsa.portal.refusals import PageError
from cpsa.submissions.current import version_state
from cpsa.submissions.due_date import DueDate
from cpsa.submissions.state import SubmissionState


@dataclass(frozen=True)
class Visit(LinkVisit):
    """One request of the holder of an agency's link."""

    STEP: ClassVar[str] = "u"

    account: Account

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
    def draft(self) -> str:
        """Under which name a browser keeps the draft of the form: one for an agency and quarter, so
        that it is found again by the link of a later letter. It tells neither them nor a link."""
        subject = f"cpsa draft {self.agency} {self.quarter.key}".encode()
        return hmac.new(self.office.seal_key, subject, hashlib.sha256).hexdigest()[:16]

    def again(self) -> Visit:
        """The same visit after something was done: its account as it is now."""
        return replace(self, account=cycle.account(self.office, self.agency, self.quarter))

    def version(self, number: int) -> Received:
        for one in self.account.submissions:
            if one.version == number:
                return one
        raise PageError(404, "not_found")


def enter(request: Request, link: str) -> Visit:
    """Let the holder of a link in; PageError or RequestError when there is no way."""
    portal: Portal = request.app.state.portal
    holder = read_link(request, links.Pass, link)
    account = cycle.account(portal.office, holder.agency, Quarter.parse(holder.quarter))
    visit = Visit(
        portal=portal,
        request=request,
        link=link,
        own_language=account.language,
        language=chosen_language(request, account.language),
        now=portal.now(),
        account=account,
    )
    request.state.visit = visit
    require_patience(portal.rates.of_link(holder, request.method == "POST"))
    return visit


Entered = Annotated[Visit, Depends(enter)]
