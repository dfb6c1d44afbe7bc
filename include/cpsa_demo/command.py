"""The demo's command: prepares, starts, runs the story, says where things are, ends everything."""

from __future__ import annotations

import fcntl
import os
import shutil
import signal
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path
from types import FrameType
from typing import Annotated

import typer

from cpsa.errors import RequestError
from cpsa.i18n.text import LANGUAGES
from cpsa_demo import inbox
from cpsa_demo.airflow_api import AirflowApi
from cpsa_demo.follow_up import FollowUp
from cpsa_demo.place import SAMPLE, Place
from cpsa_demo.processes import Processes
from cpsa_demo.screen import Screen
from cpsa_demo.story import Story, format_half

INTERRUPTED = 130
SIGNALS_TO_END = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def main() -> None:
    """Run the command; Ctrl-C, a signal to end and a closed terminal all end it cleanly."""
    for sign in SIGNALS_TO_END:
        signal.signal(sign, _interrupt)
    typer.run(demo)


def demo(
    home: Annotated[
        Path, typer.Option(envvar="CPSA_DEMO_HOME", help="Where everything of the demo is kept.")
    ] = Path("var/demo"),
    port: Annotated[int, typer.Option(envvar="CPSA_DEMO_PORT", help="Airflow's port.")] = 8080,
    mail_port: Annotated[
        int, typer.Option(envvar="CPSA_DEMO_MAIL_PORT", help="The mail catcher's port.")
    ] = 1025,
    mailbox_port: Annotated[
        int, typer.Option(envvar="CPSA_DEMO_MAILBOX_PORT", help="The mailbox's port.")
    ] = 1143,
    portal_port: Annotated[
        int, typer.Option(envvar="CPSA_DEMO_PORTAL_PORT", help="The upload portal's port.")
    ] = 8090,
    reader_port: Annotated[
        int, typer.Option(envvar="CPSA_DEMO_READER_PORT", help="The mail reader's port.")
    ] = 8025,
    language: Annotated[
        str, typer.Option(envvar="CPSA_LANGUAGE", help="en or hi, for everything that is said.")
    ] = "en",
    keep: Annotated[bool, typer.Option(help="Leave the board open until Ctrl-C.")] = False,
    board: Annotated[
        bool,
        typer.Option(help="Only open board, portal and mails of an earlier demo, until Ctrl-C."),
    ] = False,
    with_replies: Annotated[
        bool,
        typer.Option(
            "--with-replies",
            help="Departments reply, letters go to agencies, figures are corrected later.",
        ),
    ] = False,
) -> None:
    """Run the sample programme through Airflow: 8 quarters closed, 3 half-years sent, 1 waiting."""
    if language not in LANGUAGES:
        raise typer.BadParameter("en, hi", param_hint="--language")
    place = Place(home.expanduser().resolve(), port, mail_port, language)
    if with_replies or place.mailbox_folder.exists():
        place = replace(place, mailbox_port=mailbox_port, portal_port=portal_port)
    if board or keep:
        place = replace(place, portal_port=portal_port, reader_port=reader_port)
    screen = Screen(language)
    try:
        with _lock_home(place):
            place.require_free_ports()
            _open_board(place, screen) if board else _run_demo(place, screen, keep)
    except RequestError as error:
        screen.console.print(error.text(language), style="red", highlight=False)
        raise typer.Exit(2) from error
    except KeyboardInterrupt:
        screen.say("interrupted")
        raise typer.Exit(INTERRUPTED) from None


def _run_demo(place: Place, screen: Screen, keep: bool) -> None:
    started = time.monotonic()
    if place.unfinished.exists():
        # Airflow's records of a run that was cut short hold tasks that nobody works on. They are
        # made again; what the programme itself knows stays, and every step finds what is done.
        shutil.rmtree(place.airflow_home, ignore_errors=True)
    place.unfinished.touch()
    screen.say("starting", home=place.home)
    with Processes(place.environment(), place.logs) as processes:
        prepare(place, processes)
        serve(place, processes)
        with closing(AirflowApi(place.board)) as api, screen:
            story = Story(api, processes, screen, inbox.list_quarters(SAMPLE))
            story.wait_for_airflow()
            story.run(FollowUp(place, processes, story.first_half) if place.mailbox_port else None)
        place.unfinished.unlink()
        _print_summary(place, screen, story, time.monotonic() - started)
        if keep:
            _stay_open(place, processes, screen)
    screen.say("stopped")


