"""An agency sends its update by phone: a real portal, a real browser, no JavaScript, in Hindi."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import openpyxl
import psutil
import pytest
from playwright.sync_api import Browser, expect
from tests.browser import DESK, PHONE, Screen
from tests.factories import SAMPLE
from tests.pages import foreign_words, parsed

from cpsa import signed_links

pytestmark = pytest.mark.e2e

QUARTER, BEFORE = "2026-27-Q2", "2026-27-Q1"
HINDI, ENGLISH = "FC-SHA", "IA-JBNAM"
KEY = "a key for this test alone"
# What stays as it is in Hindi: ends of file names, units, codes and addresses.
KNOWN = "xlsx xls ods csv MB SHA lakh crore FC SHA Q FA FB FW FD cpsa example org"


@dataclass(frozen=True)
class Server:
    """A running portal, and the command line beside it."""

    address: str
    process: subprocess.Popen
    log: Path
    environment: dict[str, str]

    def link(self, agency: str) -> str:
        until = datetime.now(UTC) + timedelta(days=30)
        return f"{self.address}/u/{signed_links.sign_link(KEY.encode(), signed_links.AgencyLink(agency, QUARTER, until))}"

    def cpsa(self, *words: str) -> str:
        return _cpsa(self.environment, *words)


def _cpsa(environment: dict[str, str], *words: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "cpsa", *words],
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode in (0, 1), done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    home = tmp_path_factory.mktemp("portal")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = {**os.environ, "CPSA_HOME": str(home), "CPSA_SEAL_KEY": KEY}
    environment.pop("CPSA_DATABASE_URL", None)
    _cpsa(environment, "db", "upgrade")
    _cpsa(environment, "registry", "load", str(SAMPLE / "registry"))
    for agency in (HINDI, ENGLISH):
        file = SAMPLE / "updates" / BEFORE / f"{agency}.csv"
        _cpsa(environment, "collect", str(file), "--received-at", "2026-07-10")
    _cpsa(environment, "open", QUARTER)
    log = home / "portal.log"
    with log.open("w") as stderr:
        process = subprocess.Popen(
            [sys.executable, "-m", "cpsa", "portal", "--port", str(port)],
            env=environment,
            stderr=stderr,
        )
    address = f"http://127.0.0.1:{port}"
    try:
        _wait_for(f"{address}/health", process)
        yield Server(address, process, log, environment)
    finally:
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) in (0, -signal.SIGTERM)


def _wait_for(address: str, process: subprocess.Popen) -> None:
    for _ in range(300):
        assert process.poll() is None, "the portal ended"
        try:
            if httpx.get(address, timeout=5).status_code == 200:
                return
        except httpx.TransportError:
            time.sleep(0.1)
    raise AssertionError("the portal did not begin to answer")


@pytest.fixture
def phone(browser: Browser, server: Server, tmp_path: Path) -> Iterator[Screen]:
    with Screen.of(browser, PHONE, tmp_path, server.address) as screen:
        yield screen


@pytest.fixture
def desk(browser: Browser, server: Server, tmp_path: Path) -> Iterator[Screen]:
    with Screen.of(browser, DESK, tmp_path, server.address) as screen:
        yield screen


def fill(template: Path, values: dict[str, str]) -> None:
    """Every total is zero unless ``values`` says otherwise, by the names of the cells."""
    book = openpyxl.load_workbook(template)
    for name, defined in book.defined_names.items():
        if name in values or re.fullmatch(r"in_\w+_total", name):
            sheet, cell = next(defined.destinations)
            book[sheet][cell] = values.get(name, "०")
    book.save(template)


def test_an_update_by_phone_in_hindi(phone: Screen, server: Server, tmp_path: Path) -> None:
    page = phone.page
    page.goto(server.link(HINDI))
    expect(page.locator("html")).to_have_attribute("lang", "hi")
    phone.look("1-home")

    with page.expect_download() as download:
        page.get_by_role("link", name="इस तिमाही की कार्यपुस्तिका डाउनलोड करें").click()
    workbook = tmp_path / "प्रतिवेदन.xlsx"
    download.value.save_as(workbook)
    fill(workbook, {"in_FA1_total": "बारह", "in_FW1_total": "५", "in_FW2_total": "0"})
    page.get_by_label("भरी हुई फ़ाइल").set_input_files(workbook)
    page.get_by_role("button", name="फ़ाइल भेजें").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("सुधार आवश्यक है")
    expect(page.locator("li.finding.error")).to_contain_text("“बारह”")
    phone.look("2-returned")
    assert "returned" in server.cpsa("status", QUARTER, "--format", "csv")

    page.get_by_role("link", name="ब्राउज़र में सुधारें").click()
    field = page.locator("#in_FA1_total")
    expect(field).to_have_value("बारह")
    phone.look("3-form")
    page.locator("#summary a").click()  # leads to the field
    expect(field).to_be_in_viewport()
    field.fill("0")
    page.locator("#in_FA2_total").fill("-3")
    page.get_by_role("button", name="केवल जाँचें").last.click()
    expect(page.locator("#checked")).to_contain_text("अभी कुछ भेजा नहीं गया")
    expect(page.locator("#fault-in_FA2_total")).to_be_visible()
    phone.look("4-checked")

    page.locator("#in_FA2_total").fill("०")
    page.locator("#kind-lesson summary").click()
    page.locator("#entry_lesson_0_text").fill("उद्यमियों को समय पर सूचना मिले तो पंजीकरण बढ़ते हैं।")
    page.locator("#entry_lesson_0_theme").select_option("AWARENESS")
    page.get_by_role("button", name="प्रतिवेदन भेजें").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("स्वीकृत हुआ")
    phone.look("5-accepted")
    receipt = page.locator(".panel .number").inner_text()
    assert re.fullmatch(rf"{QUARTER}/{HINDI}/2/[0-9A-F]{{4}}", receipt)

    page.get_by_role("link", name="आँकड़ों का स्पष्टीकरण दें").click()
    page.locator("[id='why.Q01.FW2.']").fill("बारिश के कारण कार्यशालाएँ अगली तिमाही में होंगी।")
    page.get_by_role("button", name="स्पष्टीकरण भेजें").click()
    expect(page.locator("#said")).to_be_visible()
    expect(page.locator("[id='why.Q01.FW2.']")).to_have_count(0)
    phone.look("6-explained")

    page.get_by_role("link", name=f"पावती {receipt}").click()
    expect(page.locator("dd.number")).to_have_text(receipt)
    phone.look("7-receipt")
    known = f"{KNOWN} {page.locator('.digest').inner_text()}"
    for text in phone.looked_at:
        codes = " ".join(re.findall(rf"{QUARTER}/{HINDI}/[\w/]+", text))
        assert not foreign_words(parsed(text), f"{known} {codes}")
    assert f"{HINDI}" in server.cpsa("status", QUARTER)


def test_the_form_on_a_desk_in_english_by_keyboard(desk: Screen, server: Server) -> None:
    page = desk.page
    page.goto(server.link(ENGLISH))
    desk.look("1-home")
    page.keyboard.press("Tab")
    skip = page.get_by_role("link", name="Go to the content")
    expect(skip).to_be_focused()
    expect(skip).to_be_in_viewport()
    page.get_by_role("link", name="Fill in the form").press("Enter")
    desk.look("2-form")
    page.locator("#part-output > summary").click()
    page.locator("#in_OP2_total").fill("1,25,000 approx")
    page.locator("#in_OP2_total").press("Enter")  # the first button only checks
    expect(page.locator("#summary")).to_contain_text("cannot be read as a number")
    assert page.title().startswith("Error:")
    desk.look("3-checked")
    expect(page.get_by_role("heading", name="The figures as we read them")).to_be_visible()
    page.get_by_role("button", name="हिन्दी में पढ़ें").click()
    expect(page.locator("html")).to_have_attribute("lang", "hi")
    expect(page.locator("#in_OP2_total")).to_have_value("1,25,000 approx")
    desk.look("4-hindi")


def test_what_cannot_be_is_said_on_pages_of_ours(
    phone: Screen, server: Server, tmp_path: Path
) -> None:
    page = phone.page
    page.goto(server.link(ENGLISH))
    page.get_by_role("button", name="Send the file").click()
    expect(page.locator("#summary")).to_contain_text("Choose the file")
    phone.said.clear()  # the browser notes that the answer was 422
    phone.look("1-nothing-chosen")
    large = tmp_path / "large.xlsx"
    large.write_bytes(os.urandom(30 * 1024 * 1024))
    page.get_by_label("The filled file").set_input_files(large)
    page.get_by_role("button", name="Send the file").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("This is too large")
    phone.said.clear()
    phone.look("2-too-large")
    page.get_by_role("link", name="Back to your page").click()
    expect(page.get_by_text("Nothing yet.")).to_be_visible()
    page.goto(f"{server.address}/u/unknown")
    expect(page.locator("main [lang='hi']").last).to_be_visible()
    phone.said.clear()
    phone.look("3-unknown-link")


def test_impatient_clicks_make_one_version(server: Server) -> None:
    """The same form, sent eight times at once, as a phone does on a slow line."""
    link = server.link("FC-NAR")
    content = (SAMPLE / "updates" / QUARTER / "FC-NAR.csv").read_bytes()

    def press(_number: int) -> str:
        with httpx.Client(timeout=60) as client:
            token = re.search(r'name="form_token" value="([^"]+)"', client.get(link).text)
            assert token
            answer = client.post(
                f"{link}/send",
                data={"form_token": token[1]},
                files={"file": ("update.csv", content)},
            )
            assert answer.status_code == 303, answer.text
            return answer.headers["location"].partition("?")[0]

    with ThreadPoolExecutor(8) as pool:
        places = set(pool.map(press, range(8)))
    assert [place.rpartition("/")[2] for place in places] == ["1"]


def test_a_huge_body_takes_no_memory(server: Server) -> None:
    """What is too large is refused while it comes, whether it says how large it is or not."""
    link = server.link(ENGLISH)
    kind = {"content-type": "multipart/form-data; boundary=x"}
    process = psutil.Process(server.process.pid)
    httpx.get(link)
    before = process.memory_info().rss

    def body() -> Iterator[bytes]:
        yield b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.csv"\r\n\r\n'
        for _ in range(60 * 16):
            yield b"x" * 65536

    whole = str(sum(map(len, body())))
    for headers in (kind, {**kind, "content-length": whole}):
        answer = httpx.post(f"{link}/send", headers=headers, content=body(), timeout=60)
        assert answer.status_code == 413
        assert process.memory_info().rss - before < 25 * 1024 * 1024


def test_the_log_names_nobody(server: Server) -> None:
    link = server.link(ENGLISH)
    httpx.get(f"{link}/fill", headers={"x-forwarded-for": "192.0.2.77"})
    httpx.get(f"{link}x")
    log = server.log.read_text("utf-8")
    assert "GET /u/{link}/fill 200" in log
    assert link.rpartition("/")[2] not in log
    assert "192.0.2.77" not in log
    assert "Traceback" not in log
    assert "incident" not in log
