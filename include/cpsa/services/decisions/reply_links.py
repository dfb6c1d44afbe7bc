"""The link by which a department answers in the browser: in its mail, and in the letters after it."""

from __future__ import annotations

from datetime import datetime, timedelta

from cpsa import signed_links
from cpsa.calendar import HalfYear
from cpsa.letters.letter_context import PageLink
from cpsa.letters.seats import Seat
from cpsa.services.app_context import AppContext

# Twice as long as a department has to answer: late replies count too, and the next half-year's
# mail brings another link.
ANSWER_LINK_TERM = timedelta(days=180)


def make_answer_link(
    context: AppContext, seat: Seat, half: HalfYear | None, now: datetime
) -> PageLink | None:
    """Make the link where this recipient answers for its department; None without a portal, and for copies."""
    portal = context.settings.portal_url
    if portal is None or half is None or seat.kind != "to":
        return None
    until = max(now, half.dispatch_at) + ANSWER_LINK_TERM
    holder = signed_links.DepartmentLink(seat.id, half.key, until)
    return PageLink(f"{portal}/r/{signed_links.sign_link(context.seal_key, holder)}", until)
