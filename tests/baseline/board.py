"""The board's pages of every period, for ops and for viewers.

What belongs here: which pages are opened. What must not: names of the system's modules (``system``).
"""

from __future__ import annotations

from collections.abc import Sequence

from tests.baseline import clock
from tests.baseline.results import Results
from tests.baseline.system import board_client

LANGUAGES = ("en", "hi")
HEADERS = ("location", "content-type", "content-disposition", "content-security-policy")


def keep_board(results: Results, quarters: Sequence[str], periods: Sequence[str]) -> None:
    """Open every page; what is answered is kept."""
    newest = quarters[-1]
    pages = ["/", "/departments", "/mail", "/arrivals", "/nothing", "/quarter/2026-27-Q9"]
    pages += [f"/quarter/{quarter}" for quarter in quarters]
    pages += [f"/departments/{period}" for period in periods]
    pages += [f"/departments/{periods[-1]}?department=BANKS", f"/mail?quarter={newest}"]
    pages += [f"/query/{newest}/IA-INDPH", f"/query/{newest}/IA-NOBODY"]
    pages += ["/document/1", "/document/99999999", f"/received/{newest}/IA-INDPH/1"]
    for who in ("ops", "viewer"):
        clock.tick()
        with board_client(ops=who == "ops") as client:
            results.text("board/board.css", client.get("/board.css").text) if who == "ops" else None
            for page in pages:
                for language in LANGUAGES:
                    mark = "&" if "?" in page else "?"
                    answer = client.get(f"{page}{mark}language={language}")
                    said = [f"status {answer.status_code}"]
                    said += [f"{one}: {answer.headers.get(one, '')}" for one in HEADERS]
                    name = f"board/{who}/{language}{page}"
                    results.text(name, "\n".join([*said, answer.text]))
