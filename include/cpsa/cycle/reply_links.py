"""The link by which a department answers in the browser: in its mail, and in the letters after it."""

from __future__ import annotations

from datetime import datetime, timedelta

from cpsa import links
from cpsa.calendar import HalfYear
from cpsa.cycle.office import Office
from cpsa.deliver.pack import Seat
from cpsa.letters import Link

# Twice as long as a department has to answer: late replies count too, and the next half-year's
# mail brings another link.
ANSWER_LINKS_HOLD = timedelta(days=180)


def answer_link(office: Office, seat: Seat, half: HalfYear | None, now: datetime) -> Link | None:
    """Where this recipient answers for its department; None without a portal, and for copies."""
    portal = office.settings.portal_url
    if portal is None or half is None or seat.kind != "to":
        return None
    until = max(now, half.dispatch_at) + ANSWER_LINKS_HOLD
    holder = links.DepartmentPass(seat.id, half.key, until)
    return Link(f"{portal}/r/{links.sign(office.seal_key, holder)}", until)