def _open_board(place: Place, screen: Screen) -> None:
    if not (place.airflow_home / "airflow.db").exists():
        raise RequestError("demo.nothing_to_show", home=place.home)
    with Processes(place.environment(), place.logs) as processes:
        serve(place, processes)
        with closing(AirflowApi(place.board)) as api:
            Story(api, processes, screen, ()).wait_for_airflow()
        _stay_open(place, processes, screen)


def prepare(place: Place, processes: Processes) -> None:
    """Both databases, the registry and the inbox; Airflow's takes longest, so it goes beside."""
    processes.start("migrate", ["airflow", "db", "migrate"])
    processes.run("upgrade", ["cpsa", "db", "upgrade"])
    corrected = place.corrected_registry
    registry = corrected if corrected.exists() else SAMPLE / "registry"
    processes.run("registry", ["cpsa", "registry", "load", str(registry)])
    inbox.drop_files(SAMPLE, place.inbox)
    inbox.drop_tables(SAMPLE, place.inbox)
    processes.finish("migrate")


def serve(place: Place, processes: Processes) -> None:
    place.mails.mkdir(parents=True, exist_ok=True)
    catcher = ["--port", str(place.mail_port), "--folder", str(place.mails)]
    processes.start("mails", ["cpsa.delivery.mail_catcher", *catcher])
    processes.start("api-server", ["airflow", "api-server"])
    processes.start("scheduler", ["airflow", "scheduler", "--skip-serve-logs"])
    processes.start("dag-processor", ["airflow", "dag-processor"])
    processes.start("triggerer", ["airflow", "triggerer", "--skip-serve-logs"])
    if place.mailbox_port:
        mailbox = ["--port", str(place.mailbox_port), "--folder", str(place.mailbox_folder)]
        processes.start("mailbox", ["cpsa_demo.mailbox_server", *mailbox])


def open_views(place: Place, processes: Processes, screen: Screen) -> None:
    """Portal and mail reader, beside Airflow."""
    reader = ["--port", str(place.reader_port), "--language", place.language]
    folders = ["--folder", str(place.mails), "--mailbox", str(place.mailbox_folder)]
    processes.start("reader", ["cpsa_demo.mail_reader", *reader, *folders])
    if place.portal_port:
        processes.start("portal", ["cpsa", "portal", "--port", str(place.portal_port)])
        screen.say("open_portal", portal=place.portal)
    screen.say("open_mails", reader=place.reader)


def _stay_open(place: Place, processes: Processes, screen: Screen) -> None:
    open_views(place, processes, screen)
    screen.say("open", board=place.board)
    while True:
        processes.require_running()
        time.sleep(1)


def _print_summary(place: Place, screen: Screen, story: Story, seconds: float) -> None:
    language = place.language
    screen.say(
        "done",
        closed=len(story.closed),
        sent=len(story.sent),
        waiting=len(story.unanswered),
        minutes=f"{seconds / 60:.1f}",
    )
    for half in story.unanswered:
        screen.say("waiting", half=format_half(half, language))
    documents = sum(1 for file in place.documents.rglob("*") if file.is_file())
    screen.say("documents", folder=place.documents, number=documents)
    screen.say("mails", folder=place.mails, number=len(list(place.mails.glob("*.eml"))))
    screen.say("board", board=place.board)


@contextmanager
def _lock_home(place: Place) -> Iterator[None]:
    """Only one demo works in a home folder at a time."""
    place.home.mkdir(parents=True, exist_ok=True)
    with (place.home / "demo.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise RequestError("demo.already_running", home=place.home) from error
        lock.write(str(os.getpid()))
        yield


def _interrupt(_signal: int, _frame: FrameType | None) -> None:
    # Once is enough: a second Ctrl-C must not leave processes behind while the first ends them.
    for sign in SIGNALS_TO_END:
        signal.signal(sign, signal.SIG_IGN)
    raise KeyboardInterrupt
