"""The sample programme, run quarter by quarter through the command line, and what it says meanwhile.

What belongs here: what is done, and when. What must not: how it is kept (``results``), and what is
asked once all is done (``shown``).
"""

from __future__ import annotations

import os
import shutil
import time
import zipfile
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from openpyxl import load_workbook
from tests.baseline import clock, mails, portal, program
from tests.baseline.aside import Aside
from tests.baseline.clock import IST
from tests.baseline.mails import Catcher
from tests.baseline.results import Results
from tests.baseline.workbooks import without_times

SAMPLE = Path(__file__).resolve().parents[2] / "include" / "sample"
QUARTERS = tuple(sorted(folder.name for folder in (SAMPLE / "updates").iterdir()))
ASKED, RESTATED, SENT_WORKBOOK = "2026-27-Q1", "2025-26-Q4", "2026-27-Q2"
BUILT_HERE = (RESTATED, SENT_WORKBOOK)  # the others aside, from copies
ONE_IN_LATE = 9
REASON = "Agreed with the agency by telephone"


@dataclass
class Story:
    """One run: a home, a mail server that catches, and what was made so far."""

    results: Results
    home: Path
    catcher: Catcher
    aside: Aside
    said: int = field(default=0, init=False)
    caught: int = field(default=0, init=False)

    def tell(self) -> None:
        """Everything, from an empty home to the newest half-year's revision."""
        begun = time.monotonic()
        clock.move_to(datetime(2024, 12, 28, tzinfo=IST))
        self._do("db", "upgrade")
        self._do("registry", "load", str(SAMPLE / "registry"))
        for quarter in QUARTERS:
            print(f"{time.monotonic() - begun:5.0f} s  {quarter}", flush=True)
            self._quarter(quarter)
        self._redo()

    def _quarter(self, quarter: str) -> None:
        year, month = _month_after(quarter)
        self._at(f"{year}-{month:02}-01T09:30")
        self._do("open", quarter)
        self._do("letters", quarter)
        self._put_into_inbox(quarter, year, month, range(1, 15))
        self._at(f"{year}-{month:02}-15T10:00")
        self._do("remind", quarter)
        self._put_into_inbox(quarter, year, month, range(15, 19))
        self._at(f"{year}-{month:02}-19T10:00")
        self._do("collect", "--inbox")
        self._do("entries", "load", str(SAMPLE / "entries" / f"{quarter}.csv"))
        self._do("letters", quarter)
        self._do("remind", quarter)
        self._do("status", quarter)
        if quarter == ASKED:
            self._ask(quarter)
        if quarter == SENT_WORKBOOK:
            self._use_portal(quarter)
        self._at(f"{year}-{month:02}-21T10:00")
        self._do("remind", quarter)
        self._put_into_inbox(quarter, year, month, range(20, 30))
        self._at(f"{year}-{month:02}-25T10:00")
        self._do("collect", "--inbox")
        self._do("letters", quarter)
        self._at(f"{year}-{month:02}-27T10:00")
        self._do("remind", quarter)
        self._at(f"{year}-{month + 1:02}-01T06:30")
        self._do("close", quarter)
        self._do("letters", quarter)
        if quarter in BUILT_HERE:
            self._do("build", quarter)
            if quarter != RESTATED:  # that is published when it is restated
                self._do("publish", quarter)
        else:
            self.aside.give(quarter)
        if quarter.endswith(("Q2", "Q4")):
            self._at(f"{year}-{month + 1:02}-15T10:00")
            self._half_year(quarter)
        if quarter == RESTATED:
            self._at(f"{year}-{month + 1:02}-25T10:00")
            self._restate()
        self._keep_mails(f"mails/{quarter}")

    def _half_year(self, quarter: str) -> None:
        half = quarter[:8] + ("H1" if quarter.endswith("Q2") else "H2")
        self._do("build", half)
        self._do("send", half, "--dry-run")
        self._do("send", half)
        self._do("outbox", "list", half)
        if half.endswith("H2"):
            self._do("build", half[:7])
        self._do("actions", "--pendency")

    def _ask(self, quarter: str) -> None:
        """Questions, waivers, more time, and files that are not as they ought to be."""
        asked = "Please confirm the number of women among the members."
        asked_hi = "कृपया सदस्यों में महिलाओं की संख्या की पुष्टि करें।"
        self._do("query", "IA-UJPLA", quarter, "OP2", "--text", asked, "--text-hi", asked_hi)
        self._do("query", "IA-NIRMG", quarter, "OP2", "--text", asked, "--text-hi", asked_hi)
        self._do("query", "--withdraw", "2", "--reason", REASON)
        self._do("explain", "IA-UJPLA", quarter, "C01", "OP2", "--text", "Counted twice by hand.")
        self._do("waive", "IA-GWTRA", quarter, "V05", "--reason", REASON)
        self._do("extend", "IA-BPENG", quarter, "--until", "2026-07-29", "--reason", REASON)
        self._do("request", "IA-BAGPR", quarter, "--reason", REASON)
        folder = self.home / "odd" / quarter
        folder.mkdir(parents=True)
        sample = SAMPLE / "updates" / quarter
        whole = (sample / "FC-IND.csv").read_text("utf-8")
        (folder / "FC-IND.csv").write_text(whole.replace(",0,", ",-5,", 3), "utf-8")
        (folder / "FC-BHO.xlsx").write_bytes(b"PK\x03\x04 no workbook")
        (folder / "FC-NONE.csv").write_text(whole, "utf-8")
        (folder / "FC-UJJ.csv").write_text("agency,quarter\nFC-UJJ", "utf-8")
        with zipfile.ZipFile(folder / "FC-GWA.zip", "w") as archive:
            moment = zipfile.ZipInfo("FC-GWA.csv", (2026, 7, 1, 0, 0, 0))
            archive.writestr(moment, (sample / "FC-GWA.csv").read_bytes() + b"\n")
        for file in sorted(folder.iterdir()):
            self._do("check", str(file))
            self._do("collect", str(file))
        self._do("letters", quarter)
        self._do("arrivals", quarter, "--refused")

    def _use_portal(self, quarter: str) -> None:
        """Two agencies use the portal, one of them in Hindi; a department answers there."""
        form = self.home / "made" / "IA-GUBRI.xlsx"
        self._template("IA-GUBRI", quarter, form)
        self._template("FC-GWA", quarter, self.home / "made" / "FC-GWA.xlsx")
        self._template("IA-UJPLA", quarter, self.home / "made" / "IA-UJPLA.xlsx")
        filled = self._filled(form, "IA-GUBRI", quarter)
        with portal.serving(self.home / "portal.log") as port:
            for agency in ("IA-GUBRI", "IA-INDPH", "FC-JAB", "IA-JBNAM", "IA-UJPLA"):
                link = portal.link_in(self._do("link", agency, quarter).out, "u")
                self._visit(port, agency, link, filled if agency == "IA-GUBRI" else None)
            self._service_pages(port)
            self._answer_as_departments(port)

    def _visit(self, port: int, agency: str, link: str, filled: bytes | None) -> None:
        visitor, here = portal.Visitor(self.results, port), f"portal/{agency}"
        home = visitor.get(f"{here}/home", link)
        visitor.get(f"{here}/template", f"{link}/template")
        form = visitor.get(f"{here}/fill", f"{link}/fill")
        for do in ("check", "language", "more_success", "send"):
            visitor.submit(f"{here}/fill {do}", form, "/fill", {"do": do})
        visitor.submit(f"{here}/send nothing", home, "/send")
        broken = {"file": ("update.csv", b"agency,quarter\n")}
        visitor.submit(f"{here}/send broken", home, "/send", files=broken)
        if filled:
            whole = {"file": ("IA-GUBRI.xlsx", filled)}
            visitor.submit(f"{here}/send whole", home, "/send", files=whole)
            visitor.submit(f"{here}/send again", home, "/send", files=whole)
        home = visitor.get(f"{here}/home after", link)
        for version in ("1", "2", "3", "9"):
            for page in ("sent", "receipt", "marked", "file"):
                visitor.get(f"{here}/{page} {version}", f"{link}/{page}/{version}")
        if b"/explain" in home.content:
            visitor.submit(f"{here}/explain nothing", home, "/explain")
            why = {f"why.{name}": "Known." for name in portal.names_in(home, "why.")}
            visitor.submit(f"{here}/explain", home, "/explain", why)
        visitor.get(f"{here}/home spoilt", link + "x")

    def _service_pages(self, port: int) -> None:
        visitor = portal.Visitor(self.results, port)
        for page in ("", "checks", "portal.css", "health", "no/such/page", "u/none", "r/none"):
            visitor.get(f"portal/service/{page or 'root'}", f"/{page}")

    def _answer_as_departments(self, port: int) -> None:
        texts = [content.decode("utf-8", "replace") for _, content in self.catcher.mails]
        for department in ("banks@", "doic@"):
            mail = next(
                mails.plain_text(content)
                for (to, content), text in zip(
                    reversed(self.catcher.mails), reversed(texts), strict=True
                )
                if to[0].startswith(department) and "/r/" in mails.plain_text(content)
            )
            visitor, here = portal.Visitor(self.results, port), f"portal/{department}"
            link = portal.link_in(mail, "r")
            page = visitor.get(f"{here}/home", link)
            visitor.get(f"{here}/form", f"{link}/form")
            action = link.rsplit("/", 1)[1]
            visitor.submit(f"{here}/nothing", page, action, {"do": "send"})
            numbers = portal.names_in(page, "decision-")
            typed = {f"decision-{numbers[0]}": "accepted", f"promised-{numbers[0]}": "31-03-2027"}
            typed |= {f"remarks-{numbers[0]}": "In hand", "post": "Joint Director"}
            if len(numbers) > 1:
                typed |= {f"decision-{numbers[1]}": "done", f"day-{numbers[1]}": "99-99-2026"}
            visitor.submit(f"{here}/answered", page, action, typed)
            visitor.get(f"{here}/sent", f"{link}/sent/1")
            visitor.get(f"{here}/marked", f"{link}/marked/1")
            words = {"file": ("reply.txt", b"We shall look into it.")}
            visitor.submit(f"{here}/words", page, "/send", files=words)
            visitor.get(f"{here}/after", link)
        self._do("letters")
        self._do("replies", "--all")

    def _template(self, agency: str, quarter: str, file: Path) -> None:
        file.parent.mkdir(exist_ok=True)
        self._do("template", agency, quarter, "-o", str(file))
        self.results.bytes(f"templates/{quarter}/{file.name}", file.read_bytes(), cell_by_cell=True)

    def _filled(self, form: Path, agency: str, quarter: str) -> bytes:
        """A template with 1 in every cell that may be filled with a figure."""
        book = load_workbook(form)
        for name, defined in book.defined_names.items():
            if name.startswith("in_"):
                sheet, place = next(iter(defined.destinations))
                book[sheet][place.replace("$", "")].value = 1
        file = form.with_name("filled.xlsx")
        book.save(file)
        return without_times(file.read_bytes())

    def _restate(self) -> None:
        """A late file of a quarter that was sent, its documents, and the revision."""
        agency = "FC-IND"
        self._do("reopen", agency, RESTATED, "--reason", REASON)
        folder = self.home / "late" / RESTATED
        folder.mkdir(parents=True)
        lines = (SAMPLE / "updates" / RESTATED / f"{agency}.csv").read_text("utf-8").splitlines()
        changed = [_one_more(line) for line in lines]
        (folder / f"{agency}.csv").write_text("\n".join(changed) + "\n", "utf-8")
        self._do("collect", str(folder))
        self._do("letters", RESTATED)
        self._do("close", RESTATED, "--reason", REASON)
        for period in (RESTATED, "2025-26-H2", "2025-26"):
            self._do("build", period)
        self._do("publish", RESTATED)
        self._do("send", "2025-26-H2", "--dry-run")
        self._do("send", "2025-26-H2", "--revise", "--reason", REASON)
        self._do("send", "2025-26-H2", "--only", "BANKS", "--to", "trial@example.org")

    def _redo(self) -> None:
        """Decisions, an action taken report by hand, and a backfill."""
        self._do("decide", "PA-2025-26-Q4-001", "accepted", "--remarks", "In hand")
        self._do("decide", "PA-2025-26-Q4-002", "reply_not_accepted", "--remarks", "No date given")
        self._do("decide", "PA-1999-00-Q4-001", "done", "--remarks", "No such action")
        for department in ("BANKS", "DOIC"):
            for language in ("en", "hi"):
                file = self.home / "made" / f"{department}.{language}.xlsx"
                form = ("atr-form", department, "2026-27-H1", "--language", language)
                self._do(*form, "-o", str(file))
                self.results.bytes(f"atr/{file.name}", file.read_bytes(), cell_by_cell=True)
        self._do("atr", str(self.home / "made" / "BANKS.en.xlsx"), "--department", "BANKS")
        self._do("backfill", RESTATED, ASKED, "--reason", REASON)
        self._do("backfill", ASKED, ASKED, "--reason", REASON, "--redo", "score", "--yes")
        self._do("build", "2026-27-H1")
        self._do("send", "2026-27-H1", "--revise", "--reason", REASON)
        self._do("letters")
        self._do("retain", "--dry-run")
        self._do("rebuild", "2026-27-H1/learning/STATE.hi.pdf")
        self._keep_mails("mails/afterwards")

    def _put_into_inbox(self, quarter: str, year: int, month: int, days: range) -> None:
        """The quarter's files of some days, as the demo puts them: one in nine comes late."""
        folder = self.home / "inbox" / quarter
        folder.mkdir(parents=True, exist_ok=True)
        for number, file in enumerate(sorted((SAMPLE / "updates" / quarter).glob("*.csv"))):
            day = 24 if number % ONE_IN_LATE == ONE_IN_LATE - 1 else 3 + number % 16
            if day not in days:
                continue
            moment = datetime(year, month, day, 11, tzinfo=IST).timestamp()
            shutil.copyfile(file, folder / file.name)
            os.utime(folder / file.name, (moment, moment))

    def _at(self, instant: str) -> None:
        """Move the clock to an instant of India's time, where it is not there yet."""
        there = datetime.fromisoformat(instant).replace(tzinfo=IST)
        clock.move_to(max(there, clock.now() + timedelta(minutes=1)))

    def _do(self, *arguments: str) -> program.Answer:
        """Give a command; what it says is kept."""
        self.said += 1
        answer = program.run(*arguments)
        told = (
            " ".join(arguments).replace(str(self.home), "<home>").replace(str(SAMPLE), "<sample>")
        )
        self.results.text(f"commands/{self.said:03} {told[:80]}", answer.text())
        return answer

    def _keep_mails(self, name: str) -> None:
        mails.keep(self.results, name, self.catcher.mails[self.caught :])
        self.caught = len(self.catcher.mails)


def _month_after(quarter: str) -> tuple[int, int]:
    """The year and month in which a quarter's updates are due."""
    year, number = int(quarter[:4]), int(quarter[-1])
    return {1: (year, 7), 2: (year, 10), 3: (year + 1, 1), 4: (year + 1, 4)}[number]


def _one_more(line: str) -> str:
    """A line of an update whose figure of one indicator is one more."""
    cells = line.split(",")
    if cells[2] == "FA1" and cells[3] == "" and cells[4].isdigit():
        cells[4] = str(int(cells[4]) + 1)
    return ",".join(cells)
