"""A visit of an agency: the holder of the link, the account, and the language of the page.

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

from cpsa import signed_links
from cpsa.calendar import Quarter
from cpsa.framework.model import Framework
from cpsa.services.quarter.agency_quarter import (
    AgencyQuarter,
    SubmissionSummary,
    load_agency_quarter,
)
from cpsa.services.quarter.version_description import describe_counting_version
from cpsa.submissions.current import version_state
from cpsa.submissions.due_date import DueDate
from cpsa.submissions.state import SubmissionState
from cpsa.web.portal.error_pages import PageError
from cpsa.web.portal.link_visit import (
    LinkVisit,
    PortalContext,
    choose_language,
    read_link,
    refuse_if_too_often,
)


@dataclass(frozen=True)
class AgencyVisit(LinkVisit):
    """One request of the holder of an agency's link."""

    STEP: ClassVar[str] = "u"

    account: AgencyQuarter

    @property
    def agency(self) -> str:
        return self.account.agency

    @property
    def quarter(self) -> Quarter:
        return self.account.quarter

    @cached_property
    def framework(self) -> Framework:
        return self.context.load_framework(self.quarter)

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
    def examined(self) -> SubmissionSummary | None:
        """The version whose findings the account holds."""
        unseen = (SubmissionState.RECEIVED, SubmissionState.LOCKED_OUT)
        seen = [
            submission for submission in self.account.submissions if submission.state not in unseen
        ]
        return seen[-1] if seen else None

    def state_of(self, received: SubmissionSummary) -> str:
        """A version's state; accepted, it is superseded once a later one was."""
        return version_state(received, self.account.submissions).value

    def outcome_text(self, received: SubmissionSummary) -> str:
        """The outcome of a version, as a heading."""
        return self.words(f"portal.sent.{self.state_of(received)}")

    @property
    def counting(self) -> str:
        """Which version of the update counts, in one sentence."""
        return describe_counting_version(self.account.submissions, self.language)

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
        that it is found again by the link of a later letter. It reveals neither them nor a link."""
        subject = f"cpsa draft {self.agency} {self.quarter.key}".encode()
        return hmac.new(self.context.seal_key, subject, hashlib.sha256).hexdigest()[:16]

    def reload(self) -> AgencyVisit:
        """The same visit with its account read again."""
        return replace(self, account=load_agency_quarter(self.context, self.agency, self.quarter))

    def find_version(self, number: int) -> SubmissionSummary:
        for submission in self.account.submissions:
            if submission.version == number:
                return submission
        raise PageError(404, "not_found")


def open_agency_visit(request: Request, link: str) -> AgencyVisit:
    """Let the holder of a link in; PageError or RequestError when there is no way."""
    portal: PortalContext = request.app.state.portal
    holder = read_link(request, signed_links.AgencyLink, link)
    account = load_agency_quarter(portal.context, holder.agency, Quarter.parse(holder.quarter))
    visit = AgencyVisit(
        portal=portal,
        request=request,
        link=link,
        own_language=account.language,
        language=choose_language(request, account.language),
        now=portal.now(),
        account=account,
    )
    request.state.visit = visit
    refuse_if_too_often(portal.rates.check_link(holder, writes=request.method == "POST"))
    return visit


Entered = Annotated[AgencyVisit, Depends(open_agency_visit)]
