"""One thing an agency is told, in its language, and the input it concerns."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Mark:
    """``name``: the defined name of the input concerned; blank for the update as a whole.

    ``place``: the cell itself (``Output!D7``), where no name tells it. ``must``: to be mended, else
    to be explained. ``address``: where the check is explained; blank for nowhere.
    """

    rule: str
    must: bool
    message: str
    mend: str
    name: str = ""
    place: str = ""
    address: str = ""
