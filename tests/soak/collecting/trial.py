"""One trial: post arrives while workers die; then one undisturbed round; then the verdict."""

from __future__ import annotations

import os
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from random import Random
from threading import Event, Thread

from tests.factories import RegistryFolder
from tests.mailserver import MailServer
from tests.soak.collecting import verdict
from tests.soak.collecting.killing import Workers
from tests.soak.collecting.post import NOW, QUARTERS, File, Mail, Post, made

from cpsa.calendar import Quarter
from cpsa.services.app_context import AppContext
from cpsa.services.collection.collect_bounces import collect_bounces
from cpsa.services.collection.collect_inbox import collect_inbox
from cpsa.services.collection.collect_mailbox import collect_mailbox
from cpsa.services.quarter.check_updates import check_updates
from cpsa.services.quarter.load_registry import load_registry
from cpsa.services.quarter.open_quarter import open_quarter
from cpsa.settings import from_environment
from cpsa.store import database

AGENCIES = [f"{form}-{number:02d}" for form in ("IA", "FC") for number in range(20)]


@dataclass(frozen=True)
class Trial:
    """What was tried and what came of it; ``faults`` is empty where all is as it must be."""

    database: str
    kills: Counter[str]
    mails: int
    files: int
    submissions: int
    repeats: int
    seconds: float
    faults: tuple[str, ...]
    litter: int = 0  # half-written files under hidden names, left by the killed


def run(
    folder: Path,
    database_url: str,
    server: MailServer,
    kills: int,
    mails: int,
    files: int,
    seed: int,
) -> Trial:
    """One trial in an empty folder, on an empty database."""
    began = time.monotonic()
    variables = {
        "CPSA_HOME": str(folder / "home"),
        "CPSA_INBOX": str(folder / "inbox"),
        "CPSA_DATABASE_URL": database_url,
        "CPSA_IMAP_URL": server.url(),
        "CPSA_MAIL_TRUST": "open",  # who sent a mail is not tried here
        "CPSA_SEAL_KEY": "a key for the soak",
        "SSL_CERT_FILE": str(server.certificate),
    }
    office = opened(variables, folder)
    post = made(office, AGENCIES, mails, files, seed)
    inbox = folder / "inbox"
    inbox.mkdir(parents=True)
    server.empty()
    chance = Random(seed)
    faults: list[str] = []
    with Workers(variables) as workers:
        workers.start("folder", "mailbox", "checker")
        feeder = _Feeder(post, server, inbox)
        feeder.start()
        for number in range(1, kills + 1):
            workers.kill_one(chance)
            feeder.may_be_at = number / kills * 1.1  # the last tenth of the kills finds all there
        feeder.finish()
        faults += workers.killed.faults
        kinds = workers.killed.by_role
    undisturbed(office, variables)
    found = verdict.of(office, post, server, inbox)
    office.engine.dispose()
    return Trial(
        database=database_url.partition(":")[0].partition("+")[0],
        kills=kinds,
        mails=len(post.mails),
        files=len(post.files),
        submissions=found.submissions,
        repeats=found.repeats,
        seconds=time.monotonic() - began,
        faults=(*faults, *found.faults),
        litter=found.litter,
    )


def opened(variables: dict[str, str], folder: Path) -> AppContext:
    settings = from_environment(variables)
    engine = database.open_engine(settings.database_url)
    database.upgrade_schema(engine)
    office = AppContext(settings, engine)
    registry = RegistryFolder(agencies=dict.fromkeys(AGENCIES, QUARTERS[0]))
    first = Quarter.parse(QUARTERS[0]).opens_at
    load_registry(office, registry.write(folder / "registry"), first)
    for key in QUARTERS:
        open_quarter(office, Quarter.parse(key), NOW, "ops")
    return office


def undisturbed(office: AppContext, variables: dict[str, str]) -> None:
    """One round of everything by itself."""
    before = os.environ.get("SSL_CERT_FILE")
    os.environ["SSL_CERT_FILE"] = variables["SSL_CERT_FILE"]
    try:
        collect_inbox(office, NOW)
        collect_mailbox(office, NOW)
        collect_bounces(office, NOW)
    finally:
        if before is None:
            del os.environ["SSL_CERT_FILE"]
        else:
            os.environ["SSL_CERT_FILE"] = before
    check_updates(office, NOW)


class _Feeder(Thread):
    """Delivers the post beside the killing, as far as ``may_be_at`` (of 1) lets it."""

    def __init__(self, post: Post, server: MailServer, inbox: Path) -> None:
        super().__init__(daemon=True)
        self._post, self._server, self._inbox = post, server, inbox
        self._all_of_it = Event()
        self._error: BaseException | None = None
        self.may_be_at = 0.02

    def run(self) -> None:
        try:
            items = list(_mixed(self._post))
            for number, item in enumerate(items):
                while number > self.may_be_at * len(items) and not self._all_of_it.is_set():
                    time.sleep(0.005)
                if isinstance(item, Mail):
                    self._server.put(item.content, at=NOW)
                else:
                    self._lay_down(item)
        except BaseException as error:
            self._error = error

    def finish(self) -> None:
        """Deliver the rest at once and wait until it is delivered."""
        self._all_of_it.set()
        self.join()
        if self._error:
            raise self._error

    def _lay_down(self, file: File) -> None:
        """As a share does it: written beside, then shown under its name."""
        path = self._inbox / file.path
        path.parent.mkdir(parents=True, exist_ok=True)
        partial = path.with_name(path.name + ".part")
        partial.write_bytes(file.content)
        partial.replace(path)


def _mixed(post: Post) -> Iterator[Mail | File]:
    """Mails and files by turns, each kind in its own order."""
    mails, files = iter(post.mails), iter(post.files)
    chance = Random(1)
    left = {"mail": len(post.mails), "file": len(post.files)}
    while any(left.values()):
        kind = chance.choices(list(left), list(left.values()))[0]
        left[kind] -= 1
        yield next(mails) if kind == "mail" else next(files)
