"""One message to an agency, in its language, and the input it concerns."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class FaultMark:
    """``name``: the defined name of the input concerned; blank for the update as a whole.

    ``place``: the cell itself (``Output!D7``), where it has no name. ``must_correct``: to be corrected, else
    to be explained. ``address``: where the check is explained; blank for nowhere.
    """

    rule: str
    must_correct: bool
    message: str
    correction: str
    name: str = ""
    place: str = ""
    address: str = ""
