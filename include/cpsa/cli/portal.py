"""The command that serves the upload portal."""

from __future__ import annotations

from typing import Annotated

import typer

from cpsa.cli import session


def add_to(app: typer.Typer) -> None:
    app.command()(portal)


def portal(
    host: Annotated[str, typer.Option(help="The address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="The port to listen on.")] = 8090,
    proxy: Annotated[
        str, typer.Option(help="Whose word on the client's address is taken, by commas.")
    ] = "127.0.0.1",
) -> None:
    """Serve the page on which agencies send their updates, until it is stopped."""
    from cpsa.portal.serving import serve  # a web server is no burden for the other commands

    serve(session.office(), session.now, host, port, proxy)
